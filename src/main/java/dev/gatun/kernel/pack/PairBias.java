package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * A bias of each pair of a row and a column of a log-kernel, times a weight, a mask of pairs, or both, read from the caller's memory one
 * tile at a time.
 */
public final class PairBias {

    /**
     * The distance below its row's level, in units of log 2, from which a bias is negligible in float32: log-kernels span at most twice
     * {@link LogKernel#MAX_FLOAT32_RANGE} there, so its exponential is below 2^-64 of the row's largest.
     */
    public static final double NEGLIGIBLE = 3 * LogKernel.MAX_FLOAT32_RANGE + 16;

    /** The level of a row is 0 if its largest bias is at most this far from 0, in units of log 2. */
    public static final double MAX_UNLEVELLED = 16;

    /** The bits of minus infinity. */
    private static final int MASKED = 0xFF800000;

    private static final VectorSpecies<Byte> BYTES =
            Lanes.INTS.length() == 16 ? ByteVector.SPECIES_128 : ByteVector.SPECIES_64;
    private static final boolean BYTES_MATCH_LANES = BYTES.length() == Lanes.INTS.length();

    private final double weight;
    private final float least;
    private final StoredRows bias = new StoredRows();
    private MemorySegment mask;
    private long maskStart;
    private long maskStride;
    private boolean biased;
    private float[] levels;
    private int firstLevel;

    /**
     * @param weight the positive factor of the bias, which converts it to units of log 2
     */
    public PairBias(double weight) {
        this.weight = weight;
        this.least = least(weight);
    }

    /** The least bias that does not hide its pair: below it, times {@code weight}, float64 does not resolve scores. */
    public static float least(double weight) {
        return lowest(LogKernel.MAX_RANGE, weight);
    }

    /** The least difference of a bias from its row's level that is not negligible in float32. */
    public static float negligible(double weight) {
        return lowest(NEGLIGIBLE, weight);
    }

    private static float lowest(double range, double weight) {
        return (float) Math.max(-range / weight, -Float.MAX_VALUE);
    }

    /**
     * Binds a bias of {@code rows x columns}.
     *
     * @param start    bytes from the start of the segment to the first entry
     * @param rowBytes bytes from one row to the next
     */
    public void bias(StoredType type, MemorySegment memory, long start, long rowBytes) {
        bias.bind(type, memory, start, rowBytes);
        biased = true;
    }

    /** Binds a mask of {@code rows x columns} bytes, 0 for a hidden pair. */
    public void mask(MemorySegment memory, long start, long stride) {
        mask = memory;
        maskStart = start;
        maskStride = stride;
    }

    /**
     * Sets a level for each row, within {@link #MAX_UNLEVELLED} of its largest visible bias, times the weight. In float32 biases that are
     * {@link #NEGLIGIBLE} below it count as hidden.
     *
     * @param newLevels one finite level for each row, from {@code first} on; null for none: every bias counts
     */
    public void levels(float[] newLevels, int first) {
        levels = newLevels;
        firstLevel = first;
    }

    /** Drops the references to the memory of the bias and of the mask; they must be taken again before they are read. */
    public void release() {
        bias.release();
        mask = null;
    }

    /** Whether all rows of the bias and of the mask are the same memory. */
    public boolean oneRow() {
        return (!biased || bias.rowBytes() == 0) && (mask == null || maskStride == 0);
    }

    /** The factor of the bias. */
    public double weight() {
        return weight;
    }

    /** The least bias that does not hide its pair, before the weight. */
    public float least() {
        return least;
    }

    /** The least difference of a bias from its row's level that counts in float32, before the weight. */
    public float leastFloat32() {
        return levels == null ? least : negligible(weight);
    }

    /** The level of row {@code i}, times the weight. */
    public double level(int i) {
        return levels == null ? 0 : weight * levels[firstLevel + i];
    }

    /** The levels of a block of rows, before the weight; zeros for padding rows. */
    public void levels(int firstRow, int rowCount, float[] ofRows) {
        Arrays.fill(ofRows, 0f);
        if (levels != null) {
            System.arraycopy(levels, firstLevel + firstRow, ofRows, 0, rowCount);
        }
    }

