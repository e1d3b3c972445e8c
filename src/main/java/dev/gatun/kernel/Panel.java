package dev.gatun.kernel;

import java.util.Arrays;

/**
 * A packed panel: vectors row after row, {@code count x inner}, in single or in double precision.
 *
 * @param singles the entries, or null where they are kept in double precision
 * @param doubles the entries, or null where they are kept in single precision
 */
record Panel(float[] singles, double[] doubles) {

    boolean precise() {
        return doubles != null;
    }

    /** Transposes up to {@link Lanes#BLOCK} vectors from {@code first} on into {@code inner x BLOCK}, zeros beyond. */
    void transposeSingles(int first, int count, int inner, float[] block) {
        for (int c = 0; c < inner; c++) {
            int at = c * Lanes.BLOCK;
            for (int r = 0, from = first * inner + c; r < count; r++, from += inner) {
                block[at + r] = singles[from];
            }
            Arrays.fill(block, at + count, at + Lanes.BLOCK, 0f);
        }
    }

    /** As {@link #transposeSingles}, in double precision. */
    void transposeDoubles(int first, int count, int inner, double[] block) {
        for (int c = 0; c < inner; c++) {
            int at = c * Lanes.BLOCK;
            for (int r = 0, from = first * inner + c; r < count; r++, from += inner) {
                block[at + r] = doubles[from];
            }
            Arrays.fill(block, at + count, at + Lanes.BLOCK, 0.0);
        }
    }
}
