package dev.gatun.internal.view;

import java.lang.foreign.MemorySegment;

/**
 * A view of {@code batch x heads} matrices of {@code rows x columns} entries in a segment. Strides are in entries: entry (i, j) of a
 * matrix lies {@code i * rowStride + j} entries after its first one.
 */
public class View {

    /** A thread that owns no arena, to ask what any thread may use. */
    private static final Thread NOBODY = Thread.ofPlatform().unstarted(() -> { });

    private final MemorySegment segment;
    private final long offset;
    private final int entryBytes;
    private final int batch;
    private final int heads;
    private final int rows;
    private final int columns;
    private final long batchStride;
    private final long headStride;
    private final long rowStride;

    /**
     * @param offset  bytes from the start of the segment to the first entry
     * @param leading the leading dimensions: {@code {}}, {@code {H}} or {@code {B, H}}
     * @throws IllegalArgumentException if a size is not positive, a stride is too short or the view does not fit in the segment
     */
    public View(MemorySegment segment, long offset, int entryBytes, int[] leading, int rows, int columns, long batchStride,
                long headStride, long rowStride) {
        Checks.view(leading, rows, columns, batchStride, headStride, rowStride);
        this.segment = segment;
        this.offset = offset;
        this.entryBytes = entryBytes;
        this.batch = leading.length == 2 ? leading[0] : 1;
        this.heads = leading.length == 0 ? 1 : leading[leading.length - 1];
        this.rows = rows;
        this.columns = columns;
        this.batchStride = batchStride;
        this.headStride = headStride;
        this.rowStride = rowStride;
        Checks.fits(segment, offset, entryBytes, batch, batchStride, heads, headStride, rows, rowStride, columns);
    }

    /** The memory that holds the entries. */
    public final MemorySegment segment() {
        return segment;
    }

    /** Bytes of an entry. */
    public final int entryBytes() {
        return entryBytes;
    }

    /** The number of batch entries. */
    public final int batch() {
        return batch;
    }

    /** The number of heads of one batch entry. */
    public final int heads() {
        return heads;
    }

    /** The number of matrices: {@code batch() * heads()}. */
    public final int count() {
        return batch * heads;
    }

    /** The rows of each matrix. */
    public final int rows() {
        return rows;
    }

    /** The columns of each matrix. */
    public final int columns() {
        return columns;
    }

    /** Entries from one row to the next. */
    public final long rowStride() {
        return rowStride;
    }

    /** Bytes from one row to the next. */
    public final long rowBytes() {
        return rowStride * entryBytes;
    }

    /** Bytes from the start of the segment to the first entry of matrix {@code index}, the head varying fastest. */
    public final long start(int index) {
        return offset + entryBytes * (index / heads * batchStride + index % heads * headStride);
    }

    /**
     * The matrix that serves head {@code index} of a tensor of {@code queryHeads} heads: consecutive heads share one, in groups of
     * {@code queryHeads / heads()} (grouped queries).
     */
    public final int grouped(int index, int queryHeads) {
        return grouped(index, queryHeads, heads);
    }

    /** {@link #grouped(int, int)} in a tensor of {@code heads} heads. */
    public static int grouped(int index, int queryHeads, int heads) {
        return index / queryHeads * heads + index % queryHeads / (queryHeads / heads);
    }

    /** The matrix that serves head {@code index} where a leading dimension of 1 serves all batch entries or all heads. */
    public final int broadcast(int index, int queryHeads) {
        return broadcast(index, queryHeads, batch, heads);
    }

    /** {@link #broadcast(int, int)} in a tensor of {@code batch x heads} matrices. */
    public static int broadcast(int index, int queryHeads, int batch, int heads) {
        return (batch == 1 ? 0 : index / queryHeads * heads) + (heads == 1 ? 0 : index % queryHeads);
    }

    /** Bytes from the start of the segment to the first entry of any matrix. */
    public final long begin() {
        return offset;
    }

    /** Bytes from the start of the segment to one past the last entry of any matrix. */
    public final long end() {
        return offset + entryBytes * ((batch - 1) * batchStride + (heads - 1) * headStride + (rows - 1) * rowStride + columns);
    }

    /** Whether rows lie within heads and heads within batch entries, so that no two matrices can share an entry. */
    public final boolean nested() {
        long matrix = Math.max(rows * rowStride, columns);
        long entry = heads == 1 ? matrix : heads * headStride;
        return (heads == 1 || headStride >= matrix) && (batch == 1 || batchStride >= entry);
    }

    /** Whether every thread may use the memory, rather than only the thread that owns its arena. */
    public final boolean openToAll() {
        return segment.isAccessibleBy(NOBODY);
    }

    @Override
    public String toString() {
        return "[%s, %s, %s, %s]".formatted(batch, heads, rows, columns);
    }
}
