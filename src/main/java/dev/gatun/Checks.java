package dev.gatun;

import dev.gatun.kernel.FiniteScan;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The checks at the door of the API: each says in one sentence what was wrong and what was expected. What has passed
 * here is trusted by the kernels.
 */
final class Checks {

    private Checks() {
    }

    static void positive(int size, String name) {
        if (size < 1) {
            throw new IllegalArgumentException("%s must be at least 1, not %d".formatted(name, size));
        }
    }

    static void positiveFinite(double value, String name) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("%s must be positive and finite, not %s".formatted(name, value));
        }
    }

    static void finite(double value, String name) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("%s must be finite, not %s".formatted(name, value));
        }
    }

    static void stride(long stride, long least, String name) {
        if (stride < least) {
            throw new IllegalArgumentException("%s must be at least %d, not %d".formatted(name, least, stride));
        }
    }

    static void index(int index, int size, String name) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("%s %d does not exist: there are %d".formatted(name, index, size));
        }
    }

    static void range(int first, int count, int size, String name) {
        if (first < 0 || count < 1 || first > size - count) {
            throw new IndexOutOfBoundsException(
                    "%d %s from %d do not exist: there are %d".formatted(count, name, first, size));
        }
    }

    static void shape(int[] shape) {
        if (shape.length < 2 || shape.length > 4) {
            throw new IllegalArgumentException(
                    "shape %s has %d dimensions; expected (N, d), (H, N, d) or (B, H, N, d)"
                            .formatted(Arrays.toString(shape), shape.length));
        }
        for (int size : shape) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "shape %s is empty: every dimension must be at least 1".formatted(Arrays.toString(shape)));
            }
        }
    }

    /** Sizes and strides of a view, in entries. */
    static void view(int[] leading, int rows, int columns, long batchStride, long headStride, long rowStride) {
        leading(leading);
        positive(rows, "rows");
        positive(columns, "columns");
        stride(rowStride, columns, "row stride");
        stride(headStride, 0, "head stride");
        stride(batchStride, 0, "batch stride");
    }

    static void leading(int[] leading) {
        if (leading.length > 2) {
            throw new IllegalArgumentException(
                    "%d leading dimensions; expected none, (H) or (B, H)".formatted(leading.length));
        }
        long count = 1;
        for (int size : leading) {
            positive(size, "every leading dimension");
            count *= size;
        }
        if (count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("leading dimensions %s make too many heads".formatted(
                    Arrays.toString(leading)));
        }
    }

    /** The number of entries of a dense tensor. */
    static long entries(int... shape) {
        try {
            long entries = 1;
            for (int size : shape) {
                entries = Math.multiplyExact(entries, (long) size);
            }
            Math.multiplyExact(entries, (long) Float.BYTES);
            return entries;
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException("shape %s is larger than any memory".formatted(Arrays.toString(shape)),
                    overflow);
        }
    }

    /** {@code offset} is the place of entry (0, 0) in bytes; strides are not negative. */
    static void fits(MemorySegment segment, long offset, int rows, long rowStride, int columns) {
        fits(segment, offset, ElementType.FLOAT32, 1, 0, 1, 0, rows, rowStride, columns);
    }

    /** The same for the matrices of a tensor. */
    static void fits(MemorySegment segment, long offset, ElementType type, int batch, long batchStride, int heads,
                     long headStride, int rows, long rowStride, int columns) {
        fits(segment, offset, type.bytes(), batch, batchStride, heads, headStride, rows, rowStride, columns);
    }

    /** The same for entries of {@code bytes} bytes. */
    static void fits(MemorySegment segment, long offset, int bytes, int batch, long batchStride, int heads,
                     long headStride, int rows, long rowStride, int columns) {
        long end;
        try {
            long lastHead = Math.addExact(Math.multiplyExact(batch - 1L, batchStride),
                    Math.multiplyExact(heads - 1L, headStride));
            long lastRow = Math.addExact(lastHead, Math.multiplyExact(rows - 1L, rowStride));
            end = Math.addExact(offset, Math.multiplyExact(Math.addExact(lastRow, columns), (long) bytes));
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException("the view is larger than any memory", overflow);
        }
        if (offset < 0 || end > segment.byteSize()) {
            throw new IllegalArgumentException("the view covers bytes %d to %d of a segment of %d bytes"
                    .formatted(offset, end, segment.byteSize()));
        }
    }

    /** Row i of transitions: probabilities that sum to 1 within 1e-6; returns their sum. */
    static double transitions(double[] row, int i, int size) {
        size(row.length, size, "transitions from token " + i);
        double sum = 0;
        for (int j = 0; j < size; j++) {
            if (!(row[j] >= 0)) {
                throw new IllegalArgumentException("the transition from token %d to %d is %s; expected a probability"
                        .formatted(i, j, row[j]));
            }
            sum += row[j];
        }
        if (!(Math.abs(sum - 1) <= 1e-6)) {
            throw new IllegalArgumentException("the transitions from token %d sum to %s; expected 1".formatted(i, sum));
        }
        return sum;
    }

    static int total(int[] lengths, String name) {
        long total = 0;
        for (int length : lengths) {
            positive(length, name);
            total += length;
        }
        return (int) Math.min(total, Integer.MAX_VALUE);
    }

    static void size(int size, int expected, String what) {
        if (size != expected) {
            throw new IllegalArgumentException("%s: there are %d, expected %d".formatted(what, size, expected));
        }
    }

    static void float32(Heads heads, String name) {
        if (heads.type() != ElementType.FLOAT32) {
            throw new IllegalArgumentException("%s is %s; expected float32".formatted(name, heads));
        }
    }

    /** Float32 memory open to this thread, every entry finite; returns the largest magnitude. */
    static float readable(Heads heads, String name) {
        float32(heads, name);
        accessible(heads.segment(), name);
        float largest = 0;
        for (int index = 0; index < heads.count(); index++) {
            float ofHead = FiniteScan.largest(heads.segment(), heads.start(index), heads.rows(), heads.columns(),
                    heads.rowStride());
            if (!Float.isFinite(ofHead)) {
                finite(heads, heads.rows(), name);
                throw new IllegalArgumentException(name + " changed while it was read");
            }
            largest = Math.max(largest, ofHead);
        }
        return largest;
    }

    /** The first {@code rows} rows of every matrix, of any type, are finite; slow, to find what is known not to be. */
    static void finite(Heads heads, int rows, String name) {
        for (int index = 0; index < heads.count(); index++) {
            IllegalArgumentException fault = notFinite(heads, index, rows, name);
            if (fault != null) {
                throw fault;
            }
        }
    }

    private static IllegalArgumentException notFinite(Heads heads, int index, int rows, String name) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < heads.columns(); j++) {
                float entry = heads.get(index, i, j);
                if (!Float.isFinite(entry)) {
                    String head = heads.count() == 1 ? "" : " of head " + index;
                    return new IllegalArgumentException("%s holds %s at row %d, column %d%s; every entry must be finite"
                            .formatted(name, entry, i, j, head));
                }
            }
        }
        return null;
    }

    /** Memory open to this thread. */
    static void accessible(MemorySegment segment, String name) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory of %s is closed".formatted(name));
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory of %s belongs to another thread".formatted(name));
        }
    }

    /** Float32 memory open to this thread for writing. */
    static void writable(Heads out, String name) {
        float32(out, name);
        accessible(out.segment(), name);
        if (out.segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only");
        }
    }

    /** Memory open to this thread for writing, with the leading dimensions of the queries and N rows. */
    static void output(Heads out, Heads q, int columns) {
        writable(out, "out");
        if (out.batch() != q.batch() || out.heads() != q.heads() || out.rows() != q.rows()
                || out.columns() != columns) {
            throw new IllegalArgumentException("out has shape %s; expected %s"
                    .formatted(Arrays.toString(out.shape()), Arrays.toString(q.shapeWith(q.rows(), columns))));
        }
    }

    /** No matrix of {@code out} shares an entry with one of {@code input}, nor with another of its own. */
    static void distinct(Heads out, Heads input, String name) {
        if (apart(out, input) || out.segment().asOverlappingSlice(input.segment()).isEmpty()) {
            return;
        }
        for (int o = 0; o < out.count(); o++) {
            for (int i = 0; i < input.count(); i++) {
                if (overlap(out, o, input, i)) {
                    throw new IllegalArgumentException("out shares memory with %s".formatted(name));
                }
            }
        }
    }

    /** No entry of {@code out} lies between the first and the last of a mask. */
    static void distinct(Heads out, AttentionMask mask) {
        boolean common = out.segment().isNative() && mask.segment().isNative()
                || out.segment().asOverlappingSlice(mask.segment()).isPresent();
        if (!common) {
            return;
        }
        long start = out.segment().address();
        long other = mask.segment().address();
        if (start + out.begin() < other + mask.end() && other + mask.begin() < start + out.end()) {
            throw new IllegalArgumentException("out shares memory with mask");
        }
    }

    /** Whether the extents of two tensors outside the heap have nothing in common. */
    private static boolean apart(Heads one, Heads other) {
        if (!one.segment().isNative() || !other.segment().isNative()) {
            return false;
        }
        long start = one.segment().address();
        long otherStart = other.segment().address();
        return start + one.end() <= otherStart + other.begin() || otherStart + other.end() <= start + one.begin();
    }

    /** The matrices of {@code out} share no entry with each other. */
    static void separate(Heads out) {
        if (out.nested()) {
            return;
        }
        for (int o = 1; o < out.count(); o++) {
            for (int p = 0; p < o; p++) {
                if (overlap(out, o, out, p)) {
                    throw new IllegalArgumentException("heads of out share memory with each other");
                }
            }
        }
    }

    /**
     * Whether matrix {@code m} of one tensor and {@code n} of another share bytes. Views of one row stride whose
     * columns lie side by side do not, though their extents interleave; a view of one row has any stride.
     */
    private static boolean overlap(Heads a, int m, Heads b, int n) {
        long start = a.segment().address() + a.start(m);
        long other = b.segment().address() + b.start(n);
        if (start + extent(a) <= other || other + extent(b) <= start) {
            return false;
        }
        if (rowBytes(a) != rowBytes(b) && a.rows() > 1 && b.rows() > 1) {
            return true;
        }
        long stride = a.rows() > 1 ? rowBytes(a) : rowBytes(b);
        long shift = Math.floorMod(other - start, stride);
        return shift < a.type().bytes() * (long) a.columns() || shift + b.type().bytes() * (long) b.columns() > stride;
    }

    /** Bytes from one row to the next. */
    private static long rowBytes(Heads heads) {
        return heads.type().bytes() * heads.rowStride();
    }

    /** Bytes from the start of a matrix to its end. */
    private static long extent(Heads heads) {
        return (heads.rows() - 1) * rowBytes(heads) + heads.type().bytes() * (long) heads.columns();
    }
}
