package dev.gatun.internal.view;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Checks of the arguments of the API. A message states in one sentence what was given and what is expected. Kernels trust arguments
 * that have been checked.
 */
public final class Checks {

    /** The most entries of a head that are packed into one array, which must have as much space again for a second term. */
    private static final int MAX_ENTRIES = (1 << 30) - Lanes.BLOCK * Lanes.DEPTH;

    private Checks() {
    }

    public static void given(Object argument, String name) {
        if (argument == null) {
            throw new NullPointerException("%s is null".formatted(name));
        }
    }

    public static void positive(int size, String name) {
        if (size < 1) {
            throw new IllegalArgumentException("%s must be at least 1, not %s".formatted(name, size));
        }
    }

    public static void positiveFinite(double value, String name) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("%s must be positive and finite, not %s".formatted(name, value));
        }
    }

    public static void finite(double value, String name) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("%s must be finite, not %s".formatted(name, value));
        }
    }

    public static void stride(long stride, long least, String name) {
        if (stride < least) {
            throw new IllegalArgumentException("%s must be at least %s, not %s".formatted(name, least, stride));
        }
    }

    public static void index(int index, int size, String name) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("%s %s does not exist: there are %s".formatted(name, index, size));
        }
    }

    public static void range(int first, int count, int size, String name) {
        if (first < 0 || count < 1 || first > size - count) {
            throw new IndexOutOfBoundsException(
                    "%s %s from %s do not exist: there are %s".formatted(count, name, first, size));
        }
    }

    public static void shape(int[] shape) {
        if (shape.length < 2 || shape.length > 4) {
            throw new IllegalArgumentException(
                    "shape %s has %s dimensions; expected (N, d), (H, N, d) or (B, H, N, d)"
                            .formatted(Arrays.toString(shape), shape.length));
        }
        for (int size : shape) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "shape %s is empty: every dimension must be at least 1".formatted(Arrays.toString(shape)));
            }
        }
    }

    /** The sizes and strides of a view, in entries, are valid. */
    public static void view(int[] leading, int rows, int columns, long batchStride, long headStride, long rowStride) {
        leading(leading);
        positive(rows, "rows");
        positive(columns, "columns");
        if (rowStride != 0) {
            stride(rowStride, columns, "row stride");
        }
        stride(headStride, 0, "head stride");
        stride(batchStride, 0, "batch stride");
    }

    public static void leading(int[] leading) {
        if (leading.length > 2) {
            throw new IllegalArgumentException(
                    "%s leading dimensions; expected none, (H) or (B, H)".formatted(leading.length));
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

    /** The number of entries of a dense tensor, whose bytes a long can count. */
    public static long entries(int... shape) {
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

    /** A float32 matrix whose entry (0, 0) lies at {@code offset}, in bytes, fits in a segment; strides are not negative. */
    public static void fits(MemorySegment segment, long offset, int rows, long rowStride, int columns) {
        fits(segment, offset, Float.BYTES, 1, 0, 1, 0, rows, rowStride, columns);
    }

    /** The matrices of a tensor whose entries take {@code bytes} bytes fit in a segment. */
    public static void fits(MemorySegment segment, long offset, int bytes, int batch, long batchStride, int heads,
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
            throw new IllegalArgumentException("the view covers bytes %s to %s of a segment of %s bytes"
                    .formatted(offset, end, segment.byteSize()));
        }
    }

    /** Row {@code i} of transitions holds probabilities that sum to 1 within 1e-6; returns their sum. */
    public static double transitions(double[] row, int i, int size) {
        size(row.length, size, "transitions from token " + i);
        double sum = 0;
        for (int j = 0; j < size; j++) {
            if (!(row[j] >= 0)) {
                throw new IllegalArgumentException("the transition from token %s to %s is %s; expected a probability"
                        .formatted(i, j, row[j]));
            }
            sum += row[j];
        }
        if (!(Math.abs(sum - 1) <= 1e-6)) {
            throw new IllegalArgumentException("the transitions from token %s sum to %s; expected 1".formatted(i, sum));
        }
        return sum;
    }

    /** One array can hold {@code rows x columns} entries packed: rows in whole blocks, columns in fours, two terms side by side. */
    public static void packable(long rows, long columns, String name) {
        long blocks = (rows + Lanes.BLOCK - 1) / Lanes.BLOCK;
        long fours = (columns + 3) / 4;
        if (blocks * fours > MAX_ENTRIES / (4 * Lanes.BLOCK)) {
            throw new IllegalArgumentException("%s is %s x %s; an array holds at most %s entries"
                    .formatted(name, rows, columns, MAX_ENTRIES));
        }
    }

    public static int total(int[] lengths, String name) {
        long total = 0;
        for (int length : lengths) {
            positive(length, name);
            total += length;
        }
        return (int) Math.min(total, Integer.MAX_VALUE);
    }

    public static void size(int size, int expected, String what) {
        if (size != expected) {
            throw new IllegalArgumentException("%s: there are %s, expected %s".formatted(what, size, expected));
        }
    }

    public static void float32(TensorView heads, String name) {
        if (heads.type() != StoredType.FLOAT32) {
            throw new IllegalArgumentException("%s is %s; expected float32".formatted(name, heads));
        }
    }

    /** This thread may use the memory, and every entry is float32 and finite; returns the largest magnitude. */
    public static float readable(TensorView heads, String name) {
        given(heads, name);
        float32(heads, name);
        accessible(heads.segment(), name);
        float largest = 0;
        for (int index = 0; index < heads.count(); index++) {
            float ofHead = largest(heads, index);
            if (!Float.isFinite(ofHead)) {
                finite(heads, heads.rows(), name);
                throw new IllegalArgumentException(name + " changed while it was read");
            }
            largest = Math.max(largest, ofHead);
        }
        return largest;
    }

    /** The largest magnitude of an entry of a float32 matrix; infinite or NaN if and only if an entry is not finite. */
    public static float largest(TensorView heads, int index) {
        return largest(heads, index, 0, heads.rows());
    }

    /** The largest magnitude of an entry of {@code count} rows of a float32 matrix, likewise. */
    public static float largest(TensorView heads, int index, int first, int count) {
        return FiniteScan.largest(heads.segment(), heads.start(index) + first * heads.rowBytes(), count, heads.columns(),
                heads.rowStride());
    }

    /** The first {@code rows} rows of every matrix are finite. Slow: it finds the entry where it is known that one is not. */
    public static void finite(TensorView heads, int rows, String name) {
        for (int index = 0; index < heads.count(); index++) {
            IllegalArgumentException fault = notFinite(heads, index, 0, rows, i -> true, name);
            if (fault != null) {
                throw fault;
            }
        }
    }

    /** The rows of matrix {@code index} that {@code needed} accepts are finite. Slow, as above. */
    public static void finite(TensorView heads, int index, IntPredicate needed, String name) {
        finite(heads, index, 0, heads.rows(), needed, name);
    }

    /** Of {@code count} rows of a matrix from {@code first} on, those that {@code needed} accepts are finite. Slow, as above. */
    public static void finite(TensorView heads, int index, int first, int count, IntPredicate needed, String name) {
        IllegalArgumentException fault = notFinite(heads, index, first, count, needed, name);
        if (fault != null) {
            throw fault;
        }
    }

    private static IllegalArgumentException notFinite(TensorView heads, int index, int first, int count, IntPredicate needed,
                                                      String name) {
        for (int i = first; i < first + count; i++) {
            for (int j = 0; j < heads.columns(); j++) {
                float entry = heads.get(index, i, j);
                if (!Float.isFinite(entry) && needed.test(i - first)) {
                    String head = heads.count() == 1 ? "" : " of head " + index;
                    return new IllegalArgumentException("%s holds %s at row %s, column %s%s; every entry must be finite"
                            .formatted(name, entry, i, j, head));
                }
            }
        }
        return null;
    }

    /** This thread may use the memory; entries are float32; those of column 0 are finite or minus infinity, those of others finite. */
    public static void logarithms(TensorView heads, String name) {
        float32(heads, name);
        accessible(heads.segment(), name);
        for (int index = 0; index < heads.count(); index++) {
            for (int i = 0; i < heads.rows(); i++) {
                for (int c = 0; c < heads.columns(); c++) {
                    float entry = heads.get(index, i, c);
                    if (!(entry < Float.POSITIVE_INFINITY) || c > 0 && entry == Float.NEGATIVE_INFINITY) {
                        throw new IllegalArgumentException("%s holds %s at row %s of head %s; every entry must be finite%s"
                                .formatted(name, entry, i, index, c > 0 ? "" : " or minus infinity"));
                    }
                }
            }
        }
    }

    /** Refuses an input that the plan was not created with, and the lack of one that it was. */
    public static void planned(Object input, boolean planned, String name) {
        if ((input != null) != planned) {
            throw new IllegalArgumentException(planned ? "%s is missing: the plan was made with one".formatted(name)
                    : "%s is given, but the plan was made without one".formatted(name));
        }
    }

    /** This thread may use the memory. */
    public static void accessible(MemorySegment segment, String name) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory of %s is closed".formatted(name));
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory of %s belongs to another thread".formatted(name));
        }
    }

    /** This thread may write to the memory, and entries are float32. */
    public static void writable(TensorView out, String name) {
        given(out, name);
        float32(out, name);
        accessible(out.segment(), name);
        if (out.segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only");
        }
        if (out.rowStride() == 0 && out.rows() > 1) {
            throw new IllegalArgumentException("%s has a row stride of 0: its rows share memory".formatted(name));
        }
    }

    /** This thread may write to {@code out}, which has the leading dimensions and the rows of the queries and {@code columns} columns. */
    public static void output(TensorView out, TensorView q, int columns) {
        writable(out, "out");
        if (out.batch() != q.batch() || out.heads() != q.heads() || out.rows() != q.rows()
                || out.columns() != columns) {
            throw new IllegalArgumentException("out has shape %s; expected %s"
                    .formatted(Arrays.toString(out.shape()), Arrays.toString(q.shapeWith(q.rows(), columns))));
        }
    }

    /** No matrix of {@code out} shares an entry with one of {@code input}, nor with another of its own. */
    public static void distinct(View out, View input, String name) {
        distinct(out, "out", input, name);
    }

    /** {@code out}, named {@code outName}, shares no entry with an input. */
    public static void distinct(View out, String outName, View input, String name) {
        if (Overlap.between(out, input)) {
            throw new IllegalArgumentException("%s shares memory with %s".formatted(outName, name));
        }
    }

    /** No two matrices of {@code out} share an entry. */
    public static void separate(View out, String name) {
        if (Overlap.within(out)) {
            throw new IllegalArgumentException("heads of %s share memory with each other".formatted(name));
        }
    }
}
