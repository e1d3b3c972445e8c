package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;

/**
 * The connected components of the graph of a symmetric or Hermitian matrix, whose edges are entries of magnitude at least
 * {@code 2^-24 / N}. All smaller entries of a row together are below the rounding of 1.
 */
public final class Connections {

    private static final double MIN_WEIGHT = 0x1p-24;

    private final ConjugateTiles tiles;
    private final StoredTiles stored;
    private final double[] scale;
    private final int[] parent;
    private int components;

    /**
     * @param stored the stored tiles; null to compute them
     * @param scale  s: the matrix is {@code s_i a_ij s_j}; null for all 1
     */
    public Connections(ConjugateTiles tiles, StoredTiles stored, double[] scale) {
        this.scale = scale;
        this.tiles = tiles;
        this.stored = stored;
        this.parent = new int[tiles.size()];
    }

    /** The number of components; stops reading tiles when there is only one left. */
    public int count(ConjugateTiles.Scratch scratch) {
        components = parent.length;
        for (int i = 0; i < parent.length; i++) {
            parent[i] = i;
        }
        for (int block = 0; block < tiles.blocks() && components > 1; block++) {
            if (stored == null) {
                tiles.load(block, scratch);
            }
            for (int column = block; column < tiles.end(block) && components > 1; column++) {
                if (stored == null) {
                    tiles.form(column, scratch);
                } else {
                    stored.fetch(block, column, scratch);
                }
                connect(block, column, scratch);
            }
        }
        return components;
    }

    private void connect(int block, int column, ConjugateTiles.Scratch scratch) {
        double least = MIN_WEIGHT / parent.length;
        int rows = Math.min(Lanes.BLOCK, parent.length - block * Lanes.BLOCK);
        int columns = Math.min(Lanes.DEPTH, parent.length - column * Lanes.DEPTH);
        for (int c = 0; c < columns; c++) {
            double ofColumn = scale(column * Lanes.DEPTH + c);
            for (int r = 0, at = c * Lanes.BLOCK; r < rows; r++, at++) {
                float size = Math.abs(scratch.real[at]) + (tiles.hermitian() ? Math.abs(scratch.imaginary[at]) : 0);
                if (size * ofColumn * scale(block * Lanes.BLOCK + r) >= least) {
                    join(block * Lanes.BLOCK + r, column * Lanes.DEPTH + c);
                }
            }
        }
    }

    private double scale(int i) {
        return scale == null ? 1 : scale[i];
    }

    private void join(int i, int j) {
        int a = root(i);
        int b = root(j);
        if (a != b) {
            parent[Math.max(a, b)] = Math.min(a, b);
            components--;
        }
    }

    private int root(int i) {
        int root = i;
        while (parent[root] != root) {
            parent[root] = parent[parent[root]];
            root = parent[root];
        }
        return root;
    }
}
