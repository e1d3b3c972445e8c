package dev.gatun;

import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.ArrayLength;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A float32 matrix: a view of {@code rows x columns} entries inside a {@link MemorySegment}.
 *
 * <p>Entry {@code (i, j)} lies at byte {@code offset + 4 (i * rowStride + j)}, in the native byte order and at any
 * alignment. The view owns nothing: the segment lives as long as its arena, and may be native, mapped or on the heap.
 */
public final class Matrix {

    /** One entry: float32, native byte order, any alignment. */
    static final ValueLayout.OfFloat ENTRY = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    private static final long CACHE_LINE = 64;

    private final MemorySegment segment;
    private final long offset;
    private final int rows;
    private final int columns;
    private final long rowStride;

    private Matrix(MemorySegment segment, long offset, int rows, int columns, long rowStride) {
        this.segment = segment;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.rowStride = rowStride;
    }

    /**
     * A new matrix of zeros, rows one after the other, 64-byte aligned, that lives as long as {@code arena}.
     *
     * @param arena   the arena of the memory
     * @param rows    N, at least 1
     * @param columns the entries of a row, at least 1
     * @return zeros
     */
    public static Matrix allocate(Arena arena, int rows, int columns) {
        Checks.positive(rows, "rows");
        Checks.positive(columns, "columns");
        MemorySegment memory = arena.allocate(Float.BYTES * Checks.entries(rows, columns), CACHE_LINE);
        return new Matrix(memory, 0, rows, columns, columns);
    }

    /**
     * A view of the whole of {@code segment}'s start, rows one after the other.
     *
     * @param segment native or heap memory of the entries
     * @param rows    N, at least 1
     * @param columns the entries of a row, at least 1
     * @return a view
     */
    public static Matrix of(MemorySegment segment, int rows, int columns) {
        return of(segment, 0, rows, columns, columns);
    }

    /**
     * A view of part of a segment.
     *
     * @param segment   native or heap memory of the entries
     * @param offset    bytes from the start of the segment to entry (0, 0)
     * @param rows      N, at least 1
     * @param columns   the entries of a row, at least 1
     * @param rowStride entries from the start of a row to the start of the next, at least {@code columns}
     * @return a view
     * @throws IllegalArgumentException if a size is not positive or the view does not fit in the segment
     */
    public static Matrix of(MemorySegment segment, long offset, int rows, int columns, long rowStride) {
        Checks.given(segment, "the segment of a matrix");
        Checks.positive(rows, "rows");
        Checks.positive(columns, "columns");
        Checks.stride(rowStride, columns, "row stride");
        Checks.fits(segment, offset, rows, rowStride, columns);
        return new Matrix(segment, offset, rows, columns, rowStride);
    }

    /**
     * A copy of {@code entries} ({@code rows x columns}, row after row) in {@code arena}.
     *
     * @param arena   the arena of the memory
     * @param entries row after row
     * @param rows    N, at least 1
     * @param columns the entries of a row, at least 1
     * @return the copy
     */
    public static Matrix copyOf(Arena arena, float[] entries, int rows, int columns) {
        if (entries.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    "%s entries given for a %s x %s matrix".formatted(entries.length, rows, columns));
        }
        Matrix matrix = allocate(arena, rows, columns);
        MemorySegment.copy(entries, 0, matrix.segment, ValueLayout.JAVA_FLOAT, 0, entries.length);
        return matrix;
    }

    /** {@return the number of rows} */
    public int rows() {
        return rows;
    }

    /** {@return the number of columns} */
    public int columns() {
        return columns;
    }

    /**
     * Entries from the start of one row to the start of the next.
     *
     * @return entries from a row to the next
     */
    public long rowStride() {
        return rowStride;
    }

    /** {@return the memory this view lies in} */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Bytes from the start of {@link #segment()} to entry (0, 0).
     *
     * @return bytes before the first entry
     */
    public long offset() {
        return offset;
    }

    /**
     * The entry at row {@code i}, column {@code j}.
     *
     * @param i the row
     * @param j the column
     * @return the entry
     */
    public float get(int i, int j) {
        return segment.get(ENTRY, position(i, j));
    }

    /**
     * Sets the entry at row {@code i}, column {@code j}.
     *
     * @param i     the row
     * @param j     the column
     * @param value the entry
     */
    public void set(int i, int j, float value) {
        segment.set(ENTRY, position(i, j), value);
    }

    /**
     * The view of {@code count} rows from row {@code first} on.
     *
     * @param first the first row
     * @param count how many
     * @return a view
     */
    public Matrix rows(int first, int count) {
        Checks.range(first, count, rows, "rows");
        return new Matrix(segment, position(first, 0), count, columns, rowStride);
    }

    /**
     * The view of {@code count} columns from column {@code first} on.
     *
     * @param first the first column
     * @param count how many
     * @return a view
     */
    public Matrix columns(int first, int count) {
        Checks.range(first, count, columns, "columns");
        return new Matrix(segment, position(0, first), rows, count, rowStride);
    }

    /**
     * A copy of the entries, row after row.
     *
     * @return a copy
     * @throws IllegalArgumentException if there are more than an array holds, as a view of a large file may have
     */
    public float[] toArray() {
        float[] entries = new float[ArrayLength.of(rows, columns)];
        copyTo(entries);
        return entries;
    }

    /**
     * Copies the entries, row after row, to the beginning of {@code entries}.
     *
     * @param entries receives {@code rows() * columns()} entries
     * @throws IllegalArgumentException if the array is shorter than that
     */
    public void copyTo(float[] entries) {
        if (entries.length < (long) rows * columns) {
            throw new IllegalArgumentException(
                    "an array of %s entries has no room for a %s x %s matrix".formatted(entries.length, rows, columns));
        }
        for (int i = 0; i < rows; i++) {
            MemorySegment.copy(segment, ENTRY, position(i, 0), entries, i * columns, columns);
        }
    }

    /** Sets all entries, row after row. */
    void set(float[] entries) {
        set(entries, 0, rows);
    }

    /** Sets {@code count} rows from row {@code first} on. */
    void set(float[] entries, int first, int count) {
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(entries, i * columns, segment, ENTRY, position(first + i, 0), columns);
        }
    }

    @Override
    public String toString() {
        return "Matrix[" + rows + " x " + columns + "]";
    }

    private long position(int i, int j) {
        if (i < 0 || i >= rows || j < 0 || j >= columns) {
            throw new IndexOutOfBoundsException(
                    "entry (%s, %s) of a %s x %s matrix".formatted(i, j, rows, columns));
        }
        return offset + Float.BYTES * (i * rowStride + j);
    }
}
