package dev.gatun.kernel.pack;

import dev.gatun.kernel.Moments;
import java.util.Arrays;

/**
 * The offsets a_i of the rows and b_j of the columns of a log-kernel, in float64 and in units of log 2, while a {@link LogKernelBuilder}
 * sums them up: self-scores, terms given row by row or column by column, distances, and what centring takes from the inner products.
 */
final class RowColumnOffsets {

    private final double[] a;
    private final double[] b;
    private boolean present;

    RowColumnOffsets(int rows, int columns) {
        this.a = new double[rows];
        this.b = new double[columns];
    }

    /** Sets all offsets to 0. */
    void clear() {
        if (present) {
            Arrays.fill(a, 0.0);
            Arrays.fill(b, 0.0);
        }
        present = false;
    }

    /** The offsets of the rows, to be added to. */
    double[] rows() {
        present = true;
        return a;
    }

    /** The offsets of the columns, to be added to. */
    double[] columns() {
        present = true;
        return b;
    }

    /** {@code to_i += coefficient <r_i, c_i>}; r and c have as many rows of d entries as there are offsets. */
    static void addSelfScores(float[] r, float[] c, int d, double coefficient, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += coefficient * Moments.product(r, i * d, c, i * d, d);
        }
    }

    /** {@code to_i += coefficient terms_i}. */
    static void addTerms(float[] terms, double coefficient, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += coefficient * terms[i];
        }
    }

    /** Adds {@code slope (j - i - (columns - rows))} to entry (i, j). */
    void addDistances(double slope) {
        present = true;
        for (int i = 0; i < a.length; i++) {
            a[i] -= slope * (i + (double) b.length - a.length);
        }
        for (int j = 0; j < b.length; j++) {
            b[j] += slope * j;
        }
    }

    /** A bound of the magnitude of the offsets that do not cancel in the normalised sums, once {@link #centre} has been called. */
    double range(Normalised normalised) {
        if (!present) {
            return 0;
        }
        return switch (normalised) {
            case ROWS -> halfSpread(b);
            case COLUMNS -> halfSpread(a);
            case BOTH -> halfSpread(a) + halfSpread(b);
            case SCALED -> 0;
        };
    }

    /**
     * Centres the offsets that a normalised sum runs over, which are rounded to float32 later: their middle, which may be far larger
     * than their spread, moves to the other offsets, which cancel in float64.
     */
    void centre(Normalised normalised) {
        if (!present) {
            return;
        }
        if (normalised == Normalised.ROWS) {
            moveMiddle(b, a);
        } else if (normalised == Normalised.COLUMNS) {
            moveMiddle(a, b);
        }
    }

    private static void moveMiddle(double[] from, double[] to) {
        double middle = min(from) + halfSpread(from);
        for (int i = 0; i < from.length; i++) {
            from[i] -= middle;
        }
        for (int i = 0; i < to.length; i++) {
            to[i] += middle;
        }
    }

    private static double halfSpread(double[] values) {
        return (max(values) - min(values)) / 2;
    }

    /** The largest of some values, at least one. */
    static double max(double[] values) {
        double max = values[0];
        for (double value : values) {
            max = Math.max(max, value);
        }
        return max;
    }

    private static double min(double[] values) {
        double min = values[0];
        for (double value : values) {
            min = Math.min(min, value);
        }
        return min;
    }
}
