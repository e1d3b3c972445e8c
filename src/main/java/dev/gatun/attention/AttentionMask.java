package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A mask of pairs of queries and keys: a view of one byte for each pair inside a {@link MemorySegment}, of shape {@code (N, M)},
 * {@code (H, N, M)} or {@code (B, H, N, M)}. A byte of 0 hides its pair from the query; any other byte shows it.
 *
 * <p>A leading dimension that is absent counts as 1. A leading dimension of 1 serves all heads or all batch entries of the call, and a
 * single row all queries: {@code (B, 1, 1, M)} hides padding. So do strides of 0, which are in entries, that is in bytes. The view does
 * not own its memory.
 */
public final class AttentionMask {

    private final View view;

    private AttentionMask(View view) {
        this.view = view;
    }

    /**
     * Creates the view of a dense mask, keys fastest.
     *
     * @param segment the memory
     * @param offset  bytes from the start of the segment to the first entry
     * @param shape   {@code (N, M)}, {@code (H, N, M)} or {@code (B, H, N, M)}
     * @return the view
     * @throws IllegalArgumentException if the shape has another number of dimensions, a dimension is not positive or the mask does
     *                                  not fit in the segment
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
     * Creates a view with given strides.
     *
     * @param segment     the memory
     * @param offset      bytes from the start of the segment to the first entry
     * @param leading     the leading dimensions: {@code {}}, {@code {H}} or {@code {B, H}}
     * @param rows        queries, N
     * @param columns     keys, M
     * @param batchStride entries from one batch entry to the next
     * @param headStride  entries from one head to the next
     * @param rowStride   entries from one query to the next, at least {@code columns}; or 0, so that all queries have the same row
     * @return the view
     * @throws IllegalArgumentException if a dimension is not positive, a stride is too short or the mask does not fit in the segment
     */
    public static AttentionMask strided(MemorySegment segment, long offset, int[] leading, int rows, int columns,
                                        long batchStride, long headStride, long rowStride) {
        Checks.given(segment, "the segment of a mask");
        return new AttentionMask(new View(segment, offset, 1, leading, rows, columns, batchStride, headStride, rowStride));
    }

    /**
     * The number of batch entries; 1 if that dimension is absent.
     *
     * @return {@code B}
     */
    public int batch() {
        return view.batch();
    }

    /**
     * The number of heads of a batch entry; 1 if that dimension is absent.
     *
     * @return {@code H}
     */
    public int heads() {
        return view.heads();
    }

    /**
     * The number of queries.
     *
     * @return {@code N}
     */
    public int rows() {
        return view.rows();
    }

    /**
     * The number of keys.
     *
     * @return {@code M}
     */
    public int columns() {
        return view.columns();
    }

    /**
     * The memory of the entries.
     *
     * @return the segment that the view was created on
     */
    public MemorySegment segment() {
        return view.segment();
    }

    /** The view behind a mask; null for null. */
    static View viewOf(AttentionMask mask) {
        return mask == null ? null : mask.view;
    }

    @Override
    public String toString() {
        return "AttentionMask" + view;
    }
}
