package dev.gatun.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums of weights down the columns of a tile.
 *
 * <p>The 64 rows of a column are folded to 16 in float, always in the same order, {@code (r + (r+32)) + ((r+16) +
 * (r+48))}, these to 4 in the same way, and the 4 are added in double precision: the result does not depend on the vector
 * width. Error: at most 6 roundings to float.
 */
public final class ColumnSums {

    /** Partial sums of a column. */
    public static final int FOLDED = 16;

    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    private final float[] folded = new float[Lanes.DEPTH * FOLDED];

    /**
     * Adds {@code sum_r factor_r w_rc} to each column's sum.
     *
     * @param numerators {@code columns x BLOCK}
     * @param factor  one for each row of the block
     * @param first   where the tile's first column lies in {@code sums}
     */
    public void add(float[] numerators, int columns, float[] factor, double[] sums, int first) {
        fold(numerators, 0, columns, factor, folded, 0);
        quarter(columns);
        for (int c = 0, l = 0; c < columns; c++, l += 4) {
            sums[first + c] += ((double) folded[l] + folded[l + 2]) + ((double) folded[l + 1] + folded[l + 3]);
        }
    }

    /** Folds sixteen partial sums of each column to four. */
    private void quarter(int columns) {
        for (int c = 0, at = 0; c < columns; c++, at += FOLDED) {
            FloatVector even = FloatVector.fromArray(FOUR, folded, at).add(FloatVector.fromArray(FOUR, folded, at + 8));
            FloatVector odd = FloatVector.fromArray(FOUR, folded, at + 4).add(FloatVector.fromArray(FOUR, folded, at + 12));
            even.add(odd).intoArray(folded, 4 * c);
        }
    }

    /** Partial sums of {@code factor_r w_rc}, {@value #FOLDED} for each column, from {@code to} on. */
    public static void fold(float[] numerators, int from, int columns, float[] factor, float[] folded, int to) {
        int step = Math.min(Lanes.FLOATS.length(), FOLDED);
        for (int l = 0; l < FOLDED; l += step) {
            FloatVector f0 = FloatVector.fromArray(Lanes.FLOATS, factor, l);
            FloatVector f1 = FloatVector.fromArray(Lanes.FLOATS, factor, l + FOLDED);
            FloatVector f2 = FloatVector.fromArray(Lanes.FLOATS, factor, l + 2 * FOLDED);
            FloatVector f3 = FloatVector.fromArray(Lanes.FLOATS, factor, l + 3 * FOLDED);
            for (int c = 0, at = from + l; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector w0 = FloatVector.fromArray(Lanes.FLOATS, numerators, at);
                FloatVector w1 = FloatVector.fromArray(Lanes.FLOATS, numerators, at + FOLDED);
                FloatVector w2 = FloatVector.fromArray(Lanes.FLOATS, numerators, at + 2 * FOLDED);
                FloatVector w3 = FloatVector.fromArray(Lanes.FLOATS, numerators, at + 3 * FOLDED);
                w2.fma(f2, w0.mul(f0)).add(w3.fma(f3, w1.mul(f1))).intoArray(folded, to + c * FOLDED + l);
            }
        }
    }
}
