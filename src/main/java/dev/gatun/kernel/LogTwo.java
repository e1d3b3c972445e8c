package dev.gatun.kernel;

/**
 * Natural logarithms, which the API takes and returns, and powers and logarithms to base 2, which the kernels compute with:
 * {@code log x = log 2 * log2 x}.
 *
 * <p>Sums and products alone, so results are the same bits on every CPU, compiled or not. {@code Math.pow} and {@code Math.log} are not:
 * each platform has its own.
 */
public final class LogTwo {

    /** {@code log 2}, the natural logarithm of 2, and what it lacks. */
    public static final double VALUE = 0x1.62e42fefa39efp-1;
    private static final double VALUE_REST = 0x1.abc9e3b39803fp-56;

    /** {@code 1 / log 2}, and what it lacks. */
    private static final double INVERSE = 0x1.71547652b82fep0;
    private static final double INVERSE_REST = 0x1.777d0ffda0d24p-56;

    /** Adding it leaves the nearest integer in the low bits of the double. */
    private static final double ROUND = 0x1.8p52;

    /** Bits of the significand of a double. */
    private static final int SIGNIFICAND = 52;

    /** Powers of these exponents are normal numbers. */
    private static final int MIN_EXPONENT = Double.MIN_EXPONENT + 1;
    private static final int MAX_EXPONENT = Double.MAX_EXPONENT;

    /** Below it a power is 0. */
    private static final int VANISHING = -1076;

    /** The power of 2 by which numbers are moved out of the subnormal range. */
    private static final int SHIFT = 64;

    /** The bits of {@code sqrt(1/2)}: significands are taken from there on to twice that number. */
    private static final long ROOT_HALF = 0x3FE6A09E667F3BCDL;
    private static final long EXPONENT_BITS = 0xFFF0000000000000L;

    /** {@code (log 2)^k / k!}. */
    private static final double C2 = VALUE * VALUE / 2;
    private static final double C3 = C2 * VALUE / 3;
    private static final double C4 = C3 * VALUE / 4;
    private static final double C5 = C4 * VALUE / 5;
    private static final double C6 = C5 * VALUE / 6;
    private static final double C7 = C6 * VALUE / 7;
    private static final double C8 = C7 * VALUE / 8;
    private static final double C9 = C8 * VALUE / 9;
    private static final double C10 = C9 * VALUE / 10;
    private static final double C11 = C10 * VALUE / 11;
    private static final double C12 = C11 * VALUE / 12;
    private static final double C13 = C12 * VALUE / 13;

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

    /**
     * {@code 2^x}; exact for integers. Error: at most 0.7 ULP where the result is not subnormal, one more rounding where it is.
     *
     * <p>With n the integer nearest to x and f the rest, {@code 2^f - 1} is the exponential series up to {@code (f log 2)^13} and n is
     * added to the exponent bits.
     */
    public static double exp2(double x) {
        if (!(x >= MIN_EXPONENT && x < MAX_EXPONENT)) {
            return beyondNormal(x);
        }
        double n = x + ROUND;
        double f = x - (n - ROUND);
        double f2 = f * f;
        double f4 = f2 * f2;
        double c23 = Math.fma(C3, f, C2);
        double c45 = Math.fma(C5, f, C4);
        double c67 = Math.fma(C7, f, C6);
        double c89 = Math.fma(C9, f, C8);
        double c1011 = Math.fma(C11, f, C10);
        double c1213 = Math.fma(C13, f, C12);
        double low = Math.fma(c45, f2, c23);
        double middle = Math.fma(c89, f2, c67);
        double high = Math.fma(c1213, f2, c1011);
        double series = Math.fma(Math.fma(high, f4, middle), f4, low);
        double first = f * VALUE;
        double rest = Math.fma(f, VALUE, -first) + Math.fma(f2, series, f * VALUE_REST);
        double sum = 1 + first;
        double power = sum + (1 - sum + first + rest);
        return Double.longBitsToDouble(Double.doubleToRawLongBits(power) + (Double.doubleToRawLongBits(n) << SIGNIFICAND));
    }

    private static double beyondNormal(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        if (x > 0) {
            return x >= MAX_EXPONENT + 1 ? Double.POSITIVE_INFINITY : 2 * exp2(x - 1);
        }
        return x < VANISHING ? 0 : Math.scalb(exp2(x + SHIFT), -SHIFT);
    }

    /**
     * {@code log2 x}; exact for powers of 2, minus infinity for 0, NaN below. Error: at most 1 ULP.
     *
     * <p>With x = m 2^n and m between {@code sqrt(1/2)} and {@code sqrt(2)}, {@code log m} is the series of
     * {@code 2 artanh((m - 1) / (m + 1))} up to the power 21.
     */
    public static double log2(double x) {
        if (!(x >= Double.MIN_NORMAL && x <= Double.MAX_VALUE)) {
            return x > 0 && x < 1 ? log2(Math.scalb(x, SHIFT)) - SHIFT
                    : x == 0 ? Double.NEGATIVE_INFINITY : x > 0 ? x : Double.NaN;
        }
        long bits = Double.doubleToRawLongBits(x);
        long above = bits - ROOT_HALF;
        long n = above >> SIGNIFICAND;
        double f = Double.longBitsToDouble(bits - (above & EXPONENT_BITS)) - 1;
        double s = f / (f + 2);
        double z = s * s;
        double z2 = z * z;
        double z4 = z2 * z2;
        double low = Math.fma(z2, Math.fma(z, 1.0 / 9, 1.0 / 7), Math.fma(z, 1.0 / 5, 1.0 / 3));
        double high = Math.fma(z2, Math.fma(z, 1.0 / 17, 1.0 / 15), Math.fma(z, 1.0 / 13, 1.0 / 11));
        double series = Math.fma(z4, Math.fma(z4, Math.fma(z, 1.0 / 21, 1.0 / 19), high), low);
        double rest = -s * (f - 2 * z * series);
        double first = f * INVERSE;
        return n + (first + (Math.fma(f, INVERSE, -first) + f * INVERSE_REST + rest * INVERSE));
    }
}
