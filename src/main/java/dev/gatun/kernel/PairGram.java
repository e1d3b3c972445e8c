package dev.gatun.kernel;

/**
 * The matrix {@code M = Q K^T} of one head by the Gram products of its queries and keys, {@code Q^T Q}, {@code K^T K} and
 * {@code K^T Q}: how symmetric it is, in {@code O(N d^2)}, M never formed.
 *
 * <p>All in double precision. Means are taken off the vectors before they are multiplied, and given back to the products, which
 * loses nothing; of a product that was formed with them little may be left without them.
 *
 * <p>Tokens come in parts that may be done by several threads and are added up in their order; how many there are depends on the
 * number of tokens alone.
 */
public final class PairGram {

    /** Tokens that are multiplied at a time: what is read of them over and over stays in the first cache. */
    static final int CHUNK = Lanes.DEPTH;

    /** Entries of a block of products, or of one of a chunk's components. */
    private static final int BLOCK = Lanes.BLOCK * ThinProduct.ROW;

    private static final int QUERIES = 0;
    private static final int KEYS = 1;
    private static final int KEYS_QUERIES = 2;

    /** Tokens of a part, unless they would make too many parts. */
    private static final int PART = 8 * CHUNK;

    private static final int MOST_PARTS = 16;

    private final float[] q;
    private final float[] k;
    private final int tokens;
    private final int d;
    private final int blocks;
    private final double[] meanQ;
    private final double[] meanK;
    private final double[][] products;

    /**
     * @param q      queries, {@code tokens x d}
     * @param k      keys, {@code tokens x d}
     */
    public PairGram(float[] q, float[] k, int tokens, int d) {
        this.q = q;
        this.k = k;
        this.tokens = tokens;
        this.d = d;
        this.blocks = Lanes.blocks(d);
        this.meanQ = mean(q, tokens, d);
        this.meanK = mean(k, tokens, d);
        this.products = new double[parts(tokens)][];
    }

    static double[] mean(float[] vectors, int count, int d) {
        double[] mean = new double[d];
        Moments.mean(vectors, count, d, mean);
        return mean;
    }

    /** Tokens of each part but the last, whole chunks. */
    static int partLength(int tokens) {
        return Math.max(PART, ThinProduct.padded((tokens + MOST_PARTS - 1) / MOST_PARTS, CHUNK));
    }

    /** Parts of so many tokens. */
    static int parts(int tokens) {
        return (tokens + partLength(tokens) - 1) / partLength(tokens);
    }

    /** The number of parts. */
    public int parts() {
        return products.length;
    }

    /** Multiplies the tokens of a part. */
    public void multiply(int part) {
        double[] sums = new double[Math.multiplyExact(3 * blocks * blocks, BLOCK)];
        double[] rows = new double[2 * blocks * BLOCK];
        int keys = blocks * BLOCK;
        int end = Math.min(tokens, (part + 1) * partLength(tokens));
        for (int first = part * partLength(tokens); first < end; first += CHUNK) {
            int count = Math.min(CHUNK, end - first);
            for (int block = 0; block < blocks; block++) {
                int component = block * Lanes.BLOCK;
                Moments.centre(q, first, count, d, component, width(block, d), meanQ, rows, block * BLOCK, ThinProduct.ROW);
                Moments.centre(k, first, count, d, component, width(block, d), meanK, rows, keys + block * BLOCK, ThinProduct.ROW);
            }
            multiply(rows, 0, 0, count, sums, QUERIES);
            multiply(rows, keys, keys, count, sums, KEYS);
            multiply(rows, keys, 0, count, sums, KEYS_QUERIES);
        }
        products[part] = sums;
    }

    /** All blocks of one of the three products; of those that are symmetric, the upper half alone. */
    private void multiply(double[] rows, int x, int y, int count, double[] sums, int product) {
        boolean symmetric = x == y;
        for (int a = 0; a < blocks; a++) {
            for (int b = symmetric ? a : 0; b < blocks; b++) {
                ThinProduct.transposed(rows, x + a * BLOCK, width(a, d), rows, y + b * BLOCK, width(b, d), count,
                        symmetric && a == b, sums, block(product, a, b));
            }
        }
    }

    /** Columns of block {@code block} of {@code columns}. */
    static int width(int block, int columns) {
        return Math.min(Lanes.BLOCK, columns - block * Lanes.BLOCK);
    }

    /** Where one block of a product begins. */
    private int block(int product, int a, int b) {
        return ((product * blocks + a) * blocks + b) * BLOCK;
    }

    private int place(int product, int a, int b) {
        return block(product, a / Lanes.BLOCK, b / Lanes.BLOCK) + a % Lanes.BLOCK * ThinProduct.ROW + b % Lanes.BLOCK;
    }

    double[] meanQueries() {
        return meanQ;
    }

    double[] meanKeys() {
        return meanK;
    }

    /**
     * {@code eta = (|M_sym|^2 - |M_skew|^2) / (|M_sym|^2 + |M_skew|^2)} of M as given, once all parts are multiplied: 1 where M is
     * symmetric, -1 where it is skew, and 0 where it is zero.
     */
    public double eta() {
        return eta(sum(), tokens);
    }

    /** The same with queries and keys centred over the tokens. */
    public double etaCentred() {
        return eta(sum(), 0);
    }

    private double[] sum() {
        double[] sum = products[0].clone();
        for (int part = 1; part < products.length; part++) {
            for (int e = 0; e < sum.length; e++) {
                sum[e] += products[part][e];
            }
        }
        return sum;
    }

    /**
     * {@code tr(M M) / |M|^2 = sum_ab G_ab G_ba / <Q^T Q, K^T K>} with {@code G = K^T Q}.
     *
     * @param means how many tokens have the means that were taken off: each gives a product of them back
     */
    private double eta(double[] sum, int means) {
        double difference = 0;
        double whole = 0;
        for (int a = 0; a < d; a++) {
            for (int b = a; b < d; b++) {
                double ofQueries = sum[place(QUERIES, a, b)] + means * meanQ[a] * meanQ[b];
                double ofKeys = sum[place(KEYS, a, b)] + means * meanK[a] * meanK[b];
                double forth = sum[place(KEYS_QUERIES, a, b)] + means * meanK[a] * meanQ[b];
                double back = sum[place(KEYS_QUERIES, b, a)] + means * meanK[b] * meanQ[a];
                double times = a == b ? 1 : 2;
                whole += times * ofQueries * ofKeys;
                difference += times * forth * back;
            }
        }
        return whole > 0 ? Math.clamp(difference / whole, -1, 1) : 0;
    }
}
