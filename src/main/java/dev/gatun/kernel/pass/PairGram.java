package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Moments;
import dev.gatun.kernel.tile.ThinProduct;
import java.util.Arrays;

/**
 * Symmetry and curl of the matrix {@code M = Q K^T} of one head, from the Gram products {@code Q^T Q}, {@code K^T K} and {@code K^T Q} in
 * {@code O(N d^2)}; M is never formed.
 *
 * <p>Float64 throughout. Means are subtracted from the vectors before they are multiplied, and added back to the products. Subtracting them
 * from products formed with them would cancel.
 *
 * <p>Copy a head to {@link #queries} and {@link #keys}, then call {@link #begin} and {@link #multiply} for all parts. Parts may be computed
 * by several threads and are added up in their order; their number depends only on the number of tokens.
 */
public final class PairGram {

    /** Tokens of a chunk, of which parts are made. */
    static final int CHUNK = Lanes.DEPTH;

    /** Tokens multiplied at a time, so that a register tile has enough to do and operands stay in near caches. */
    private static final int TOKENS = 2 * CHUNK;

    /** Entries of a block of components of these tokens. */
    private static final int TOKEN_BLOCK = TOKENS * ThinProduct.ROW;

    /** Entries of a block of products. */
    private static final int BLOCK = Lanes.BLOCK * ThinProduct.ROW;

    private static final int QUERIES = 0;
    private static final int KEYS = 1;
    private static final int KEYS_QUERIES = 2;

    /** Tokens of a part, unless this would make too many parts. */
    private static final int PART = 8 * CHUNK;

    private static final int MAX_PARTS = 16;

    /** Squares of a skew part below this fraction of {@code |Q^T Q| |K^T K|} may be rounding errors of float32 queries and keys. */
    private static final double MIN_SKEW = 1e-13;

    private final int tokens;
    private final int d;
    private final int blocks;
    private final float[] q;
    private final float[] k;
    private final double[] meanQ;
    private final double[] meanK;
    private final double[][] rows;
    private final double[][] products;

    /** Allocates for heads of {@code tokens} queries and as many keys of d components. */
    public PairGram(int tokens, int d) {
        this.tokens = tokens;
        this.d = d;
        this.blocks = Lanes.blocks(d);
        this.q = new float[ArrayLength.of(tokens, d)];
        this.k = new float[q.length];
        this.meanQ = new double[d];
        this.meanK = new double[d];
        this.rows = new double[parts(tokens)][ArrayLength.of(2 * blocks, TOKEN_BLOCK)];
        this.products = new double[parts(tokens)][ArrayLength.of(3 * blocks * blocks, BLOCK)];
    }

    /** The array for a head's queries, {@code tokens x d}. */
    public float[] queries() {
        return q;
    }

    /** The array for a head's keys, {@code tokens x d}. */
    public float[] keys() {
        return k;
    }

    /** Begins with the current queries and keys: computes their means. */
    public void begin() {
        Moments.mean(q, tokens, d, meanQ);
        Moments.mean(k, tokens, d, meanK);
    }

    /** Tokens of each part but the last, a multiple of {@link #CHUNK}. */
    static int partLength(int tokens) {
        return Math.max(PART, ThinProduct.padded((tokens + MAX_PARTS - 1) / MAX_PARTS, CHUNK));
    }

    /** The number of parts of {@code tokens} tokens. */
    static int parts(int tokens) {
        return (tokens + partLength(tokens) - 1) / partLength(tokens);
    }

    /** The number of parts. */
    public int parts() {
        return products.length;
    }

    /** Multiplies the tokens of a part. */
    public void multiply(int part) {
        double[] sums = products[part];
        double[] chunk = rows[part];
        Arrays.fill(sums, 0);
        int keys = blocks * TOKEN_BLOCK;
        int end = Math.min(tokens, (part + 1) * partLength(tokens));
        for (int first = part * partLength(tokens); first < end; first += TOKENS) {
            int count = Math.min(TOKENS, end - first);
            for (int block = 0; block < blocks; block++) {
                int component = block * Lanes.BLOCK;
                Moments.centre(q, first, count, d, component, width(block, d), meanQ, chunk, block * TOKEN_BLOCK, ThinProduct.ROW);
                Moments.centre(k, first, count, d, component, width(block, d), meanK, chunk, keys + block * TOKEN_BLOCK,
                        ThinProduct.ROW);
            }
            multiply(chunk, 0, 0, count, sums, QUERIES);
            multiply(chunk, keys, keys, count, sums, KEYS);
            multiply(chunk, keys, 0, count, sums, KEYS_QUERIES);
        }
    }

    /** Adds a chunk to all blocks of one of the three products, or to the upper half of a symmetric one. */
    private void multiply(double[] chunk, int x, int y, int count, double[] sums, int product) {
        boolean symmetric = x == y;
        for (int a = 0; a < blocks; a++) {
            for (int b = symmetric ? a : 0; b < blocks; b++) {
                ThinProduct.transposed(chunk, x + a * TOKEN_BLOCK, width(a, d), chunk, y + b * TOKEN_BLOCK, width(b, d), count,
                        symmetric && a == b, sums, block(product, a, b), ThinProduct.ROW);
            }
        }
    }

