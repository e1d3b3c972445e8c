package dev.gatun.kernel.decode;

import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/**
 * Merges the results of a query over pieces of the keys, in their order and in float64. Rows in which no key is visible change no bit.
 * An object is scratch of one thread.
 */
public final class PieceMerge {

    private final double[] shares;
    private final double[] mean;

    /**
     * Scratch for merging.
     *
     * @param pieces     the largest number of pieces
     * @param components components of a value
     */
    public PieceMerge(int pieces, int components) {
        this.shares = new double[pieces];
        this.mean = new double[components];
    }

    /**
     * Merges rows {@code first}, {@code first + step} and so on.
     *
     * @param count  the number of rows
     * @param sink   the logarithm of a numerator without a value, in units of log 2; minus infinity for none
     * @param out    receives the mean of the values, from {@code at} on; zeros if no key is visible
     * @return the logarithm of the sum of the numerators, in units of log 2; minus infinity if there is none
     */
    public double merge(PartialSums sums, int first, int step, int count, double sink, float[] out, int at) {
        double greatest = sink;
        for (int s = 0; s < count; s++) {
            greatest = Math.max(greatest, sums.logSum(first + s * step));
        }
        if (greatest == Double.NEGATIVE_INFINITY) {
            Arrays.fill(out, at, at + mean.length, 0f);
            return greatest;
        }
        double total = LogTwo.exp2(sink - greatest);
        for (int s = 0; s < count; s++) {
            shares[s] = LogTwo.exp2(sums.logSum(first + s * step) - greatest);
            total += shares[s];
        }
        Arrays.fill(mean, 0.0);
        for (int s = 0; s < count; s++) {
            if (shares[s] > 0) {
                int row = first + s * step;
                addTo(mean, sums.sums(), sums.at(row), shares[s] / total * sums.factor(row));
            }
        }
        for (int c = 0; c < mean.length; c++) {
            out[at + c] = (float) mean[c];
        }
        return greatest + LogTwo.log2(total);
    }

    private static void addTo(double[] mean, float[] sums, int from, double share) {
        for (int c = 0; c < mean.length; c++) {
            mean[c] += share * sums[from + c];
        }
    }
}
