package dev.gatun.kernel;

/** The library's score tiles, each copied to its place in the whole product. */
final class StoredScores extends TiledScores {

    private final int tokens;
    private final float[] product;

    StoredScores(float[] q, float[] k, int tokens, int dimension) {
        super(q, k, tokens, dimension);
        this.tokens = tokens;
        product = new float[tokens * tokens];
    }

    @Override
    void keep(float[] entries, int firstQuery, int firstKey) {
        int to = firstQuery * tokens + firstKey;
        for (int from = 0; from < entries.length; from += Lanes.BLOCK, to += tokens) {
            System.arraycopy(entries, from, product, to, Lanes.BLOCK);
        }
    }

    @Override
    public float[] result() {
        return product;
    }
}
