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
    private static final int START = LinearWeights.START;
    private static final int PANEL = LinearWeights.PANEL;
    private static final int STRIP = LinearWeights.STRIP;
    private static final int LANES = STRIP / 2;
    private static final int UPPER = 0xFFFF_0000;

    /** Rows and outputs of a tile. */
    private static final int ROWS = 4;
    private static final int OUTPUTS = 4;

    private PlainLayer() {
    }

    /** Floats of scratch that a call needs. */
    public static int scratch() {
        return Math.max(ROWS * STRIP, RowSums.CHAINS);
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
            for (int r = 0; r < rows; r += ROWS) {
                int height = Math.min(ROWS, rows - r);
                sums(weights, o, x, xAt + r * xStride, xStride, height, scratch);
                for (int i = 0; i < height; i++) {
                    finish(scratch, i * STRIP, weights.bias(), o, count, activation, residual, y, yAt + (r + i) * yStride + o);
                }
            }
        }
    }

    /** Adds the bias, applies the activation, and writes or adds the outputs that exist. */
    private static void finish(float[] sums, int from, float[] bias, int o, int count, Activation activation, boolean residual, float[] y,
            int at) {
        for (int l = 0; l < count; l++) {
            y[at + l] = finished(sums[from + l] + bias[o + l], activation, residual, y[at + l]);
        }
    }

    private static float finished(float sum, Activation activation, boolean residual, float y) {
        if (activation == Activation.GELU) {
            return gelu(sum);
        }
        return residual ? sum + y : sum;
    }

    /**
     * The sums of some rows, {@link #ROWS} at most, and of the strip of outputs from {@code o} on, without their bias. Tiles are full: the
     * last row takes the place of those that do not exist.
     */
    private static void sums(LinearWeights weights, int o, float[] x, int at, int stride, int rows, float[] sums) {
        int chunks = LinearWeights.chunks(weights.inputs());
        int apart1 = Math.min(1, rows - 1) * stride;
        int apart2 = Math.min(2, rows - 1) * stride;
        int apart3 = Math.min(3, rows - 1) * stride;
        for (int c = 0; c < chunks; c++) {
            int start = (o / PANEL * chunks + c) * (CHUNK * PANEL) + o % PANEL * CHUNK;
            int inner = Math.min(CHUNK, weights.inputs() - c * CHUNK);
            int row = at + c * CHUNK;
            if (weights.isBfloat16()) {
                for (int l = 0; l < LANES; l += OUTPUTS / 2) {
                    bfloat16(x, row, row + apart1, row + apart2, row + apart3, inner, weights.bfloat16Panels(), START + start / 2 + l,
                            weights.step(), c == 0, sums, l);
                }
            } else {
                for (int l = 0; l < STRIP; l += OUTPUTS) {
                    float32(x, row, row + apart1, row + apart2, row + apart3, inner, weights.float32Panels(), START + start + l,
                            weights.step(), c == 0, sums, l);
                }
            }
        }
    }

    /**
     * Four rows by four outputs: sixteen chains in registers, of as few loads and range checks as there can be. The first compiler, which
     * comes to it within milliseconds, makes good code of it, and does not vectorise any loop. The second one takes long to unroll and to
     * vectorise loops, which is why there are none around it, and why the step of this one is no constant.
     *
     * @param row0  where the inputs of a row begin, likewise the others
     * @param step  entries of the panel from one input to the next
     * @param first whether the chains are those of the first chunk, rather than added to the sums of earlier ones
     */
    private static void float32(float[] x, int row0, int row1, int row2, int row3, int inner, float[] panel, int start,
            int step, boolean first, float[] sums, int to) {
        float s00 = 0;
        float s01 = 0;
        float s02 = 0;
        float s03 = 0;
        float s10 = 0;
        float s11 = 0;
        float s12 = 0;
        float s13 = 0;
        float s20 = 0;
        float s21 = 0;
        float s22 = 0;
        float s23 = 0;
        float s30 = 0;
        float s31 = 0;
        float s32 = 0;
        float s33 = 0;
        for (int k = 0, j = start, end = start + inner * step; j < end; k++, j += step) {
            float w0 = panel[j];
            float w1 = panel[j + 1];
            float w2 = panel[j + 2];
            float w3 = panel[j + 3];
            float x0 = x[row0 + k];
            s00 = Math.fma(x0, w0, s00);
            s01 = Math.fma(x0, w1, s01);
            s02 = Math.fma(x0, w2, s02);
            s03 = Math.fma(x0, w3, s03);
            float x1 = x[row1 + k];
            s10 = Math.fma(x1, w0, s10);
            s11 = Math.fma(x1, w1, s11);
            s12 = Math.fma(x1, w2, s12);
            s13 = Math.fma(x1, w3, s13);
            float x2 = x[row2 + k];
            s20 = Math.fma(x2, w0, s20);
            s21 = Math.fma(x2, w1, s21);
            s22 = Math.fma(x2, w2, s22);
            s23 = Math.fma(x2, w3, s23);
            float x3 = x[row3 + k];
            s30 = Math.fma(x3, w0, s30);
            s31 = Math.fma(x3, w1, s31);
            s32 = Math.fma(x3, w2, s32);
            s33 = Math.fma(x3, w3, s33);
        }
        add(sums, to, 2, first, s00, s01, s02, s03);
        add(sums, to + STRIP, 2, first, s10, s11, s12, s13);
        add(sums, to + 2 * STRIP, 2, first, s20, s21, s22, s23);
        add(sums, to + 3 * STRIP, 2, first, s30, s31, s32, s33);
    }

    private static void add(float[] sums, int at, int step, boolean first, float s0, float s1, float s2, float s3) {
        sums[at] = (first ? 0f : sums[at]) + s0;
        sums[at + 1] = (first ? 0f : sums[at + 1]) + s1;
        sums[at + step] = (first ? 0f : sums[at + step]) + s2;
        sums[at + step + 1] = (first ? 0f : sums[at + step + 1]) + s3;
    }

    /** As {@link #float32}, two outputs of each vector of a strip at a time. */
    private static void bfloat16(float[] x, int row0, int row1, int row2, int row3, int inner, int[] panel, int start,
            int step, boolean first, float[] sums, int to) {
        float s00 = 0;
        float s01 = 0;
        float s02 = 0;
        float s03 = 0;
        float s10 = 0;
        float s11 = 0;
        float s12 = 0;
        float s13 = 0;
        float s20 = 0;
        float s21 = 0;
        float s22 = 0;
        float s23 = 0;
        float s30 = 0;
        float s31 = 0;
        float s32 = 0;
        float s33 = 0;
        for (int k = 0, j = start, end = start + inner * step; j < end; k++, j += step) {
            int pair0 = panel[j];
            int pair1 = panel[j + 1];
            float w0 = Float.intBitsToFloat(pair0 << 16);
            float w1 = Float.intBitsToFloat(pair1 << 16);
            float w2 = Float.intBitsToFloat(pair0 & UPPER);
            float w3 = Float.intBitsToFloat(pair1 & UPPER);
            float x0 = x[row0 + k];
            s00 = Math.fma(x0, w0, s00);
            s01 = Math.fma(x0, w1, s01);
            s02 = Math.fma(x0, w2, s02);
            s03 = Math.fma(x0, w3, s03);
            float x1 = x[row1 + k];
            s10 = Math.fma(x1, w0, s10);
            s11 = Math.fma(x1, w1, s11);
            s12 = Math.fma(x1, w2, s12);
            s13 = Math.fma(x1, w3, s13);
            float x2 = x[row2 + k];
            s20 = Math.fma(x2, w0, s20);
            s21 = Math.fma(x2, w1, s21);
            s22 = Math.fma(x2, w2, s22);
            s23 = Math.fma(x2, w3, s23);
            float x3 = x[row3 + k];
            s30 = Math.fma(x3, w0, s30);
            s31 = Math.fma(x3, w1, s31);
            s32 = Math.fma(x3, w2, s32);
            s33 = Math.fma(x3, w3, s33);
        }
        add(sums, to, LANES, first, s00, s01, s02, s03);
        add(sums, to + STRIP, LANES, first, s10, s11, s12, s13);
        add(sums, to + 2 * STRIP, LANES, first, s20, s21, s22, s23);
        add(sums, to + 3 * STRIP, LANES, first, s30, s31, s32, s33);
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

    static float squares(float[] x, int at, int columns, float centre, float[] chains) {
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
