package dev.gatun.laws;

import java.util.Arrays;

/**
 * A float64 matrix with error bounds: {@code |actual_ij - values_ij| <= errors_ij} for every operator that rounds correctly. The bounds
 * are worst-case bounds (Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapters 3 and 4), not measured ones.
 *
 * @param values   the entries
 * @param errors   the bounds; of logarithms if the entries are logarithms
 * @param roundoff the unit roundoff of the operator's arithmetic
 */
record Bounded(double[][] values, double[][] errors, double roundoff) {

    /** Exponentials below this part of the largest may be flushed to zero. */
    static final double FLUSHED = 0x1p-100;

    /** The largest error of a logarithm: any larger one leaves nothing of the exponential known. */
    private static final double MAX_LOG_ERROR = 200;

    double value(int row, int column) {
        return values[row][column];
    }

    double error(int row, int column) {
        return errors[row][column];
    }

    int rows() {
        return values.length;
    }

    int columns() {
        return values[0].length;
    }

    Bounded transposed() {
        return new Bounded(transposed(values), transposed(errors), roundoff);
    }

    static double[][] transposed(double[][] matrix) {
        double[][] transposed = new double[matrix[0].length][matrix.length];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix[i].length; j++) {
                transposed[j][i] = matrix[i][j];
            }
        }
        return transposed;
    }

    /** {@code exp(z_ij) / sum_k exp(z_ik)}, row by row; zeros for a row of minus infinity. */
    Bounded softmaxOfRows() {
        double[][] p = new double[rows()][];
        double[][] bounds = new double[rows()][];
        for (int i = 0; i < p.length; i++) {
            p[i] = softmax(values[i]);
            bounds[i] = softmaxErrors(p[i], logErrors(i));
        }
        return new Bounded(p, bounds, roundoff);
    }

    /** {@code exp(z_ij) / sum_k exp(z_kj)}, column by column. */
    Bounded softmaxOfColumns() {
        return transposed().softmaxOfRows().transposed();
    }

    static double[] softmax(double[] z) {
        double max = max(z);
        double[] p = new double[z.length];
        double sum = 0;
        for (int j = 0; j < p.length && max > Double.NEGATIVE_INFINITY; j++) {
            p[j] = Math.exp(z[j] - max);
            sum += p[j];
        }
        for (int j = 0; j < p.length && sum > 0; j++) {
            p[j] /= sum;
        }
        return p;
    }

    /**
     * The error of the logarithm of each softmax numerator of a row: its own error, the roundings of {@code z - max} and of its product
     * with log2(e), each relative to it, and four units for the exponential.
     */
    private double[] logErrors(int row) {
        double max = max(values[row]);
        double[] off = new double[columns()];
        for (int j = 0; j < off.length; j++) {
            double below = max - values[row][j];
            off[j] = Math.min(MAX_LOG_ERROR, errors[row][j] + roundoff * (below < MAX_LOG_ERROR ? 2 * below + 4 : 0));
        }
        return off;
    }

    /**
     * The range from {@code p_j e^-off_j / sum_k p_k e^off_k} to {@code p_j e^off_j / sum_k p_k e^-off_k}, and a rounding for each term of
     * the sum.
     */
    private double[] softmaxErrors(double[] p, double[] off) {
        double maxSum = 0;
        double minSum = 0;
        for (int k = 0; k < p.length; k++) {
            maxSum += p[k] * Math.exp(off[k]);
            minSum += p[k] * Math.exp(-off[k]);
        }
        double[] bounds = new double[p.length];
        for (int j = 0; j < p.length && maxSum > 0; j++) {
            double max = Math.min(1, p[j] * Math.exp(off[j]) / minSum);
            double min = p[j] * Math.exp(-off[j]) / maxSum;
            bounds[j] = Math.max(max - p[j], p[j] - min) + sumError() * p[j] + FLUSHED;
        }
        return bounds;
    }

    /** The relative error of a sum of one term per column, rescaled at each term, divided by another such sum. */
    double sumError() {
        return (4 * columns() + 8) * roundoff;
    }

    /**
     * The error of the sum of a row's softmax: the roundings of the sum, and those of the scores and of their logarithms, for operators
     * that compute the numerators and the denominator from separate scores.
     */
    double unitError(int row) {
        double[] p = softmax(values[row]);
        double off = 0;
        for (int j = 0; j < p.length; j++) {
            off += p[j] > 0 ? p[j] * (errors[row][j] + 4 * roundoff * Math.abs(values[row][j])) : 0;
        }
        return sumError() + off;
    }

    /** {@code sum_j P_ij |V_jc|} for a row i: the scale of the errors of a result. */
    double[] meanSizes(int row, double[][] v) {
        double[] sizes = new double[v[0].length];
        for (int j = 0; j < v.length; j++) {
            for (int c = 0; c < sizes.length; c++) {
                sizes[c] += (values[row][j] + errors[row][j]) * Math.abs(v[j][c]);
            }
        }
        return sizes;
    }

    /** {@code P V} for exact values V. */
    Bounded times(double[][] v) {
        int width = v[0].length;
        double[][] product = new double[rows()][width];
        double[][] bounds = new double[rows()][width];
        for (int i = 0; i < product.length; i++) {
            for (int j = 0; j < v.length; j++) {
                for (int c = 0; c < width; c++) {
                    product[i][c] += values[i][j] * v[j][c];
                    bounds[i][c] += (errors[i][j] + sumError() * values[i][j]) * Math.abs(v[j][c]) + FLUSHED;
                }
            }
        }
        return new Bounded(product, bounds, roundoff);
    }

    /** {@code log r_i = log sum_j exp(z_ij)}. */
    Bounded logRowSums() {
        double[][] sums = new double[rows()][1];
        double[][] bounds = new double[rows()][1];
        for (int i = 0; i < sums.length; i++) {
            double max = max(values[i]);
            double[] p = softmax(values[i]);
            double[] off = logErrors(i);
            double sum = 0;
            for (int j = 0; j < p.length; j++) {
                sum += Math.exp(values[i][j] - max);
                bounds[i][0] += p[j] * off[j];
            }
            sums[i][0] = max + Math.log(sum);
            bounds[i][0] += sumError() + roundoff * Math.abs(sums[i][0]);
        }
        return new Bounded(sums, bounds, roundoff);
    }

    /** The stationary distribution {@code pi_i = r_i / sum_k r_k} of a symmetric kernel, with {@code r_i = sum_j exp(z_ij)}. */
    double[] stationary() {
        Bounded sums = logRowSums();
        return softmax(Arrays.stream(sums.values).mapToDouble(row -> row[0]).toArray());
    }

    /** {@code log W_ij - alpha (log r_i + log r_j)} of a symmetric kernel (Coifman and Lafon 2006). */
    Bounded normalisedByDensity(double alpha) {
        if (alpha == 0) {
            return this;
        }
        Bounded r = logRowSums();
        double[][] normalised = new double[rows()][columns()];
        double[][] bounds = new double[rows()][columns()];
        for (int i = 0; i < normalised.length; i++) {
            for (int j = 0; j < normalised.length; j++) {
                normalised[i][j] = values[i][j] - alpha * (r.value(i, 0) + r.value(j, 0));
                bounds[i][j] = errors[i][j] + alpha * (r.error(i, 0) + r.error(j, 0)) + 2 * roundoff * Math.abs(normalised[i][j]);
            }
        }
        return new Bounded(normalised, bounds, roundoff);
    }

    /** The sum of two log-kernels of one shape. */
    Bounded plus(Bounded other) {
        return new Bounded(sum(values, other.values), sum(errors, other.errors), roundoff);
    }

    /** The largest difference of two results within the error bounds. */
    double[][] twiceErrors() {
        return sum(errors, errors);
    }

    private static double[][] sum(double[][] a, double[][] b) {
        double[][] sum = new double[a.length][a[0].length];
        for (int i = 0; i < sum.length; i++) {
            for (int j = 0; j < sum[i].length; j++) {
                sum[i][j] = a[i][j] + b[i][j];
            }
        }
        return sum;
    }

    /** The difference of the largest and the smallest finite entry. */
    double range() {
        double[] finite = Arrays.stream(values).flatMapToDouble(Arrays::stream).filter(Double::isFinite).sorted().toArray();
        return finite.length == 0 ? 0 : finite[finite.length - 1] - finite[0];
    }

    /** The largest error bound. */
    double maxError() {
        return Arrays.stream(errors).mapToDouble(Bounded::max).max().orElseThrow();
    }

    /** The difference of the largest and the second largest entry of a row; 0 for a single entry. */
    static double lead(double[] row) {
        double[] sorted = Arrays.stream(row).sorted().toArray();
        return sorted.length < 2 ? 0 : sorted[sorted.length - 1] - sorted[sorted.length - 2];
    }

    /** The first place of the largest entry of a row. */
    static int argMax(double[] row) {
        int max = 0;
        for (int j = 1; j < row.length; j++) {
            max = row[j] > row[max] ? j : max;
        }
        return max;
    }

    /** The largest entry. */
    static double max(double[] z) {
        double max = Double.NEGATIVE_INFINITY;
        for (double entry : z) {
            max = Math.max(max, entry);
        }
        return max;
    }
}
