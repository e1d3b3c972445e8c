package dev.gatun.kernel;

/**
 * Natural logarithms, which the API takes and returns, and logarithms to base 2, which the kernels compute with:
 * {@code log x = log 2 * log2 x}.
 */
public final class LogTwo {

    /** {@code log 2}, the natural logarithm of 2. */
    public static final double VALUE = Math.log(2);

    private LogTwo() {
    }

    /** {@code log 2 * log2}: the natural logarithm of a number, given that to base 2. */
    public static double toNatural(double log2) {
        return log2 * VALUE;
    }

    /** {@code natural / log 2}: the logarithm to base 2 of a number, given the natural one. */
    public static double fromNatural(double natural) {
        return natural / VALUE;
    }

    /** {@code log2 x = log x / log 2}. */
    public static double log2(double x) {
        return Math.log(x) / VALUE;
    }
}
