package dev.gatun;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.view.VectorApi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The matrices of one tensor, one for each head of each batch entry: a view of shape {@code (N, d)}, {@code (H, N, d)}
 * or {@code (B, H, N, d)} inside a {@link MemorySegment}.
 *
 * <p>A leading dimension that is absent counts as 1, so that every tensor has {@code batch() x heads()} matrices of
 * {@code rows() x columns()} entries. Entries are float32 unless an {@link ElementType} is given: plans of attention
 * take queries, keys and values of any type, all else takes float32 alone. Strides are in entries. The view owns nothing.
 */
public final class Heads {

    private static final long CACHE_LINE = 64;

    static {
        TensorView.OF_HEADS.cut(heads -> ((Heads) heads).view);
    }

    private final TensorView view;
    private final ElementType type;

    private Heads(TensorView view, ElementType type) {
        this.view = view;
        this.type = type;
    }

    /**
     * One head.
     *
     * @param matrix the one head
     * @return a view
     */
    public static Heads of(Matrix matrix) {
        Checks.given(matrix, "the matrix");
        return strided(matrix.segment(), matrix.offset(), new int[0], matrix.rows(), matrix.columns(), 0, 0, matrix.rowStride());
    }

    /**
     * The view of a dense float32 tensor, last dimension fastest.
     *
     * @param segment native or heap memory of the entries
     * @param offset  bytes from the start of the segment to the first entry
     * @param shape   {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}
     * @return a view
     * @throws IllegalArgumentException if the shape has another number of dimensions, a dimension is not positive or
     *                                  the tensor does not fit in the segment
     */
    public static Heads of(MemorySegment segment, long offset, int... shape) {
        return of(segment, offset, ElementType.FLOAT32, shape);
    }

    /**
     * As above, of entries stored as {@code type}.
     *
     * @param segment native or heap memory of the entries
     * @param offset  bytes before the first entry
     * @param type    how entries are stored
     * @param shape   {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}
     * @return a view
     */
    public static Heads of(MemorySegment segment, long offset, ElementType type, int... shape) {
        Checks.shape(shape);
        int rows = shape[shape.length - 2];
        int columns = shape[shape.length - 1];
        int[] leading = Arrays.copyOf(shape, shape.length - 2);
        Checks.entries(shape);
        long headStride = (long) rows * columns;
        int heads = leading.length == 0 ? 1 : leading[leading.length - 1];
        return strided(segment, offset, type, leading, rows, columns, heads * headStride, headStride, columns);
    }

    /**
     * A float32 view with its own strides, for tensors whose heads are interleaved or padded.
     *
     * @param segment     native or heap memory of the entries
     * @param offset      bytes before the first entry
     * @param leading     the leading dimensions: {@code {}}, {@code {H}} or {@code {B, H}}
     * @param rows        rows of each matrix
     * @param columns     columns of each matrix
     * @param batchStride entries from one batch entry to the next
     * @param headStride  entries from one head to the next
     * @param rowStride   entries from one row to the next, at least {@code columns}; or 0, so that all rows are the same memory, in a
     *                    tensor that is only read
     * @return a view
     */
    public static Heads strided(MemorySegment segment, long offset, int[] leading, int rows, int columns,
                                long batchStride, long headStride, long rowStride) {
        return strided(segment, offset, ElementType.FLOAT32, leading, rows, columns, batchStride, headStride,
                rowStride);
    }

    /**
     * As above, of entries stored as {@code type}; strides are in entries of that type.
     *
     * @param segment     native or heap memory of the entries
     * @param offset      bytes before the first entry
     * @param type        how entries are stored
     * @param leading     the dimensions before the matrices: none, {@code H} or {@code B, H}
     * @param rows        rows of each matrix
     * @param columns     columns of each matrix
     * @param batchStride entries from a batch entry to the next
     * @param headStride  entries from a head to the next
     * @param rowStride   entries from a row to the next
     * @return a view
     */
    public static Heads strided(MemorySegment segment, long offset, ElementType type, int[] leading, int rows,
                                int columns, long batchStride, long headStride, long rowStride) {
        Checks.given(segment, "the segment of a tensor");
        return new Heads(new TensorView(segment, offset, type.stored(), leading, rows, columns, batchStride, headStride, rowStride),
                type);
    }

    /**
     * A new dense float32 tensor of zeros, 64-byte aligned, that lives as long as {@code arena}.
     *
     * @param arena the arena of the memory
     * @param shape {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}
     * @return zeros
     */
    public static Heads allocate(Arena arena, int... shape) {
        Checks.shape(shape);
        Checks.leading(Arrays.copyOf(shape, shape.length - 2));
        MemorySegment memory = arena.allocate(Float.BYTES * Checks.entries(shape), CACHE_LINE);
        return of(memory, 0, shape);
    }

    /** {@return how entries are stored} */
    public ElementType type() {
        return type;
    }

    /** {@return the number of batch entries, 1 if that dimension is absent} */
    public int batch() {
        return view.batch();
    }

    /** {@return the number of heads of one batch entry, 1 if that dimension is absent} */
    public int heads() {
        return view.heads();
    }

    /** {@return the number of matrices: {@code batch() * heads()}} */
    public int count() {
        return view.count();
    }

    /** {@return the rows of each matrix} */
    public int rows() {
        return view.rows();
    }

    /** {@return the columns of each matrix} */
    public int columns() {
        return view.columns();
    }

    /** {@return the leading dimensions as given: {@code {}}, {@code {H}} or {@code {B, H}}} */
    public int[] leading() {
        return view.leading();
    }

    /** {@return the whole shape, leading dimensions first} */
    public int[] shape() {
        return view.shape();
    }

    /**
     * The leading dimensions of this tensor followed by {@code trailing}.
     *
     * @param trailing the dimensions in place of rows and columns
     * @return the leading dimensions, then these
     */
    public int[] shapeWith(int... trailing) {
        return view.shapeWith(trailing);
    }

    /**
     * The matrix of head {@code head} of batch entry {@code batch}.
     *
     * @param batch the batch entry
     * @param head  the head
     * @return a view of it
     * @throws IllegalArgumentException if entries are not float32
     */
    public Matrix matrix(int batch, int head) {
        Checks.float32(view, "the tensor of this matrix");
        Checks.index(batch, batch(), "batch entry");
        Checks.index(head, heads(), "head");
        return Matrix.of(segment(), view.start(batch * heads() + head), rows(), columns(), view.rowStride());
    }

    /**
     * The matrix at {@code index} in {@code 0 .. count() - 1}, the head varying fastest.
     *
     * @param index in {@code 0 .. count() - 1}
     * @return a view of it
     */
    public Matrix matrix(int index) {
        return matrix(index / heads(), index % heads());
    }

    TensorView view() {
        return view;
    }

    /** {@return the memory this view lies in} */
    public MemorySegment segment() {
        return view.segment();
    }

    /**
     * Checks every entry, as {@link Scores} and the operators do at their door, for callers that have a better name for
     * this tensor than {@code q}, {@code k} or {@code v}.
     *
     * @param name what begins the message
     * @throws IllegalArgumentException if an entry is infinite or NaN, the message says which; or if entries are not
     *                                  float32
     * @throws IllegalStateException    if the JVM has no vectors for the kernels, or the segment is closed
     */
    public void requireFinite(String name) {
        VectorApi.require();
        Checks.readable(view, name);
    }

    @Override
    public String toString() {
        return view.toString();
    }
}
