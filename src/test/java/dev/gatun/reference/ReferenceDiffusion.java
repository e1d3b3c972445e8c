package dev.gatun.reference;

import java.util.Arrays;

/**
 * Diffusion as a product of experts, with the alpha-normalisation of Coifman and Lafon (2006), by definition.
 *
 * <p>Real heads make the geometry d negative and its kernel W overflow, so W is carried as its logarithm.
 */
public final class ReferenceDiffusion {

    private ReferenceDiffusion() {
    }

    /** {@code W_ij = exp(-beta d_ij)}; overflows to infinity where d is very negative. */
    public static double[][] kernel(double[][] d, double beta) {
        return exp(ReferenceScores.logKernel(d, beta));
    }

    /**
     * {@code log W^(alpha)_ij = log W_ij - alpha (log r_i + log r_j)} with {@code r_i = sum_j W_ij}, and with 1 for the r of a
     * token that sees nothing.
     */
    public static double[][] logNormalised(double[][] logW, double alpha) {
        int n = ReferenceMatrix.requireSquare(logW, "the alpha-normalisation");
        double[] logR = Arrays.stream(logRowSums(logW)).map(r -> r == Double.NEGATIVE_INFINITY ? 0 : r).toArray();
        double[][] normalised = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                normalised[i][j] = logW[i][j] - alpha * (logR[i] + logR[j]);
            }
        }
        return normalised;
    }

    /** {@code P+_ij = softmax_j(log W^(alpha)_ij)}; at alpha = 0, {@code softmax_j(-beta d_ij)}. */
    public static double[][] transition(double[][] logW, double alpha) {
        return ReferenceSoftmax.rowSoftmax(logNormalised(logW, alpha));
    }

    /** {@code P+} of queries and keys at alpha; a causal mask acts on {@code -beta d_ij}. */
    public static double[][] transition(
            double[][] q, double[][] k, double tau, double beta, double alpha, boolean causal) {
        double[][] d = ReferenceScores.symmetric(ReferenceScores.scores(q, k, tau));
        return transition(ReferenceScores.causal(ReferenceScores.logKernel(d, beta), causal), alpha);
    }

    /** {@code P+_ij = A>+_ij A<+_ij / sum_k A>+_ik A<+_ik}, at alpha = 0. */
    public static double[][] productOfExperts(double[][] attention, double[][] backward) {
        double[][] p = ReferenceMatrix.copy(attention);
        for (int i = 0; i < p.length; i++) {
            double sum = 0;
            for (int j = 0; j < p[i].length; j++) {
                p[i][j] *= backward[i][j];
                sum += p[i][j];
            }
            for (int j = 0; j < p[i].length; j++) {
                p[i][j] /= sum;
            }
        }
        return p;
    }

    /** The stationary law {@code pi_i ~ sum_j W^(alpha)_ij}, which needs W symmetric: no mask, no second pair. */
    public static double[] stationary(double[][] logW, double alpha) {
        requireSymmetric(logW);
        return ReferenceSoftmax.softmax(logRowSums(logNormalised(logW, alpha)));
    }

    /** {@code log sum_j exp(z_ij)} for each row. */
    static double[] logRowSums(double[][] z) {
        double[] sums = new double[z.length];
        for (int i = 0; i < z.length; i++) {
            sums[i] = ReferenceSoftmax.logSumExp(z[i]);
        }
        return sums;
    }

    static double[][] exp(double[][] z) {
        double[][] a = ReferenceMatrix.copy(z);
        for (double[] row : a) {
            for (int j = 0; j < row.length; j++) {
                row[j] = Math.exp(row[j]);
            }
        }
        return a;
    }

    static void requireSymmetric(double[][] logW) {
        int n = ReferenceMatrix.requireSquare(logW, "a symmetric kernel");
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double scale = Math.max(1, Math.abs(logW[i][j]));
                if (logW[i][j] != logW[j][i] && !(Math.abs(logW[i][j] - logW[j][i]) <= 1e-9 * scale)) {
                    throw new IllegalArgumentException("the kernel is not symmetric at (" + i + ", " + j + ")");
                }
            }
        }
    }
}
