package dev.gatun.kernel.linear;

import dev.gatun.kernel.ArrayLength;
import java.util.Arrays;

/** Scratch memory of one thread for dense layers of up to so many inputs and calls of any number of rows. */
public final class LinearScratch {

    /** Rows that share one pass over the weights: the second-level cache holds their inputs. */
    static final int MAX_ROWS = 128;

    /** Sums that there is always memory for: those of many panels of a few rows. */
    private static final int MIN_SUMS = 1 << 14;

    /** Rows of the smallest tile. */
    static final int ROWS = 4;

    final int rows;
    final int inputs;

    /** The inputs of a block of rows, chunk by chunk: {@code [chunk][row][CHUNK]}. */
    final float[] x;

    /** Sums of panels that are not formed in place. */
    final float[] sums;

    /** Weights read ahead that are {@link LinearWeights#RARE}. */
    int rare;

    /** Chains of sums along a row. */
    final float[] chains = new float[RowSums.CHAINS];

    /**
     * Scratch memory.
     *
     * @param rows   the largest number of rows of a call
     * @param inputs the largest number of inputs of a layer
     */
    public LinearScratch(int rows, int inputs) {
        this.rows = Math.max(ROWS, Math.min(padded(rows), MAX_ROWS));
        this.inputs = inputs;
        this.x = new float[ArrayLength.of((long) this.rows * LinearWeights.CHUNK, LinearWeights.chunks(inputs))];
        this.sums = new float[Math.max(MIN_SUMS, this.rows * LinearWeights.PANEL)];
    }

    /** {@code rows}, rounded up to whole tiles. */
    static int padded(int rows) {
        return (rows + ROWS - 1) / ROWS * ROWS;
    }

    /** Copies rows of {@code count} inputs, and fills up with rows of zeros. */
    void pack(float[] from, int at, int stride, int taken, int count) {
        int padded = padded(taken);
        for (int first = 0, to = 0; first < count; first += LinearWeights.CHUNK) {
            int length = Math.min(LinearWeights.CHUNK, count - first);
            for (int r = 0; r < taken; r++, to += LinearWeights.CHUNK) {
                System.arraycopy(from, at + r * stride + first, x, to, length);
            }
            for (int r = taken; r < padded; r++, to += LinearWeights.CHUNK) {
                Arrays.fill(x, to, to + length, 0f);
            }
        }
    }
}
