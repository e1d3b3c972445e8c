/**
 * Passes over a log-kernel, block by block: products with normalised exponentials, row and column sums, Sinkhorn iterations, conjugates,
 * and strips of entries. The {@code N x M} matrix is never stored, except for the entries of a coupling that a Sinkhorn solve keeps.
 *
 * <p>A pass belongs to one head: {@link dev.gatun.kernel.pass.BlockPass} for row-normalised kernels,
 * {@link dev.gatun.kernel.pass.ColumnPass} for column-normalised ones, {@link dev.gatun.kernel.pass.MagneticPass} for Hermitian ones,
 * {@link dev.gatun.kernel.pass.SinkhornPass} for potentials. {@link dev.gatun.kernel.pass.Tile} is the scratch of one worker. Potentials,
 * offsets and logarithms are in units of log 2.
 */
package dev.gatun.kernel.pass;
