package dev.gatun.kernel.pack;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Where the rows of one head of a tensor lie, and how their entries are stored. Bound anew at each call. */
public final class StoredRows {

    /** Floats that are widened at a time for a pass over all rows: a quarter of the first cache. */
    private static final int CHUNK = 2048;
    private static final int MIN_CHUNK_ROWS = 16;

    private StoredType type;
    private MemorySegment memory;
    private long start;
    private long rowBytes;
    private float[] whole;
    private boolean wholeRead;
    private boolean borrowed;

    /** Rows of an array, one after the other. */
    public static StoredRows of(float[] entries, int columns) {
        StoredRows rows = new StoredRows();
        rows.bind(entries, columns);
        return rows;
    }

    /** Takes the rows of an array, as {@link #of} does. */
    void bind(float[] entries, int columns) {
        MemorySegment same = borrowed && whole == entries ? memory : MemorySegment.ofArray(entries);
        bind(StoredType.FLOAT32, same, 0, (long) Float.BYTES * columns);
        whole = entries;
        wholeRead = true;
        borrowed = true;
    }

    /**
     * Takes other rows.
     *
     * @param newStart    bytes from the start of the segment to the first row
     * @param newRowBytes bytes from one row to the next
     */
    public void bind(StoredType newType, MemorySegment newMemory, long newStart, long newRowBytes) {
        type = newType;
        memory = newMemory;
        start = newStart;
        rowBytes = newRowBytes;
        wholeRead = false;
        if (borrowed) {
            whole = null;
            borrowed = false;
        }
    }

    /** Lets go of rows that were bound: they must be bound again before they are read. */
    public void release() {
        if (!borrowed) {
            memory = null;
            wholeRead = false;
        }
    }

    /** How many rows of {@code columns} entries make a chunk: a power of two, of which {@link Lanes#BLOCK} is a multiple. */
    static int chunkRows(int columns) {
        return Math.clamp(Integer.highestOneBit(Math.max(CHUNK / columns, 1)), MIN_CHUNK_ROWS, Lanes.BLOCK);
    }

    /** Scratch for a chunk of rows of up to {@code columns} entries. */
    public static float[] chunk(int columns) {
        return new float[Math.max(CHUNK, ArrayLength.of(MIN_CHUNK_ROWS, columns))];
    }

    /**
     * Whether these lie in native memory that is not mapped from a file. Loops that read vectors from memory take no other
     * kind: once they had met a second one, the code that the compiler made for them was up to four times slower.
     */
    public boolean plain() {
        return memory.isNative() && !memory.isMapped();
    }

    /** Rows {@code first .. first + count - 1}, widened, row after row. */
    void read(int first, int count, int columns, float[] entries) {
        Stored.widen(this, first, count, columns, entries, columns);
    }

    /** All rows, widened, row after row: for passes that need double precision, or read them over and over. */
    float[] whole(int rows, int columns) {
        if (!wholeRead) {
            if (whole == null || whole.length != rows * columns) {
                whole = new float[ArrayLength.of(rows, columns)];
            }
            read(0, rows, columns, whole);
            wholeRead = true;
        }
        return whole;
    }

    /**
     * Takes a copy of other rows, with copies of the first that is needed in place of those that are not; zeros if none is.
     *
     * @param needed one for each of {@code count} rows
     */
    void copyNeeded(StoredRows rows, int count, int columns, boolean[] needed) {
        float[] copy = borrowed && whole.length == count * columns ? whole : new float[ArrayLength.of(count, columns)];
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

    public StoredType type() {
        return type;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Bytes from the start of the segment to row {@code i}. */
    public long at(int i) {
        return start + rowBytes * i;
    }

    public long rowBytes() {
        return rowBytes;
    }
}
