/**
 * One pass over a log-kernel, block by block: products with normalised exponentials, row and column sums, Sinkhorn iterations,
 * conjugates and strips of entries. The {@code N x M} matrix is never stored, but for the entries that a Sinkhorn solve keeps.
 *
 * <p>A pass belongs to one head; {@link dev.gatun.kernel.pass.Tile} is the scratch of one worker.
 */
package dev.gatun.kernel.pass;
