package dev.gatun.kernel.linear;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;

/** Sums of embeddings. Components lie on lanes, at any alignment and of any number; results do not depend on the vector width. */
public final class EmbeddingSums {

    private static final int FLOATS = Lanes.FLOATS.length();

    private EmbeddingSums() {
    }

    /**
     * {@code out = (word + type) + position} for one token; two roundings.
     *
     * @param words the embedding of the word begins at {@code word}, which may be where the sum goes
     * @param out   receives the sum from {@code to} on
     */
    public static void add(float[] words, int word, float[] types, int type, float[] positions, int position, int columns, float[] out,
            int to) {
        int full = columns - columns % FLOATS;
        for (int c = 0; c < full; c += FLOATS) {
            Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, words, word + c)
                    .add(FloatVector.fromArray(Lanes.FLOATS, types, type + c))
                    .add(FloatVector.fromArray(Lanes.FLOATS, positions, position + c))).intoArray(out, to + c);
        }
        for (int c = full; c < columns; c++) {
            out[to + c] = words[word + c] + types[type + c] + positions[position + c];
        }
    }
}
