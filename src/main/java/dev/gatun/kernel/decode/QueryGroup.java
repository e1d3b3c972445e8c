package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;

/**
 * Queries that are passed over the same keys by a {@link DecodePass}, in float32 and float64, with the keys visible to each of them and
 * their biases by distance. Queries are scaled so that their inner products with keys are log-kernels, {@code z_j = <q, k_j>} in units of
 * log 2.
 */
public final class QueryGroup {

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
    private final long[] biasStarts;
    private final long[] maskStarts;
    private final int[] rows;
    private int count;

    /**
     * Scratch for queries.
     *
     * @param capacity  the largest number of queries
     * @param dimension components of each
     */
    public QueryGroup(int capacity, int dimension) {
        this.dimension = dimension;
        this.width = KeyProducts.width(dimension);
        int padded = ArrayLength.of(capacity + KeyProducts.TILE - 1L) & -KeyProducts.TILE;
        this.float32 = new float[ArrayLength.of(padded, width)];
        this.float64 = new double[ArrayLength.of(capacity, width)];
        this.lengths = new double[capacity];
        this.firsts = new int[capacity];
        this.ends = new int[capacity];
        this.slopes = new double[capacity];
        this.slopesBeyond = new double[capacity];
        this.origins = new double[capacity];
        this.biasStarts = new long[capacity];
        this.maskStarts = new long[capacity];
        this.rows = new int[capacity];
    }

    /** Removes all queries. */
    public void clear() {
        count = 0;
    }

    /**
     * Adds the query {@code scale q}, which sees no key, and has no bias.
     *
     * @param q its components, from {@code from} on
     * @return its number
     */
    public int add(float[] q, int from, double scale) {
        int i = count++;
        double square = 0;
        for (int c = 0; c < dimension; c++) {
            double component = scale * q[from + c];
            float64[i * width + c] = component;
            float32[KeyProducts.place(i, c, width)] = (float) component;
            square += component * component;
        }
        lengths[i] = Math.sqrt(square);
        visible(i, 0, 0);
        bias(i, 0, 0, 0);
        pairs(i, 0, 0);
        return i;
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

    /** Sets where the rows of query {@code i} begin in the bias and in the mask, in bytes from the start of each segment to key 0. */
    public void pairs(int i, long biasStart, long maskStart) {
        biasStarts[i] = biasStart;
        maskStarts[i] = maskStart;
    }

    /** Makes {@code row} of the sums that of query {@code i}. */
    public void row(int i, int row) {
        rows[i] = row;
    }

    /** Makes {@code first}, {@code first + 1} and so on the rows of the queries. */
    public void rows(int first) {
        for (int i = 0; i < count; i++) {
            rows[i] = first + i;
        }
    }

    /** The number of queries. */
    public int count() {
        return count;
    }

    /** The most queries that there can be. */
    public int capacity() {
        return rows.length;
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

    long biasStart(int i) {
        return biasStarts[i];
    }

    long maskStart(int i) {
        return maskStarts[i];
    }

    /** Whether query {@code i} sees the keys that the one before it sees, with the same biases of pairs. */
    boolean seesAsBefore(int i) {
        return firsts[i] == firsts[i - 1] && ends[i] == ends[i - 1] && biasStarts[i] == biasStarts[i - 1]
                && maskStarts[i] == maskStarts[i - 1];
    }

    /** The row of query {@code i} in the sums. */
    int row(int i) {
        return rows[i];
    }

    /** Adds the biases by distance of query {@code i} to {@code count} log-kernels, the first of them that of key {@code first}. */
    void addDistances(int i, double[] logKernels, int first, int count) {
        double slope = slopes[i];
        double slopeBeyond = slopesBeyond[i];
        if (slope == 0 && slopeBeyond == 0) {
            return;
        }
        double start = first - origins[i];
        for (int j = 0; j < count; j++) {
            double distance = start + j;
            logKernels[j] += slope * Math.min(distance, 0) + slopeBeyond * Math.max(distance, 0);
        }
    }
}
