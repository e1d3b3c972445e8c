package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;

/** Copies the tiles of a symmetric or Hermitian matrix to rows of float64 entries, on and below the diagonal. */
public final class DenseEntries {

    private final ConjugateTiles tiles;
    private final StoredTiles stored;
    private final double[] scale;

    /**
     * The entries of {@code s_i a_ij s_j}.
     *
     * @param stored the stored tiles; null to compute them
     * @param scale  s; null for all 1
     */
    public DenseEntries(ConjugateTiles tiles, StoredTiles stored, double[] scale) {
        this.tiles = tiles;
        this.stored = stored;
        this.scale = scale;
    }

    /**
     * Copies the entries of 64 columns, from the first row of the block on the diagonal on.
     *
     * @param block     the columns
     * @param real      receives real parts, rows of {@code stride} entries
     * @param imaginary receives imaginary parts; null if there are none
     */
    public void copy(int block, ConjugateTiles.Scratch scratch, double[] real, double[] imaginary, int stride) {
        if (stored == null) {
            tiles.load(block, scratch);
        }
        for (int column = block; column < tiles.end(block); column++) {
            if (stored == null) {
                tiles.form(column, scratch);
            } else {
                stored.fetch(block, column, scratch);
            }
            // A row of the tile is a column below the diagonal.
            copy(scratch.real, 1, block, column, real, stride);
            if (imaginary != null) {
                copy(scratch.imaginary, -1, block, column, imaginary, stride);
            }
        }
    }

    private void copy(float[] tile, double sign, int block, int column, double[] to, int stride) {
        int first = block * Lanes.BLOCK;
        int end = Math.min(tiles.size(), first + Lanes.BLOCK);
        int lastRow = Math.min(tiles.size(), (column + 1) * Lanes.DEPTH);
        for (int row = column * Lanes.DEPTH, from = 0; row < lastRow; row++, from += Lanes.BLOCK) {
            double factor = scale == null ? sign : sign * scale[row];
            for (int i = first; i < end; i++) {
                double entry = factor * tile[from + i - first];
                to[row * stride + i] = scale == null ? entry : entry * scale[i];
            }
        }
    }
}
