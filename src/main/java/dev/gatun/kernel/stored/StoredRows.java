package dev.gatun.kernel.stored;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** The place, stride and {@link StoredType type} of the stored rows of one head of a tensor, bound anew at each call. */
public final class StoredRows {

    /** Floats widened at a time in a pass over all rows: a quarter of the first-level cache. */
    private static final int CHUNK = 2048;
    private static final int MIN_CHUNK_ROWS = 16;

    private StoredType type;
    private MemorySegment memory;
    private long start;
    private long rowBytes;
    private PageRuns pages;
    private int head;
    private int[] table;
    private int firstPage;
    private MemorySegment scales;
    private long scalesStart;
    private long scaleBytes;
    private PageRuns scalePages;
    private float[] all;
    private boolean allRead;
    private boolean borrowed;

    /** Rows of an array, one after the other. */
    public static StoredRows of(float[] entries, int columns) {
        StoredRows rows = new StoredRows();
        rows.bind(entries, columns);
        return rows;
    }

    /** Binds the rows of an array, one after the other. */
    public void bind(float[] entries, int columns) {
        MemorySegment same = borrowed && all == entries ? memory : MemorySegment.ofArray(entries);
        bind(StoredType.FLOAT32, same, 0, (long) Float.BYTES * columns);
        all = entries;
        allRead = true;
        borrowed = true;
    }

    /**
     * Binds other rows.
     *
     * @param newStart    bytes from the start of the segment to the first row
     * @param newRowBytes bytes from one row to the next
     */
    public void bind(StoredType newType, MemorySegment newMemory, long newStart, long newRowBytes) {
        type = newType;
        memory = newMemory;
        start = newStart;
        rowBytes = newRowBytes;
        pages = null;
        table = null;
        allRead = false;
        if (borrowed) {
            all = null;
            borrowed = false;
        }
    }

    /**
     * Binds the rows of one head in pages: row i is in page {@code newTable[first + i / T]} of T rows.
     *
     * @param newTable valid page numbers, which stay as they are while the rows are read
     */
    public void bindPages(StoredType newType, PageRuns newPages, int newHead, int[] newTable, int first) {
        bind(newType, null, 0, newPages.rowBytes());
        pages = newPages;
        head = newHead;
        table = newTable;
        firstPage = first;
    }

    /**
     * Binds the scales of {@link StoredType#INT8} rows, float32, after the rows.
     *
     * @param newStart bytes from the start of the segment to the scale of the first row
     * @param newBytes bytes from one scale to the next
     */
    public void bindScales(MemorySegment newScales, long newStart, long newBytes) {
        scales = newScales;
        scalesStart = newStart;
        scaleBytes = newBytes;
    }

    /** Binds the scales of {@link StoredType#INT8} rows in pages, which lie in pages of the same numbers. */
    public void bindScales(PageRuns newPages) {
        scalePages = newPages;
    }

    /** Drops the reference to bound rows; they must be bound again before they are read. */
    public void release() {
        if (!borrowed) {
            memory = null;
            pages = null;
            table = null;
            scales = null;
            scalePages = null;
            allRead = false;
        }
    }

    /** Rows of {@code columns} entries in a chunk: a power of two that divides {@link Lanes#BLOCK}. */
    public static int chunkRows(int columns) {
        return Math.clamp(Integer.highestOneBit(Math.max(CHUNK / columns, 1)), MIN_CHUNK_ROWS, Lanes.BLOCK);
    }

    /** Scratch for a chunk of rows of up to {@code columns} entries. */
    public static float[] chunk(int columns) {
        return new float[Math.max(CHUNK, ArrayLength.of(MIN_CHUNK_ROWS, columns))];
    }

    /**
     * Whether the rows are in native memory that is not mapped from a file. Loops that load vectors from segments take no other kind: after
     * they had met a second one, their compiled code was up to four times slower.
     */
    public boolean plain() {
        return pages == null ? memory.isNative() && !memory.isMapped() : pages.plain();
    }

    /** Whether loops may load vectors of float32 from the rows' memory. */
    public boolean loadable() {
        return type == StoredType.FLOAT32 && plain();
    }

    /** Widens rows {@code first .. first + count - 1} to float32, row after row. */
    public void read(int first, int count, int columns, float[] entries) {
        Stored.widen(this, first, count, columns, entries, columns);
    }

    /**
     * All rows, widened to float32, row after row: for passes in float64 and for repeated reads.
     *
     * @param most the largest number of rows of a later call, for which memory is allocated
     */
    public float[] all(int rows, int columns, int most) {
        if (!allRead) {
            if (all == null || all.length < most * columns) {
                all = new float[ArrayLength.of(most, columns)];
            }
            read(0, rows, columns, all);
            allRead = true;
        }
        return all;
    }

    /**
     * Binds a copy of other rows in which the first needed row replaces those that are not needed; zeros if none is needed.
     *
     * @param most   the largest number of rows of a later call, for which memory is allocated
     * @param needed whether each of {@code count} rows is needed
     */
    public void copyNeeded(StoredRows rows, int count, int columns, int most, boolean[] needed) {
        float[] copy = borrowed && all.length == most * columns ? all : new float[ArrayLength.of(most, columns)];
        rows.read(0, count, columns, copy);
        int first = 0;
        while (first < count && !needed[first]) {
            first++;
        }
        for (int i = 0; i < count; i++) {
            if (first == count) {
                Arrays.fill(copy, i * columns, (i + 1) * columns, 0f);
            } else if (!needed[i]) {
                System.arraycopy(copy, first * columns, copy, i * columns, columns);
            }
        }
        bind(copy, columns);
    }

    /** The largest magnitude of an entry; infinite or NaN if and only if not all are finite. */
    public float largest(int rows, int columns, float[] chunk) {
        float largest = 0;
        int step = chunkRows(columns);
        for (int i = 0; i < rows; i += step) {
            int count = Math.min(step, rows - i);
            read(i, count, columns, chunk);
            largest = Math.max(largest, FiniteScan.largest(chunk, count * columns));
        }
        return largest;
    }

    /** How the entries are stored. */
    public StoredType type() {
        return type;
    }

    /** The segment of rows that are not in pages. */
    public MemorySegment memory() {
        return memory;
    }

    /** The segment of row {@code i}. */
    public MemorySegment memory(int i) {
        return pages == null ? memory : pages.memory(page(i));
    }

    /** Bytes from the start of its segment to row {@code i}. */
    public long at(int i) {
        return pages == null ? start + rowBytes * i : pages.start(page(i), head) + rowBytes * (i % pages.pageRows());
    }

    /** The factor of the entries of row {@code i}: 1 but for {@link StoredType#INT8}. */
    public float scale(int i) {
        if (type != StoredType.INT8) {
            return 1;
        }
        if (pages == null) {
            return scales.get(ValueLayout.JAVA_FLOAT_UNALIGNED, scalesStart + scaleBytes * i);
        }
        long at = scalePages.start(page(i), head) + scalePages.rowBytes() * (i % scalePages.pageRows());
        return scalePages.memory(page(i)).get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
    }

    private int page(int i) {
        return table[firstPage + i / pages.pageRows()];
    }

    /** How many of the {@code count} rows from row {@code i} on lie in one page, {@link #rowBytes} apart. */
    public int together(int i, int count) {
        return pages == null ? count : Math.min(count, pages.pageRows() - i % pages.pageRows());
    }

    /** Bytes from one row to the next. */
    public long rowBytes() {
        return rowBytes;
    }
}
