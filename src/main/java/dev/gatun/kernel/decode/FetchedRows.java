package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
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
 * <p>Rows of such a width, of float32 or bfloat16 in {@link StoredRows#plain plain} memory, are used in place after their cache lines have
 * been fetched. All others are copied to such memory, widened to float32 and padded with zeros.
 */
final class FetchedRows {

    /** Bytes of a page: rows are fetched about a page at a time. */
    private static final int PAGE = 4096;

    private static final int CACHE_LINE = 64;

    private final int columns;
    private final int width;
    private final float[] widened;
    private final MemorySegment copy;
    private StoredRows rows;
    private int first;
    private boolean bfloat16;
    private MemorySegment memory;
    private long start;
    private long rowBytes;
    private int fetchedEnd;
    private int fetched;

    /** Scratch for {@link KeyProducts#KEYS} rows of {@code columns} entries. */
    FetchedRows(int columns) {
        this.columns = columns;
        this.width = KeyProducts.width(columns);
        this.widened = new float[ArrayLength.of(KeyProducts.KEYS, width)];
        this.copy = Arena.ofAuto().allocate((long) Float.BYTES * widened.length, CACHE_LINE);
    }

    /** Prepares for rows from {@code from} on, in order, none of which has been fetched. */
    void begin(int from) {
        fetchedEnd = from;
    }

    /**
     * Loads {@code count} rows from {@code newFirst} on, which lie in one page; rows up to {@code end} will follow.
     *
     * @param needed bit r for row {@code newFirst + r}: rows of zeros replace those that are not needed, whatever they hold
     */
    void load(StoredRows newRows, int newFirst, int count, int end, int needed) {
        rows = newRows;
        first = newFirst;
        boolean all = needed == (1 << count) - 1;
        boolean inPlace = width == columns && rows.plain() && all;
        bfloat16 = inPlace && rows.type() == StoredType.BFLOAT16;
        if (!bfloat16 && !(inPlace && rows.type() == StoredType.FLOAT32)) {
            copy(count, needed);
            return;
        }
        memory = rows.memory(first);
        start = rows.at(first);
        rowBytes = rows.rowBytes();
        if (first >= fetchedEnd) {
            fetch(rows.together(first, Math.min(end - first, Math.max(count, PAGE / (columns * rows.type().bytes())))));
        }
    }

    /** Drops the reference to the loaded rows. */
    void release() {
        rows = null;
        memory = null;
    }

    /** Widens the {@code count} loaded rows to float32, if they are bfloat16. */
    void widen(int count) {
        if (bfloat16) {
            bfloat16 = false;
            copy(count, (1 << count) - 1);
        }
    }

    private void copy(int count, int needed) {
        memory = copy;
        start = 0;
        rowBytes = (long) Float.BYTES * width;
        Stored.widen(rows, first, count, columns, widened, width);
        for (int r = 0; r < count; r++) {
            if ((needed >>> r & 1) == 0) {
                Arrays.fill(widened, r * width, r * width + columns, 0f);
            }
        }
        MemorySegment.copy(widened, 0, copy, ValueLayout.JAVA_FLOAT, 0, count * width);
    }

    private void fetch(int count) {
        long bytes = (long) columns * rows.type().bytes();
        fetchedEnd = first + count;
        if (rowBytes == bytes) {
            fetched |= Stored.fetch(memory, start, bytes * count);
            return;
        }
        for (int r = 0; r < count; r++) {
            fetched |= Stored.fetch(memory, start + rowBytes * r, bytes);
        }
    }

    /** Whether the rows are bfloat16 rather than float32. */
    boolean bfloat16() {
        return bfloat16;
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
