package dev.gatun.reference;

/**
 * The four softmax regimes: forward or backward divergence, rows or columns normalised, by definition.
 *
 * <p>A causal mask acts on the log-kernel itself: entry (i, j) with j > i is minus infinity, whatever the operator.
 */
public final class ReferenceSoftmax {

    private ReferenceSoftmax() {
    }

    /** {@code exp(z_ij) / sum_j exp(z_ij)}; a row wholly at minus infinity gives zeros. */
    public static double[][] rowSoftmax(double[][] z) {
        double[][] p = new double[z.length][];
        for (int i = 0; i < z.length; i++) {
            p[i] = softmax(z[i]);
        }
        return p;
    }

    /** {@code exp(z_ij) / sum_i exp(z_ij)}; a column wholly at minus infinity gives zeros. */
    public static double[][] columnSoftmax(double[][] z) {
        return ReferenceMatrix.transpose(rowSoftmax(ReferenceMatrix.transpose(z)));
    }

    /** The softmax of one vector; all at minus infinity gives zeros. */
    public static double[] softmax(double[] z) {
        double[] p = new double[z.length];
        double max = max(z);
        if (max == Double.NEGATIVE_INFINITY) {
            return p;
        }
        double sum = 0;
        for (int j = 0; j < z.length; j++) {
            p[j] = Math.exp(z[j] - max);
            sum += p[j];
        }
        for (int j = 0; j < z.length; j++) {
            p[j] /= sum;
        }
        return p;
    }

    /** {@code log sum_j exp(z_j)}; minus infinity when every entry is. */
    public static double logSumExp(double[] z) {
        double max = max(z);
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = 0;
        for (double entry : z) {
            sum += Math.exp(entry - max);
        }
        return max + Math.log(sum);
    }

    /** Transformer attention {@code A>+ = softmax_j(beta s_ij)}, N x M: s_ii cancels along a row. */
    public static double[][] attention(double[][] q, double[][] k, double tau, double beta, boolean causal) {
        double[][] z = ReferenceMatrix.scale(beta, ReferenceScores.scores(q, k, tau));
        return rowSoftmax(ReferenceScores.causal(z, causal));
    }

    /** {@code A>- = softmax_i(-beta d>_ij)}: s_ii does not cancel down a column, so queries must match keys. */
    public static double[][] attentionColumn(double[][] q, double[][] k, double tau, double beta, boolean causal) {
        double[][] d = ReferenceScores.forward(ReferenceScores.scores(q, k, tau));
        return columnSoftmax(ReferenceScores.causal(ReferenceScores.logKernel(d, beta), causal));
    }

    /** The backward message {@code A<+ = softmax_j(-beta d<_ij)}, of the forward pair or of the backward's own. */
    public static double[][] backward(double[][] q, double[][] k, double tau, double beta, boolean causal) {
        double[][] d = ReferenceScores.backward(ReferenceScores.scores(q, k, tau));
        return rowSoftmax(ReferenceScores.causal(ReferenceScores.logKernel(d, beta), causal));
    }

    /** {@code A<- = softmax_i(-beta d<_ij) = softmax_i(beta s_ji)}: s_jj cancels down a column, so M x N is defined. */
    public static double[][] backwardColumn(double[][] q, double[][] k, double tau, double beta, boolean causal) {
        double[][] z = ReferenceMatrix.scale(beta, ReferenceMatrix.transpose(ReferenceScores.scores(q, k, tau)));
        if (causal) {
            ReferenceMatrix.requireSquare(z, "a causal backward column");
        }
        return columnSoftmax(ReferenceScores.causal(z, causal));
    }

    /** Attention of the circulation logits at c; c = 1 is {@link #attention}. */
    public static double[][] circulation(
            double[][] q, double[][] k, double tau, double beta, double c, boolean causal) {
        double[][] logits = ReferenceScores.circulation(ReferenceScores.scores(q, k, tau), c);
        return rowSoftmax(ReferenceScores.causal(ReferenceMatrix.scale(beta, logits), causal));
    }

    private static double max(double[] z) {
        double max = Double.NEGATIVE_INFINITY;
        for (double entry : z) {
            max = Math.max(max, entry);
        }
        return max;
    }
}
