package dev.gatun.kernel;

import dev.gatun.kernel.pack.ValuePanel;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The kernels by themselves, on one tile that stays in the first cache: 64 rows, 64 columns, 64 components.
 *
 * <p>An operation is a floating-point operation for the score and value tiles (so that scores are GFLOP/s, to be read
 * beside the machine's limit) and an entry of the tile for all others (entries per nanosecond).
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 2, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class KernelBench {

    private static final int INNER = 64;
    private static final int ENTRIES = Lanes.DEPTH * Lanes.BLOCK;
    private static final int FLOPS = 2 * INNER * ENTRIES;
    private static final int PRODUCT_FLOPS = 2 * TileProduct.WIDTH * ENTRIES;

    private final float[] x = normal(INNER * Lanes.BLOCK);
    private final float[] y = normal(Lanes.DEPTH * INNER);
    private final float[] offset = new float[Lanes.DEPTH];
    private final ValuePanel values = ValuePanel.of(normal(Lanes.DEPTH * INNER), Lanes.DEPTH, INNER);
    private final float[] out = new float[INNER * Lanes.BLOCK];
    private final float[] panel = normal(TileProduct.WIDTH * Lanes.BLOCK);
    private final float[] products = new float[TileProduct.WIDTH * Lanes.BLOCK];
    private final float[] sum = new float[Lanes.BLOCK];
    private final float[] tile = new float[ENTRIES];
    private final float[] turns = new float[ENTRIES];
    private final double[] precise = new double[ENTRIES];
    private final double[] preciseX = new double[INNER * Lanes.BLOCK];
    private final double[] preciseY = new double[Lanes.DEPTH * INNER];
    private final double[] preciseOffset = new double[Lanes.DEPTH];
    private final double[] reference = new double[Lanes.BLOCK];
    private final double[] powers = new double[ENTRIES];
    private final ColumnSums columnSums = new ColumnSums();
    private final double[] sums = new double[Lanes.DEPTH];

    private static float[] normal(int count) {
        Random random = new Random(count);
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    /** Fills what a kernel only reads. */
    @Setup
    public void fill() {
        Arrays.fill(turns, 0.3f);
        Arrays.fill(precise, -1.5);
    }

    /** Scores in single precision. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void scoreTile() {
        ScoreTile.float32(x, 0, INNER, y, offset, 0, Lanes.DEPTH, tile);
    }

    /** Scores in double precision. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void scoreTileDouble() {
        ScoreTile.float64(preciseX, INNER, preciseY, preciseOffset, 0, Lanes.DEPTH, precise);
    }

    /** Weighted values. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void valueTile() {
        values.accumulate(tile, 0, Lanes.DEPTH, 0, out, 0);
    }

    /** Products of the tile with eight vectors, along its columns. */
    @Benchmark
    @OperationsPerInvocation(PRODUCT_FLOPS)
    public void productAlongColumns() {
        TileProduct.alongColumns(tile, panel, 0, products);
    }

    /** Weights of a tile in single precision, {@code 2^x}, and the sums of its rows; filling it anew counts in. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void weights() {
        Arrays.fill(tile, -1.5f);
        Numerators.float32(tile, Lanes.DEPTH, sum);
    }

    /** Weights of a tile in double precision. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void weightsDouble() {
        Numerators.float64(precise, Lanes.DEPTH, reference, tile, sum);
    }

    /** References of a tile in double precision. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void raiseDouble() {
        Numerators.raise(precise, 0, Lanes.DEPTH, reference);
    }

    /** Powers of two in double precision. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void exponentialDouble() {
        DoubleExponential.exp2(precise, 0, ENTRIES, powers);
    }

    /** Sines and cosines of a tile, times its weights. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void rotate() {
        SineCosine.rotate(tile, turns, ENTRIES);
    }

    /** Sums down the columns of a tile. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void columnSums() {
        columnSums.add(tile, Lanes.DEPTH, sum, sums, 0);
    }

    /** The exponential of the JDK on the same memory: what {@link #weights} is to be read against. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void jdkExponential() {
        Arrays.fill(tile, -1.5f);
        for (int at = 0; at < ENTRIES; at += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, tile, at).lanewise(VectorOperators.EXP).intoArray(tile, at);
        }
    }
}
