package dev.gatun.dynamics;

import dev.gatun.kernel.LogTwo;
import java.util.Arrays;

/** Sums {@code log2 sum_j 2^(a_j)} of masses and transitions that are given by their logarithms to base 2, minus infinity for 0. */
final class LogMasses {

    /** A term smaller than the largest by this power of 2 does not change a sum. */
    private static final double NEGLIGIBLE = 60;

    private LogMasses() {
    }

    /** {@code log2 x_i} for all i. */
    static double[] of(double[] x) {
        return Arrays.stream(x).map(LogTwo::log2).toArray();
    }

    /** {@code 2^(a_i)} for all i. */
    static double[] powers(double[] a) {
        return Arrays.stream(a).map(LogTwo::exp2).toArray();
    }

    /** {@code log2(2^a + 2^b)}. */
    static double sum(double a, double b) {
        double larger = Math.max(a, b);
        double smaller = Math.min(a, b);
        return smaller < larger - NEGLIGIBLE || larger == Double.NEGATIVE_INFINITY ? larger
                : larger + StrictMath.log1p(StrictMath.exp(LogTwo.toNatural(smaller - larger))) / LogTwo.VALUE;
    }

    /** {@code log2 sum_j 2^(a_j)} over the first {@code count} entries. */
    static double sum(double[] a, int count) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < count; j++) {
            max = Math.max(max, a[j]);
        }
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = 0;
        for (int j = 0; j < count; j++) {
            sum += a[j] < max - NEGLIGIBLE ? 0 : LogTwo.exp2(a[j] - max);
        }
        return max + LogTwo.log2(sum);
    }

    /** {@code a_i - log2 sum_j 2^(a_j)}: the same masses with the sum 1. */
    static double[] normalised(double[] a) {
        double total = sum(a, a.length);
        return Arrays.stream(a).map(log -> log - total).toArray();
    }
}
