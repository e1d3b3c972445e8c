package dev.gatun.kernel.linear;

import dev.gatun.kernel.Exponential;
import java.util.Arrays;

/**
 * {@link LinearLayer} and {@link LayerNormalisation} without vectors of the Vector API, the same to the last bit. Loops of floats are fast
 * after a few milliseconds in a new virtual machine, where vectors are objects until the compiler has come to their kernels. Plain arrays,
 * at any alignment.
 */
public final class PlainLayer {

    private static final int CHUNK = LinearWeights.CHUNK;
    private static final int PANEL = LinearWeights.PANEL;
    private static final int STRIP = LinearWeights.STRIP;
    private static final int LANES = STRIP / 2;
    private static final int UPPER = 0xFFFF_0000;

    private PlainLayer() {
    }

    /** Floats of scratch that a call needs. */
    public static int scratch() {
        return Math.max(2 * STRIP, RowSums.CHAINS);
    }

    /** Whether there is a plain form of the activation. */
    public static boolean has(Activation activation) {
        return activation == Activation.NONE || activation == Activation.GELU;
    }

    /**
     * As {@link LinearLayer#apply}, of an activation that {@link #has} a plain form; or as {@link LinearLayer#add}.
     *
     * @param residual whether outputs are added to y
     * @param scratch  {@link #scratch} floats
     */
    public static void apply(LinearWeights weights, float[] x, int xAt, int xStride, int rows, float[] y, int yAt, int yStride,
            int firstPanel, int endPanel, Activation activation, boolean residual, float[] scratch) {
        for (int o = firstPanel * PANEL; o < Math.min(endPanel * PANEL, weights.outputs()); o += STRIP) {
            int count = Math.min(STRIP, weights.outputs() - o);
            for (int r = 0; r < rows; r++) {
                sums(weights, o, x, xAt + r * xStride, scratch);
                if (activation == Activation.GELU) {
                    gelu(scratch);
                }
                write(scratch, count, residual, y, yAt + r * yStride + o);
            }
        }
    }

    private static void write(float[] sums, int count, boolean residual, float[] y, int at) {
        for (int l = 0; l < count; l++) {
            y[at + l] = residual ? sums[l] + y[at + l] : sums[l];
        }
    }

    /** The sums of one row and of the strip of outputs from {@code o} on, with their bias. */
    private static void sums(LinearWeights weights, int o, float[] x, int at, float[] sums) {
        int chunks = LinearWeights.chunks(weights.inputs());
        Arrays.fill(sums, 0, STRIP, 0f);
        for (int c = 0; c < chunks; c++) {
            int start = (o / PANEL * chunks + c) * (CHUNK * PANEL) + o % PANEL * CHUNK;
            int inner = Math.min(CHUNK, weights.inputs() - c * CHUNK);
            if (weights.isBfloat16()) {
                narrowChain(x, at + c * CHUNK, inner, weights.bfloat16Panels(), start / 2, sums);
            } else {
                chain(x, at + c * CHUNK, inner, weights.float32Panels(), start, sums);
            }
            for (int l = 0; l < STRIP; l++) {
                sums[l] += sums[STRIP + l];
            }
        }
        for (int l = 0; l < STRIP; l++) {
            sums[l] += weights.bias()[o + l];
        }
    }

    /** The chains of a chunk, in the second strip of {@code sums}. */
    private static void chain(float[] x, int at, int inner, float[] panel, int start, float[] sums) {
        Arrays.fill(sums, STRIP, 2 * STRIP, 0f);
        for (int k = 0, j = start; k < inner; k++, j += STRIP) {
            float factor = x[at + k];
            for (int l = 0; l < STRIP; l++) {
                sums[STRIP + l] = Math.fma(factor, panel[j + l], sums[STRIP + l]);
            }
        }
    }

