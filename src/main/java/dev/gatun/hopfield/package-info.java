/**
 * The symmetric and the skew part of scores: attention as retrieval in a Hopfield network, and attention with a changed circulation
 * (H. Cho et al., arXiv 2605.27476).
 *
 * <p>{@link dev.gatun.hopfield.Hopfield} computes the {@link dev.gatun.hopfield.HopfieldFigures} of heads: the symmetry of
 * {@code M = Q K^T}, and the energy and stability of results in its landscape. {@link dev.gatun.hopfield.Circulation} multiplies the
 * skew part of the scores.
 *
 * <p>Energies are in units of M; all other figures are ratios.
 *
 * {@snippet :
 * HopfieldFigures figures = Hopfield.of(q, k).figures(h).getFirst();
 * double eta = figures.eta();
 * double energy = figures.energyMean();
 * Circulation.of(scores, 0.5).apply(v, out);
 * }
 */
package dev.gatun.hopfield;
