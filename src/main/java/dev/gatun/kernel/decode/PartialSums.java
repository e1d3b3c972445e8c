package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import java.util.Arrays;

/**
 * Results of queries over pieces of the keys, a row for each query and piece, until they are merged. A row holds the sum of the numerators
 * times the values, the factor that makes it their mean, and the logarithm of the sum of the numerators.
 *
 * <p>Rows may be filled by different threads.
 */
public final class PartialSums {

    private final int components;
    private final int width;
    private final float[] sums;
    private final double[] factors;
    private final double[] logSums;

    /**
     * Scratch for results.
     *
     * @param rows       the number of rows
     * @param components components of a value
     */
    public PartialSums(int rows, int components) {
        this.components = components;
        this.width = KeyProducts.width(components);
        this.sums = new float[ArrayLength.of(rows, width)];
        this.factors = new double[rows];
        this.logSums = new double[rows];
    }

    /** Entries of a row of sums of values of {@code components} components. */
    public static int width(int components) {
        return KeyProducts.width(components);
    }

    /** Components of a value. */
    int components() {
        return components;
    }

    /** Empties a row. */
    void clear(int row) {
        Arrays.fill(sums, at(row), at(row) + width, 0f);
        logSums[row] = Double.NEGATIVE_INFINITY;
    }

    /** The sums of the values, {@link KeyProducts#width} entries each, from {@link #at} on. */
    float[] sums() {
        return sums;
    }

    /** The place of the sums of a row. */
    int at(int row) {
        return row * width;
    }

    /** Whether the sums of a row are all finite. */
    boolean finiteSums(int row) {
        return FiniteScan.largest(sums, at(row), components) < Float.POSITIVE_INFINITY;
    }

    /** Clears the sums of a row, whose numerators have been multiplied by the power of two {@code unit}. */
    void restart(int row, float unit) {
        Arrays.fill(sums, at(row), at(row) + components, 0f);
        factors[row] /= unit;
    }

    /** Sets the logarithm of the sum of the numerators, and the factor that makes the sum of the values their mean. */
    void set(int row, double logSum, double factor) {
        logSums[row] = logSum;
        factors[row] = factor;
    }

    /** The logarithm of the sum of the numerators, in units of log 2; minus infinity if no key is visible. */
    double logSum(int row) {
        return logSums[row];
    }

    /** The factor that makes the sum of the values their mean. */
    double factor(int row) {
        return factors[row];
    }
}
