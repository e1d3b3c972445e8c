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
    private static final int START = LinearWeights.START;

    /** Rows of a tile, if registers hold its sums, and of the smallest tile. */
    private static final int MANY_ROWS = 8;
    private static final int ROWS = LinearScratch.ROWS;

    /** Weights of a group of panels, half a megabyte in float32: the second-level cache holds them until all rows have used them. */
    private static final int GROUP_WEIGHTS = 1 << 17;

    /** Outputs of a group of panels, which its later chunks find in the first-level cache or near it. */
    private static final int GROUP_OUTPUTS = 1 << 14;

    /**
     * Rows of a block from which on sums are formed where the outputs go. Outputs of fewer rows are written after those of a group, because
     * cache misses of stores disturb the stream of weights.
     */
    private static final int IN_PLACE_ROWS = 64;

    /** Rows of a block from which on the tiles of a strip read the next one: fewer are done before it arrives. */
    private static final int AHEAD_ROWS = 16;

    /** The sums before the first chunk, and what is added after all but the last. */
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

    /** A block of rows: one pass over the weights, group by group. */
    private static void block(LinearWeights weights, float[] x, int xAt, int xStride, int rows, float[] y, int yAt, int yStride,
            int firstPanel, int endPanel, Activation activation, boolean residual, LinearScratch scratch) {
        scratch.pack(x, xAt, xStride, rows, weights.inputs());
        int padded = LinearScratch.padded(rows);
        int fullPanels = residual || rows < IN_PLACE_ROWS ? 0 : weights.outputs() / PANEL;
        int group = group(weights, padded);
        for (int first = firstPanel; first < endPanel; ) {
            int end = Math.min(first + group, endPanel);
            if (first < fullPanels) {
                end = Math.min(end, fullPanels);
                inPlace(weights, first, end, rows, padded, y, yAt + first * PANEL, yStride, activation, scratch);
            } else {
                end = Math.min(end, first + scratch.sums.length / (padded * PANEL));
                sums(weights, first, end, 0, padded, padded, scratch.sums, 0, PANEL, padded * PANEL, scratch);
                finish(weights, first, end, rows, padded, y, yAt, yStride, activation, residual, scratch.sums);
            }
            first = end;
        }
    }

    /** Whether the weights are read ahead: the larger tiles do so. */
    private static boolean readsAhead(int rows) {
        return RegisterTile.MANY_REGISTERS && rows >= AHEAD_ROWS;
    }

    /** Panels of a group: as many as possible if the tile of the first rows is the only one, or if weights are read ahead. */
    private static int group(LinearWeights weights, int rows) {
        if (rows <= height(rows) || readsAhead(rows)) {
            return weights.panels();
        }
        int byWeights = GROUP_WEIGHTS / (LinearWeights.chunks(weights.inputs()) * CHUNK * PANEL);
        return Math.max(1, Math.min(byWeights, GROUP_OUTPUTS / (rows * PANEL)));
    }

    /** Whole panels without a residual: the sums are formed where the outputs go, except for rows that do not fill a tile. */
    private static void inPlace(LinearWeights weights, int first, int end, int rows, int padded, float[] y, int at, int stride,
            Activation activation, LinearScratch scratch) {
        int full = rows - rows % ROWS;
        sums(weights, first, end, 0, full, padded, y, at, stride, PANEL, scratch);
        activate(activation, y, at, stride, full, (end - first) * PANEL);
        if (full < padded) {
            int panels = scratch.sums.length / (ROWS * PANEL);
            for (int panel = first; panel < end; panel += panels) {
                int next = Math.min(panel + panels, end);
                int width = (next - panel) * PANEL;
                sums(weights, panel, next, full, padded, padded, scratch.sums, -full * width, width, PANEL, scratch);
                activate(activation, scratch.sums, 0, width, rows - full, width);
                for (int r = full; r < rows; r++) {
                    System.arraycopy(scratch.sums, (r - full) * width, y, at + r * stride + (panel - first) * PANEL, width);
                }
            }
        }
    }

    /**
     * Sums of some rows and panels. If weights are not read ahead, the first tile of rows reads them from memory, in order and without a
     * break, which prefetchers follow; the other rows read them from the second-level cache, strip by strip.
     *
     * @param padded rows in {@code scratch.x}
     * @param out    receives the sum of the first panel's output o in row t at {@code at + t * stride + o}
     * @param step   entries of {@code out} from one panel to the next
     */
    private static void sums(LinearWeights weights, int firstPanel, int endPanel, int firstRow, int endRow, int padded, float[] out,
            int at, int stride, int step, LinearScratch scratch) {
        int streamed = readsAhead(endRow - firstRow) ? endRow : Math.min(firstRow + height(endRow - firstRow), endRow);
        pass(weights, firstPanel, endPanel, firstRow, streamed, padded, out, at, stride, step, scratch);
        if (streamed < endRow) {
            pass(weights, firstPanel, endPanel, streamed, endRow, padded, out, at, stride, step, scratch);
        }
    }

    private static void pass(LinearWeights weights, int firstPanel, int endPanel, int firstRow, int endRow, int padded, float[] out, int at,
            int stride, int step, LinearScratch scratch) {
        int inputs = weights.inputs();
        int chunks = LinearWeights.chunks(inputs);
        int strip = weights.step() * CHUNK;
        int last = START + (endPanel * chunks * (PANEL / STRIP) - 1) * strip;
        int start = START + firstPanel * chunks * (PANEL / STRIP) * strip;
        for (int panel = firstPanel, to = at; panel < endPanel; panel++, to += step) {
            for (int c = 0; c < chunks; c++) {
                int from = c * padded * CHUNK;
                int inner = Math.min(CHUNK, inputs - c * CHUNK);
                float[] earlier = c == 0 ? ZEROS : out;
                float[] bias = c == chunks - 1 ? weights.bias() : ZEROS;
                for (int o = 0; o < PANEL; o += STRIP, start += strip) {
                    int b = c == chunks - 1 ? panel * PANEL + o : 0;
                    int next = readsAhead(endRow - firstRow) && start < last ? start + strip : start;
                    if (weights.isBfloat16()) {
                        scratch.rare += bfloat16(scratch.x, from, inner, weights.bfloat16Panels(), start, earlier, c == 0, bias, b, out,
                                to + o, stride, firstRow, endRow, next);
                    } else {
                        scratch.rare += float32(scratch.x, from, inner, weights.float32Panels(), start, earlier, c == 0, bias, b, out,
                                to + o, stride, firstRow, endRow, next);
                    }
                }
            }
        }
    }

    /** The tiles of one strip of a chunk, each of which reads a part of the strip at {@code next}. */
    private static int float32(float[] x, int from, int inner, float[] panel, int start, float[] earlier, boolean first, float[] bias,
            int b, float[] out, int at, int stride, int firstRow, int endRow, int next) {
        int step = first ? 0 : stride;
        int shift = shift(STRIP, endRow - firstRow);
        int ahead = next;
        int rare = 0;
        for (int r = firstRow, to = at + r * stride, i = from + r * CHUNK; r < endRow; ) {
            int height = height(endRow - r);
            if (height == MANY_ROWS) {
                rare += Float32Tile.tile8x2(x, i, inner, panel, start, earlier, first ? 0 : to, step, bias, b, out, to, stride,
                        ahead, shift);
            } else {
                Float32Tile.tile4x2(x, i, inner, panel, start, earlier, first ? 0 : to, step, bias, b, out, to, stride);
            }
            r += height;
            to += height * stride;
            i += height * CHUNK;
            ahead = Math.min(ahead + (CHUNK << shift), next + STRIP * CHUNK - (CHUNK << shift));
        }
        return rare;
    }

    private static int bfloat16(float[] x, int from, int inner, int[] panel, int start, float[] earlier, boolean first, float[] bias,
            int b, float[] out, int at, int stride, int firstRow, int endRow, int next) {
        int step = first ? 0 : stride;
        int shift = shift(STRIP / 2, endRow - firstRow);
        int ahead = next;
        int rare = 0;
        for (int r = firstRow, to = at + r * stride, i = from + r * CHUNK; r < endRow; ) {
            int height = height(endRow - r);
            if (height == MANY_ROWS) {
                rare += Bfloat16Tile.tile8x2(x, i, inner, panel, start, earlier, first ? 0 : to, step, bias, b, out, to, stride,
                        ahead, shift);
            } else {
                Bfloat16Tile.tile4x2(x, i, inner, panel, start, earlier, first ? 0 : to, step, bias, b, out, to, stride);
            }
            r += height;
            to += height * stride;
            i += height * CHUNK;
            ahead = Math.min(ahead + (CHUNK << shift), next + STRIP / 2 * CHUNK - (CHUNK << shift));
        }
        return rare;
    }

    /**
     * The logarithm of the entries that a tile reads ahead with each input, so that the tiles of the rows read a strip of as many entries
     * an input in all.
     */
    private static int shift(int entries, int rows) {
        return Integer.numberOfTrailingZeros(Math.max(1, entries * MANY_ROWS / Integer.highestOneBit(rows)));
    }

    /** Rows of the tile that comes next if so many rows are left. */
    private static int height(int rows) {
        return RegisterTile.MANY_REGISTERS && rows >= MANY_ROWS ? MANY_ROWS : ROWS;
    }

    private static void activate(Activation activation, float[] x, int at, int stride, int rows, int columns) {
        switch (activation) {
            case GELU -> Gelu.erf(x, at, stride, rows, columns);
            case GELU_TANH -> Gelu.tanh(x, at, stride, rows, columns);
            case RELU -> Gelu.relu(x, at, stride, rows, columns);
            case NONE -> { }
        }
    }

    /** Applies the activation to sums of panels, one panel after the other, and writes or adds the outputs that exist. */
    private static void finish(LinearWeights weights, int first, int end, int rows, int padded, float[] y, int yAt, int yStride,
            Activation activation, boolean residual, float[] sums) {
        for (int panel = first, from = 0; panel < end; panel++, from += padded * PANEL) {
            int o = panel * PANEL;
            int count = Math.min(PANEL, weights.outputs() - o);
            activate(activation, sums, from, PANEL, rows, PANEL);
            for (int r = 0; r < rows; r++) {
                if (residual) {
                    add(sums, from + r * PANEL, count, y, yAt + r * yStride + o);
                } else {
                    System.arraycopy(sums, from + r * PANEL, y, yAt + r * yStride + o, count);
                }
            }
        }
    }

    private static void add(float[] sums, int from, int count, float[] y, int to) {
        int full = count - count % FLOATS;
        for (int o = 0; o < full; o += FLOATS) {
            Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, from + o).add(FloatVector.fromArray(Lanes.FLOATS, y, to + o)))
                    .intoArray(y, to + o);
        }
        for (int o = full; o < count; o++) {
            y[to + o] = sums[from + o] + y[to + o];
        }
    }
}
