/**
 * Lanes, exponentials, sums and reductions: the loops in which the machine spends its time, apart from register tiles, which are in
 * {@link dev.gatun.kernel.tile}. The only packages that use the Vector API are this one and those below it.
 *
 * <p>{@link dev.gatun.kernel.Lanes} has the vector species and the sizes of blocks and tiles,
 * {@link dev.gatun.kernel.RegisterTile} the shape of register tiles on this CPU, and {@link dev.gatun.kernel.Numerators} the exponentials
 * {@code 2^z} of a tile. Log-kernels are in units of log 2.
 *
 * <p>Kernels take plain arrays at any alignment, hold no state and allocate nothing. Each documents its layout, tails, error and domain,
 * and relies on its caller for everything else.
 *
 * <p>The packages below depend on this one: {@code tile} holds register tiles, {@code pack} stores and packs their inputs,
 * {@code coupling} stores couplings, {@code pass}, {@code decode} and {@code dense} drive the tiles, and {@code probe} times them.
 */
package dev.gatun.kernel;
