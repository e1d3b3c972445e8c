package dev.gatun.kernel;

import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.tile.ScoreTile;
import dev.gatun.kernel.tile.ThinProduct;
import dev.gatun.kernel.tile.TileProduct;
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
 * Each kernel by itself, on one tile that stays in the first-level cache: 64 rows, 64 columns, 64 components.
 *
 * <p>An operation is a floating-point operation for the score and value tiles (so that results are GFLOP/s, to be
 * compared with the limit of the machine) and an entry of the tile for all others (entries per nanosecond).
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
    private final double[] scores = new double[ENTRIES];
    private final double[] float64X = new double[INNER * Lanes.BLOCK];
    private final double[] float64Y = new double[Lanes.DEPTH * INNER];
    private final double[] float64Offset = new double[Lanes.DEPTH];
    private final double[] reference = new double[Lanes.BLOCK];
    private final double[] powers = new double[ENTRIES];
    private final float[] square = new float[ThinProduct.padded(INNER, 64) * Lanes.BLOCK];
    private final double[] float64Rows = normalFloat64(INNER * ThinProduct.ROW);
    private final double[] float64Square = new double[Lanes.BLOCK * ThinProduct.ROW];
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

    private static double[] normalFloat64(int count) {
        Random random = new Random(count);
        double[] entries = new double[count];
        Arrays.setAll(entries, i -> random.nextGaussian());
        return entries;
    }

    /** Fills the inputs that kernels do not overwrite. */
    @Setup
    public void fill() {
        Arrays.fill(turns, 0.3f);
        Arrays.fill(scores, -1.5);
    }

    /** Scores in float32. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void scoreTile() {
        ScoreTile.float32(x, 0, INNER, y, offset, 0, Lanes.DEPTH, tile);
    }

    /** Scores in float64. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void scoreTileFloat64() {
        ScoreTile.float64(float64X, INNER, float64Y, float64Offset, 0, Lanes.DEPTH, scores);
    }

    /** Numerators times values. */
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

    /** The product of two thin matrices over 64 tokens, in float32. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void thinTransposed() {
        ThinProduct.transposed(x, 0, Lanes.BLOCK, y, 0, Lanes.BLOCK, INNER, square, 0);
    }

    /** The product of two thin matrices over 64 components, in float32. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void thinPlain() {
        ThinProduct.plain(x, 0, INNER, y, 0, Lanes.BLOCK, Lanes.BLOCK, square, 0);
    }

    /** The product of two thin matrices over 64 tokens, in float64. */
    @Benchmark
    @OperationsPerInvocation(FLOPS)
    public void thinFloat64() {
        ThinProduct.transposed(float64Rows, 0, Lanes.BLOCK, float64Rows, 0, Lanes.BLOCK, INNER, false, float64Square, 0,
                ThinProduct.ROW);
    }

    /** Exponentials {@code 2^x} of a float32 tile and its row sums, including refilling the tile. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void exponentials() {
        Arrays.fill(tile, -1.5f);
        Numerators.float32(tile, Lanes.DEPTH, sum);
    }

    /** Exponentials of a float64 tile and its row sums. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void exponentialsFloat64() {
        Numerators.float64(scores, Lanes.DEPTH, reference, tile, sum);
    }

    /** References of a float64 tile. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void referencesFloat64() {
        Numerators.raise(scores, 0, Lanes.DEPTH, reference);
    }

    /** {@code 2^x} in float64. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void powersFloat64() {
        Float64Exponential.exp2(scores, 0, ENTRIES, powers);
    }

    /** Exponentials of a tile times sines and cosines. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void rotate() {
        SineCosine.rotate(tile, turns, ENTRIES);
    }

    /** Sums along the columns of a tile. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void columnSums() {
        columnSums.add(tile, Lanes.DEPTH, sum, sums, 0);
    }

    /** The exponential of the JDK on the same memory, to be compared with {@link #exponentials}. */
    @Benchmark
    @OperationsPerInvocation(ENTRIES)
    public void jdkExponential() {
        Arrays.fill(tile, -1.5f);
        for (int at = 0; at < ENTRIES; at += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, tile, at).lanewise(VectorOperators.EXP).intoArray(tile, at);
        }
    }
}
