package dev.gatun.bench;

import java.util.Arrays;
import java.util.Random;

/**
 * Queries, keys and values of a ragged batch, each {@code heads x total x dimension}, last dimension fastest, and the same tensors padded
 * to the longest sequence, as a provider without ragged batches is given them.
 *
 * @param lengths the tokens of each sequence
 */
record RaggedInputs(int heads, int dimension, int[] lengths, float[] q, float[] k, float[] v) {

    private static final int HEADS = 12;
    private static final int DIMENSION = 32;

    /**
     * Standard normal entries of 12 heads of 32 components, the same at every call.
     *
     * @param batch {@code 8x64}: 8 sequences of 64 tokens; {@code 32x8..256}: 32 sequences of 8 to 256 tokens, uniformly at random
     */
    static RaggedInputs normal(String batch) {
        String[] sizes = batch.split("x|\\.\\.");
        Random random = new Random(1);
        int least = Integer.parseInt(sizes[1]);
        int most = Integer.parseInt(sizes[sizes.length - 1]);
        int[] lengths = random.ints(Integer.parseInt(sizes[0]), least, most + 1).toArray();
        int entries = HEADS * Arrays.stream(lengths).sum() * DIMENSION;
        return new RaggedInputs(HEADS, DIMENSION, lengths, normal(random, entries), normal(random, entries), normal(random, entries));
    }

    private static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    /** The tokens of all sequences. */
    int total() {
        return Arrays.stream(lengths).sum();
    }

    /** The tokens of the longest sequence. */
    int longest() {
        return Arrays.stream(lengths).max().orElseThrow();
    }

    /** A tensor as {@code sequences x heads x longest x dimension}, zeros in the padding. */
    float[] padded(float[] tensor) {
        float[] to = new float[lengths.length * heads * longest() * dimension];
        copy(tensor, to, true, false);
        return to;
    }

    /** A tensor as {@code sequences x longest x (heads * dimension)}, zeros in the padding. */
    float[] interleaved(float[] tensor) {
        float[] to = new float[lengths.length * heads * longest() * dimension];
        copy(tensor, to, true, true);
        return to;
    }

    /** The inverse of {@link #padded}. */
    float[] ofPadded(float[] tensor) {
        float[] to = new float[q.length];
        copy(tensor, to, false, false);
        return to;
    }

    /** The inverse of {@link #interleaved}. */
    float[] ofInterleaved(float[] tensor) {
        float[] to = new float[q.length];
        copy(tensor, to, false, true);
        return to;
    }

    private void copy(float[] from, float[] to, boolean pads, boolean interleaves) {
        for (int s = 0, first = 0; s < lengths.length; first += lengths[s], s++) {
            for (int h = 0; h < heads; h++) {
                for (int i = 0; i < lengths[s]; i++) {
                    int dense = (h * total() + first + i) * dimension;
                    int padded = (interleaves ? (s * longest() + i) * heads + h : (s * heads + h) * longest() + i) * dimension;
                    System.arraycopy(from, pads ? dense : padded, to, pads ? padded : dense, dimension);
                }
            }
        }
    }
}
