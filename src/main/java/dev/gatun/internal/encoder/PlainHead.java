package dev.gatun.internal.encoder;

import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.pack.Packing;
import java.util.Arrays;

/**
 * Attention of one head of a short text without vectors of the Vector API, the same to the last bit as {@link HeadAttention}: see
 * {@code PlainLayer}. Scores must be small, which the scores of most heads are.
 */
final class PlainHead {

    /** Tokens of a text, at most: those of one block, whose sums are single chains. */
    static final int MAX_TOKENS = 64;

    /** Below this bound of scores, in units of log 2, kernels sum products as they are, in float32. */
    private static final double MAX_RANGE = 31.9;

    /** Values of this magnitude and its inverse are multiplied as they are. */
    private static final float MAX_VALUE = 0x1p40f;

    private final int dimension;
    private final int[] order;
    private final float[] row;
    private final float[] sums;
    private final float[] numerators = new float[MAX_TOKENS];

    /** Scratch for heads of {@code dimension} components. */
    PlainHead(int dimension) {
        this.dimension = dimension;
        this.order = Packing.order(dimension);
        this.row = new float[dimension];
        this.sums = new float[dimension];
    }

    /**
     * Computes attention, or nothing where other sums than plain ones are needed.
     *
     * @param q {@code tokens x dimension}, likewise k and v
     * @return whether it has been computed
     */
    boolean apply(float[] q, float[] k, float[] v, int tokens, double weight, float[] out) {
        if (tokens > MAX_TOKENS || !isPlain(q, k, v, tokens, weight)) {
            return false;
        }
        float factor = (float) weight;
        float rest = (float) (weight - factor);
        for (int i = 0; i < tokens; i++) {
            for (int c = 0; c < dimension; c++) {
                float entry = q[i * dimension + order[c]];
                row[c] = Math.fma(entry, factor, entry * rest);
            }
            double sum = numerators(k, tokens);
            average(v, tokens, (float) (1 / sum), out, i * dimension);
        }
        return true;
    }

    private boolean isPlain(float[] q, float[] k, float[] v, int tokens, double weight) {
        double queries = 0;
        double keys = 0;
        for (int i = 0; i < tokens; i++) {
            queries = Math.max(queries, square(q, i * dimension));
            keys = Math.max(keys, square(k, i * dimension));
        }
        float largest = 0;
        for (int at = 0; at < tokens * dimension; at++) {
            largest = Math.max(largest, Math.abs(v[at]));
        }
        return weight * Math.sqrt(queries) * Math.sqrt(keys) < MAX_RANGE && largest < MAX_VALUE && largest > 1 / MAX_VALUE;
    }

    private double square(float[] vectors, int from) {
        double square = 0;
        for (int c = from; c < from + dimension; c++) {
            square += vectors[c] * vectors[c];
        }
        return square;
    }

    /** The softmax numerators of a row, and their sum. */
    private float numerators(float[] k, int tokens) {
        float sum = 0;
        for (int j = 0; j < tokens; j++) {
            float z = 0;
            for (int c = 0; c < dimension; c++) {
                z = Math.fma(row[c], k[j * dimension + order[c]], z);
            }
            numerators[j] = Exponential.exp2(z + 0f);
            sum += numerators[j];
        }
        return sum;
    }

    private void average(float[] v, int tokens, float factor, float[] out, int at) {
        Arrays.fill(sums, 0f);
        for (int j = 0; j < tokens; j++) {
            for (int c = 0; c < dimension; c++) {
                sums[c] = Math.fma(numerators[j], v[j * dimension + c], sums[c]);
            }
        }
        for (int c = 0; c < dimension; c++) {
            out[at + c] = sums[c] * factor;
        }
    }
}
