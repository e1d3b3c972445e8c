package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.WideEntries;

/**
 * What a solve has found for one head.
 *
 * @param solution what is reported of it
 * @param u        row potentials, in natural units, that the coupling is made of: those of the solution but for the shift t that
 *                 relaxed marginals have in common, {@code u + t} and {@code v - t}, beside which they would lose their digits
 * @param v        column potentials likewise
 * @param accuracy what the entries of an operator are needed to, as a tolerance of marginals
 * @param wide     whether entries may lie far outside of float32: see {@link WideEntries}
 */
public record HeadCoupling(Solution solution, double[] u, double[] v, double accuracy, boolean wide) {
}
