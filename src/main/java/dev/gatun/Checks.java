package dev.gatun;

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

    static void leading(int[] leading) {
        if (leading.length > 2) {
            throw new IllegalArgumentException(
                    "%d leading dimensions; expected none, (H) or (B, H)".formatted(leading.length));
        }
        for (int size : leading) {
            positive(size, "every leading dimension");
        }
    }

    /** The last row starts {@code lastRow * rowStride} entries behind the first, which lies at {@code offset}. */
    static void fits(MemorySegment segment, long offset, long lastRow, long rowStride, int columns) {
        long end;
        try {
            long entries = Math.addExact(Math.multiplyExact(lastRow, rowStride), columns);
            end = Math.addExact(offset, Math.multiplyExact(entries, (long) Float.BYTES));
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException("the view is larger than any memory", overflow);
        }
        if (offset < 0 || end > segment.byteSize()) {
            throw new IllegalArgumentException("the view covers bytes %d to %d of a segment of %d bytes"
                    .formatted(offset, end, segment.byteSize()));
        }
    }
}
