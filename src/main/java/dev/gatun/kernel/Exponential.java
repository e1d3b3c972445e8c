package dev.gatun.kernel;

/**
 * {@code 2^x} in float32: the polynomial that {@link Numerators} evaluates on vectors, and its scalar form, the same to the last bit.
 *
 * <p>With n the integer nearest to x and f = x - n, a polynomial gives {@code 2^f}, and n is added to its exponent bits. Error: at most
 * 1 ULP for {@code -126 <= x <= 127} (0.952 over all floats). Results below {@code 2^-126} are 0.
 */
public final class Exponential {

    /** The least argument whose power is a normal number. */
    static final float MIN_ARGUMENT = Float.MIN_EXPONENT;

    /** Replaces all arguments below {@link #MIN_ARGUMENT}: the bits of its power are 0. */
    public static final float VANISHING = MIN_ARGUMENT - 1;

    /** Adding it leaves the nearest integer in the low bits of the float. */
    public static final float ROUND = 0x1.8p23f;

    /** Bits of the significand of a float. */
    public static final int SIGNIFICAND = 23;

    /** Minimax coefficients of (2^f - 1) / f on [-1/2, 1/2], for least relative error of 2^f: 2e-9 before rounding. */
    public static final float C1 = 0x1.62e43p-1f;
    public static final float C2 = 0x1.ebfbdcp-3f;
    public static final float C3 = 0x1.c6aee8p-5f;
    public static final float C4 = 0x1.3b2d4cp-7f;
    public static final float C5 = 0x1.5f3e54p-10f;
    public static final float C6 = 0x1.41fbbap-13f;

    private Exponential() {
    }

    /** {@code 2^x} for {@code x <= 127}, minus infinity included; the same to the last bit as a lane of the vectors. */
    public static float exp2(float x) {
        if (x < MIN_ARGUMENT) {
            return 0f;
        }
        float rounded = x + ROUND;
        float f = x - (rounded - ROUND);
        float p = Math.fma(C6, f, C5);
        p = Math.fma(p, f, C4);
        p = Math.fma(p, f, C3);
        p = Math.fma(p, f, C2);
        p = Math.fma(p, f, C1);
        p = Math.fma(p, f, 1f);
        return Float.intBitsToFloat(
                Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(rounded) << SIGNIFICAND));
    }
}
