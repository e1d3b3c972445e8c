package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
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

    /**
     * How far below its row's level a bias is of no account in single precision, in units of log 2: log-kernels span at most
     * twice {@link LogKernel#SINGLE_PRECISION_RANGE} there, so that its exponential is under 2^-64 of the row's largest.
     */
    public static final double NEGLIGIBLE = 3 * LogKernel.SINGLE_PRECISION_RANGE + 16;

    /** A row whose largest bias is at most that far from 0 has the level 0. */
    public static final double MAX_UNLEVELLED = 16;

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
    private float[] levels;
    private int firstLevel;

    /**
     * @param weight what the bias is multiplied by, positive: it makes units of log 2
     */
    public PairBias(double weight) {
        this.weight = weight;
        this.least = least(weight);
    }

    /** Biases below it, times {@code weight}, are further down than scores can be told apart: they mask. */
    public static float least(double weight) {
        return lowest(LogKernel.MAX_RANGE, weight);
    }

    /** Biases below it, beside their row's level, are negligible in single precision. */
    public static float negligible(double weight) {
        return lowest(NEGLIGIBLE, weight);
    }

    private static float lowest(double range, double weight) {
        return (float) Math.max(-range / weight, -Float.MAX_VALUE);
    }

    /**
     * Takes a bias of {@code rows x columns}.
     *
     * @param start    bytes from the start of the segment to the first entry
     * @param rowBytes bytes from one row to the next
     */
    public void bias(StoredType type, MemorySegment memory, long start, long rowBytes) {
        bias.bind(type, memory, start, rowBytes);
        biased = true;
    }

    /** Takes a mask of {@code rows x columns} bytes, 0 for what is masked. */
    public void mask(MemorySegment memory, long start, long stride) {
        mask = memory;
        maskStart = start;
        maskStride = stride;
    }

    /**
     * Takes a level for each row: within {@link #MAX_UNLEVELLED} of its largest visible bias, times the weight. In single
     * precision what lies {@link #NEGLIGIBLE} below it is left out.
     *
     * @param newLevels one for each row, from {@code first} on, finite; or null for none, and then every bias counts
     */
    public void levels(float[] newLevels, int first) {
        levels = newLevels;
        firstLevel = first;
    }

    /** Lets go of the memory of the bias and of the mask: those that there are must be taken again before they are read. */
    public void release() {
        bias.release();
        mask = null;
    }

    public double weight() {
        return weight;
    }

    public float least() {
        return least;
    }

    /** Below it, beside the row's level, nothing counts in single precision. */
    public float leastSingle() {
        return levels == null ? least : negligible(weight);
    }

    /** The level of row {@code i}, times the weight. */
    public double level(int i) {
        return levels == null ? 0 : weight * levels[firstLevel + i];
    }

    /** The levels of a block of rows, before the weight; zeros for rows that do not exist. */
    public void levels(int firstRow, int rowCount, float[] ofRows) {
        Arrays.fill(ofRows, 0f);
        if (levels != null) {
            System.arraycopy(levels, firstLevel + firstRow, ofRows, 0, rowCount);
        }
    }

    /**
     * Reads what is added to a tile, before the weight.
     *
     * @param visible what the log-kernel shows of the tile, all else is masked here as well; or null for all
     * @param rows    receives it row after row, {@code BLOCK x DEPTH}; zeros for rows that do not exist
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
     * Reads what is added to a row, before the weight: minus infinity where a mask hides, whatever the bias is.
     *
     * @param line  receives columns {@code from .. to - 1} at their own places; {@link #lineLength} long, other entries are
     *              of no meaning
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

    /** Entries that {@link #readRow} needs for a row of {@code columns}. */
    public static int lineLength(int columns) {
        return Math.addExact(columns, Lanes.DEPTH);
    }

    /** Whether neither bias nor mask hides a pair. */
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
     * Minus infinity where a byte is 0, for a whole row of {@code DEPTH}, in place of what is there. In whole vectors
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
            IntVector hidden = entries.sub(1).lanewise(VectorOperators.ASHR, 31);
            FloatVector.fromArray(Lanes.FLOATS, rows, at + c).reinterpretAsInts()
                    .lanewise(VectorOperators.AND_NOT, hidden).or(hidden.and(MASKED)).reinterpretAsFloats()
                    .intoArray(rows, at + c);
        }
    }

    private static void hideSingly(byte[] visible, float[] rows, int at) {
        for (int c = 0; c < Lanes.DEPTH; c++) {
            int hidden = (visible[c] & 0xFF) - 1 >> 31;
            rows[at + c] = Float.intBitsToFloat(Float.floatToRawIntBits(rows[at + c]) & ~hidden | hidden & MASKED);
        }
    }
}