    /**
     * Reads a tile of the bias, before the weight: minus infinity for hidden pairs.
     *
     * @param visible the mask of the log-kernel, whose hidden entries are hidden here as well; null if it hides nothing in the tile
     * @param rows    receives the tile row after row, {@code BLOCK x DEPTH}; zeros for padding rows
     * @param bytes   scratch of {@code DEPTH}
     */
    public void read(Mask visible, int firstRow, int rowCount, int first, int columns, float[] rows, byte[] bytes) {
        if (!biased || rowCount < Lanes.BLOCK) {
            Arrays.fill(rows, 0f);
        }
        for (int r = 0; r < rowCount; r++) {
            read(firstRow + r, first, columns, rows, r * Lanes.DEPTH, bytes);
            if (visible != null) {
                int from = Math.clamp(visible.firstColumn(firstRow + r) - first, 0, columns);
                int to = Math.clamp(visible.endColumn(firstRow + r, first + columns) - first, from, columns);
                Arrays.fill(rows, r * Lanes.DEPTH, r * Lanes.DEPTH + from, Float.NEGATIVE_INFINITY);
                Arrays.fill(rows, r * Lanes.DEPTH + to, r * Lanes.DEPTH + columns, Float.NEGATIVE_INFINITY);
            }
        }
    }

    /**
     * Reads a row of the bias, before the weight: minus infinity where the mask hides a pair, whatever the bias is.
     *
     * @param line  receives columns {@code from .. to - 1} at their own places; {@link #lineLength} long, other entries are undefined
     * @param bytes scratch of {@code DEPTH}
     */
    public void readRow(int i, int from, int to, float[] line, byte[] bytes) {
        if (!biased) {
            Arrays.fill(line, from, to, 0f);
        }
        for (int first = from; first < to; first += Lanes.DEPTH) {
            read(i, first, Math.min(Lanes.DEPTH, to - first), line, first, bytes);
        }
    }

    /** Entries of a line for {@link #readRow} of {@code columns} columns. */
    public static int lineLength(int columns) {
        return Math.addExact(columns, Lanes.DEPTH);
    }

    /** Whether the pair (i, j) is visible: neither the bias nor the mask hides it. */
    boolean visible(int i, int j) {
        return (!biased || Stored.entry(bias.type(), bias.memory(), bias.at(i) + (long) j * bias.type().bytes()) >= least)
                && (mask == null || mask.get(ValueLayout.JAVA_BYTE, maskStart + i * maskStride + j) != 0);
    }

    private void read(int i, int first, int columns, float[] rows, int at, byte[] bytes) {
        if (biased) {
            long start = bias.at(i) + (long) first * bias.type().bytes();
            Stored.widen(bias.type(), bias.memory(), start, columns, rows, at);
        }
        if (mask != null) {
            MemorySegment.copy(mask, ValueLayout.JAVA_BYTE, maskStart + i * maskStride + first, bytes, 0, columns);
            hide(bytes, rows, at);
        }
    }

    /**
     * Writes minus infinity where a byte is 0, in a row of {@code DEPTH} entries. Entry by entry at 128 bits, where no vector has as few
     * bytes as there are lanes.
     */
    private static void hide(byte[] visible, float[] rows, int at) {
        if (!BYTES_MATCH_LANES) {
            hideByEntry(visible, rows, at);
            return;
        }
        for (int c = 0; c < Lanes.DEPTH; c += BYTES.length()) {
            IntVector entries = Lanes.INT_VECTOR.cast(ByteVector.fromArray(BYTES, visible, c)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2I, Lanes.INTS, 0));
            IntVector hidden = entries.sub(1).lanewise(VectorOperators.ASHR, 31);
            Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, rows, at + c).reinterpretShape(Lanes.INTS, 0))
                    .lanewise(VectorOperators.AND_NOT, hidden).or(hidden.and(MASKED)).reinterpretShape(Lanes.FLOATS, 0))
                    .intoArray(rows, at + c);
        }
    }

    private static void hideByEntry(byte[] visible, float[] rows, int at) {
        for (int c = 0; c < Lanes.DEPTH; c++) {
            int hidden = (visible[c] & 0xFF) - 1 >> 31;
            rows[at + c] = Float.intBitsToFloat(Float.floatToRawIntBits(rows[at + c]) & ~hidden | hidden & MASKED);
        }
    }
}
