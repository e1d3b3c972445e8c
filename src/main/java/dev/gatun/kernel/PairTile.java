package dev.gatun.kernel;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One worker's scratch for {@link PairBias}: what is added to the tile at hand.
 *
 * <p>It is read row after row, transposed, and added in the tile's own order, {@code columns x BLOCK}, rows on lanes.
 * Plain arrays, at any alignment; a tile's columns are whole multiples of every vector, so there are no tails.
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

    /** Reads what {@code bias} adds to a tile. */
    void load(PairBias bias, int firstRow, int rowCount, int first, int count) {
        bias.read(firstRow, rowCount, first, count, rows, bytes);
        Packing.writeRows(rows, 0, ONES, Lanes.BLOCK, count, columns, 0);
    }

    /**
     * Adds it to log-kernels in single precision: {@link Exponential#VANISHING} where it masks.
     *
     * <p>Domain: the sum is within the range of single precision. Error: the weight is taken as two floats, so that the
     * sum is all but rounded once.
     */
    void add(PairBias bias, float[] tile, int count) {
        double weight = Math.min(bias.weight(), Float.MAX_VALUE);
        addSingles(columns, count * Lanes.BLOCK, (float) weight, (float) (weight - (float) weight), bias.least(), tile);
    }

    /** Adds it to log-kernels in double precision: minus infinity where it masks. */
    void add(PairBias bias, double[] scores, int count) {
        hide(columns, count * Lanes.BLOCK, bias.least());
        addDoubles(columns, count * Lanes.BLOCK, bias.weight(), scores);
    }

    private static void addSingles(float[] bias, int count, float weight, float rest, float least, float[] tile) {
        FloatVector product = FloatVector.broadcast(Lanes.FLOATS, weight);
        FloatVector remainder = FloatVector.broadcast(Lanes.FLOATS, rest);
        FloatVector lowest = FloatVector.broadcast(Lanes.FLOATS, least);
        FloatVector vanishing = FloatVector.broadcast(Lanes.FLOATS, Exponential.VANISHING);
        for (int at = 0; at < count; at += FLOATS) {
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, bias, at);
            FloatVector z = b.fma(product, b.fma(remainder, FloatVector.fromArray(Lanes.FLOATS, tile, at)));
            z.blend(vanishing, b.compare(VectorOperators.LT, lowest)).intoArray(tile, at);
        }
    }

    /** On floats: masks of two doubles are not compiled to vector code at 128 bits. */
    private static void hide(float[] bias, int count, float least) {
        FloatVector lowest = FloatVector.broadcast(Lanes.FLOATS, least);
        FloatVector masked = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
        for (int at = 0; at < count; at += FLOATS) {
            FloatVector b = FloatVector.fromArray(Lanes.FLOATS, bias, at);
            b.blend(masked, b.compare(VectorOperators.LT, lowest)).intoArray(bias, at);
        }
    }

    private static void addDoubles(float[] bias, int count, double weight, double[] scores) {
        DoubleVector product = DoubleVector.broadcast(Lanes.DOUBLES, weight);
        for (int at = 0; at < count; at += DOUBLES) {
            DoubleVector b = (DoubleVector) FloatVector.fromArray(Lanes.HALF_FLOATS, bias, at)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0);
            b.fma(product, DoubleVector.fromArray(Lanes.DOUBLES, scores, at)).intoArray(scores, at);
        }
    }
}
