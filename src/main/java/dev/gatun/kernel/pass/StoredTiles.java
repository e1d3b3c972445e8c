package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;

/**
 * Stored float32 tiles on and above the diagonal of a symmetric or Hermitian matrix, one array each, which products read in place. Copied
 * from native memory first, a tile took a third more time.
 */
public final class StoredTiles {

    private static final int TILE = Lanes.DEPTH * Lanes.BLOCK;

    private final ConjugateTiles tiles;
    private final float[][][] real;
    private final float[][][] imaginary;

    /** No tiles yet: {@link #fill} computes them. */
    public StoredTiles(ConjugateTiles tiles) {
        this.tiles = tiles;
        this.real = new float[tiles.blocks()][][];
        this.imaginary = new float[tiles.blocks()][][];
    }

    /** Bytes of the tiles. */
    public static long bytes(ConjugateTiles tiles) {
        long count = 0;
        for (int block = 0; block < tiles.blocks(); block++) {
            count += tiles.end(block) - block;
        }
        return count * (tiles.hermitian() ? 2 : 1) * TILE * Float.BYTES;
    }

    /** Computes and stores a row of tiles. */
    public void fill(int block, ConjugateTiles.Scratch scratch) {
        int count = tiles.end(block) - block;
        real[block] = new float[count][TILE];
        imaginary[block] = tiles.hermitian() ? new float[count][TILE] : null;
        tiles.load(block, scratch);
        for (int t = 0; t < count; t++) {
            scratch.use(real[block][t], tiles.hermitian() ? imaginary[block][t] : null);
            tiles.form(block + t, scratch);
        }
        scratch.useOwn();
        tiles.dropScores(block);
    }

    /** Makes a stored tile the current one of {@code scratch}. */
    void fetch(int block, int column, ConjugateTiles.Scratch scratch) {
        scratch.use(real[block][column - block], tiles.hermitian() ? imaginary[block][column - block] : null);
    }
}
