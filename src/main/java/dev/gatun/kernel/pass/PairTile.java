package dev.gatun.kernel.pass;

import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Packing;
import dev.gatun.kernel.pack.PairBias;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One worker's scratch for a {@link PairBias}: the bias of the current tile.
 *
 * <p>It is read row after row, transposed, and added in the order of the tile, {@code columns x BLOCK}, rows on lanes. Plain arrays, at any
 * alignment; the length of a column is a multiple of every vector, so there are no tails.
 */
final class PairTile {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final float[] ONES = new float[Lanes.DEPTH];

    static {
        Arrays.fill(ONES, 1f);
    }

    private final float[] rows = new float[Lanes.BLOCK * Lanes.DEPTH];
    private final float[] columns = new float[Lanes.DEPTH * Lanes.BLOCK];
    private final byte[] bytes = new byte[Lanes.DEPTH];
    private final float[] levels = new float[Lanes.BLOCK];

    /** Reads the bias of a tile; {@code visible} as in {@link PairBias#read}. */
    void load(PairBias bias, Mask visible, int firstRow, int rowCount, int first, int count) {
        bias.read(visible, firstRow, rowCount, first, count, rows, bytes);
        Packing.writeRows(rows, 0, ONES, Lanes.BLOCK, count, columns, 0);
        bias.levels(firstRow, rowCount, levels);
    }

    /**
     * Adds the bias, less the levels of the rows, to float32 log-kernels; {@link Exponential#VANISHING} where it hides a pair or is
     * negligible.
     *
     * <p>Domain: sums within the float32 range. Error: the weight is a sum of two floats, and the error slightly more than half an ULP of
     * the sum.
     */
    void add(PairBias bias, float[] tile, int count) {
        double weight = Math.min(bias.weight(), Float.MAX_VALUE);
        addFloat32(columns, count * Lanes.BLOCK, (float) weight, (float) (weight - (float) weight), levels,
                bias.leastFloat32(), tile);
    }

    /** Adds the bias, less the levels of the rows, to float64 log-kernels; minus infinity where it hides a pair. */
    void add(PairBias bias, double[] scores, int count) {
        hideBelow(columns, count * Lanes.BLOCK, bias.least());
        addFloat64(columns, count * Lanes.BLOCK, bias.weight(), levels, scores);
    }

    /** Hides the pairs that the bias hides in float32 log-kernels, and adds nothing. */
    void hide(PairBias bias, float[] tile, int count) {
        keepHidden(columns, count * Lanes.BLOCK, bias.least());
        addFloat32(columns, count * Lanes.BLOCK, 1, 0, levels, bias.least(), tile);
    }

    /** Hides the pairs that the bias hides in float64 log-kernels, and adds nothing. */
    void hide(PairBias bias, double[] scores, int count) {
        keepHidden(columns, count * Lanes.BLOCK, bias.least());
        addFloat64(columns, count * Lanes.BLOCK, 1, levels, scores);
    }

    /** Replaces by 0 what does not hide a pair. */
    private static void keepHidden(float[] bias, int count, float least) {
        FloatVector lowest = Lanes.FLOAT_ZEROS.broadcast(least);
        FloatVector masked = Lanes.FLOAT_ZEROS.broadcast(Float.NEGATIVE_INFINITY);
        for (int at = 0; at < count; at += FLOATS) {
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, bias, at));
            FloatVector.zero(Lanes.FLOATS).blend(masked, b.compare(VectorOperators.LT, lowest)).intoArray(bias, at);
        }
    }

    private static void addFloat32(float[] bias, int count, float weight, float rest, float[] level, float least, float[] tile) {
        FloatVector product = Lanes.FLOAT_ZEROS.broadcast(weight);
        FloatVector remainder = Lanes.FLOAT_ZEROS.broadcast(rest);
        FloatVector lowest = Lanes.FLOAT_ZEROS.broadcast(least);
        FloatVector vanishing = Lanes.FLOAT_ZEROS.broadcast(Exponential.VANISHING);
        for (int at = 0; at < count; at += FLOATS) {
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, bias, at))
                    .sub(FloatVector.fromArray(Lanes.FLOATS, level, at & (Lanes.BLOCK - 1)));
            FloatVector z = b.fma(product, b.fma(remainder, FloatVector.fromArray(Lanes.FLOATS, tile, at)));
            z.blend(vanishing, b.compare(VectorOperators.LT, lowest)).intoArray(tile, at);
        }
    }

    /** Replaces by minus infinity what hides a pair. In float32, because masks of two lanes are not compiled to vector code. */
    private static void hideBelow(float[] bias, int count, float least) {
        FloatVector lowest = Lanes.FLOAT_ZEROS.broadcast(least);
        FloatVector masked = Lanes.FLOAT_ZEROS.broadcast(Float.NEGATIVE_INFINITY);
        for (int at = 0; at < count; at += FLOATS) {
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, bias, at));
            b.blend(masked, b.compare(VectorOperators.LT, lowest)).intoArray(bias, at);
        }
    }

    private static void addFloat64(float[] bias, int count, double weight, float[] level, double[] scores) {
        DoubleVector product = Lanes.DOUBLE_ZEROS.broadcast(weight);
        for (int at = 0; at < count; at += DOUBLES) {
            DoubleVector entry = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, bias, at)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector base = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, level, at & (Lanes.BLOCK - 1))
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector b = entry.sub(base);
            b.fma(product, DoubleVector.fromArray(Lanes.DOUBLES, scores, at)).intoArray(scores, at);
        }
    }
}
