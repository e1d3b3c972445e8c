/**
 * Embeddings of tokens by eigenvectors: diffusion maps, bistochastic diffusion maps and magnetic eigenmaps.
 *
 * <p>{@link dev.gatun.spectral.DiffusionMap} and {@link dev.gatun.spectral.MagneticMap} compute coordinates
 * {@code lambda_k^t psi_k(i)} from the largest eigenpairs of an operator's conjugate. {@link dev.gatun.spectral.Eigenpairs} sets their
 * number and accuracy, and {@link dev.gatun.spectral.Spectrum} has the eigenvalues themselves.
 * {@link dev.gatun.spectral.DirectedGraph} takes the place of a head, and {@link dev.gatun.spectral.Bandwidth} chooses the
 * kernel of points.
 *
 * <p>Eigenvalues and coordinates are float64 without units; times are in steps.
 *
 * {@snippet :
 * DiffusionMap map = DiffusionMap.of(scores.diffusion(1), head, Eigenpairs.largest(8));
 * double[][] coordinates = map.coordinates(2);
 * double distance = map.distance(i, j, 2);
 * }
 */
package dev.gatun.spectral;
