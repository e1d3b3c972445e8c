package dev.gatun.bench;

import java.util.Random;

/**
 * Queries, keys and values of one call of attention, each {@code heads x tokens x dimension}, last dimension fastest:
 * what every provider is given, in the memory and the layout that it asks for.
 */
record AttentionInputs(int heads, int tokens, int dimension, float[] q, float[] k, float[] v) {

    /** Standard normal entries, the same at every call; {@code shape} is such as {@code 8x1024x64}. */
    static AttentionInputs normal(String shape) {
        String[] sizes = shape.split("x");
        int heads = Integer.parseInt(sizes[0]);
        int tokens = Integer.parseInt(sizes[1]);
        int dimension = Integer.parseInt(sizes[2]);
        int entries = heads * tokens * dimension;
        Random random = new Random(1);
        return new AttentionInputs(heads, tokens, dimension,
                normal(random, entries), normal(random, entries), normal(random, entries));
    }

    /** {@code count} standard normal numbers. */
    static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    /** A tensor of this shape with the heads of a token side by side, {@code tokens x (heads * dimension)}. */
    float[] interleaved(float[] tensor) {
        float[] to = new float[tensor.length];
        for (int head = 0; head < heads; head++) {
            for (int token = 0; token < tokens; token++) {
                System.arraycopy(tensor, inHeads(head, token), to, inTokens(head, token), dimension);
            }
        }
        return to;
    }

    /** The inverse of {@link #interleaved}. */
    float[] separated(float[] tensor) {
        float[] to = new float[tensor.length];
        for (int head = 0; head < heads; head++) {
            for (int token = 0; token < tokens; token++) {
                System.arraycopy(tensor, inTokens(head, token), to, inHeads(head, token), dimension);
            }
        }
        return to;
    }

    private int inHeads(int head, int token) {
        return (head * tokens + token) * dimension;
    }

    private int inTokens(int head, int token) {
        return (token * heads + head) * dimension;
    }
}
