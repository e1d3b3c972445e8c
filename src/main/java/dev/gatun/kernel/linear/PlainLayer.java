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
                if (activation == Activation.GELU) {
                    gelu(scratch, height * STRIP);
                }
                for (int i = 0; i < height; i++) {
                    write(scratch, i * STRIP, count, residual, y, yAt + (r + i) * yStride + o);
                }
            }
        }
    }

    private static void write(float[] sums, int from, int count, boolean residual, float[] y, int at) {
        for (int l = 0; l < count; l++) {
            y[at + l] = residual ? sums[from + l] + y[at + l] : sums[from + l];
        }
    }

    /** The sums of some rows, {@link #ROWS} at most, and of the strip of outputs from {@code o} on, with their bias. */
    private static void sums(LinearWeights weights, int o, float[] x, int at, int stride, int rows, float[] sums) {
        int chunks = LinearWeights.chunks(weights.inputs());
        Arrays.fill(sums, 0, rows * STRIP, 0f);
        for (int c = 0; c < chunks; c++) {
            int start = (o / PANEL * chunks + c) * (CHUNK * PANEL) + o % PANEL * CHUNK;
            int inner = Math.min(CHUNK, weights.inputs() - c * CHUNK);
            if (weights.isBfloat16()) {
                bfloat16(x, at + c * CHUNK, stride, rows, inner, weights.bfloat16Panels(), start / 2, sums);
            } else {
                float32(x, at + c * CHUNK, stride, rows, inner, weights.float32Panels(), start, sums);
            }
        }
        for (int r = 0; r < rows * STRIP; r += STRIP) {
            for (int l = 0; l < STRIP; l++) {
                sums[r + l] += weights.bias()[o + l];
            }
        }
    }

    /** Adds the chains of a chunk to the sums, four outputs at a time. */
    private static void float32(float[] x, int at, int stride, int rows, int inner, float[] panel, int start, float[] sums) {
        for (int l = 0; l < STRIP; l += OUTPUTS) {
            if (rows == ROWS) {
                tile4x4(x, at, stride, inner, panel, start + l, sums, l);
            } else {
                for (int r = 0; r < rows; r++) {
                    tile1x4(x, at + r * stride, inner, panel, start + l, sums, r * STRIP + l);
                }
            }
        }
    }

    /**
     * Four rows by four outputs: sixteen chains in registers, of as few loads and range checks as there can be. The first compiler, which
     * comes to it within milliseconds, makes good code of it, and does not vectorise any loop.
     */
    private static void tile4x4(float[] x, int at, int stride, int inner, float[] panel, int start, float[] sums, int to) {
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
        for (int i = at, j = start, end = at + inner; i < end; i++, j += STRIP) {
            float w0 = panel[j];
            float w1 = panel[j + 1];
            float w2 = panel[j + 2];
            float w3 = panel[j + 3];
            float x0 = x[i];
            s00 = Math.fma(x0, w0, s00);
            s01 = Math.fma(x0, w1, s01);
            s02 = Math.fma(x0, w2, s02);
            s03 = Math.fma(x0, w3, s03);
            float x1 = x[i + stride];
            s10 = Math.fma(x1, w0, s10);
            s11 = Math.fma(x1, w1, s11);
            s12 = Math.fma(x1, w2, s12);
            s13 = Math.fma(x1, w3, s13);
            float x2 = x[i + 2 * stride];
            s20 = Math.fma(x2, w0, s20);
            s21 = Math.fma(x2, w1, s21);
            s22 = Math.fma(x2, w2, s22);
            s23 = Math.fma(x2, w3, s23);
            float x3 = x[i + 3 * stride];
            s30 = Math.fma(x3, w0, s30);
            s31 = Math.fma(x3, w1, s31);
            s32 = Math.fma(x3, w2, s32);
            s33 = Math.fma(x3, w3, s33);
        }
        add(sums, to, s00, s01, s02, s03);
        add(sums, to + STRIP, s10, s11, s12, s13);
        add(sums, to + 2 * STRIP, s20, s21, s22, s23);
        add(sums, to + 3 * STRIP, s30, s31, s32, s33);
    }

    private static void add(float[] sums, int at, float s0, float s1, float s2, float s3) {
        sums[at] += s0;
        sums[at + 1] += s1;
        sums[at + 2] += s2;
        sums[at + 3] += s3;
    }

    /** One row by four outputs. */
    private static void tile1x4(float[] x, int at, int inner, float[] panel, int start, float[] sums, int to) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        for (int i = at, j = start, end = at + inner; i < end; i++, j += STRIP) {
            float x0 = x[i];
            s0 = Math.fma(x0, panel[j], s0);
            s1 = Math.fma(x0, panel[j + 1], s1);
            s2 = Math.fma(x0, panel[j + 2], s2);
            s3 = Math.fma(x0, panel[j + 3], s3);
        }
        add(sums, to, s0, s1, s2, s3);
    }

    /** As {@link #float32}, two outputs of each vector of a strip at a time. */
    private static void bfloat16(float[] x, int at, int stride, int rows, int inner, int[] panel, int start, float[] sums) {
        for (int l = 0; l < LANES; l += OUTPUTS / 2) {
            if (rows == ROWS) {
                narrow4x4(x, at, stride, inner, panel, start + l, sums, l);
            } else {
                for (int r = 0; r < rows; r++) {
                    narrow1x4(x, at + r * stride, inner, panel, start + l, sums, r * STRIP + l);
                }
            }
        }
    }

    private static void narrow4x4(float[] x, int at, int stride, int inner, int[] panel, int start, float[] sums, int to) {
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
        for (int i = at, j = start, end = at + inner; i < end; i++, j += LANES) {
            int pair0 = panel[j];
            int pair1 = panel[j + 1];
            float w0 = Float.intBitsToFloat(pair0 << 16);
            float w1 = Float.intBitsToFloat(pair1 << 16);
            float w2 = Float.intBitsToFloat(pair0 & UPPER);
            float w3 = Float.intBitsToFloat(pair1 & UPPER);
            float x0 = x[i];
            s00 = Math.fma(x0, w0, s00);
            s01 = Math.fma(x0, w1, s01);
            s02 = Math.fma(x0, w2, s02);
            s03 = Math.fma(x0, w3, s03);
            float x1 = x[i + stride];
            s10 = Math.fma(x1, w0, s10);
            s11 = Math.fma(x1, w1, s11);
            s12 = Math.fma(x1, w2, s12);
            s13 = Math.fma(x1, w3, s13);
            float x2 = x[i + 2 * stride];
            s20 = Math.fma(x2, w0, s20);
            s21 = Math.fma(x2, w1, s21);
            s22 = Math.fma(x2, w2, s22);
            s23 = Math.fma(x2, w3, s23);
            float x3 = x[i + 3 * stride];
            s30 = Math.fma(x3, w0, s30);
            s31 = Math.fma(x3, w1, s31);
            s32 = Math.fma(x3, w2, s32);
            s33 = Math.fma(x3, w3, s33);
        }
        addPairs(sums, to, s00, s01, s02, s03);
        addPairs(sums, to + STRIP, s10, s11, s12, s13);
        addPairs(sums, to + 2 * STRIP, s20, s21, s22, s23);
        addPairs(sums, to + 3 * STRIP, s30, s31, s32, s33);
    }

    private static void addPairs(float[] sums, int at, float s0, float s1, float s2, float s3) {
        sums[at] += s0;
        sums[at + 1] += s1;
        sums[at + LANES] += s2;
        sums[at + LANES + 1] += s3;
    }

    private static void narrow1x4(float[] x, int at, int inner, int[] panel, int start, float[] sums, int to) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        for (int i = at, j = start, end = at + inner; i < end; i++, j += LANES) {
            int pair0 = panel[j];
            int pair1 = panel[j + 1];
            float x0 = x[i];
            s0 = Math.fma(x0, Float.intBitsToFloat(pair0 << 16), s0);
            s1 = Math.fma(x0, Float.intBitsToFloat(pair1 << 16), s1);
            s2 = Math.fma(x0, Float.intBitsToFloat(pair0 & UPPER), s2);
            s3 = Math.fma(x0, Float.intBitsToFloat(pair1 & UPPER), s3);
        }
        addPairs(sums, to, s0, s1, s2, s3);
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

    private static void gelu(float[] x, int count) {
        for (int l = 0; l < count; l++) {
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
