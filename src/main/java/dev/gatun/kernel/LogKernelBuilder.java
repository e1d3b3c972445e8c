package dev.gatun.kernel;

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
    private final double[] x;
    private final double[] y;
    private final double[] a;
    private final double[] b;
    private Band band = Band.ALL;
    private int filled;

    /**
     * Begins a log-kernel of zeros.
     *
     * @param inner the length of the inner products: the sum of the lengths of the terms to come
     */
    public LogKernelBuilder(int rows, int columns, int inner) {
        this.rows = rows;
        this.columns = columns;
        this.inner = inner;
        this.x = new double[Math.multiplyExact(rows, inner)];
        this.y = new double[Math.multiplyExact(columns, inner)];
        this.a = new double[rows];
        this.b = new double[columns];
    }

    /**
     * Adds {@code weight * <r_i, c_j>}.
     *
     * @param r {@code rows x d}, row after row
     * @param c {@code columns x d}, row after row
     */
    public LogKernelBuilder addScores(float[] r, float[] c, int d, double weight) {
        double[] meanRow = mean(r, rows, d);
        double[] meanColumn = mean(c, columns, d);
        for (int i = 0; i < rows; i++) {
            double own = 0;
            for (int k = 0; k < d; k++) {
                double entry = r[i * d + k];
                x[i * inner + filled + k] = weight * (entry - meanRow[k]);
                own += entry * meanColumn[k];
            }
            a[i] += weight * own;
        }
        for (int j = 0; j < columns; j++) {
            double own = 0;
            for (int k = 0; k < d; k++) {
                double centred = c[j * d + k] - meanColumn[k];
                y[j * inner + filled + k] = centred;
                own += meanRow[k] * centred;
            }
            b[j] += weight * own;
        }
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
            return new LogKernel(inner, band, new Panel(null, x), new Panel(null, y), a, b);
        }
        return new LogKernel(inner, band, new Panel(singles(x), null), new Panel(singles(y), null), a, b);
    }

    /** A bound of {@code |z|}, but for what cancels where {@code normalised} sums are made 1. */
    public double range(Normalised normalised) {
        return largestNorm(x, inner) * largestNorm(y, inner) + switch (normalised) {
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
            double self = 0;
            for (int k = 0; k < d; k++) {
                self += (double) r[i * d + k] * c[i * d + k];
            }
            to[i] += weight * self;
        }
    }

    private static double[] mean(float[] vectors, int count, int d) {
        double[] mean = new double[d];
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < d; k++) {
                mean[k] += vectors[i * d + k];
            }
        }
        for (int k = 0; k < d; k++) {
            mean[k] /= count;
        }
        return mean;
    }

    private static double largestNorm(double[] vectors, int length) {
        double largest = 0;
        for (int from = 0; from < vectors.length; from += length) {
            double square = 0;
            for (int k = 0; k < length; k++) {
                square += vectors[from + k] * vectors[from + k];
            }
            largest = Math.max(largest, square);
        }
        return Math.sqrt(largest);
    }

    private static double halfSpread(double[] values) {
        double greatest = values[0];
        for (double value : values) {
            greatest = Math.max(greatest, value);
        }
        return (greatest - least(values)) / 2;
    }

    private static double least(double[] values) {
        double least = values[0];
        for (double value : values) {
            least = Math.min(least, value);
        }
        return least;
    }

    private static float[] singles(double[] values) {
        float[] singles = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            singles[i] = (float) values[i];
        }
        return singles;
    }
}
