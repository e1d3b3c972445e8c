package dev.gatun.dynamics;

import dev.gatun.Scores;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pass.LogStrips;
import java.util.Arrays;

/**
 * The agreement of the two experts whose product is diffusion, attention {@code A>+} and the backward message {@code A<+} (Hinton 2002;
 * arXiv 2604.09560, equations 24 and 28):
 *
 * <pre>{@code
 *   P+_ij = A>+_ij A<+_ij / Z_i      Z_i = sum_k A>+_ik A<+_ik
 * }</pre>
 *
 * <p>The agreement Z_i is the probability that the two experts, drawing independently, choose the same next token for token i. The two
 * gains add up to {@code KL(P+_i | A>+_i) + KL(P+_i | A<+_i) = -log Z_i - H(P+_i)}. All figures are in nats and float64, one entry per
 * token. The rows of a head of more than 1024 tokens are computed 64 at a time and not stored.
 *
 * @param logAgreement     {@code log Z_i}, at most 0
 * @param entropy          {@code H(P+_i) = -sum_j P+_ij log P+_ij}, at least 0
 * @param gainOverForward  {@code KL(P+_i | A>+_i)}, at least 0: the information that the backward message adds to attention
 * @param gainOverBackward {@code KL(P+_i | A<+_i)}, at least 0: the information that attention adds to the backward message
 */
public record ProductOfExperts(double[] logAgreement, double[] entropy, double[] gainOverForward, double[] gainOverBackward) {

    /** Copies the arrays. */
    public ProductOfExperts {
        logAgreement = logAgreement.clone();
        entropy = entropy.clone();
        gainOverForward = gainOverForward.clone();
        gainOverBackward = gainOverBackward.clone();
    }

    /**
     * The log-agreement {@code log Z_i}, in nats.
     *
     * @return a copy, N entries
     */
    @Override
    public double[] logAgreement() {
        return logAgreement.clone();
    }

    /**
     * The entropy {@code H(P+_i)}, in nats.
     *
     * @return a copy, N entries
     */
    @Override
    public double[] entropy() {
        return entropy.clone();
    }

    /**
     * The gain {@code KL(P+_i | A>+_i)}, in nats.
     *
     * @return a copy, N entries
     */
    @Override
    public double[] gainOverForward() {
        return gainOverForward.clone();
    }

    /**
     * The gain {@code KL(P+_i | A<+_i)}, in nats.
     *
     * @return a copy, N entries
     */
    @Override
    public double[] gainOverBackward() {
        return gainOverBackward.clone();
    }

    /**
     * The figures of one head.
     *
     * @param scores the scores within a sequence, N = M
     * @param index  the head
     * @return the figures
     * @throws IllegalArgumentException  if N and M differ, the numbers of queries and keys of a sequence differ, or some token sees no
     *                                   token
     * @throws IndexOutOfBoundsException if there is no such head
     */
    public static ProductOfExperts of(Scores scores, int index) {
        LogTransitions forward = Dynamics.logTransitions(scores.attention().transitions(index));
        LogTransitions backward = Dynamics.logTransitions(scores.backward().transitions(index));
        int size = forward.size();
        ProductOfExperts product = new ProductOfExperts(new double[size], new double[size], new double[size], new double[size]);
        forward.beside(backward, (block, attention, from, message, scratch) ->
                new Block(block, size).add(attention, from, message, scratch, product));
        return product;
    }

    /**
     * The agreement {@code Z_i}: 1 if both experts are certain of the same token, 1/N if both are uniform.
     *
     * @return N entries
     */
    public double[] agreement() {
        return Arrays.stream(logAgreement).map(StrictMath::exp).toArray();
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

        /** Adds the terms of one entry, with {@code 0 log 0 = 0}. */
        private void add(int r, double p, double logP, double logForward, double logBackward) {
            if (p > 0) {
                entropy[r] -= p * logP;
                overForward[r] += p * (logP - logForward);
                overBackward[r] += p * (logP - logBackward);
            }
        }

        /** Converts to nats, and clamps figures that rounding has moved beyond 0. */
        private void write(ProductOfExperts product) {
            double nats = LogTwo.VALUE;
            for (int r = 0; r < rows; r++) {
                product.logAgreement[first + r] = Math.min(0, nats * logZ[r]);
                product.entropy[first + r] = Math.max(0, nats * entropy[r]);
                product.gainOverForward[first + r] = Math.max(0, nats * overForward[r]);
                product.gainOverBackward[first + r] = Math.max(0, nats * overBackward[r]);
            }
        }
    }
}
