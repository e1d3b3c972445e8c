package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** The power of two over its whole domain, against float64. */
class ExponentialTest {

    /** Every so many floats of the domain, odd so that all low bits come by. */
    private static final int STRIDE = 1013;

    @Test
    void oneUlpWhereTheResultIsNormal() {
        double largest = 0;
        int last = Float.floatToRawIntBits(-126f);
        for (int bits = Float.floatToRawIntBits(-0f); bits <= last; bits += STRIDE) {
            largest = Math.max(largest, ulps(Float.intBitsToFloat(bits)));
        }
        for (int bits = 0; bits <= Float.floatToRawIntBits(127f); bits += STRIDE) {
            largest = Math.max(largest, ulps(Float.intBitsToFloat(bits)));
        }
        Random random = new Random(3);
        for (int i = 0; i < 1_000_000; i++) {
            largest = Math.max(largest, ulps(-126 * random.nextFloat()));
        }
        assertTrue(largest <= 1, "the largest error is " + largest + " ULP");
    }

    private static double ulps(float x) {
        double truth = Math.pow(2, x);
        return Math.abs(Exponential.exp2(x) - truth) / Math.ulp((float) truth);
    }

    @Test
    void integersAreExact() {
        for (int n = -126; n <= 127; n++) {
            assertEquals(Math.scalb(1f, n), Exponential.exp2(n));
        }
    }

    /** Between -126.5 and -126 the result is subnormal, at most one step of the subnormals off. */
    @Test
    void subnormalsAreRounded() {
        for (float x = -126f; x > -126.5f; x = Math.nextDown(x)) {
            assertEquals(Math.pow(2, x), Exponential.exp2(x), Float.MIN_VALUE, "2^" + x);
        }
    }

    @Test
    void nothingIsLeftFromMinus126AndAHalfDown() {
        for (float x : new float[] {-126.5f, Math.nextDown(-126.5f), -127f, -128f, -1000f, -3e38f, -Float.MAX_VALUE,
                Float.NEGATIVE_INFINITY}) {
            assertEquals(0f, Exponential.exp2(x), "2^" + x);
            assertEquals(0f, lanes(x)[0], "2^" + x);
        }
        assertTrue(Exponential.exp2(Math.nextUp(-126.5f)) > 0);
    }

    @Test
    void tinyArgumentsGiveOne() {
        for (float x : new float[] {0f, -0f, Float.MIN_VALUE, -Float.MIN_VALUE, 1e-30f, -1e-30f, -1e-9f}) {
            assertEquals(1f, Exponential.exp2(x));
        }
    }

    /** Lane by lane the vector does the arithmetic of the scalar. */
    @Test
    void vectorsEqualScalars() {
        Random random = new Random(4);
        float[] x = new float[Lanes.FLOATS.length()];
        for (int round = 0; round < 20_000; round++) {
            for (int l = 0; l < x.length; l++) {
                x[l] = round % 10 == 0 ? -126.5f + random.nextFloat() : 260 * random.nextFloat() - 133;
            }
            float[] powers = lanes(x);
            for (int l = 0; l < x.length; l++) {
                assertEquals(Float.floatToRawIntBits(Exponential.exp2(x[l])), Float.floatToRawIntBits(powers[l]));
            }
        }
    }

    private static float[] lanes(float... x) {
        float[] lanes = Arrays.copyOf(x, Lanes.FLOATS.length());
        Exponential.exp2(FloatVector.fromArray(Lanes.FLOATS, lanes, 0)).intoArray(lanes, 0);
        return lanes;
    }
}
