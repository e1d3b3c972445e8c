package dev.gatun.reference;

/**
 * Scores and bidivergence of queries and keys, by definition.
 *
 * <p>The forward divergence is measured from a token's own query, the backward one from its own key; their sum is the
 * geometry and their difference the direction.
 */
public final class ReferenceScores {

    private ReferenceScores() {
    }

    /** {@code s_ij = <q_i, k_j> / sqrt(d)}. */
    public static double[][] scores(double[][] q, double[][] k) {
        return scores(q, k, 1 / Math.sqrt(ReferenceMatrix.columns(q)));
    }

    /** {@code s_ij = tau <q_i, k_j>}. */
    public static double[][] scores(double[][] q, double[][] k, double tau) {
        double[][] s = new double[q.length][k.length];
        for (int i = 0; i < q.length; i++) {
            for (int j = 0; j < k.length; j++) {
                s[i][j] = tau * dot(q[i], k[j]);
            }
        }
        return s;
    }

    /** The forward divergence {@code d>_ij = s_ii - s_ij}. */
    public static double[][] forward(double[][] s) {
        int n = ReferenceMatrix.requireSquare(s, "the forward divergence");
        double[][] d = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                d[i][j] = s[i][i] - s[i][j];
            }
        }
        return d;
    }

    /**
     * The backward divergence {@code d<_ij = s_jj - s_ji}. The scores are those of the forward divergence, or those of
     * the backward divergence's own pair (Q<, K<).
     */
    public static double[][] backward(double[][] scoresBackward) {
        int n = ReferenceMatrix.requireSquare(scoresBackward, "the backward divergence");
        double[][] d = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                d[i][j] = scoresBackward[j][j] - scoresBackward[j][i];
            }
        }
        return d;
    }

    /** The geometry {@code d_ij = d>_ij + d<_ij} of one pair (Q, K). */
    public static double[][] symmetric(double[][] s) {
        return symmetric(s, s);
    }

    /** {@code d_ij = d>_ij + d<_ij}, the backward divergence from its own pair: no longer symmetric in general. */
    public static double[][] symmetric(double[][] s, double[][] scoresBackward) {
        return ReferenceMatrix.add(forward(s), backward(scoresBackward));
    }

    /** The direction {@code w_ij = d>_ij - d<_ij} of one pair (Q, K). */
    public static double[][] antisymmetric(double[][] s) {
        return antisymmetric(s, s);
    }

    /** {@code w_ij = d>_ij - d<_ij}, the backward divergence from its own pair: no longer antisymmetric in general. */
    public static double[][] antisymmetric(double[][] s, double[][] scoresBackward) {
        return ReferenceMatrix.add(forward(s), ReferenceMatrix.scale(-1, backward(scoresBackward)));
    }

    /** The circulation logits {@code (1+c)/2 s_ij + (1-c)/2 s_ji}; tau is in the scores. At c = 1, the scores. */
    public static double[][] circulation(double[][] s, double c) {
        int n = ReferenceMatrix.requireSquare(s, "the circulation");
        double[][] z = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                z[i][j] = (1 + c) / 2 * s[i][j] + (1 - c) / 2 * s[j][i];
            }
        }
        return z;
    }

    /** The log-kernel {@code -beta d_ij} of a divergence. */
    public static double[][] logKernel(double[][] divergence, double beta) {
        return ReferenceMatrix.scale(-beta, divergence);
    }

    /**
     * The log-kernel (N x M) with the edges i -> j that look ahead, {@code j > i + (M - N)}, at minus infinity: the
     * last query sees every key.
     */
    public static double[][] causal(double[][] z) {
        double[][] masked = ReferenceMatrix.copy(z);
        for (int i = 0; i < z.length; i++) {
            for (int j = 0; j < z[i].length; j++) {
                if (j > i + (z[i].length - z.length)) {
                    masked[i][j] = Double.NEGATIVE_INFINITY;
                }
            }
        }
        return masked;
    }

    /** The log-kernel of tokens that do not see themselves: its diagonal at minus infinity. */
    public static double[][] zeroDiagonal(double[][] z) {
        int n = ReferenceMatrix.requireSquare(z, "a zero diagonal");
        double[][] masked = ReferenceMatrix.copy(z);
        for (int i = 0; i < n; i++) {
            masked[i][i] = Double.NEGATIVE_INFINITY;
        }
        return masked;
    }

    static double[][] causal(double[][] z, boolean causal) {
        return causal ? causal(z) : z;
    }

    static double dot(double[] x, double[] y) {
        if (x.length != y.length) {
            throw new IllegalArgumentException("a query of " + x.length + " meets a key of " + y.length);
        }
        double sum = 0;
        for (int c = 0; c < x.length; c++) {
            sum += x[c] * y[c];
        }
        return sum;
    }
}
