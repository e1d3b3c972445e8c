package dev.gatun.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * The power of two over its whole domain, against float64.
 *
 * <p>A run of all tests takes every {@link #STRIDE}th float. {@code mvn -B -ntp test -Dtest=ExponentialTest
 * -Dexponential.stride=1} tries them all, in a minute or two a vector width, and like every run prints the largest
 * errors.
 */
class ExponentialTest {

    /** Every so many floats of a domain are tried, odd so that all low bits come by. */
    private static final int STRIDE = Integer.getInteger("exponential.stride", 1013);

    private static final int ENTRIES = Lanes.DEPTH * Lanes.BLOCK;

    /** Below 2^-150 nothing is nearer to a subnormal number than to 0; the natural argument of this is below -104. */
    private static final float NOTHING = -151f;

    @Test
    void oneUlpUpToOne() {
        requireOneUlp(-0f, Exponential.MIN_ARGUMENT);
    }

    @Test
    void oneUlpFromOne() {
        requireOneUlp(0f, Float.MAX_EXPONENT);
    }

    private static void requireOneUlp(float first, float last) {
        Largest largest = new Largest("2^x");
        tiles(first, last, x -> {
            float[] powers = float32(x);
            for (int l = 0; l < ENTRIES; l++) {
                largest.see(x[l], ulps(powers[l], Math.pow(2, x[l])));
            }
        });
        largest.requireAtMost(1);
    }

    /** Results that would be subnormal are flushed to zero. */
    @Test
    void nothingBelowTheNormalNumbers() {
        tiles(Math.nextDown(Exponential.MIN_ARGUMENT), NOTHING, x -> {
            float[] powers = float64(x);
            for (int l = 0; l < ENTRIES; l++) {
                if (Float.floatToRawIntBits(powers[l]) != 0 || Exponential.exp2(x[l]) != 0) {
                    fail("2^%s is %s on vectors, %s by itself".formatted(x[l], powers[l], Exponential.exp2(x[l])));
                }
            }
        });
    }

    /**
     * With an argument rounded to float, as a log-kernel is, {@code exp(t) = 2^(t log2 e)} errs by what that rounding
     * does, |t| units of 2^-24 of the result, and 1 ULP beyond.
     */
    @Test
    void naturalArgumentsErrByTheirRounding() {
        Largest largest = new Largest("exp(t)");
        Largest beyond = new Largest("exp(t), beyond the rounding of t log2 e");
        tiles(-0f, -104f, t -> {
            float[] x = new float[ENTRIES];
            for (int l = 0; l < ENTRIES; l++) {
                x[l] = (float) (t[l] / Math.log(2));
            }
            float[] powers = float64(x);
            for (int l = 0; l < ENTRIES; l++) {
                double truth = Math.exp(t[l]);
                if (x[l] >= Exponential.MIN_ARGUMENT) {
                    double error = ulps(powers[l], truth);
                    largest.see(t[l], error);
                    beyond.see(t[l], error + t[l] * 0x1p-24 * truth / Math.ulp((float) truth));
                }
            }
        });
        largest.requireAtMost(46);
        beyond.requireAtMost(1);
    }

    /** Hands out the floats from {@code first} to {@code last}, of one sign and away from zero, a tile at a time. */
    private static void tiles(float first, float last, Consumer<float[]> tile) {
        float[] x = new float[ENTRIES];
        int from = Float.floatToRawIntBits(first);
        int to = Float.floatToRawIntBits(last);
        for (long bits = from; bits <= to; bits += (long) ENTRIES * STRIDE) {
            for (int l = 0; l < ENTRIES; l++) {
                x[l] = Float.intBitsToFloat((int) Math.min(bits + (long) l * STRIDE, to));
            }
            tile.accept(x);
        }
    }

    private static double ulps(float result, double truth) {
        return Math.abs(result - truth) / Math.ulp((float) truth);
    }

    /** The largest error and its place. */
    private static final class Largest {

        private final String what;
        private double error;
        private float argument;

        Largest(String what) {
            this.what = what;
        }

        /** Takes NaN for the largest of all. */
        void see(float x, double ulps) {
            if (!(ulps <= error)) {
                error = ulps;
                argument = x;
            }
        }

        void requireAtMost(double ulps) {
            String found = "%s at %d bits: %.4f ULP at most, at %s; tried one float in %d"
                    .formatted(what, Lanes.vectorBits(), error, argument, STRIDE);
            System.out.println(found);
            assertTrue(error <= ulps, found);
        }
    }

    @Test
    void integersAreExact() {
        for (int n = -126; n <= 127; n++) {
            assertEquals(Math.scalb(1f, n), Exponential.exp2(n));
        }
    }

    @Test
    void nothingIsLeftFarBelow() {
        float[] far = {-127f, Math.nextDown(-127f), -128f, -1000f, -3e38f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY};
        float[] powers = float64(Arrays.copyOf(far, ENTRIES));
        for (int l = 0; l < far.length; l++) {
            assertEquals(0f, Exponential.exp2(far[l]), "2^" + far[l]);
            assertEquals(0f, powers[l], "2^" + far[l]);
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
        float[] x = new float[ENTRIES];
        for (int round = 0; round < 100; round++) {
            for (int l = 0; l < ENTRIES; l++) {
                x[l] = round % 10 == 0 ? -126.5f + random.nextFloat() : 260 * random.nextFloat() - 133;
            }
            float[] powers = float64(x);
            for (int l = 0; l < ENTRIES; l++) {
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
            Numerators.float32(tile, columns, sum);
            for (int r = 0; r < Lanes.BLOCK; r++) {
                float chain = 0;
                for (int c = 0; c < columns; c++) {
                    chain += tile[c * Lanes.BLOCK + r];
                }
                assertEquals(chain, sum[r]);
            }
        }
    }

    /** Numerators of a float32 tile. */
    private static float[] float32(float[] x) {
        float[] numerators = x.clone();
        Numerators.float32(numerators, Lanes.DEPTH, new float[Lanes.BLOCK]);
        return numerators;
    }

    /** Numerators of a float64 tile with references of 0. */
    private static float[] float64(float[] x) {
        double[] scores = new double[ENTRIES];
        for (int l = 0; l < ENTRIES; l++) {
            scores[l] = x[l];
        }
        float[] numerators = new float[ENTRIES];
        Numerators.float64(scores, Lanes.DEPTH, new double[Lanes.BLOCK], numerators, new float[Lanes.BLOCK]);
        return numerators;
    }
}
