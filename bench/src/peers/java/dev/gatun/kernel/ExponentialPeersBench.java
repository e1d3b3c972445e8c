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
 * Exponentials of one tile that stays in the first cache, by the library and by its peers: the time of 2^20 entries.
 *
 * <p>All work in place. The arguments are copied to the tile before each fourth round, and between lie the exponentials
 * of exponentials; {@code copy-array} and {@code copy-segment} do the copying alone, so that it can be taken off. The
 * library's are powers of two, with the sums of the rows, on an array. {@code jdk} is {@code VectorOperators.EXP}.
 * SLEEF's have an error of at most 1 ULP and work on aligned memory outside the heap. Natural exponentials get the
 * arguments times log 2, so that all results of the first round agree, which is checked before they are timed. Every
 * call is timed by itself: read the median (p0.50), and on a machine with other work the least (p0.00).
 *
 * <p>SLEEF needs its headers (Debian: libsleef-dev) and, in the folder from which the benchmark is started,
 *
 * <pre>gcc -O3 -mavx512f -shared -fPIC -o bench/target/sleef_loops.so bench/src/peers/c/sleef_loops.c -lsleef</pre>
 *
 * <p>Without it a message says so in place of SLEEF's figures, and the others run.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ExponentialPeersBench {

    private static final int ENTRIES = Lanes.DEPTH * Lanes.BLOCK;
    private static final int ROUNDS_A_COPY = 4;
    private static final int COPIES = (1 << 20) / (ROUNDS_A_COPY * ENTRIES);

    /** The least argument: as far down as the range of log-kernels in single precision reaches. */
    private static final float LEAST = -64;

    @Param({"gatun", "jdk-array", "jdk-segment", "sleef-exp", "sleef-exp2", "copy-array", "copy-segment"})
    String provider;

    private final float[] sum = new float[Lanes.BLOCK];
    private Exponentials exponentials;

    /** Makes the provider, and compares its result with another's. */
    @Setup
    public void open() {
        float[] x = new float[ENTRIES];
        float[] natural = new float[ENTRIES];
        Random random = new Random(1);
        for (int l = 0; l < ENTRIES; l++) {
            x[l] = LEAST * random.nextFloat();
            natural[l] = (float) (x[l] * Math.log(2));
        }
        exponentials = exponentials(provider, x, natural);
        if (!provider.startsWith("copy")) {
            String otherName = provider.equals("gatun") ? "jdk-array" : "gatun";
            try (Exponentials other = exponentials(otherName, x, natural)) {
                other.refill();
                other.run();
                exponentials.refill();
                exponentials.run();
                Agreement.require(provider, exponentials.result(), otherName, other.result());
            }
        }
    }

    private Exponentials exponentials(String name, float[] x, float[] natural) {
        return switch (name) {
            case "gatun" -> new ArrayExponentials(x, tile -> Numerators.float32(tile, Lanes.DEPTH, sum));
            case "jdk-array" -> new ArrayExponentials(natural, JdkExponential::array);
            case "jdk-segment" -> new SegmentExponentials(natural, JdkExponential::segment);
            case "sleef-exp" -> new SegmentExponentials(natural, SleefExponential.natural());
            case "sleef-exp2" -> new SegmentExponentials(x, SleefExponential.powerOfTwo());
            case "copy-array" -> new ArrayExponentials(x, tile -> { });
            case "copy-segment" -> new SegmentExponentials(x, tile -> { });
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Closes what was opened. */
    @TearDown
    public void close() {
        exponentials.close();
    }

    /** As many rounds as 2^20 entries take. */
    @Benchmark
    public void exponentials() {
        for (int copy = 0; copy < COPIES; copy++) {
            exponentials.refill();
            for (int round = 0; round < ROUNDS_A_COPY; round++) {
                exponentials.run();
            }
        }
    }
}
