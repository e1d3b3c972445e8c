package dev.gatun.kernel;

/**
 * The library's score tiles, each copied to its place in the whole product.
 *
 * <p>Tiles are of few queries, and keys vary faster: a row of the product is then written from one end to the other, and
 * as few rows at a time as the first cache has ways to hold.
 */
final class StoredScores extends TiledScores {

    private static final int QUERIES = 16;

    private final int tokens;
    private final float[] product;

    StoredScores(float[] q, float[] k, int tokens, int dimension) {
        super(q, k, tokens, dimension, QUERIES);
        this.tokens = tokens;
        product = new float[tokens * tokens];
    }

    @Override
    void multiply() {
        for (int query = 0; query < tokens; query += QUERIES) {
            for (int key = 0; key < tokens; key += Lanes.BLOCK) {
                multiply(query, key);
            }
        }
    }

    @Override
    void keep(float[] entries, int firstQuery, int firstKey) {
        int to = firstQuery * tokens + firstKey;
        for (int from = 0; from < QUERIES * Lanes.BLOCK; from += Lanes.BLOCK, to += tokens) {
            System.arraycopy(entries, from, product, to, Lanes.BLOCK);
        }
    }

    @Override
    public float[] result() {
        return product;
    }
}
