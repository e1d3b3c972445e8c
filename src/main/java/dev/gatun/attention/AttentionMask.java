package dev.gatun.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.View;
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

    private final View view;

    private AttentionMask(View view) {
        this.view = view;
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
        return new AttentionMask(new View(segment, offset, 1, leading, rows, columns, batchStride, headStride, rowStride));
    }

    /** The number of batch entries, 1 if that dimension is absent. */
    public int batch() {
        return view.batch();
    }

    /** The number of heads of one batch entry, 1 if that dimension is absent. */
    public int heads() {
        return view.heads();
    }

    /** Queries, N. */
    public int rows() {
        return view.rows();
    }

    /** Keys, M. */
    public int columns() {
        return view.columns();
    }

    /** The memory this view lies in. */
    public MemorySegment segment() {
        return view.segment();
    }

    View view() {
        return view;
    }

    @Override
    public String toString() {
        return "AttentionMask[%s, %s, %s, %s]".formatted(batch(), heads(), rows(), columns());
    }
}
