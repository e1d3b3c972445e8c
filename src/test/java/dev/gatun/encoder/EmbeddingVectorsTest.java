package dev.gatun.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class EmbeddingVectorsTest {

    @Test
    void unitLength() {
        float[] embedding = {3, 0, -4};
        EmbeddingVectors.normalise(embedding);
        assertArrayEquals(new float[] {0.6f, 0, -0.8f}, embedding, 1e-7f);
        float[] zeros = new float[384];
        EmbeddingVectors.normalise(zeros);
        assertArrayEquals(new float[384], zeros);
        assertThrows(NullPointerException.class, () -> EmbeddingVectors.normalise(null));
    }

    @Test
    void firstComponents() {
        float[] embedding = {1, 2, 3};
        float[] all = EmbeddingVectors.truncate(embedding, 3);
        all[0] = 9;
        assertEquals(1, embedding[0]);
        assertArrayEquals(new float[] {1, 2}, EmbeddingVectors.truncate(embedding, 2));
        assertThrows(IllegalArgumentException.class, () -> EmbeddingVectors.truncate(embedding, 0));
        assertThrows(IllegalArgumentException.class, () -> EmbeddingVectors.truncate(embedding, 4));
    }
}
