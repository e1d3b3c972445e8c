package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
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

    /** What would be subnormal is some number from 0 to the least normal one, and never increases on the way down. */
    @Test
    void littleIsLeftBelowMinus126() {
        float above = Exponential.exp2(-126f);
        assertEquals(Float.MIN_NORMAL, above);
        for (float x = -126f; x > -127f; x = Math.nextDown(x)) {
            float power = Exponential.exp2(x);
            assertTrue(power >= 0 && power <= above, "2^" + x);
            above = power;
        }
    }

    @Test
    void nothingIsLeftFromMinus127Down() {
        for (float x : new float[] {-127f, Math.nextDown(-127f), -128f, -1000f, -3e38f, -Float.MAX_VALUE,
                Float.NEGATIVE_INFINITY}) {
            assertEquals(0f, Exponential.exp2(x), "2^" + x);
            assertEquals(0f, weights(x)[0], "2^" + x);
        }
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
        float[] x = new float[Lanes.DEPTH * Lanes.BLOCK];
        for (int round = 0; round < 100; round++) {
            for (int l = 0; l < x.length; l++) {
                x[l] = round % 10 == 0 ? -126.5f + random.nextFloat() : 260 * random.nextFloat() - 133;
            }
            float[] powers = weights(x);
            for (int l = 0; l < x.length; l++) {
                assertEquals(Float.floatToRawIntBits(Exponential.exp2(x[l])), Float.floatToRawIntBits(powers[l]));
            }
        }
    }

    /** A row's sum is a chain from its first column on. */
    @Test
    void sumsAreChains() {
        Random random = new Random(5);
        for (int columns : new int[] {1, 2, 63, 64}) {
            float[] tile = new float[columns * Lanes.BLOCK];
            for (int l = 0; l < tile.length; l++) {
                tile[l] = 20 * random.nextFloat() - 10;
            }
            float[] sum = new float[Lanes.BLOCK];
            Weights.singles(tile, columns, sum);
            for (int r = 0; r < Lanes.BLOCK; r++) {
                float chain = 0;
                for (int c = 0; c < columns; c++) {
                    chain += tile[c * Lanes.BLOCK + r];
                }
                assertEquals(chain, sum[r]);
            }
        }
    }

    /** Weights of a tile in double precision with references of 0. */
    private static float[] weights(float... x) {
        double[] scores = new double[Lanes.DEPTH * Lanes.BLOCK];
        Arrays.fill(scores, Double.NEGATIVE_INFINITY);
        for (int l = 0; l < x.length; l++) {
            scores[l] = x[l];
        }
        float[] weights = new float[scores.length];
        Weights.doubles(scores, Lanes.DEPTH, new double[Lanes.BLOCK], weights, new float[Lanes.BLOCK]);
        return weights;
    }
}
