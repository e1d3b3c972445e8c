package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import java.util.Arrays;

/**
 * What pieces of the keys give, each in a slot of its own, until they are merged: a slot holds for each query the
 * weighted sum of the values, what it is to be multiplied by to be their mean, and the logarithm of the sum of the
 * weights.
 *
 * <p>Slots may be filled by different threads. Their merging is in the order of the slots and in double precision.
 */
public final class PartialSums {

    private static final double LOG_TWO = Math.log(2);
    private static final int MAGNITUDE = 0x7FFFFFFF;
    private static final int INFINITE = 0x7F800000;

    private final int queries;
    private final int components;
    private final int width;
    private final float[] sums;
    private final double[] factors;
    private final double[] logSums;
    private final double[] ranges;
    private final double[] shares;
    private final double[] mean;

    /**
     * Scratch for pieces.
     *
     * @param slots      how many
     * @param queries    queries of each
     * @param components components of a value
     */
    public PartialSums(int slots, int queries, int components) {
        this.queries = queries;
        this.components = components;
        this.width = KeyProducts.width(components);
        int count = ArrayLength.of(slots, queries);
        this.sums = new float[ArrayLength.of(count, width)];
        this.factors = new double[count];
        this.logSums = new double[count];
        this.ranges = new double[slots];
        this.shares = new double[slots];
        this.mean = new double[components];
    }

    /** Whether all of a slot's figures are finite; where they are not, an entry that was read is not. */
    public boolean finite(int slot) {
        boolean finite = true;
        for (int at = slot * queries; at < (slot + 1) * queries; at++) {
            finite &= !Double.isNaN(logSums[at]);
        }
        return finite;
    }

    /** A bound of the magnitude of a slot's log-kernels by Cauchy and Schwarz, without biases, in units of log 2. */
    public double range(int slot) {
        return ranges[slot];
    }

    /**
     * Merges the pieces of one query.
     *
     * @param first  the first of their slots
     * @param count  how many there are
     * @param query  which of the queries
     * @param out    receives the mean of the values, from {@code at} on; zeros where no key is seen
     * @return the logarithm of the sum of the weights, in units of log 2; minus infinity where no key is seen
     */
    public double merge(int first, int count, int query, float[] out, int at) {
        double greatest = Double.NEGATIVE_INFINITY;
        for (int slot = first; slot < first + count; slot++) {
            greatest = Math.max(greatest, logSums[slot * queries + query]);
        }
        if (greatest == Double.NEGATIVE_INFINITY) {
            Arrays.fill(out, at, at + components, 0f);
            return greatest;
        }
        double total = 0;
        for (int slot = first; slot < first + count; slot++) {
            shares[slot] = Math.exp((logSums[slot * queries + query] - greatest) * LOG_TWO);
            total += shares[slot];
        }
        Arrays.fill(mean, 0.0);
        for (int slot = first; slot < first + count; slot++) {
            if (shares[slot] > 0) {
                addTo(mean, sums, at(slot, query),
                        shares[slot] / total * factors[slot * queries + query]);
            }
        }
        for (int c = 0; c < components; c++) {
            out[at + c] = (float) mean[c];
        }
        return greatest + Math.log(total) / LOG_TWO;
    }

    private static void addTo(double[] mean, float[] sums, int from, double share) {
        for (int c = 0; c < mean.length; c++) {
            mean[c] += share * sums[from + c];
        }
    }

    /** Empties a slot. */
    void clear(int slot) {
        Arrays.fill(sums, at(slot, 0), at(slot + 1, 0), 0f);
        Arrays.fill(logSums, slot * queries, (slot + 1) * queries, Double.NEGATIVE_INFINITY);
        ranges[slot] = 0;
    }

    /** Where the weighted sums are, each as wide as {@link KeyProducts#width} says from {@link #at} on. */
    float[] sums() {
        return sums;
    }

    int at(int slot, int query) {
        return (slot * queries + query) * width;
    }

    /** Whether the weighted sums of a query are all finite. */
    boolean finiteSums(int slot, int query) {
        int largest = 0;
        int from = at(slot, query);
        for (int c = from; c < from + components; c++) {
            largest = Math.max(largest, Float.floatToRawIntBits(sums[c]) & MAGNITUDE);
        }
        return largest < INFINITE;
    }

    /** Begins the sums of a query anew, of weights that are multiplied by a power of two. */
    void relieve(int slot, int query, float unit) {
        Arrays.fill(sums, at(slot, query), at(slot, query) + components, 0f);
        factors[slot * queries + query] /= unit;
    }

    void widen(int slot, double range) {
        ranges[slot] = Math.max(ranges[slot], range);
    }

    void numerators(int slot, int query, double logSum, double factor) {
        logSums[slot * queries + query] = logSum;
        factors[slot * queries + query] = factor;
    }
}
