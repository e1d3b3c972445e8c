package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.WideEntries;

/**
 * The coupling {@code exp(z_ij + u_i + v_j)} that a solve found for one head.
 *
 * @param solution       its reported figures
 * @param u              row potentials of the coupling, in natural units. They are those of the solution, but for the common shift t of
 *                       relaxed marginals ({@code u + t} and {@code v - t}), which is left out because large shifts would round the
 *                       potentials
 * @param v              column potentials likewise
 * @param accuracy       the accuracy that the entries of an operator need, as a tolerance of marginals
 * @param beyondFloat32 whether entries may lie far outside the range of float32: see {@link WideEntries}
 */
public record HeadCoupling(Solution solution, double[] u, double[] v, double accuracy, boolean beyondFloat32) {
}
