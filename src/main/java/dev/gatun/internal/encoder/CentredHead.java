package dev.gatun.internal.encoder;

import dev.gatun.kernel.Moments;
import dev.gatun.kernel.PlainMoments;

/**
 * Queries and keys of a head less their means, as {@code LogKernelBuilder} centres those whose scores are large, without vectors of the
 * Vector API and the same to the last bit: {@code <q, k> = <q - q', k - k'> + <q', k> + ...}, where what follows is the same for all keys.
 */
final class CentredHead {

    /** Below this range kernels sum centred products in float32. */
    private static final double MAX_RANGE = 63.9;

    /** Queries and keys whose lengths differ by more powers of two are scaled by the kernels. */
    private static final int MAX_IMBALANCE = 16;

    private final int dimension;
    private final double[] meanQuery;
    private final double[] meanKey;
    private final double[] offsets = new double[PlainHead.MAX_TOKENS];
    private final double[] chains = new double[Moments.CHAINS];

    /** The queries times the weight, and the keys, less their means: row after row. */
    final float[] queries;
    final float[] keys;

    /** What each key adds to its scores. */
    final float[] added = new float[PlainHead.MAX_TOKENS];

    /** Scratch for heads of {@code dimension} components. */
    CentredHead(int dimension) {
        this.dimension = dimension;
        this.meanQuery = new double[dimension];
        this.meanKey = new double[dimension];
        this.queries = new float[PlainHead.MAX_TOKENS * dimension];
        this.keys = new float[PlainHead.MAX_TOKENS * dimension];
    }

    /** Centres queries and keys; whether their products are summed in float32, and the results valid. */
    boolean centre(float[] q, float[] k, int tokens, double weight) {
        PlainMoments.mean(q, tokens, dimension, meanQuery);
        PlainMoments.mean(k, tokens, dimension, meanKey);
        double query = weight * Math.sqrt(largestSquare(q, tokens, meanQuery));
        double key = Math.sqrt(largestSquare(k, tokens, meanKey));
        double common = weight * PlainMoments.product(meanQuery, meanKey);
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < tokens; j++) {
            offsets[j] = weight * PlainMoments.product(k, j * dimension, meanQuery, chains) - common;
            least = Math.min(least, offsets[j]);
            greatest = Math.max(greatest, offsets[j]);
        }
        double spread = (greatest - least) / 2;
        boolean balanced = query > 0 && key > 0 && Math.abs(Math.getExponent(query) - Math.getExponent(key)) <= MAX_IMBALANCE;
        if (!balanced || !(query * key + spread < MAX_RANGE)) {
            return false;
        }
        subtract(q, tokens, meanQuery, weight, queries);
        subtract(k, tokens, meanKey, 1, keys);
        for (int j = 0; j < tokens; j++) {
            added[j] = (float) (offsets[j] - (least + spread));
        }
        return true;
    }

    private double largestSquare(float[] vectors, int tokens, double[] mean) {
        double largest = 0;
        for (int i = 0; i < tokens; i++) {
            largest = Math.max(largest, PlainMoments.square(vectors, i * dimension, mean, chains));
        }
        return largest;
    }

    private void subtract(float[] vectors, int tokens, double[] mean, double factor, float[] to) {
        for (int i = 0, at = 0; i < tokens; i++) {
            for (int c = 0; c < dimension; c++, at++) {
                to[at] = (float) ((vectors[at] - mean[c]) * factor);
            }
        }
    }
}
