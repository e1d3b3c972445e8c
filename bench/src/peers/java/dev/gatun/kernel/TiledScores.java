package dev.gatun.kernel;

import dev.gatun.kernel.pack.Packing;
import dev.gatun.kernel.pack.Panel;
import dev.gatun.kernel.tile.ScoreTile;

/**
 * The library's score tiles, all of {@code Q K^T}.
 *
 * <p>Keys are the rows of the tile and queries its columns, so that a tile is a piece of the product as it lies, row
 * after row. Packing keys and queries, once a product, counts in.
 */
class TiledScores implements ScoreProduct {

    private final int tokens;
    private final int dimension;
    private final int depth;
    private final float[] q;
    private final float[] k;
    private final Panel queries;
    private final Panel keys;
    private final float[] squares;
    private final float[] offset;
    private final float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];

    /** For {@code tokens} that fill whole blocks. */
    TiledScores(float[] q, float[] k, int tokens, int dimension) {
        this(q, k, tokens, dimension, Lanes.DEPTH);
    }

    /** With tiles of {@code depth} queries, a divisor of the tokens. */
    TiledScores(float[] q, float[] k, int tokens, int dimension, int depth) {
        this.tokens = tokens;
        this.dimension = dimension;
        this.depth = depth;
        this.q = q;
        this.k = k;
        queries = Panel.float32(tokens, dimension, Lanes.QUAD);
        keys = Panel.float32(tokens, dimension, Lanes.BLOCK);
        squares = new float[Packing.squares(tokens)];
        offset = new float[tokens];
    }

    @Override
    public void run() {
        Packing.byFour(q, 0, tokens, dimension, queries.float32(), dimension, 0, squares);
        Packing.byBlock(k, 0, tokens, dimension, keys.float32(), dimension, 0);
        multiply();
    }

    /** A block of keys against all queries, then the next block. */
    void multiply() {
        for (int key = 0; key < tokens; key += Lanes.BLOCK) {
            for (int query = 0; query < tokens; query += depth) {
                multiply(query, key);
            }
        }
    }

    final void multiply(int query, int key) {
        ScoreTile.float32(keys.float32(), key * dimension, dimension, queries.float32(), offset, query, depth, tile);
        keep(tile, query, key);
    }

    /** What becomes of a tile of {@code depth} queries with BLOCK keys: nothing, the next one takes its memory. */
    void keep(float[] entries, int firstQuery, int firstKey) {
    }

    @Override
    public float[] result() {
        StoredScores stored = new StoredScores(q, k, tokens, dimension);
        stored.run();
        return stored.result();
    }

    @Override
    public void close() {
    }
}
