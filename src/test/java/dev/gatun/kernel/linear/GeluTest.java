package dev.gatun.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.reference.ReferenceNormal;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * The activations over all floats, against float64. A run of all tests takes every {@link #STRIDE}th float;
 * {@code -Dgelu.stride=1} takes them all, and like every run prints the largest errors.
 */
class GeluTest {

    /** Odd, so that all low bits come by. */
    private static final int STRIDE = Integer.getInteger("gelu.stride", 20011);
    private static final int COUNT = 1024;

    private interface Kernel {
        void run(float[] x, int at, int stride, int rows, int columns);
    }

    /**
     * The largest error of the floats from {@code first} to {@code last}, of one sign and away from zero, in ULP, less so many for each bit
     * by which the result is smaller than the argument.
     */
    private static double largest(String name, Kernel kernel, DoubleUnaryOperator truth, float first, float last, double perBit) {
        int from = Float.floatToRawIntBits(first);
        int to = Float.floatToRawIntBits(last);
        double largest = 0;
        float worst = 0;
        float[] x = new float[COUNT + 3];
        float[] y = new float[COUNT + 3];
        for (long bits = from; bits <= to; bits += (long) COUNT * STRIDE) {
            for (int i = 0; i < COUNT; i++) {
                x[3 + i] = Float.intBitsToFloat((int) Math.min(bits + (long) i * STRIDE, to));
            }
            System.arraycopy(x, 0, y, 0, x.length);
            kernel.run(y, 3, COUNT, 1, COUNT);
            for (int i = 3; i < x.length; i++) {
                double exact = truth.applyAsDouble(x[i]);
                double error = Math.abs(y[i] - exact) / Math.ulp((float) exact);
                error -= perBit == 0 ? 0 : perBit * Math.log(x[i] / exact) / Math.log(2);
                if (!(error <= largest)) {
                    largest = error;
                    worst = x[i];
                }
            }
        }
        System.out.println(String.format(Locale.ROOT, "%s: %.3f ULP at %s", name, largest, worst));
        return largest;
    }

    private static double erf(double x) {
        return x * ReferenceNormal.distribution(x);
    }

    private static double tanh(double x) {
        return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    @Test
    void erfOfPositiveArguments() {
        assertTrue(largest("GELU, x > 0", Gelu::erf, GeluTest::erf, Float.MIN_NORMAL, Float.MAX_VALUE, 0) <= 3.1);
    }

    @Test
    void erfOfNegativeArguments() {
        assertTrue(largest("GELU, x < 0", Gelu::erf, GeluTest::erf, -Float.MIN_NORMAL * 4, -12.999f, 0) <= 9);
    }

    @Test
    void tanhOfPositiveArguments() {
        assertTrue(largest("GELU by tanh, x > 0", Gelu::tanh, GeluTest::tanh, Float.MIN_NORMAL, Float.MAX_VALUE, 0) <= 2);
    }

    @Test
    void tanhOfNegativeArguments() {
        assertTrue(largest("GELU by tanh, x < 0", Gelu::tanh, GeluTest::tanh, -Float.MIN_NORMAL * 4, -9.999f, 1.5) <= 2);
    }

    @Test
    void limits() {
        for (Kernel kernel : new Kernel[] {Gelu::erf, Gelu::tanh, Gelu::relu}) {
            float[] x = {0f, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, -Float.NaN, Float.MAX_VALUE,
                -Float.MAX_VALUE, Float.intBitsToFloat(0xFFC00001), Float.intBitsToFloat(0x7F800001), -13f, -1e10f, 1e10f, Float.MIN_VALUE, -100f, 20f};
            kernel.run(x, 0, 16, 1, 16);
            float[] expected = {0, 0, Float.POSITIVE_INFINITY, 0, Float.NaN, Float.NaN, Float.MAX_VALUE, 0,
                Float.NaN, Float.NaN, 0, 0, 1e10f, Float.MIN_VALUE, 0, 20f};
            for (int i = 0; i < 16; i++) {
                if (i != 13) {
                    assertEquals(expected[i], x[i] + 0f, "entry " + i);
                }
            }
            assertTrue(x[13] >= 0 && x[13] <= Float.MIN_VALUE);
        }
    }

    @Test
    void reluOfBothSigns() {
        float[] x = new float[16];
        for (int i = 0; i < 16; i++) {
            x[i] = i - 8.5f;
        }
        Gelu.relu(x, 0, 16, 1, 16);
        for (int i = 0; i < 16; i++) {
            assertEquals(Math.max(0, i - 8.5f), x[i]);
        }
    }
}
