package dev.gatun.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums along the columns of a tile of numerators, with a factor for each row.
 *
 * <p>The 64 rows of a column are folded to 16 in float32, always in the order {@code (r + (r+32)) + ((r+16) + (r+48))}, these to 4 in the
 * same way, and the 4 are added in float64. Results do not depend on the vector width. Error: at most 6 roundings to float32. Plain arrays,
 * at any alignment.
 */
public final class ColumnSums {

    /** Partial sums of a column. */
    public static final int FOLDED = 16;

    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    private final float[] folded = new float[Lanes.DEPTH * FOLDED];

    /**
     * {@code sums_c += sum_r factor_r p_rc} for each column c of a tile.
     *
     * @param numerators p, {@code columns x BLOCK}
     * @param factor  one for each row of the block
     * @param first   the place of the tile's first column in {@code sums}
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
            FloatVector even = Lanes.FOUR_FLOATS_VECTOR.cast(FloatVector.fromArray(FOUR, folded, at))
                    .add(FloatVector.fromArray(FOUR, folded, at + 8));
            FloatVector odd = Lanes.FOUR_FLOATS_VECTOR.cast(FloatVector.fromArray(FOUR, folded, at + 4))
                    .add(FloatVector.fromArray(FOUR, folded, at + 12));
            even.add(odd).intoArray(folded, 4 * c);
        }
    }

    /** Partial sums of {@code factor_r p_rc}, {@value #FOLDED} for each column, to {@code folded} from {@code to} on. */
    public static void fold(float[] numerators, int from, int columns, float[] factor, float[] folded, int to) {
        int step = Math.min(Lanes.FLOATS.length(), FOLDED);
        for (int l = 0; l < FOLDED; l += step) {
            FloatVector f0 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, factor, l));
            FloatVector f1 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, factor, l + FOLDED));
            FloatVector f2 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, factor, l + 2 * FOLDED));
            FloatVector f3 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, factor, l + 3 * FOLDED));
            for (int c = 0, at = from + l; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, numerators, at);
                FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, numerators, at + FOLDED);
                FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, numerators, at + 2 * FOLDED);
                FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, numerators, at + 3 * FOLDED);
                p2.fma(f2, p0.mul(f0)).add(p3.fma(f3, p1.mul(f1))).intoArray(folded, to + c * FOLDED + l);
            }
        }
    }
}
