package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/**
 * Results of pieces of the keys, one slot a piece, until they are merged. A slot holds for each query the sum of the numerators times the
 * values, the factor that makes it their mean, and the logarithm of the sum of the numerators.
 *
 * <p>Slots may be filled by different threads. They are merged in their order and in float64.
 */
public final class PartialSums {

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
     * @param slots      the number of pieces
     * @param queries    queries of a piece
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

    /** Whether all results of a slot are finite; if not, an entry that was read is not finite. */
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
     * @param count  the number of slots
     * @param query  the index of the query
     * @param out    receives the mean of the values, from {@code at} on; zeros if no key is visible
     * @return the logarithm of the sum of the numerators, in units of log 2; minus infinity if no key is visible
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
            shares[slot] = StrictMath.exp(LogTwo.toNatural(logSums[slot * queries + query] - greatest));
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
        return greatest + LogTwo.log2(total);
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

    /** The sums of the values, {@link KeyProducts#width} entries each, from {@link #at} on. */
    float[] sums() {
        return sums;
    }

    /** The place of the sums of a query. */
    int at(int slot, int query) {
        return (slot * queries + query) * width;
    }

    /** Whether the sums of a query are all finite. */
    boolean finiteSums(int slot, int query) {
        int largest = 0;
        int from = at(slot, query);
        for (int c = from; c < from + components; c++) {
            largest = Math.max(largest, Float.floatToRawIntBits(sums[c]) & MAGNITUDE);
        }
        return largest < INFINITE;
    }

    /** Clears the sums of a query, whose numerators have been multiplied by the power of two {@code unit}. */
    void restart(int slot, int query, float unit) {
        Arrays.fill(sums, at(slot, query), at(slot, query) + components, 0f);
        factors[slot * queries + query] /= unit;
    }

    /** Raises the range of a slot. */
    void widen(int slot, double range) {
        ranges[slot] = Math.max(ranges[slot], range);
    }

    /** Sets the logarithm of the sum of the numerators, and the factor that makes the sum of the values their mean. */
    void set(int slot, int query, double logSum, double factor) {
        logSums[slot * queries + query] = logSum;
        factors[slot * queries + query] = factor;
    }
}
