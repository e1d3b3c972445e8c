package dev.gatun;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Which keys each query of a call of attention sees: a view of one byte for each pair of a query and a key inside a
 * {@link MemorySegment}, of shape {@code (N, M)}, {@code (H, N, M)} or {@code (B, H, N, M)}. Any byte but 0 is visible.
 *
 * <p>A leading dimension that is absent counts as 1, and one of 1 serves all heads or all batch entries of the call.
 * Strides are in entries, which are bytes. The view owns nothing.
 */
public final class AttentionMask {

    private final MemorySegment segment;
    private final long offset;
    private final int batch;
    private final int heads;
    private final int rows;
    private final int columns;
    private final long batchStride;
    private final long headStride;
    private final long rowStride;

    private AttentionMask(MemorySegment segment, long offset, int[] leading, int rows, int columns, long batchStride,
                          long headStride, long rowStride) {
        this.segment = segment;
        this.offset = offset;
        this.batch = leading.length == 2 ? leading[0] : 1;
        this.heads = leading.length == 0 ? 1 : leading[leading.length - 1];
        this.rows = rows;
        this.columns = columns;
        this.batchStride = batchStride;
        this.headStride = headStride;
        this.rowStride = rowStride;
    }

    /**
     * The view of a dense mask, keys fastest.
     *
     * @param offset bytes from the start of the segment to the first entry
     * @param shape  {@code (N, M)}, {@code (H, N, M)} or {@code (B, H, N, M)}
     * @throws IllegalArgumentException if the shape has another number of dimensions, a dimension is not positive or
     *                                  the mask does not fit in the segment
     */
    public static AttentionMask of(MemorySegment segment, long offset, int... shape) {
        Checks.shape(shape);
        Checks.entries(shape);
        int[] leading = Arrays.copyOf(shape, shape.length - 2);
        int rows = shape[shape.length - 2];
        int columns = shape[shape.length - 1];
        long headStride = (long) rows * columns;
        int heads = leading.length == 0 ? 1 : leading[leading.length - 1];
        return strided(segment, offset, leading, rows, columns, heads * headStride, headStride, columns);
    }

    /**
     * A view with strides of its own.
     *
     * @param leading     the leading dimensions: {@code {}}, {@code {H}} or {@code {B, H}}
     * @param rows        queries, N
     * @param columns     keys, M
     * @param batchStride entries from one batch entry to the next
     * @param headStride  entries from one head to the next
     * @param rowStride   entries from one query to the next, at least {@code columns}
     * @throws IllegalArgumentException as above
     */
    public static AttentionMask strided(MemorySegment segment, long offset, int[] leading, int rows, int columns,
                                        long batchStride, long headStride, long rowStride) {
        Checks.given(segment, "the segment of a mask");
        Checks.view(leading, rows, columns, batchStride, headStride, rowStride);
        AttentionMask mask = new AttentionMask(segment, offset, leading, rows, columns, batchStride, headStride,
                rowStride);
        Checks.fits(segment, offset, 1, mask.batch, batchStride, mask.heads, headStride, rows, rowStride, columns);
        return mask;
    }

    /** The number of batch entries, 1 if that dimension is absent. */
    public int batch() {
        return batch;
    }

    /** The number of heads of one batch entry, 1 if that dimension is absent. */
    public int heads() {
        return heads;
    }

    /** Queries, N. */
    public int rows() {
        return rows;
    }

    /** Keys, M. */
    public int columns() {
        return columns;
    }

    /** The memory this view lies in. */
    public MemorySegment segment() {
        return segment;
    }

    /** Bytes from the start of the segment to the first entry of what serves head {@code head} of a batch entry. */
    long start(int entry, int head) {
        return offset + (batch == 1 ? 0 : entry * batchStride) + (heads == 1 ? 0 : head * headStride);
    }

    /** Bytes from the start of the segment to the first entry. */
    long begin() {
        return offset;
    }

    /** Bytes from the start of the segment to one past the last entry. */
    long end() {
        return offset + (batch - 1) * batchStride + (heads - 1) * headStride + (rows - 1) * rowStride + columns;
    }

    long rowStride() {
        return rowStride;
    }

    /** Whether every thread may use the memory, not the one alone that owns its arena. */
    boolean openToAll() {
        return Heads.openToAll(segment);
    }

    @Override
    public String toString() {
        return "AttentionMask[%s, %s, %s, %s]".formatted(batch, heads, rows, columns);
    }
}
