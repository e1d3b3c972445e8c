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
    private int rows;
    private int columns;
    private boolean present;

    /** Offsets of up to {@code rows} rows and {@code columns} columns. */
    RowColumnOffsets(int rows, int columns) {
        this.a = new double[rows];
        this.b = new double[columns];
        this.rows = rows;
        this.columns = columns;
    }

    /** Sets all offsets to 0, of as many rows and columns as are given. */
    void clear(int newRows, int newColumns) {
        if (present) {
            Arrays.fill(a, 0, rows, 0.0);
            Arrays.fill(b, 0, columns, 0.0);
        }
        rows = newRows;
        columns = newColumns;
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

    /** {@code to_i += coefficient <r_i, c_i>} for {@code count} rows of d entries. */
    static void addSelfScores(float[] r, float[] c, int d, double coefficient, double[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += coefficient * Moments.product(r, i * d, c, i * d, d);
        }
    }

    /** {@code to_i += coefficient terms_i} for {@code count} terms. */
    static void addTerms(float[] terms, double coefficient, double[] to, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += coefficient * terms[i];
        }
    }

    /** Adds {@code slope (j - i - (columns - rows))} to entry (i, j). */
    void addDistances(double slope) {
        present = true;
        for (int i = 0; i < rows; i++) {
            a[i] -= slope * (i + (double) columns - rows);
        }
        for (int j = 0; j < columns; j++) {
            b[j] += slope * j;
        }
    }

    /** A bound of the magnitude of the offsets that do not cancel in the normalised sums, once {@link #centre} has been called. */
    double range(Normalised normalised) {
        if (!present) {
            return 0;
        }
        return switch (normalised) {
            case ROWS -> halfSpread(b, columns);
            case COLUMNS -> halfSpread(a, rows);
            case BOTH -> halfSpread(a, rows) + halfSpread(b, columns);
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
            moveMiddle(b, columns, a, rows);
        } else if (normalised == Normalised.COLUMNS) {
            moveMiddle(a, rows, b, columns);
        }
    }

    private static void moveMiddle(double[] from, int count, double[] to, int toCount) {
        double middle = min(from, count) + halfSpread(from, count);
        for (int i = 0; i < count; i++) {
            from[i] -= middle;
        }
        for (int i = 0; i < toCount; i++) {
            to[i] += middle;
        }
    }

    private static double halfSpread(double[] values, int count) {
        return (max(values, count) - min(values, count)) / 2;
    }

    /** The largest of the first {@code count} values, at least one. */
    static double max(double[] values, int count) {
        double max = values[0];
        for (int i = 0; i < count; i++) {
            max = Math.max(max, values[i]);
        }
        return max;
    }

    private static double min(double[] values, int count) {
        double min = values[0];
        for (int i = 0; i < count; i++) {
            min = Math.min(min, values[i]);
        }
        return min;
    }
}
