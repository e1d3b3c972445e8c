package dev.gatun.kernel.linear;

/** Sums of embeddings, of any number of components at any alignment. */
public final class EmbeddingSums {

    private EmbeddingSums() {
    }

    /**
     * {@code out = (word + type) + position} for one token; two roundings. A plain loop: it is a thousandth of the work on a token.
     *
     * @param words the embedding of the word begins at {@code word}, which may be where the sum goes
     * @param out   receives the sum from {@code to} on
     */
    public static void add(float[] words, int word, float[] types, int type, float[] positions, int position, int columns, float[] out,
            int to) {
        for (int c = 0; c < columns; c++) {
            out[to + c] = words[word + c] + types[type + c] + positions[position + c];
        }
    }
}
