package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * A bias by the distance from a row's own column, the same to either side: {@code slope |j - (i + columns - rows)|}.
 *
 * <p>Distances are exact. Tiles are {@code columns x BLOCK}, plain arrays at any alignment, without tails.
 */
public final class Distances {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final float[] ROWS = new float[Lanes.BLOCK];
    private static final double[] PRECISE_ROWS = new double[Lanes.BLOCK];

    static {
        for (int r = 0; r < Lanes.BLOCK; r++) {
            ROWS[r] = r;
            PRECISE_ROWS[r] = r;
        }
    }

    private Distances() {
    }

    /**
     * Adds to log-kernels in single precision: the slope is taken as two floats, so that the sum is all but rounded once.
     * What lies outside a mask may be further away than the range allows: it becomes {@link Exponential#VANISHING} at least.
     *
     * @param nearest the tile's column, from 0 on, that is the own one of the block's first row; it may lie outside the tile
     */
    public static void add(float[] tile, int columns, int nearest, double slope) {
        FloatVector whole = FloatVector.broadcast(Lanes.FLOATS, (float) slope);
        FloatVector rest = FloatVector.broadcast(Lanes.FLOATS, (float) (slope - (float) slope));
        FloatVector vanishing = FloatVector.broadcast(Lanes.FLOATS, Exponential.VANISHING);
        for (int c = 0, at = 0; c < columns; c++) {
            FloatVector column = FloatVector.broadcast(Lanes.FLOATS, (float) (c - nearest));
            for (int lane = 0; lane < Lanes.BLOCK; lane += FLOATS, at += FLOATS) {
                FloatVector distance = column.sub(FloatVector.fromArray(Lanes.FLOATS, ROWS, lane)).abs();
                FloatVector z = FloatVector.fromArray(Lanes.FLOATS, tile, at);
                distance.fma(whole, distance.fma(rest, z)).max(vanishing).intoArray(tile, at);
            }
        }
    }

    /** As above, in double precision. */
    public static void add(double[] scores, int columns, int nearest, double slope) {
        DoubleVector product = DoubleVector.broadcast(Lanes.DOUBLES, slope);
        for (int c = 0, at = 0; c < columns; c++) {
            DoubleVector column = DoubleVector.broadcast(Lanes.DOUBLES, c - nearest);
            for (int lane = 0; lane < Lanes.BLOCK; lane += DOUBLES, at += DOUBLES) {
                DoubleVector distance = column.sub(DoubleVector.fromArray(Lanes.DOUBLES, PRECISE_ROWS, lane)).abs();
                distance.fma(product, DoubleVector.fromArray(Lanes.DOUBLES, scores, at)).intoArray(scores, at);
            }
        }
    }
}
