package dev.gatun.spark;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.cluster.PassLog;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * One kernel of queries and keys whose rows executors compute, pass by pass; it is never stored. Every executor holds all points, and
 * vectors are on the driver.
 *
 * <p>{@link #scores()} are those of the library, and what {@link dev.gatun.Workers#on} names has its rows computed by the executors: passes
 * of Sinkhorn solves, products of operators, steps of Markov chains. Results are to the last bit those of one machine that stores no
 * entries, whatever the number of executors and those that fail. Everything else is the work of the driver.
 *
 * {@snippet :
 * try (LargeKernel kernel = LargeKernel.of(spark.read().parquet("points.parquet"), "q", "k")) {
 *     SinkhornResult result = kernel.scores().sinkhorn(Sinkhorn.bistochastic()).requireConverged();
 * }
 * }
 */
public final class LargeKernel implements AutoCloseable {

    private final JavaSparkContext context;
    private final Broadcast<KernelPoints> points;
    private final KernelScores settings;
    private final Local local;
    private final Path passes;

    private LargeKernel(JavaSparkContext context, Broadcast<KernelPoints> points, KernelScores settings, Local local, Path passes) {
        this.context = context;
        this.points = points;
        this.settings = settings;
        this.local = local;
        this.passes = passes;
    }

    /** The points on the driver. */
    private record Local(Arena arena, Matrix q, Matrix k, boolean within) {
    }

    /**
     * A kernel within a sequence.
     *
     * @param spark the cluster
     * @param q     queries, {@code (N, d)}; copied
     * @param k     keys of the same tokens, {@code (N, d)}; copied
     * @return the kernel
     * @throws IllegalArgumentException as in {@link Scores#of(Matrix, Matrix)}
     */
    public static LargeKernel of(SparkSession spark, Matrix q, Matrix k) {
        KernelScores.DEFAULT.of(q, k, true);
        return of(spark, KernelPoints.of(q, k, true));
    }

    /**
     * A kernel across two sequences.
     *
     * @param spark the cluster
     * @param q     queries, {@code (N, d)}; copied
     * @param k     keys of other tokens, {@code (M, d)}; copied
     * @return the kernel
     * @throws IllegalArgumentException as in {@link Scores#across(Matrix, Matrix)}
     */
    public static LargeKernel across(SparkSession spark, Matrix q, Matrix k) {
        KernelScores.DEFAULT.of(q, k, false);
        return of(spark, KernelPoints.of(q, k, false));
    }

    /**
     * A kernel within a sequence whose tokens are rows, in their order. The driver reads them all.
     *
     * @param points  the tokens
     * @param queries the column of queries, {@code array<float>} or {@code array<double>} of d numbers
     * @param keys    the column of keys likewise
     * @return the kernel
     * @throws IllegalArgumentException if there is no row, or one has no query or key of d finite numbers
     */
    public static LargeKernel of(Dataset<Row> points, String queries, String keys) {
        int rows = Math.toIntExact(points.count());
        if (rows == 0) {
            throw new IllegalArgumentException("there are no points");
        }
        Iterator<Row> each = points.select(queries, keys).toLocalIterator();
        float[] q = null;
        float[] k = null;
        int d = 0;
        for (int i = 0; each.hasNext(); i++) {
            Row row = each.next();
            if (q == null) {
                d = row.isNullAt(0) ? 0 : row.getList(0).size();
                q = new float[Math.multiplyExact(rows, Math.max(1, d))];
                k = new float[q.length];
            }
            take(row, 0, queries, i, d, q);
            take(row, 1, keys, i, d, k);
        }
        return of(points.sparkSession(), new KernelPoints(q, rows, k, rows, true));
    }

    private static void take(Row row, int column, String name, int i, int d, float[] to) {
        List<Number> values = row.isNullAt(column) ? List.of() : row.getList(column);
        if (values.size() != d || d == 0) {
            throw new IllegalArgumentException("row %s has %s numbers in column %s; expected %s"
                    .formatted(i, values.size(), name, d == 0 ? "at least 1" : d + ", as in the first row"));
        }
        for (int c = 0; c < d; c++) {
            to[i * d + c] = Objects.requireNonNull(values.get(c), "a null in column " + name).floatValue();
        }
    }

    private static LargeKernel of(SparkSession spark, KernelPoints points) {
        Arena arena = Arena.ofShared();
        try {
            Local local = new Local(arena, points.q(arena), points.k(arena), points.within());
            KernelScores.DEFAULT.of(local.q, local.k, local.within);
            JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
            return new LargeKernel(context, context.broadcast(points), KernelScores.DEFAULT, local, null);
        } catch (RuntimeException refused) {
            arena.close();
            throw refused;
        }
    }

    /**
     * With {@code s_ij = scale <q_i, k_j>}, as {@link Scores#withScale}. It shares the points, and is closed with this one.
     *
     * @param scale tau
     * @return the kernel
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public LargeKernel withScale(double scale) {
        return with(settings.withScale(scale));
    }

    /**
     * With another inverse temperature, as {@link Scores#withBeta}. It shares the points, and is closed with this one.
     *
     * @param beta the inverse temperature
     * @return the kernel
     * @throws IllegalArgumentException if it is not positive and finite
     */
    public LargeKernel withBeta(double beta) {
        return with(settings.withBeta(beta));
    }

    /**
     * With the causal mask, as {@link Scores#withCausalMask}. It shares the points, and is closed with this one.
     *
     * @return the kernel
     */
    public LargeKernel withCausalMask() {
        return with(settings.withCausalMask());
    }

    /**
     * With no token seeing itself, as {@link Scores#withZeroDiagonal}. It shares the points, and is closed with this one.
     *
     * @return the kernel
     * @throws IllegalArgumentException if the scores are across two sequences
     */
    public LargeKernel withZeroDiagonal() {
        return with(settings.withZeroDiagonal());
    }

    /**
     * With tokens that are sequences packed one after the other, as {@link Scores#withSequences(int...)}. It shares the points, and is
     * closed with this one.
     *
     * @param lengths tokens of each, N in all
     * @return the kernel
     * @throws IllegalArgumentException if they are not N in all
     */
    public LargeKernel withSequences(int... lengths) {
        return with(settings.withSequences(Arrays.stream(lengths).boxed().toList()));
    }

    private LargeKernel with(KernelScores newSettings) {
        requireOpen();
        newSettings.of(local.q, local.k, local.within);
        return new LargeKernel(context, points, newSettings, local, passes);
    }

    /**
     * Keeps the results of passes in a folder of the driver, as {@link PassLog} does: a solve that is begun again, by another application
     * too, takes those from there that it had, and goes on to the same bits. It shares the points, and is closed with this one.
     *
     * @param folder the folder, which other kernels may have too
     * @return the kernel
     */
    public LargeKernel keepingPassesIn(Path folder) {
        return new LargeKernel(context, points, settings, local, Objects.requireNonNull(folder, "the folder is null"));
    }

    /**
     * The scores, whose passes the executors share. They may be used until the kernel is closed.
     *
     * @return scores of one head
     * @throws IllegalStateException         if the kernel is closed
     * @throws java.io.UncheckedIOException if the folder of passes cannot be created
     */
    public Scores scores() {
        requireOpen();
        Scores scores = settings.of(local.q, local.k, local.within);
        ExecutorRows executors = new ExecutorRows(context, points, settings);
        return scores.withWorkers(Workers.on(passes == null ? executors : PassLog.in(passes, scores, executors)));
    }

    private void requireOpen() {
        if (!local.arena.scope().isAlive()) {
            throw new IllegalStateException("the kernel is closed");
        }
    }

    /**
     * The group of the jobs of this kernel, one for each pass: {@code SparkContext.cancelJobGroup} ends a solve, and the status tracker has
     * the progress.
     *
     * @return the identifier of the group
     */
    public String jobGroup() {
        return ExecutorRows.group(points);
    }

    /** Frees the points, here and on the executors. */
    @Override
    public void close() {
        if (local.arena.scope().isAlive()) {
            local.arena.close();
            points.destroy();
        }
    }
}
