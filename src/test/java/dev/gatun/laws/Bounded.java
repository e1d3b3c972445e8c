package dev.gatun.laws;

import java.util.Arrays;

/**
 * A matrix in double precision, and for each entry by how much a right operator may miss it in its own arithmetic: bounds of
 * the worst case (Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapters 3 and 4), not of experience.
 *
 * @param values   the entries
 * @param errors   what rounding explains of each; in logarithms where the entries are logarithms
 * @param roundoff the unit roundoff that the errors are of
 */
record Bounded(double[][] values, double[][] errors, double roundoff) {

    /** Weights below this part of the largest may be flushed to zero. */
    static final double FLUSHED = 0x1p-100;

    /** Beyond this an error of a logarithm leaves nothing of a weight to be known. */
    private static final double HOPELESS = 200;

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

    /** {@code softmax_j}, row by row, of logarithms; a row wholly at minus infinity is one of zeros. */
    Bounded softmaxOfRows() {
        double[][] p = new double[rows()][];
        double[][] bounds = new double[rows()][];
        for (int i = 0; i < p.length; i++) {
            p[i] = softmax(values[i]);
            bounds[i] = softmaxErrors(p[i], weightErrors(i));
        }
        return new Bounded(p, bounds, roundoff);
    }

    /** The same down the columns. */
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
     * What the logarithm of each weight of a row may be off by: its own error, the roundings of {@code z - max} and of its product
     * with log2(e), each relative to it, and four units for the exponential.
     */
    private double[] weightErrors(int row) {
        double max = max(values[row]);
        double[] off = new double[columns()];
        for (int j = 0; j < off.length; j++) {
            double below = max - values[row][j];
            off[j] = Math.min(HOPELESS, errors[row][j] + roundoff * (below < HOPELESS ? 2 * below + 4 : 0));
        }
        return off;
    }

    /** {@code p_j e^off_j / sum_k p_k e^-off_k} at most, and the converse at least; and a rounding for each term of the sum. */
    private double[] softmaxErrors(double[] p, double[] off) {
        double greatest = 0;
        double least = 0;
        for (int k = 0; k < p.length; k++) {
            greatest += p[k] * Math.exp(off[k]);
            least += p[k] * Math.exp(-off[k]);
        }
        double[] bounds = new double[p.length];
        for (int j = 0; j < p.length && greatest > 0; j++) {
            double most = Math.min(1, p[j] * Math.exp(off[j]) / least);
            double fewest = p[j] * Math.exp(-off[j]) / greatest;
            bounds[j] = Math.max(most - p[j], p[j] - fewest) + sumError() * p[j] + FLUSHED;
        }
        return bounds;
    }

    /** The relative error of a sum of as many terms as there are columns, rescaled at each, and of a division by another. */
    double sumError() {
        return (4 * columns() + 8) * roundoff;
    }

    /**
     * By how much the sum of the softmax of a row may miss 1: the roundings of the sum, and, for weights that are divided by a sum of
     * others of the same scores, those of the scores and of their logarithms.
     */
    double unitError(int row) {
        double[] p = softmax(values[row]);
        double off = 0;
        for (int j = 0; j < p.length; j++) {
            off += p[j] > 0 ? p[j] * (errors[row][j] + 4 * roundoff * Math.abs(values[row][j])) : 0;
        }
        return sumError() + off;
    }

    /** The sum of the sizes of a row's values by its weights: what relative errors of the weights of a result are of. */
    double[] meanSizes(int row, double[][] v) {
        double[] sizes = new double[v[0].length];
        for (int j = 0; j < v.length; j++) {
            for (int c = 0; c < sizes.length; c++) {
                sizes[c] += (values[row][j] + errors[row][j]) * Math.abs(v[j][c]);
            }
        }
        return sizes;
    }

    /** The product with values, which are exact. */
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

    /** {@code log r_i = log sum_j exp(z_ij)} and what it may be off by. */
    Bounded logRowSums() {
        double[][] sums = new double[rows()][1];
        double[][] bounds = new double[rows()][1];
        for (int i = 0; i < sums.length; i++) {
            double max = max(values[i]);
            double[] p = softmax(values[i]);
            double[] off = weightErrors(i);
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

    /** The law {@code pi_i ~ sum_j exp(z_ij)}. */
    double[] law() {
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

    /** What two results, each off by its error, may differ by. */
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

    /** By how much the greatest finite entry is above the least. */
    double range() {
        double[] finite = Arrays.stream(values).flatMapToDouble(Arrays::stream).filter(Double::isFinite).sorted().toArray();
        return finite.length == 0 ? 0 : finite[finite.length - 1] - finite[0];
    }

    private static double max(double[] z) {
        double max = Double.NEGATIVE_INFINITY;
        for (double entry : z) {
            max = Math.max(max, entry);
        }
        return max;
    }
}
