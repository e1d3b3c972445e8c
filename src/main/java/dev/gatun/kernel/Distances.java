package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * A bias by the distance of a column from a row's own column, {@code slope |j - (i + columns - rows)|}.
 *
 * <p>Distances are exact. Error: in float32 the slope is a sum of two floats, and the error slightly more than half an ULP of the sum; in
 * float64 half an ULP. Tiles are {@code columns x BLOCK}, plain arrays at any alignment, without tails.
 */
public final class Distances {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final float[] ROWS = new float[Lanes.BLOCK];
    private static final double[] ROWS_FLOAT64 = new double[Lanes.BLOCK];

    static {
        for (int r = 0; r < Lanes.BLOCK; r++) {
            ROWS[r] = r;
            ROWS_FLOAT64[r] = r;
        }
    }

    private Distances() {
    }

    /**
     * Adds the bias to float32 log-kernels. Hidden entries, which may be further away than the range allows, become at least
     * {@link Exponential#VANISHING}.
     *
     * @param nearest the own column of the block's first row, counted from the tile's first; it may lie outside the tile
     */
    public static void add(float[] tile, int columns, int nearest, double slope) {
        FloatVector high = Lanes.FLOAT_ZEROS.broadcast((float) slope);
        FloatVector low = Lanes.FLOAT_ZEROS.broadcast((float) (slope - (float) slope));
        FloatVector vanishing = Lanes.FLOAT_ZEROS.broadcast(Exponential.VANISHING);
        for (int c = 0, at = 0; c < columns; c++) {
            FloatVector column = Lanes.FLOAT_ZEROS.broadcast((float) (c - nearest));
            for (int lane = 0; lane < Lanes.BLOCK; lane += FLOATS, at += FLOATS) {
                FloatVector distance = column.sub(FloatVector.fromArray(Lanes.FLOATS, ROWS, lane)).abs();
                FloatVector z = FloatVector.fromArray(Lanes.FLOATS, tile, at);
                distance.fma(high, distance.fma(low, z)).max(vanishing).intoArray(tile, at);
            }
        }
    }

    /** Adds the bias to float64 log-kernels. */
    public static void add(double[] scores, int columns, int nearest, double slope) {
        DoubleVector product = Lanes.DOUBLE_ZEROS.broadcast(slope);
        for (int c = 0, at = 0; c < columns; c++) {
            DoubleVector column = Lanes.DOUBLE_ZEROS.broadcast(c - nearest);
            for (int lane = 0; lane < Lanes.BLOCK; lane += DOUBLES, at += DOUBLES) {
                DoubleVector distance = column.sub(DoubleVector.fromArray(Lanes.DOUBLES, ROWS_FLOAT64, lane)).abs();
                distance.fma(product, DoubleVector.fromArray(Lanes.DOUBLES, scores, at)).intoArray(scores, at);
            }
        }
    }
}
