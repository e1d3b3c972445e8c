package dev.gatun.internal.encoder;

import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.pack.ComponentOrder;
import java.util.Arrays;

/**
 * Attention of one head of a short text without vectors of the Vector API, the same to the last bit as {@link VectorHead}: see
 * {@code PlainLayer}. Its scores must be summed in float32, as those of nearly all heads are.
 */
final class PlainHead {

    /** Tokens of a text, at most: those of one block, whose sums are single chains. */
    static final int MAX_TOKENS = 64;

    /** Below this bound of scores, in units of log 2, kernels sum products as they are; above the other one they centre them. */
    private static final double MAX_RANGE = 31.9;
    private static final double MIN_CENTRED_RANGE = 32.1;

    /** Of more components, sums of large products have several chains. */
    private static final int MAX_CENTRED_DIMENSION = 64;

    /** Values of this magnitude and its inverse are multiplied as they are. */
    private static final float MAX_VALUE = 0x1p40f;

    private final int dimension;
    private final int[] order;
    private final float[] row;
    private final float[] sums;
    private final float[] numerators = new float[MAX_TOKENS];
    private final float[] zeros = new float[MAX_TOKENS];
    private CentredHead centred;

    /** Scratch for heads of {@code dimension} components. */
    PlainHead(int dimension) {
        this.dimension = dimension;
        this.order = ComponentOrder.of(dimension);
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
        if (tokens > MAX_TOKENS || !isOrdinary(v, tokens * dimension)) {
            return false;
        }
        double range = weight * largestLength(q, tokens) * largestLength(k, tokens);
        if (range < MAX_RANGE) {
            float factor = (float) weight;
            attend(q, factor, (float) (weight - factor), k, zeros, v, tokens, out);
            return true;
        }
        if (!(range > MIN_CENTRED_RANGE) || dimension > MAX_CENTRED_DIMENSION) {
            return false;
        }
        centred = centred == null ? new CentredHead(dimension) : centred;
        if (!centred.centre(q, k, tokens, weight)) {
            return false;
        }
        attend(centred.queries, 1, 0, centred.keys, centred.added, v, tokens, out);
        return true;
    }

    /** Attention of queries times {@code factor + rest}, with {@code added_j} added to the scores of key j. */
    private void attend(float[] q, float factor, float rest, float[] k, float[] added, float[] v, int tokens, float[] out) {
        for (int i = 0; i < tokens; i++) {
            for (int c = 0; c < dimension; c++) {
                float entry = q[i * dimension + order[c]];
                row[c] = Math.fma(entry, factor, entry * rest);
            }
            double sum = numerators(k, added, tokens);
            average(v, tokens, (float) (1 / sum), out, i * dimension);
        }
    }

    private static boolean isOrdinary(float[] v, int entries) {
        float largest = 0;
        for (int at = 0; at < entries; at++) {
            largest = Math.max(largest, Math.abs(v[at]));
        }
        return largest < MAX_VALUE && largest > 1 / MAX_VALUE;
    }

    private double largestLength(float[] vectors, int tokens) {
        double largest = 0;
        for (int i = 0; i < tokens; i++) {
            largest = Math.max(largest, square(vectors, i * dimension));
        }
        return Math.sqrt(largest);
    }

    private double square(float[] vectors, int from) {
        double square = 0;
        for (int c = from; c < from + dimension; c++) {
            square += vectors[c] * vectors[c];
        }
        return square;
    }

    /** The softmax numerators of a row, and their sum. */
    private float numerators(float[] k, float[] added, int tokens) {
        float sum = 0;
        for (int j = 0; j < tokens; j++) {
            float z = 0;
            for (int c = 0; c < dimension; c++) {
                z = Math.fma(row[c], k[j * dimension + order[c]], z);
            }
            numerators[j] = Exponential.exp2(z + added[j]);
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
