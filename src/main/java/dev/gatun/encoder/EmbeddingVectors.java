package dev.gatun.encoder;

import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.linear.LinearScratch;
import dev.gatun.kernel.linear.RowPooling;
import java.util.Arrays;

/**
 * Truncation and normalisation of embeddings, for programs that ask an encoder for embeddings as they are before it
 * ({@link EncoderModel#withNormalisation}).
 */
public final class EmbeddingVectors {

    private EmbeddingVectors() {
    }

    /**
     * Divides an embedding by its Euclidean length, in place, with the bits of an encoder that does so. One shorter than 1e-12 is divided
     * by that, so that zeros stay zeros.
     *
     * @param embedding any number of components
     */
    public static void normalise(float[] embedding) {
        Checks.given(embedding, "the embedding");
        RowPooling.normalise(embedding, 0, embedding.length, new LinearScratch(1, 1));
    }

    /**
     * The first components of an embedding.
     *
     * @param embedding  the components
     * @param dimensions how many of them are kept
     * @return a new array
     * @throws IllegalArgumentException unless {@code dimensions} is 1 to the number of components
     */
    public static float[] truncate(float[] embedding, int dimensions) {
        Checks.given(embedding, "the embedding");
        if (dimensions < 1 || dimensions > embedding.length) {
            throw new IllegalArgumentException("the embedding has 1 to %s dimensions, not %s".formatted(embedding.length, dimensions));
        }
        return Arrays.copyOf(embedding, dimensions);
    }
}
