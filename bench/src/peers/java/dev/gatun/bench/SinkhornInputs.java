package dev.gatun.bench;

import java.util.Random;

/**
 * Queries and keys of one head, {@code tokens x dimension}, for a fixed number of Sinkhorn's iterations on
 * {@code exp(SCALE Q K^T)}: rows to 1 and then columns to 1, beginning at column potentials of 0.
 */
record SinkhornInputs(int tokens, int dimension, float[] q, float[] k) {

    static final float SCALE = 0.125f;
    static final int ITERATIONS = 20;

    /** Standard normal entries, the same at every call; {@code shape} is such as {@code 512x64}. */
    static SinkhornInputs normal(String shape) {
        String[] sizes = shape.split("x");
        int tokens = Integer.parseInt(sizes[0]);
        int dimension = Integer.parseInt(sizes[1]);
        Random random = new Random(1);
        return new SinkhornInputs(tokens, dimension, AttentionInputs.normal(random, tokens * dimension),
                AttentionInputs.normal(random, tokens * dimension));
    }

    /** The column potentials to begin at. */
    float[] start() {
        return new float[tokens];
    }
}
