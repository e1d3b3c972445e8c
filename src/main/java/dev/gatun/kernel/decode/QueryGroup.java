package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;

/**
 * The queries of one head of keys for {@link DecodePass}, in float32 and float64, with the keys visible to each of them and their biases by
 * distance. Queries are scaled so that their inner products with keys are log-kernels, {@code z_j = <q, k_j>} in units of log 2.
 */
public final class QueryGroup {

    private final int count;
    private final int dimension;
    private final int width;
    private final float[] float32;
    private final double[] float64;
    private final double[] lengths;
    private final int[] firsts;
    private final int[] ends;
    private final double[] slopes;
    private final double[] slopesBeyond;
    private final double[] origins;

    /**
     * Scratch for queries.
     *
     * @param count     the number of queries
     * @param dimension components of each
     */
    public QueryGroup(int count, int dimension) {
        this.count = count;
        this.dimension = dimension;
        this.width = KeyProducts.width(dimension);
        this.float32 = new float[ArrayLength.of(count, width)];
        this.float64 = new double[ArrayLength.of(count, width)];
        this.lengths = new double[count];
        this.firsts = new int[count];
        this.ends = new int[count];
        this.slopes = new double[count];
        this.slopesBeyond = new double[count];
        this.origins = new double[count];
    }

    /**
     * Sets query {@code i} to {@code scale q}.
     *
     * @param q its components, from {@code from} on, finite
     */
    public void query(int i, float[] q, int from, double scale) {
        double square = 0;
        for (int c = 0; c < dimension; c++) {
            double component = scale * q[from + c];
            float64[i * width + c] = component;
            float32[i * width + c] = (float) component;
            square += component * component;
        }
        lengths[i] = Math.sqrt(square);
    }

    /** Makes keys {@code first .. end - 1} visible to query {@code i}; none if {@code end <= first}. */
    public void visible(int i, int first, int end) {
        firsts[i] = first;
        ends[i] = end;
    }

    /**
     * Adds {@code slope (j - origin)} to the log-kernels of query {@code i}, in units of log 2, with another slope for keys
     * beyond the origin.
     */
    public void bias(int i, double slope, double slopeBeyond, double origin) {
        slopes[i] = slope;
        slopesBeyond[i] = slopeBeyond;
        origins[i] = origin;
    }

    /** The number of queries. */
    public int count() {
        return count;
    }

    int dimension() {
        return dimension;
    }

    /** Components of a query with its padding zeros, a multiple of {@link KeyProducts#CHAINS}. */
    int width() {
        return width;
    }

    float[] float32() {
        return float32;
    }

    double[] float64() {
        return float64;
    }

    double length(int i) {
        return lengths[i];
    }

    int first(int i) {
        return firsts[i];
    }

    int end(int i) {
        return ends[i];
    }

    /** The bias by distance of query {@code i} and key {@code j}. */
    double bias(int i, int j) {
        double distance = j - origins[i];
        return (distance > 0 ? slopesBeyond[i] : slopes[i]) * distance;
    }

    /** Whether query {@code i} has a bias by distance. */
    boolean biased(int i) {
        return slopes[i] != 0 || slopesBeyond[i] != 0;
    }
}
