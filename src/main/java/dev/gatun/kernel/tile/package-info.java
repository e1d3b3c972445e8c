/**
 * Register tiles: products whose sums stay in vector registers over the whole inner loop.
 *
 * <p>{@link dev.gatun.kernel.tile.ScoreTile} computes the scores of a tile and {@link dev.gatun.kernel.tile.ValueTile} the products of its
 * numerators with values; {@link dev.gatun.kernel.tile.ThinProduct} and {@link dev.gatun.kernel.tile.TileProduct} are products of matrices
 * with few rows or columns. Softmax attention of 64 queries to 64 keys, before the division by the row sums:
 *
 * {@snippet :
 * import dev.gatun.kernel.Lanes;
 * import dev.gatun.kernel.Numerators;
 *
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
 */
package dev.gatun.kernel.tile;
