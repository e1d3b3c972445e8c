package dev.gatun.internal.encoder;

import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.pack.ComponentOrder;

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
    private final float[] keys;
    private final float[] numerators = new float[MAX_TOKENS];
    private final float[] zeros = new float[MAX_TOKENS];
    private CentredHead centred;

    /** Scratch for heads of {@code dimension} components. */
    PlainHead(int dimension) {
        this.dimension = dimension;
        this.order = ComponentOrder.of(dimension);
        this.row = new float[dimension];
        this.keys = new float[MAX_TOKENS * dimension];
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
        for (int j = 0; j < tokens; j++) {
            for (int c = 0; c < dimension; c++) {
                keys[j * dimension + c] = k[j * dimension + order[c]];
            }
        }
        for (int i = 0; i < tokens; i++) {
            for (int c = 0; c < dimension; c++) {
                float entry = q[i * dimension + order[c]];
                row[c] = Math.fma(entry, factor, entry * rest);
            }
            double sum = numerators(added, tokens);
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

    /** The softmax numerators of a row, and their sum. Four chains at a time hide the latency of each. */
    private float numerators(float[] added, int tokens) {
        float sum = 0;
        for (int j = 0; j < tokens; j += 4) {
            int k0 = j * dimension;
            int k1 = Math.min(j + 1, tokens - 1) * dimension;
            int k2 = Math.min(j + 2, tokens - 1) * dimension;
            int k3 = Math.min(j + 3, tokens - 1) * dimension;
            float z0 = 0;
            float z1 = 0;
            float z2 = 0;
            float z3 = 0;
            for (int c = 0; c < dimension; c++) {
                float x = row[c];
                z0 = Math.fma(x, keys[k0 + c], z0);
                z1 = Math.fma(x, keys[k1 + c], z1);
                z2 = Math.fma(x, keys[k2 + c], z2);
                z3 = Math.fma(x, keys[k3 + c], z3);
            }
            numerators[j] = z0;
            numerators[j + 1] = z1;
            numerators[j + 2] = z2;
            numerators[j + 3] = z3;
        }
        for (int j = 0; j < tokens; j++) {
            numerators[j] = Exponential.exp2(numerators[j] + added[j]);
            sum += numerators[j];
        }
        return sum;
    }

    private void average(float[] v, int tokens, float factor, float[] out, int at) {
        int whole = dimension & -4;
        for (int c = 0; c < whole; c += 4) {
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            for (int j = 0, from = c, end = c + tokens * dimension; from < end; j++, from += dimension) {
                float numerator = numerators[j];
                s0 = Math.fma(numerator, v[from], s0);
                s1 = Math.fma(numerator, v[from + 1], s1);
                s2 = Math.fma(numerator, v[from + 2], s2);
                s3 = Math.fma(numerator, v[from + 3], s3);
            }
            out[at + c] = s0 * factor;
            out[at + c + 1] = s1 * factor;
            out[at + c + 2] = s2 * factor;
            out[at + c + 3] = s3 * factor;
        }
        for (int c = whole; c < dimension; c++) {
            float sum = 0;
            for (int j = 0; j < tokens; j++) {
                sum = Math.fma(numerators[j], v[j * dimension + c], sum);
            }
            out[at + c] = sum * factor;
        }
    }
}