    /** Columns of block {@code block} of {@code columns}. */
    static int width(int block, int columns) {
        return Math.min(Lanes.BLOCK, columns - block * Lanes.BLOCK);
    }

    /** The place of one block of a product. */
    private int block(int product, int a, int b) {
        return ((product * blocks + a) * blocks + b) * BLOCK;
    }

    /** One entry of a product, over all parts. */
    private double sum(int product, int a, int b) {
        int place = block(product, a / Lanes.BLOCK, b / Lanes.BLOCK) + a % Lanes.BLOCK * ThinProduct.ROW + b % Lanes.BLOCK;
        double sum = 0;
        for (double[] part : products) {
            sum += part[place];
        }
        return sum;
    }

    double[] meanQueries() {
        return meanQ;
    }

    double[] meanKeys() {
        return meanK;
    }

    /**
     * {@code eta = (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)} of M, after all parts are multiplied: 1 if M is
     * symmetric, -1 if it is skew-symmetric, and 0 if it is 0.
     */
    public double eta() {
        return eta(tokens);
    }

    /** {@link #eta} with queries and keys centred over the tokens. */
    public double etaCentred() {
        return eta(0);
    }

    /**
     * {@code tr(M M) / |M|^2 = sum_ab G_ab G_ba / <Q^T Q, K^T K>} with {@code G = K^T Q}.
     *
     * @param means the number of tokens whose means are added back to the products
     */
    private double eta(int means) {
        double difference = 0;
        double total = 0;
        for (int a = 0; a < d; a++) {
            for (int b = a; b < d; b++) {
                double ofQueries = sum(QUERIES, a, b) + means * meanQ[a] * meanQ[b];
                double ofKeys = sum(KEYS, a, b) + means * meanK[a] * meanK[b];
                double forward = sum(KEYS_QUERIES, a, b) + means * meanK[a] * meanQ[b];
                double transposed = sum(KEYS_QUERIES, b, a) + means * meanK[b] * meanQ[a];
                double times = a == b ? 1 : 2;
                total += times * ofQueries * ofKeys;
                difference += times * forward * transposed;
            }
        }
        return total > 0 ? Math.clamp(difference / total, -1, 1) : 0;
    }

    /**
     * The curl fraction of the skew part {@code a = (M - M^T) / 2}, after all parts are multiplied: {@code 1 - 2 N |g|^2 / |a|^2}, the
     * share that is no gradient {@code g_i - g_j}, with g the row means of a; 0 if there is no skew part.
     *
     * <p>M does not change when a component of Q is multiplied by c and that of K divided by c, and neither does the result, to the last
     * bit if c is a power of two: components of Q and K are brought to the same length first. Then, with {@code x = (q + k) / 2} and
     * {@code y = (q - k) / 2}, {@code a_ij = <y_i, x_j> - <x_i, y_j>}. Centring x and y subtracts exactly the gradient.
     * The rest is summed by itself, so that a small curl is not lost in the difference of large numbers.
     */
    public double curlFraction() {
        double[] units = units();
        double apart = 0;
        double together = 0;
        double ofQueries = 0;
        double ofKeys = 0;
        double gradient = 0;
        for (int a = 0; a < d; a++) {
            for (int b = 0; b < d; b++) {
                double qq = units[a] * units[b] * ofUpper(QUERIES, a, b);
                double kk = ofUpper(KEYS, a, b) / (units[a] * units[b]);
                double kq = sum(KEYS_QUERIES, a, b) * (units[b] / units[a]);
                double qk = sum(KEYS_QUERIES, b, a) * (units[a] / units[b]);
                double xx = (qq + kk + (kq + qk)) / 4;
                double yy = (qq + kk - (kq + qk)) / 4;
                double yx = (qq - kk + (qk - kq)) / 4;
                double xy = (qq - kk - (qk - kq)) / 4;
                apart += xx * yy;
                together += yx * xy;
                ofQueries += qq * qq;
                ofKeys += kk * kk;
                gradient += meanX(a, units) * yy * meanX(b, units) + meanY(a, units) * xx * meanY(b, units)
                        - 2 * meanX(a, units) * yx * meanY(b, units);
            }
        }
        double curl = Math.max(0, 2 * (apart - together));
        double skew = curl + 2 * tokens * Math.max(0, gradient);
        return skew <= MIN_SKEW * Math.sqrt(ofQueries) * Math.sqrt(ofKeys) ? 0 : curl / skew;
    }

    /** Powers of two that bring the centred components of Q, multiplied by them, and of K, divided by them, to about the same length. */
    private double[] units() {
        double[] units = new double[d];
        for (int a = 0; a < d; a++) {
            int apart = Math.getExponent(sum(KEYS, a, a)) - Math.getExponent(sum(QUERIES, a, a));
            units[a] = Math.scalb(1.0, Math.floorDiv(apart + 2, 4));
        }
        return units;
    }

    private double meanX(int a, double[] units) {
        return (units[a] * meanQ[a] + meanK[a] / units[a]) / 2;
    }

    private double meanY(int a, double[] units) {
        return (units[a] * meanQ[a] - meanK[a] / units[a]) / 2;
    }

    /** An entry of a symmetric product, whose upper half is stored. */
    private double ofUpper(int product, int a, int b) {
        return sum(product, Math.min(a, b), Math.max(a, b));
    }
}
