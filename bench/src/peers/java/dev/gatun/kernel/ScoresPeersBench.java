package dev.gatun.kernel;

import dev.gatun.bench.Agreement;
import java.util.Random;
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
 * All scores {@code Q K^T} of one head on one thread, by the library's score tiles and by its peers' matrix products.
 *
 * <p>{@code gatun-stored} does the peers' whole work, the product stored row after row. {@code gatun-tiles} keeps one
 * tile at a time, as the library's operators do: beside a peer it says what not storing the product saves. Results are
 * compared before they are timed: the peers' with ours, ours with OpenBLAS's. Every call is timed by itself: read the
 * median (p0.50), and on a machine with other work the least (p0.00).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ScoresPeersBench {

    /** Tokens and components. */
    @Param({"4096x64", "4096x128"})
    String inputs;

    @Param({"gatun-tiles", "gatun-stored", "openblas", "onednn-sgemm", "onednn-matmul", "netlib-vectorblas"})
    String provider;

    private ScoreProduct scores;

    /** Makes the provider, and compares its result with another's. */
    @Setup
    public void open() {
        String[] sizes = inputs.split("x");
        int tokens = Integer.parseInt(sizes[0]);
        int dimension = Integer.parseInt(sizes[1]);
        Random random = new Random(1);
        float[] q = normal(random, tokens * dimension);
        float[] k = normal(random, tokens * dimension);
        scores = product(provider, q, k, tokens, dimension);
        String otherName = provider.startsWith("gatun") ? "openblas" : "gatun-stored";
        try (ScoreProduct other = product(otherName, q, k, tokens, dimension)) {
            other.run();
            scores.run();
            Agreement.require(provider, scores.result(), otherName, other.result());
        }
    }

    private static ScoreProduct product(String name, float[] q, float[] k, int tokens, int dimension) {
        return switch (name) {
            case "gatun-tiles" -> new TiledScores(q, k, tokens, dimension);
            case "gatun-stored" -> new StoredScores(q, k, tokens, dimension);
            case "openblas" -> new OpenBlasScores(q, k, tokens, dimension);
            case "onednn-sgemm" -> new OneDnnGemmScores(q, k, tokens, dimension);
            case "onednn-matmul" -> new OneDnnMatmulScores(q, k, tokens, dimension);
            case "netlib-vectorblas" -> new VectorBlasScores(q, k, tokens, dimension);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        scores.close();
    }

    /** One product. */
    @Benchmark
    public void scores() {
        scores.run();
    }
}
