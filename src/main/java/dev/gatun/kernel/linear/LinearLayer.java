package dev.gatun.kernel.linear;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.FloatVector;

/**
 * A dense layer: {@code y[t][o] = activation(bias[o] + sum_k x[t][k] w[k][o])}.
 *
 * <p><b>Order of a sum.</b> The products of {@link LinearWeights#CHUNK} inputs are one chain of fused multiply-adds from zero, the chunks
 * are added in their order, and the bias is added last. So the bits of a result depend neither on the register tile, the vector width and
 * the number of rows, nor on how threads share panels and rows.
 *
 * <p><b>Error.</b> One rounding per input of a chunk, one per chunk and one for the bias, besides those of the activation.
 *
 * <p>Plain arrays, rows at any distance. A call allocates nothing. Callers check shapes, bounds and overlaps.
 */
public final class LinearLayer {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int CHUNK = LinearWeights.CHUNK;
    private static final int PANEL = LinearWeights.PANEL;
    private static final int STRIP = LinearWeights.STRIP;

    /** Rows of a call from which on tiles are 4 x 4 instead of 8 x 2. */
    private static final int MANY_ROWS = 64;

    /** The sums before the first chunk. */
    private static final float[] ZEROS = new float[PANEL];

    private LinearLayer() {
    }

    /**
     * {@code y = activation(bias + x w)} for the outputs of some panels.
     *
     * @param x          inputs, entry (t, k) at {@code xAt + t * xStride + k}; may not overlap y
     * @param rows       the number of rows
     * @param y          receives the outputs, entry (t, o) at {@code yAt + t * yStride + o}; those of other panels are left as they are
     * @param firstPanel the first panel of outputs, of {@link LinearWeights#panels}
     * @param endPanel   the panel after the last
     * @param scratch    scratch memory of the calling thread
     */
    public static void apply(LinearWeights weights, float[] x, int xAt, int xStride, int rows, float[] y, int yAt, int yStride,
            int firstPanel, int endPanel, Activation activation, LinearScratch scratch) {
        for (int r = 0; r < rows; r += scratch.rows) {
            block(weights, x, xAt + r * xStride, xStride, Math.min(scratch.rows, rows - r), y, yAt + r * yStride, yStride, firstPanel,
                    endPanel, activation, false, scratch);
        }
    }

    /** {@code y += bias + x w} for the outputs of some panels, with the same parameters: a layer with a residual. */
    public static void add(LinearWeights weights, float[] x, int xAt, int xStride, int rows, float[] y, int yAt, int yStride,
            int firstPanel, int endPanel, LinearScratch scratch) {
        for (int r = 0; r < rows; r += scratch.rows) {
            block(weights, x, xAt + r * xStride, xStride, Math.min(scratch.rows, rows - r), y, yAt + r * yStride, yStride, firstPanel,
                    endPanel, Activation.NONE, true, scratch);
        }
    }

