/**
 * The Markov geometry of query-key scores: attention, diffusion maps, magnetic diffusion, bistochastic operators and Schroedinger
 * bridges as normalised exponentials of scores {@code s = Q K^T / sqrt(d)} that are never stored.
 *
 * <p>{@link dev.gatun.Matrix} and {@link dev.gatun.Heads} are views of off-heap memory. {@link dev.gatun.Scores} describes the
 * scores of queries and keys, and makes every {@link dev.gatun.Operator} and {@link dev.gatun.SinkhornResult}. Scores are in the
 * units of the inner products, potentials in natural logarithms.
 *
 * {@snippet :
 * Heads q = Heads.allocate(arena, 12, 128, 32);
 * Heads k = Heads.allocate(arena, 12, 128, 32);
 * Scores scores = Scores.of(q, k);
 * scores.attention().apply(v, out);
 * scores.sinkhorn(Sinkhorn.tolerance(1e-5)).requireConverged().operator().apply(v, out);
 * }
 */
package dev.gatun;
