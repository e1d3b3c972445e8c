package dev.gatun.kernel;

import java.util.ArrayList;
import java.util.List;

/**
 * Makes a {@link LogKernel} from scores: a sum of terms {@code weight * <r_i, c_j>}, self-scores along rows or columns,
 * and a band.
 *
 * <p>Each term is centred: with the mean row r and the mean column c taken off,
 * {@code <r_i, c_j> = <r_i - r, c_j - c> + <r, c_j - c> + <r_i, c>}, of which the last two are a row's or a column's
 * own and are kept in double precision in a and b. What the matrix of inner products must carry is then as small as it
 * can be, and so is its rounding error.
 */
public final class LogKernelBuilder {

    private final int rows;
    private final int columns;
    private final int inner;
    private final List<Term> terms = new ArrayList<>(2);
    private final double[] a;
    private final double[] b;
    private final double[] rowSquares;
    private final double[] columnSquares;
    private Band band = Band.ALL;
    private int filled;

    /** One sum of inner products, {@code weight * <r_i - meanRow, c_j - meanColumn>}, at its place among the components. */
    private record Term(float[] r, double[] meanRow, float[] c, double[] meanColumn, double weight, int d, int at) {
    }

    /**
     * Begins a log-kernel of zeros.
     *
     * @param inner the length of the inner products: the sum of the lengths of the terms to come
     */
    public LogKernelBuilder(int rows, int columns, int inner) {
        this.rows = rows;
        this.columns = columns;
        this.inner = inner;
        this.a = new double[rows];
        this.b = new double[columns];
        this.rowSquares = new double[rows];
        this.columnSquares = new double[columns];
    }

    /**
     * Adds {@code weight * <r_i, c_j>}.
     *
     * @param r {@code rows x d}, row after row, not to change until the log-kernel is built
     * @param c {@code columns x d}, row after row, as r
     */
    public LogKernelBuilder addScores(float[] r, float[] c, int d, double weight) {
        double[] meanRow = Moments.mean(r, rows, d);
        double[] meanColumn = Moments.mean(c, columns, d);
        Moments.add(r, rows, d, meanRow, weight * weight, rowSquares, meanColumn, weight, a);
        Moments.add(c, columns, d, meanColumn, 1, columnSquares, meanRow, weight, b);
        double common = weight * Moments.product(meanRow, meanColumn);
        for (int j = 0; j < columns; j++) {
            b[j] -= common;
        }
        terms.add(new Term(r, meanRow, c, meanColumn, weight, d, filled));
        filled += d;
        return this;
    }

    /** Adds {@code weight * <r_i, c_i>} to row i; r and c are {@code rows x d}. */
    public LogKernelBuilder addRowSelfScores(float[] r, float[] c, int d, double weight) {
        addSelfScores(r, c, d, weight, a);
        return this;
    }

    /** Adds {@code weight * <r_j, c_j>} to column j; r and c are {@code columns x d}. */
    public LogKernelBuilder addColumnSelfScores(float[] r, float[] c, int d, double weight) {
        addSelfScores(r, c, d, weight, b);
        return this;
    }

    /** Masks everything outside {@code visible}. */
    public LogKernelBuilder band(Band visible) {
        this.band = visible;
        return this;
    }

    /**
     * The log-kernel, in the precision that its range asks for.
     *
     * <p>What is constant along the normalised side cancels, so the offsets of the other side alone count in the range,
     * once their middle has been moved to the normalised side. Where both sides are normalised the potentials are as large as the scores, and precision is always double.
     *
     * @throws IllegalArgumentException if the scores are too large to be told apart
     */
    public LogKernel build(Normalised normalised) {
        return build(normalised, 1);
    }

    /**
     * The log-kernel for a use that multiplies its errors.
     *
     * @param growth by what factor it does, at least 1
     */
    public LogKernel build(Normalised normalised, double growth) {
        double range = range(normalised) * growth;
        LogKernel.requireMeasurable(range);
        centreOffsets(normalised);
        if (normalised == Normalised.BOTH || range > LogKernel.SINGLE_PRECISION_RANGE) {
            return new LogKernel(inner, band, doubles(true), doubles(false), a, b);
        }
        return new LogKernel(inner, band, singles(true), singles(false), a, b);
    }

    private Panel doubles(boolean ofRows) {
        double[] panel = new double[Math.multiplyExact(ofRows ? rows : columns, inner)];
        for (Term term : terms) {
            Moments.centre(ofRows ? term.r : term.c, ofRows ? rows : columns, term.d,
                    ofRows ? term.meanRow : term.meanColumn, ofRows ? term.weight : 1, panel, inner, term.at);
        }
        return new Panel(null, panel);
    }

    private Panel singles(boolean ofRows) {
        float[] panel = new float[Math.multiplyExact(ofRows ? rows : columns, inner)];
        for (Term term : terms) {
            Moments.centre(ofRows ? term.r : term.c, ofRows ? rows : columns, term.d,
                    ofRows ? term.meanRow : term.meanColumn, ofRows ? term.weight : 1, panel, inner, term.at);
        }
        return new Panel(panel, null);
    }

    /** A bound of {@code |z|}, but for what cancels where {@code normalised} sums are made 1. */
    public double range(Normalised normalised) {
        return Math.sqrt(greatest(rowSquares)) * Math.sqrt(greatest(columnSquares)) + switch (normalised) {
            case ROWS -> halfSpread(b);
            case COLUMNS -> halfSpread(a);
            case BOTH -> halfSpread(a) + halfSpread(b);
        };
    }

    /**
     * Offsets that a sum runs over are rounded to float: their middle, which may be far larger than their spread, goes to
     * the offsets that cancel in double precision.
     */
    private void centreOffsets(Normalised normalised) {
        if (normalised == Normalised.ROWS) {
            moveMiddle(b, a);
        } else if (normalised == Normalised.COLUMNS) {
            moveMiddle(a, b);
        }
    }

    private static void moveMiddle(double[] from, double[] to) {
        double middle = least(from) + halfSpread(from);
        for (int i = 0; i < from.length; i++) {
            from[i] -= middle;
        }
        for (int i = 0; i < to.length; i++) {
            to[i] += middle;
        }
    }

    private static void addSelfScores(float[] r, float[] c, int d, double weight, double[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += weight * Moments.product(r, i * d, c, i * d, d);
        }
    }

    private static double halfSpread(double[] values) {
        return (greatest(values) - least(values)) / 2;
    }

    private static double greatest(double[] values) {
        double greatest = values[0];
        for (double value : values) {
            greatest = Math.max(greatest, value);
        }
        return greatest;
    }

    private static double least(double[] values) {
        double least = values[0];
        for (double value : values) {
            least = Math.min(least, value);
        }
        return least;
    }
}
