package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A few rows of a cache, ready for {@link KeyProducts} and {@link ValueSums}. Their width is a multiple of {@link KeyProducts#CHAINS}.
 *
 * <p>Rows of such a width, in {@link StoredRows#plain plain} memory, are used in place after their cache lines have been fetched; float16
 * only if they are finite, and int8 only where a vector of float32 has eight lanes or more. All others are copied to plain memory, widened
 * to float32 and padded with zeros. Entries of int8 are those without their {@link #scales scales} in either case.
 */
final class FetchedRows {

    private static final int CACHE_LINE = 64;

    /** Bytes that are fetched at a time: they stay in a second-level cache until they are used. */
    private static final int FETCHED_BYTES = 65536;

    private final int columns;
    private final int width;
    private final int most;
    private final float[] widened;
    private final MemorySegment copy;
    private final double[] scales;
    private StoredRows rows;
    private int first;
    private int count;
    private StoredType type;
    private MemorySegment memory;
    private long start;
    private long rowBytes;
    private double largestScale;
    private int fetchedEnd;
    private int fetched;

    /** Scratch for up to {@code most} rows, a multiple of {@link KeyProducts#KEYS}, of {@code columns} entries. */
    FetchedRows(int most, int columns) {
        this.columns = columns;
        this.width = KeyProducts.width(columns);
        this.most = most;
        this.widened = new float[ArrayLength.of(most, width)];
        this.copy = Arena.ofAuto().allocate((long) Float.BYTES * widened.length, CACHE_LINE);
        this.scales = new double[most];
    }

    /** Prepares for rows from {@code from} on, in order, none of which has been fetched. */
    void begin(int from) {
        fetchedEnd = from;
    }

    /** The most rows that there can be. */
    int most() {
        return most;
    }

    /**
     * Loads {@code newCount} rows from {@code newFirst} on, which lie {@linkplain StoredRows#together together}; rows up to {@code end}
     * will follow.
     *
     * @param end    one past the last row of the pass
     * @param needed bit r for row {@code newFirst + r}: rows of zeros replace those that are not needed, whatever they hold; minus one if
     *               all are
     */
    void load(StoredRows newRows, int newFirst, int newCount, int end, int needed) {
        rows = newRows;
        first = newFirst;
        count = newCount;
        type = rows.type();
        boolean all = needed == -1;
        loadScales(needed);
        if (width != columns || !rows.plain() || !all || type == StoredType.INT8 && Lanes.FLOATS.length() < Stored.BYTES.length()) {
            copy(needed);
            return;
        }
        memory = rows.memory(first);
        start = rows.at(first);
        rowBytes = rows.rowBytes();
        if (first >= fetchedEnd) {
            fetch(end);
        }
        if (type == StoredType.FLOAT16 && !finite()) {
            copy(needed);
        }
    }

    /** Fetches rows that lie together, from the first that is loaded on. */
    private void fetch(int end) {
        int bytes = columns * type.bytes();
        int fetching = rows.together(first, Math.min(end - first, Math.max(count, FETCHED_BYTES / bytes)));
        fetchedEnd = first + fetching;
        if (rowBytes == bytes) {
            fetched |= Stored.fetch(memory, start, bytes * fetching);
            return;
        }
        for (int r = 0; r < fetching; r++) {
            fetched |= Stored.fetch(memory, start + rowBytes * r, bytes);
        }
    }

    /** Whether float16 rows are finite: the kernels widen no others. */
    private boolean finite() {
        if (rowBytes == (long) StoredType.FLOAT16.bytes() * width) {
            return Stored.finiteFloat16(memory, start, count * width);
        }
        boolean finite = true;
        for (int r = 0; r < count; r++) {
            finite &= Stored.finiteFloat16(memory, start + rowBytes * r, width);
        }
        return finite;
    }

    private void loadScales(int needed) {
        if (type == StoredType.INT8) {
            double largest = 0;
            for (int r = 0; r < count; r++) {
                scales[r] = (needed >>> r & 1) == 0 && needed != -1 ? 0 : rows.scale(first + r);
                largest = Math.max(largest, Math.abs(scales[r]));
            }
            largestScale = largest;
        } else if (!(largestScale == 1)) {
            Arrays.fill(scales, 1);
            largestScale = 1;
        }
    }

    /** Drops the reference to the loaded rows. */
    void release() {
        rows = null;
        memory = null;
    }

    /** Widens the loaded rows to float32, int8 without their scales, if they are not. */
    void widen() {
        if (type != StoredType.FLOAT32) {
            copy(-1);
        }
    }

    private void copy(int needed) {
        type = StoredType.FLOAT32;
        memory = copy;
        start = 0;
        rowBytes = (long) Float.BYTES * width;
        Stored.widenEntries(rows, first, count, columns, widened, width);
        for (int r = 0; r < count && needed != -1; r++) {
            if ((needed >>> r & 1) == 0) {
                Arrays.fill(widened, r * width, r * width + columns, 0f);
            }
        }
        MemorySegment.copy(widened, 0, copy, ValueLayout.JAVA_FLOAT, 0, count * width);
    }

    /** How the loaded rows are stored, widened or not. */
    StoredType type() {
        return type;
    }

    /** The factors of the loaded rows. */
    double[] scales() {
        return scales;
    }

    /** The largest magnitude of these. */
    double largestScale() {
        return largestScale;
    }

    int width() {
        return width;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Bytes from the start of the segment to the first row. */
    long start() {
        return start;
    }

    /** Bytes from one row to the next. */
    long rowBytes() {
        return rowBytes;
    }
}
