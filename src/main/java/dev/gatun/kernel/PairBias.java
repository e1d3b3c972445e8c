package dev.gatun.kernel;

import dev.gatun.ElementType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * What is added to each pair of a row and a column of a log-kernel: a bias times a weight, a mask, or both, read where
 * they lie, a tile at a time.
 */
public final class PairBias {

    /** The bits of minus infinity. */
    private static final int MASKED = 0xFF800000;

    private static final VectorSpecies<Byte> BYTES =
            Lanes.INTS.length() == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
    private static final boolean WHOLE = BYTES.length() == Lanes.INTS.length();

    private final double weight;
    private final float least;
    private final StoredRows bias = new StoredRows();
    private MemorySegment mask;
    private long maskStart;
    private long maskStride;
    private boolean biased;

    /**
     * @param weight what the bias is multiplied by, positive: it makes units of log 2
     */
    public PairBias(double weight) {
        this.weight = weight;
        this.least = least(weight);
    }

    /** Biases below it, times {@code weight}, are further down than scores can be told apart: they mask. */
    public static float least(double weight) {
        return (float) Math.max(-LogKernel.GREATEST_RANGE / weight, -Float.MAX_VALUE);
    }

    /**
     * Takes a bias of {@code rows x columns}.
     *
     * @param start    bytes from the start of the segment to the first entry
     * @param rowBytes bytes from one row to the next
     */
    public void bias(ElementType type, MemorySegment memory, long start, long rowBytes) {
        bias.bind(type, memory, start, rowBytes);
        biased = true;
    }

    /** Takes a mask of {@code rows x columns} bytes, 0 for what is masked. */
    public void mask(MemorySegment memory, long start, long stride) {
        mask = memory;
        maskStart = start;
        maskStride = stride;
    }

    double weight() {
        return weight;
    }

    float least() {
        return least;
    }

    /**
     * Reads what is added to a tile, before the weight.
     *
     * @param rows  receives it row after row, {@code BLOCK x DEPTH}; zeros for rows that do not exist
     * @param bytes scratch of {@code DEPTH}
     */
    void read(int firstRow, int rowCount, int first, int columns, float[] rows, byte[] bytes) {
        if (!biased || rowCount < Lanes.BLOCK) {
            Arrays.fill(rows, 0f);
        }
        for (int r = 0; r < rowCount; r++) {
            if (biased) {
                long start = bias.at(firstRow + r) + (long) first * bias.type().bytes();
                Stored.widen(bias.type(), bias.memory(), start, columns, rows, r * Lanes.DEPTH);
            }
            if (mask != null) {
                long start = maskStart + (firstRow + r) * maskStride + first;
                MemorySegment.copy(mask, ValueLayout.JAVA_BYTE, start, bytes, 0, columns);
                hide(bytes, rows, r * Lanes.DEPTH);
            }
        }
    }

    /**
     * Minus infinity where a byte is 0, for a whole row of {@code DEPTH}: added to what is there. In whole vectors
     * where there is one of as many bytes as there are lanes, which there is not at 128 bits.
     */
    private static void hide(byte[] visible, float[] rows, int at) {
        if (!WHOLE) {
            hideSingly(visible, rows, at);
            return;
        }
        for (int c = 0; c < Lanes.DEPTH; c += BYTES.length()) {
            IntVector entries = (IntVector) ByteVector.fromArray(BYTES, visible, c)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0);
            FloatVector hidden = entries.sub(1).lanewise(VectorOperators.ASHR, 31).and(MASKED).viewAsFloatingLanes();
            FloatVector.fromArray(Lanes.FLOATS, rows, at + c).add(hidden).intoArray(rows, at + c);
        }
    }

    private static void hideSingly(byte[] visible, float[] rows, int at) {
        for (int c = 0; c < Lanes.DEPTH; c++) {
            int hidden = (visible[c] & 0xFF) - 1 >> 31;
            rows[at + c] += Float.intBitsToFloat(hidden & MASKED);
        }
    }
}
