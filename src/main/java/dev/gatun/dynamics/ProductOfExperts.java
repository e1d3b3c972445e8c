package dev.gatun.dynamics;

import dev.gatun.Scores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;

/**
 * Diffusion as a product of two experts (Hinton 2002; arXiv 2604.09560, equations 24 and 28): the forward message
 * {@code A>+}, which is attention, and the backward message {@code A<+},
 *
 * <pre>{@code
 *   P+_ij = A>+_ij A<+_ij / Z_i      Z_i = sum_k A>+_ik A<+_ik
 * }</pre>
 *
 * <p>Z_i is how far the two agree about where token i leads: the probability that they, asked independently, name the same token.
 * What each gains from the other adds up to {@code KL(P+_i | A>+_i) + KL(P+_i | A<+_i) = -log Z_i - H(P+_i)}. All in nats, one
 * entry a token; in double precision, streamed 64 rows at a time where a head has more than 1024 tokens.
 *
 * @param logAgreement     {@code log Z_i}, at most 0
 * @param entropy          {@code H(P+_i) = -sum_j P+_ij log P+_ij}
 * @param gainOverForward  {@code KL(P+_i | A>+_i)}, not negative: what the backward message adds to attention
 * @param gainOverBackward {@code KL(P+_i | A<+_i)}, not negative: what attention adds to the backward message
 */
public record ProductOfExperts(double[] logAgreement, double[] entropy, double[] gainOverForward, double[] gainOverBackward) {

    /** Copies the figures. */
    public ProductOfExperts {
        logAgreement = logAgreement.clone();
        entropy = entropy.clone();
        gainOverForward = gainOverForward.clone();
        gainOverBackward = gainOverBackward.clone();
    }

    /** {@code log Z_i}: a copy. */
    @Override
    public double[] logAgreement() {
        return logAgreement.clone();
    }

    /** {@code H(P+_i)}: a copy. */
    @Override
    public double[] entropy() {
        return entropy.clone();
    }

    /** {@code KL(P+_i | A>+_i)}: a copy. */
    @Override
    public double[] gainOverForward() {
        return gainOverForward.clone();
    }

    /** {@code KL(P+_i | A<+_i)}: a copy. */
    @Override
    public double[] gainOverBackward() {
        return gainOverBackward.clone();
    }

    /**
     * The product of head {@code index}.
     *
     * @throws IllegalArgumentException  if N and M differ, a sequence has other queries than keys, or a token sees nothing
     * @throws IndexOutOfBoundsException if there is no such head
     */
    public static ProductOfExperts of(Scores scores, int index) {
        LogTransitions forward = Dynamics.inside(scores.attention().transitions(index));
        LogTransitions backward = Dynamics.inside(scores.backward().transitions(index));
        int size = forward.size();
        ProductOfExperts product = new ProductOfExperts(new double[size], new double[size], new double[size], new double[size]);
        forward.beside(backward, (block, attention, from, message, scratch) ->
                new Block(block, size).add(attention, from, message, scratch, product));
        return product;
    }

    /** {@code Z_i}: 1 where both are sure of the same token, 1/N where neither prefers any. */
    public double[] agreement() {
        return Arrays.stream(logAgreement).map(Math::exp).toArray();
    }

    /** The rows of one block. */
    private static final class Block {
        private final int first;
        private final int rows;
        private final int size;
        private final double[] logZ = new double[Lanes.BLOCK];
        private final double[] entropy = new double[Lanes.BLOCK];
        private final double[] overForward = new double[Lanes.BLOCK];
        private final double[] overBackward = new double[Lanes.BLOCK];

        Block(int block, int size) {
            this.first = block * Lanes.BLOCK;
            this.rows = Math.min(Lanes.BLOCK, size - first);
            this.size = size;
        }

        void add(double[] forward, int from, double[] backward, LogTransitions.Scratch scratch, ProductOfExperts product) {
            double[] logP = scratch.float64(0, LogStrips.length(size));
            double[] p = scratch.float64(1, LogStrips.length(size));
            for (int at = 0; at < LogStrips.length(size); at++) {
                logP[at] = forward[from + at] + backward[at];
            }
            LogStrips.logSums(logP, 0, size, p, logZ);
            LogStrips.addToRows(logP, 0, size, Arrays.stream(logZ).map(z -> z > Double.NEGATIVE_INFINITY ? -z : 0).toArray());
            LogStrips.powers(logP, 0, size, p);
            for (int at = 0; at < LogStrips.length(size); at += Lanes.BLOCK) {
                for (int r = 0; r < rows; r++) {
                    add(r, p[at + r], logP[at + r], forward[from + at + r], backward[at + r]);
                }
            }
            write(product);
        }

        /** {@code 0 log 0 = 0}. */
        private void add(int r, double p, double logP, double logForward, double logBackward) {
            if (p > 0) {
                entropy[r] -= p * logP;
                overForward[r] += p * (logP - logForward);
                overBackward[r] += p * (logP - logBackward);
            }
        }

        /** In nats; rounding may have left what is 0 beside it. */
        private void write(ProductOfExperts product) {
            double nats = Math.log(2);
            for (int r = 0; r < rows; r++) {
                product.logAgreement[first + r] = Math.min(0, nats * logZ[r]);
                product.entropy[first + r] = Math.max(0, nats * entropy[r]);
                product.gainOverForward[first + r] = Math.max(0, nats * overForward[r]);
                product.gainOverBackward[first + r] = Math.max(0, nats * overBackward[r]);
            }
        }
    }
}