    /** A block of rows: one pass over the weights. */
    private static void block(LinearWeights weights, float[] x, int xAt, int xStride, int rows, float[] y, int yAt, int yStride,
            int firstPanel, int endPanel, Activation activation, boolean residual, LinearScratch scratch) {
        scratch.pack(x, xAt, xStride, rows, weights.inputs());
        int padded = LinearScratch.padded(rows);
        for (int panel = firstPanel; panel < endPanel; panel++) {
            sums(weights, panel, padded, scratch);
            int o = panel * PANEL;
            int count = Math.min(PANEL, weights.outputs() - o);
            if (activation == Activation.NONE) {
                write(scratch.sums, weights.bias(), o, rows, count, residual, y, yAt + o, yStride);
            } else {
                addBias(scratch.sums, weights.bias(), o, rows);
                activate(activation, scratch.sums, rows * PANEL);
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(scratch.sums, r * PANEL, y, yAt + r * yStride + o, count);
                }
            }
        }
    }

    /** Sums of a panel, chunk by chunk. */
    private static void sums(LinearWeights weights, int panel, int rows, LinearScratch scratch) {
        int inputs = weights.inputs();
        int chunks = LinearWeights.chunks(inputs);
        for (int c = 0; c < chunks; c++) {
            int inner = Math.min(CHUNK, inputs - c * CHUNK);
            int start = (panel * chunks + c) * (CHUNK * PANEL);
            float[] earlier = c == 0 ? ZEROS : scratch.sums;
            int step = c == 0 ? 0 : PANEL;
            if (weights.isBfloat16()) {
                bfloat16(scratch.x, c * rows * CHUNK, inner, weights.bfloat16Panels(), start / 2, earlier, step, scratch.sums, rows);
            } else {
                float32(scratch.x, c * rows * CHUNK, inner, weights.float32Panels(), start, earlier, step, scratch.sums, rows);
            }
        }
    }

    private static void float32(float[] x, int from, int inner, float[] panel, int start, float[] earlier, int step, float[] sums,
            int rows) {
        int eights = RegisterTile.MANY_REGISTERS && rows < MANY_ROWS ? rows - rows % 8 : 0;
        for (int o = 0; o < PANEL; o += STRIP) {
            for (int r = 0; r < eights; r += 8) {
                Float32Tile.tile8x2(x, from + r * CHUNK, inner, panel, start + o * CHUNK, earlier, r * step + o, step, sums,
                        r * PANEL + o);
            }
        }
        if (RegisterTile.MANY_REGISTERS) {
            for (int o = 0; o < PANEL; o += 2 * STRIP) {
                for (int r = eights; r < rows; r += 4) {
                    Float32Tile.tile4x4(x, from + r * CHUNK, inner, panel, start + o * CHUNK, earlier, r * step + o, step, sums,
                            r * PANEL + o);
                }
            }
        } else {
            for (int o = 0; o < PANEL; o += STRIP) {
                for (int r = 0; r < rows; r += 4) {
                    Float32Tile.tile4x2(x, from + r * CHUNK, inner, panel, start + o * CHUNK, earlier, r * step + o, step, sums,
                            r * PANEL + o);
                }
            }
        }
    }

    private static void bfloat16(float[] x, int from, int inner, int[] panel, int start, float[] earlier, int step, float[] sums,
            int rows) {
        for (int o = 0; o < PANEL; o += RegisterTile.MANY_REGISTERS ? 2 * STRIP : STRIP) {
            for (int r = 0; r < rows; r += 4) {
                if (RegisterTile.MANY_REGISTERS) {
                    Bfloat16Tile.tile4x4(x, from + r * CHUNK, inner, panel, start + o / 2 * CHUNK, earlier, r * step + o, step, sums,
                            r * PANEL + o);
                } else {
                    Bfloat16Tile.tile4x2(x, from + r * CHUNK, inner, panel, start + o / 2 * CHUNK, earlier, r * step + o, step, sums,
                            r * PANEL + o);
                }
            }
        }
    }

    /** Adds the bias, and the residual if there is one. */
    private static void write(float[] sums, float[] bias, int first, int rows, int count, boolean residual, float[] y, int yAt,
            int yStride) {
        int full = count - count % FLOATS;
        for (int r = 0; r < rows; r++) {
            int from = r * PANEL;
            int to = yAt + r * yStride;
            for (int o = 0; o < full; o += FLOATS) {
                FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, from + o)
                        .add(FloatVector.fromArray(Lanes.FLOATS, bias, first + o));
                if (residual) {
                    sum = sum.add(FloatVector.fromArray(Lanes.FLOATS, y, to + o));
                }
                Lanes.FLOAT_VECTOR.cast(sum).intoArray(y, to + o);
            }
            for (int o = full; o < count; o++) {
                float sum = sums[from + o] + bias[first + o];
                y[to + o] = residual ? sum + y[to + o] : sum;
            }
        }
    }

    private static void addBias(float[] sums, float[] bias, int first, int rows) {
        for (int r = 0; r < rows; r++) {
            for (int o = 0; o < PANEL; o += FLOATS) {
                Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, r * PANEL + o)
                        .add(FloatVector.fromArray(Lanes.FLOATS, bias, first + o))).intoArray(sums, r * PANEL + o);
            }
        }
    }

    private static void activate(Activation activation, float[] sums, int count) {
        switch (activation) {
            case GELU -> Gelu.erf(sums, 0, count);
            case GELU_TANH -> Gelu.tanh(sums, 0, count);
            case RELU -> Gelu.relu(sums, 0, count);
            case NONE -> { }
        }
    }
}
