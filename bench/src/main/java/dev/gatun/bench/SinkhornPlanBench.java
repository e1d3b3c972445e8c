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
 * plain loops.
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
    private PlainSinkhorn loops;

    /** Reads the head. */
    @Setup
    public void open() throws IOException {
        arena = Arena.ofShared();
        Heads queries = tensor("q.npy");
        Heads keys = tensor("k.npy");
        plan = Scores.of(queries.matrix(head), keys.matrix(head)).sinkhornPlan(Sinkhorn.tolerance(TOLERANCE));
        loops = new PlainSinkhorn(queries.rows(), queries.columns(), 1 / Math.sqrt(queries.columns()),
                queries.matrix(head).toArray(), keys.matrix(head).toArray());
        plan.solve();
        System.out.printf("%d tokens: %s in %d passes; plain iteration takes %d%n", queries.rows(), plan.head(0).status(),
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

    /** Plain loops. */
    @Benchmark
    public int plain() {
        return loops.solve(TOLERANCE);
    }
}
