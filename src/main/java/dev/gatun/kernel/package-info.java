/**
 * Lanes, exponentials and register tiles: the loops in which the machine spends its time. The only packages that use the Vector API are
 * this one and those below it.
 *
 * <p>{@link dev.gatun.kernel.Lanes} has the vector species and the sizes of blocks and tiles. The central kernels are
 * {@link dev.gatun.kernel.ScoreTile}, {@link dev.gatun.kernel.Numerators} and {@link dev.gatun.kernel.ValueTile}: scores of a tile, their
 * exponentials {@code 2^z}, and products with values. Log-kernels are in units of log 2. Softmax attention of 64 queries to 64 keys, before
 * the division by the row sums:
 *
 * {@snippet :
 * int d = 32;
 * float[] x = new float[d * Lanes.BLOCK];         // queries / (sqrt(d) log 2): component c of query r at c * BLOCK + r
 * float[] y = new float[Lanes.DEPTH * d];         // keys, packed four side by side
 * float[] values = new float[Lanes.DEPTH * d];    // values, packed by four components
 * float[] offset = new float[Lanes.DEPTH];
 * float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];
 * float[] rowSums = new float[Lanes.BLOCK];
 * float[] out = new float[d * Lanes.BLOCK];
 * ScoreTile.float32(x, 0, d, y, offset, 0, Lanes.DEPTH, tile);
 * Numerators.float32(tile, Lanes.DEPTH, rowSums);
 * ValueTile.accumulate(tile, 0, Lanes.DEPTH, values, Lanes.DEPTH, Lanes.quads(d), 0, out, 0);
 * }
 *
 * <p>Kernels take plain arrays at any alignment, hold no state and allocate nothing. Each documents its layout, tails, error and domain,
 * and relies on its caller for everything else.
 *
 * <p>The packages below depend on this one: {@code pack} stores and packs the inputs of the tiles, {@code coupling} stores
 * couplings, {@code pass}, {@code decode} and {@code dense} drive the tiles, and {@code probe} times them.
 */
package dev.gatun.kernel;