    private static void narrowChain(float[] x, int at, int inner, int[] panel, int start, float[] sums) {
        Arrays.fill(sums, STRIP, 2 * STRIP, 0f);
        for (int k = 0, j = start; k < inner; k++, j += LANES) {
            float factor = x[at + k];
            for (int l = 0; l < LANES; l++) {
                int pair = panel[j + l];
                sums[STRIP + l] = Math.fma(factor, Float.intBitsToFloat(pair << 16), sums[STRIP + l]);
                sums[STRIP + LANES + l] = Math.fma(factor, Float.intBitsToFloat(pair & UPPER), sums[STRIP + LANES + l]);
            }
        }
    }

    /** As {@link LayerNormalisation#apply}. */
    public static void normalise(float[] x, int at, int stride, int rows, int columns, float[] gain, float[] shift, double epsilon,
            float[] scratch) {
        for (int r = 0, row = at; r < rows; r++, row += stride) {
            float mean = sum(x, row, columns, scratch) / columns;
            double variance = squares(x, row, columns, mean, scratch) / (double) columns;
            float factor = (float) (1 / Math.sqrt(variance + epsilon));
            for (int c = 0; c < columns; c++) {
                x[row + c] = Math.fma((x[row + c] - mean) * factor, gain[c], shift[c]);
            }
        }
    }

    private static float sum(float[] x, int at, int columns, float[] chains) {
        Arrays.fill(chains, 0, RowSums.CHAINS, 0f);
        for (int c = 0; c < columns; c++) {
            chains[c % RowSums.CHAINS] += x[at + c];
        }
        return folded(chains);
    }

    private static float squares(float[] x, int at, int columns, float centre, float[] chains) {
        Arrays.fill(chains, 0, RowSums.CHAINS, 0f);
        for (int c = 0; c < columns; c++) {
            float difference = x[at + c] - centre;
            chains[c % RowSums.CHAINS] = Math.fma(difference, difference, chains[c % RowSums.CHAINS]);
        }
        return folded(chains);
    }

    private static float folded(float[] chains) {
        for (int half = RowSums.CHAINS / 2; half > 0; half /= 2) {
            for (int c = 0; c < half; c++) {
                chains[c] += chains[c + half];
            }
        }
        return chains[0];
    }

    private static void gelu(float[] x) {
        for (int l = 0; l < STRIP; l++) {
            x[l] = gelu(x[l]);
        }
    }

    /** {@link Gelu#erf} of one number, by the same operations. */
    static float gelu(float argument) {
        float positive = argument < 0 ? 0f : argument;
        float t = Float.intBitsToFloat(Math.min(Float.floatToRawIntBits(argument) & Integer.MAX_VALUE, Gelu.ERF_END_BITS));
        float g = t * Gelu.HALF;
        float gRest = Math.fma(t, Gelu.HALF_REST, Math.fma(t, Gelu.HALF, -g));
        float z = g * t;
        float zRest = Math.fma(gRest, t, Math.fma(g, t, -z));
        float n = z + Exponential.ROUND;
        float f = z - (n - Exponential.ROUND) + zRest;
        float v = t / (t + Gelu.SHIFT);
        float power = Math.fma(Exponential.C6, f, Exponential.C5);
        power = Math.fma(power, f, Exponential.C4);
        power = Math.fma(power, f, Exponential.C3);
        power = Math.fma(power, f, Exponential.C2);
        power = Math.fma(power, f, Exponential.C1);
        power = Math.fma(power, f, 1f);
        power = Float.intBitsToFloat(Float.floatToRawIntBits(power) + (Float.floatToRawIntBits(n) << Exponential.SIGNIFICAND));
        float tail = Math.fma(Gelu.P8, v, Gelu.P7);
        tail = Math.fma(tail, v, Gelu.P6);
        tail = Math.fma(tail, v, Gelu.P5);
        tail = Math.fma(tail, v, Gelu.P4);
        tail = Math.fma(tail, v, Gelu.P3);
        tail = Math.fma(tail, v, Gelu.P2);
        tail = Math.fma(tail, v, Gelu.P1);
        tail = Math.fma(tail, v, Gelu.P0) * (1f - v) * power;
        return Math.fma(-t, t == Gelu.ERF_END ? 0f : tail, positive);
    }
}
