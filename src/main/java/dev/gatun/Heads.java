package dev.gatun;

import dev.gatun.kernel.pack.Stored;
import dev.gatun.kernel.pack.StoredRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;

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

    /** A thread that owns no arena. */
    private static final Thread NOBODY = Thread.ofPlatform().unstarted(() -> { });

    private final MemorySegment segment;
    private final long offset;
    private final ElementType type;
    private final int[] leading;
    private final int batch;
    private final int heads;
    private final int rows;
    private final int columns;
    private final long batchStride;
    private final long headStride;
    private final long rowStride;

    private Heads(MemorySegment segment, long offset, ElementType type, int[] leading, int rows, int columns,
                  long batchStride, long headStride, long rowStride) {
        this.segment = segment;
        this.offset = offset;
        this.type = type;
        this.leading = leading;
        this.batch = leading.length == 2 ? leading[0] : 1;
        this.heads = leading.length == 0 ? 1 : leading[leading.length - 1];
        this.rows = rows;
        this.columns = columns;
        this.batchStride = batchStride;
        this.headStride = headStride;
        this.rowStride = rowStride;
    }

    /** One head. */
    public static Heads of(Matrix matrix) {
        Checks.given(matrix, "the matrix");
        return new Heads(matrix.segment(), matrix.offset(), ElementType.FLOAT32, new int[0], matrix.rows(),
                matrix.columns(), 0, 0, matrix.rowStride());
    }

    /**
     * The view of a dense float32 tensor, last dimension fastest.
     *
     * @param offset bytes from the start of the segment to the first entry
     * @param shape  {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}
     * @throws IllegalArgumentException if the shape has another number of dimensions, a dimension is not positive or
     *                                  the tensor does not fit in the segment
     */
    public static Heads of(MemorySegment segment, long offset, int... shape) {
        return of(segment, offset, ElementType.FLOAT32, shape);
    }

    /** As above, of entries stored as {@code type}. */
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
     * A float32 view with strides of its own, for tensors whose heads are interleaved or padded.
     *
     * @param leading     the leading dimensions: {@code {}}, {@code {H}} or {@code {B, H}}
     * @param batchStride entries from one batch entry to the next
     * @param headStride  entries from one head to the next
     * @param rowStride   entries from one row to the next, at least {@code columns}
     */
    public static Heads strided(MemorySegment segment, long offset, int[] leading, int rows, int columns,
                                long batchStride, long headStride, long rowStride) {
        return strided(segment, offset, ElementType.FLOAT32, leading, rows, columns, batchStride, headStride,
                rowStride);
    }

    /** As above, of entries stored as {@code type}; strides are in entries of that type. */
    public static Heads strided(MemorySegment segment, long offset, ElementType type, int[] leading, int rows,
                                int columns, long batchStride, long headStride, long rowStride) {
        Checks.given(segment, "the segment of a tensor");
        Checks.view(leading, rows, columns, batchStride, headStride, rowStride);
        Heads heads = new Heads(segment, offset, type, leading.clone(), rows, columns, batchStride, headStride,
                rowStride);
        Checks.fits(segment, offset, type, heads.batch(), batchStride, heads.heads(), headStride, rows, rowStride,
                columns);
        return heads;
    }

    /** A new dense float32 tensor of zeros, 64-byte aligned, that lives as long as {@code arena}. */
    public static Heads allocate(Arena arena, int... shape) {
        Checks.shape(shape);
        Checks.leading(Arrays.copyOf(shape, shape.length - 2));
        MemorySegment memory = arena.allocate(Float.BYTES * Checks.entries(shape), CACHE_LINE);
        return of(memory, 0, shape);
    }

    /** How entries are stored. */
    public ElementType type() {
        return type;
    }

    /** The number of batch entries, 1 if that dimension is absent. */
    public int batch() {
        return batch;
    }

    /** The number of heads of one batch entry, 1 if that dimension is absent. */
    public int heads() {
        return heads;
    }

    /** The number of matrices: {@code batch() * heads()}. */
    public int count() {
        return batch() * heads();
    }

    /** The rows of each matrix. */
    public int rows() {
        return rows;
    }

    /** The columns of each matrix. */
    public int columns() {
        return columns;
    }

    /** The leading dimensions as given: {@code {}}, {@code {H}} or {@code {B, H}}. */
    public int[] leading() {
        return leading.clone();
    }

    /** The whole shape, leading dimensions first. */
    public int[] shape() {
        int[] shape = Arrays.copyOf(leading, leading.length + 2);
        shape[leading.length] = rows;
        shape[leading.length + 1] = columns;
        return shape;
    }

    /** The leading dimensions of this tensor followed by {@code trailing}. */
    public int[] shapeWith(int... trailing) {
        int[] shape = Arrays.copyOf(leading, leading.length + trailing.length);
        System.arraycopy(trailing, 0, shape, leading.length, trailing.length);
        return shape;
    }

    /**
     * The matrix of head {@code head} of batch entry {@code batch}.
     *
     * @throws IllegalArgumentException if entries are not float32
     */
    public Matrix matrix(int batch, int head) {
        Checks.float32(this, "the tensor of this matrix");
        Checks.index(batch, batch(), "batch entry");
        Checks.index(head, heads(), "head");
        long start = start(batch * heads() + head);
        return Matrix.of(segment, start, rows, columns, rowStride);
    }

    /** The matrix at {@code index} in {@code 0 .. count() - 1}, the head varying fastest. */
    public Matrix matrix(int index) {
        return matrix(index / heads(), index % heads());
    }

    /** Bytes from the start of the segment to the first entry of matrix {@code index}. */
    long start(int index) {
        return offset + type.bytes() * (index / heads() * batchStride + index % heads() * headStride);
    }

    /** The entry at row {@code i}, column {@code j} of matrix {@code index}, widened to float32. */
    float get(int index, int i, int j) {
        return Stored.entry(type, segment, start(index) + type.bytes() * (i * rowStride + j));
    }

    /** Copies matrix {@code index} to {@code entries}, row after row, widened to float32. */
    void copyTo(int index, float[] entries) {
        long from = start(index);
        if (rowStride == columns) {
            Stored.widen(type, segment, from, rows * columns, entries, 0);
            return;
        }
        for (int i = 0; i < rows; i++, from += type.bytes() * rowStride) {
            Stored.widen(type, segment, from, columns, entries, i * columns);
        }
    }

    /** Has {@code rows} stand for matrix {@code index}. */
    void bind(int index, StoredRows rows) {
        rows.bind(type, segment, start(index), rowStride * type.bytes());
    }

    /** Copies row {@code i} of matrix {@code index}, widened to float32. */
    void copyRowTo(int index, int i, float[] entries) {
        Stored.widen(type, segment, start(index) + type.bytes() * (i * rowStride), columns, entries, 0);
    }

    /** Sets {@code count} rows of matrix {@code index}, of float32, from row {@code first} on: given all its entries. */
    void set(int index, float[] entries, int first, int count) {
        long to = start(index) + Float.BYTES * (first * rowStride);
        if (rowStride == columns) {
            MemorySegment.copy(entries, first * columns, segment, Matrix.ENTRY, to, count * columns);
            return;
        }
        for (int i = first; i < first + count; i++, to += Float.BYTES * rowStride) {
            MemorySegment.copy(entries, i * columns, segment, Matrix.ENTRY, to, columns);
        }
    }

    /** Whether every thread may use the memory, not the one alone that owns its arena. */
    boolean openToAll() {
        return openToAll(segment);
    }

    static boolean openToAll(MemorySegment memory) {
        return memory.isAccessibleBy(NOBODY);
    }

    long rowStride() {
        return rowStride;
    }

    /** Bytes from the start of the segment to one past the last entry of any matrix. */
    long end() {
        return offset + type.bytes() * ((batch() - 1) * batchStride + (heads() - 1) * headStride
                + (rows - 1) * rowStride + columns);
    }

    /** Bytes from the start of the segment to the first entry of any matrix. */
    long begin() {
        return offset;
    }

    /** Whether rows lie within heads and heads within batch entries, so that no two matrices can share an entry. */
    boolean nested() {
        long matrix = rows * rowStride;
        long entry = heads() == 1 ? matrix : heads() * headStride;
        return (heads() == 1 || headStride >= matrix) && (batch() == 1 || batchStride >= entry);
    }

    /** The memory this view lies in. */
    public MemorySegment segment() {
        return segment;
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
        Checks.readable(this, name);
    }

    @Override
    public String toString() {
        String shape = "Heads" + Arrays.toString(shape());
        return type == ElementType.FLOAT32 ? shape : shape + " of " + type.name().toLowerCase(Locale.ROOT);
    }
}
