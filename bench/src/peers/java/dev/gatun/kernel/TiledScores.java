package dev.gatun.kernel;

/**
 * The library's score tiles, all of {@code Q K^T}.
 *
 * <p>Keys are the rows of the tile and queries its columns, so that a tile is a piece of the product as it lies, row
 * after row. Packing the keys, once a product, counts in.
 */
class TiledScores implements ScoreProduct {

    private final int tokens;
    private final int dimension;
    private final float[] q;
    private final Panel k;
    private final float[] offset;
    private final float[][] blocks;
    private final float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];

    /** For {@code tokens} that fill whole blocks. */
    TiledScores(float[] q, float[] k, int tokens, int dimension) {
        this.tokens = tokens;
        this.dimension = dimension;
        this.q = q;
        this.k = new Panel(k, null);
        offset = new float[tokens];
        blocks = new float[tokens / Lanes.BLOCK][dimension * Lanes.BLOCK];
    }

    @Override
    public void run() {
        pack();
        for (int query = 0; query < tokens; query += Lanes.DEPTH) {
            for (int block = 0; block < blocks.length; block++) {
                ScoreTile.floats(blocks[block], dimension, q, offset, query, Lanes.DEPTH, tile);
                keep(tile, query, block * Lanes.BLOCK);
            }
        }
    }

    private void pack() {
        for (int block = 0; block < blocks.length; block++) {
            k.transposeSingles(block * Lanes.BLOCK, Lanes.BLOCK, dimension, blocks[block]);
        }
    }

    /** What becomes of a tile of DEPTH queries with BLOCK keys: nothing, the next one takes its memory. */
    void keep(float[] entries, int firstQuery, int firstKey) {
    }

    @Override
    public float[] result() {
        StoredScores stored = new StoredScores(q, k.singles(), tokens, dimension);
        stored.run();
        return stored.result();
    }

    @Override
    public void close() {
    }
}
