package dev.gatun.bench;

import dev.gatun.Heads;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornPlan;
import dev.gatun.io.Npy;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A real head made bistochastic to 1e-5 from queries and keys: by a plan, from scratch and from where it ended last, and by
 * the iterations on logarithms that anyone would write in Java, loops over arrays of doubles.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class SinkhornPlanBench {

    private static final double TOLERANCE = 1e-5;

    /** A folder with q.npy and k.npy; empty for the sample that comes with the library. */
    @Param("")
    String folder;

    @Param("0")
    int head;

    private Arena arena;
    private SinkhornPlan plan;
    private float[] q;
    private float[] k;
    private int tokens;
    private int dimension;

    /** Reads the head. */
    @Setup
    public void open() throws IOException {
        arena = Arena.ofShared();
        Heads queries = tensor("q.npy");
        Heads keys = tensor("k.npy");
        tokens = queries.rows();
        dimension = queries.columns();
        plan = Scores.of(queries.matrix(head), keys.matrix(head)).sinkhornPlan(Sinkhorn.tolerance(TOLERANCE));
        q = queries.matrix(head).toArray();
        k = keys.matrix(head).toArray();
        plan.solve();
        System.out.printf("%d tokens: %s in %d passes; plain iteration takes %d%n", tokens, plan.head(0).status(),
                plan.head(0).iterations(), plain());
    }

    private Heads tensor(String file) throws IOException {
        if (!folder.isEmpty()) {
            return Npy.readHeads(Path.of(folder, file), arena);
        }
        Path copy = Files.createTempFile("gatun", file);
        try (InputStream sample = Heads.class.getResourceAsStream("sample/" + file)) {
            Files.copy(sample, copy, StandardCopyOption.REPLACE_EXISTING);
            return Npy.readHeads(copy, arena);
        } finally {
            Files.delete(copy);
        }
    }

    /** Frees what was opened. */
    @TearDown
    public void close() {
        arena.close();
    }

    /** From scratch. */
    @Benchmark
    public void solve() {
        plan.solve();
    }

    /** From where the last solve of the same head ended. */
    @Benchmark
    public void follow() {
        plan.follow();
    }

    /** Scores and alternate fitting until the rows' sums are right, the columns' being so. */
    @Benchmark
    public int plain() {
        double[][] z = scores();
        double[] u = new double[tokens];
        double[] v = new double[tokens];
        int iterations = 0;
        double error = Double.POSITIVE_INFINITY;
        while (error > TOLERANCE) {
            error = fitRows(z, v, u);
            fitColumns(z, u, v);
            iterations++;
        }
        return iterations;
    }

    private double[][] scores() {
        double[][] z = new double[tokens][tokens];
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < tokens; j++) {
                double sum = 0;
                for (int c = 0; c < dimension; c++) {
                    sum += (double) q[i * dimension + c] * k[j * dimension + c];
                }
                z[i][j] = sum / Math.sqrt(dimension);
            }
        }
        return z;
    }

    /** Returns how far the sums were off. */
    private static double fitRows(double[][] z, double[] v, double[] u) {
        double error = 0;
        for (int i = 0; i < u.length; i++) {
            double greatest = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < v.length; j++) {
                greatest = Math.max(greatest, z[i][j] + v[j]);
            }
            double sum = 0;
            for (int j = 0; j < v.length; j++) {
                sum += Math.exp(z[i][j] + v[j] - greatest);
            }
            double next = -greatest - Math.log(sum);
            error = Math.max(error, Math.abs(Math.exp(u[i] - next) - 1));
            u[i] = next;
        }
        return error;
    }

    private static void fitColumns(double[][] z, double[] u, double[] v) {
        double[] greatest = new double[v.length];
        double[] sums = new double[v.length];
        Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < v.length; j++) {
                greatest[j] = Math.max(greatest[j], z[i][j] + u[i]);
            }
        }
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < v.length; j++) {
                sums[j] += Math.exp(z[i][j] + u[i] - greatest[j]);
            }
        }
        for (int j = 0; j < v.length; j++) {
            v[j] = -greatest[j] - Math.log(sums[j]);
        }
    }
}
