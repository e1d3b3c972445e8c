package dev.gatun.kernel.linear;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * Layer normalisation of rows, in place: {@code x = gain (x - mean) / sqrt(variance + epsilon) + shift}, with the mean and the variance of
 * the row.
 *
 * <p><b>Layout.</b> Components lie on lanes; rows are at any distance and alignment, with any number of components.
 *
 * <p><b>Error.</b> Mean and variance are sums of {@link RowSums#CHAINS} chains, {@code columns / 32 + 5} roundings each; the variance is
 * that of the differences from the rounded mean. Four roundings follow. Results do not depend on the vector width.
 */
public final class LayerNormalisation {

    private static final int FLOATS = Lanes.FLOATS.length();

    private LayerNormalisation() {
    }

    /**
     * Normalises rows.
     *
     * @param x       row t begins at {@code at + t * stride}
     * @param gain    of each component
     * @param shift   of each component
     * @param epsilon added to the variance, not negative
     * @param scratch scratch memory of the calling thread
     */
    public static void apply(float[] x, int at, int stride, int rows, int columns, float[] gain, float[] shift, double epsilon,
            LinearScratch scratch) {
        for (int r = 0, row = at; r < rows; r++, row += stride) {
            float mean = RowSums.sum(x, row, columns, scratch.chains) / columns;
            double variance = RowSums.squares(x, row, columns, mean, scratch.chains) / (double) columns;
            scale(x, row, columns, mean, (float) (1 / Math.sqrt(variance + epsilon)), gain, shift);
        }
    }

    private static void scale(float[] x, int at, int columns, float mean, float factor, float[] gain, float[] shift) {
        int full = columns - columns % FLOATS;
        FloatVector means = Lanes.FLOAT_ZEROS.broadcast(mean);
        FloatVector factors = Lanes.FLOAT_ZEROS.broadcast(factor);
        for (int c = 0; c < full; c += FLOATS) {
            FloatVector scaled = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, x, at + c)).sub(means).mul(factors);
            scaled.fma(FloatVector.fromArray(Lanes.FLOATS, gain, c), FloatVector.fromArray(Lanes.FLOATS, shift, c)).intoArray(x, at + c);
        }
        for (int c = full; c < columns; c++) {
            x[at + c] = Math.fma((x[at + c] - mean) * factor, gain[c], shift[c]);
        }
    }
}
