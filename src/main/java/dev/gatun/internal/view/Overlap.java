package dev.gatun.internal.view;

import java.lang.foreign.MemorySegment;

/** Whether the entries of views share bytes of memory. Bytes between the rows of a view are not its own. */
final class Overlap {

    private Overlap() {
    }

    /** Whether a matrix of one view shares a byte with a matrix of another. */
    static boolean between(View one, View other) {
        if (rangesApart(one, other)) {
            return false;
        }
        boolean alike = alternate(one, other);
        for (int m = 0; m < (alike ? one.heads() : one.count()); m++) {
            for (int n = 0; n < (alike ? other.heads() : other.count()); n++) {
                if (overlap(one, m, other, n)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether two matrices of a view share a byte. */
    static boolean within(View view) {
        if (view.nested()) {
            return false;
        }
        for (int m = 1; m < (alternate(view, view) ? view.heads() : view.count()); m++) {
            for (int n = 0; n < m; n++) {
                if (overlap(view, m, view, n)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Whether batch entries of two views, as many and with the same stride, lie side by side between one multiple of the stride and the
     * next: then those of one pair share no byte with those of another, and all pairs are like the first.
     */
    private static boolean alternate(View one, View other) {
        if (one.batch() != other.batch() || one.batch() == 1) {
            return false;
        }
        long stride = one.start(one.heads()) - one.start(0);
        long otherStride = other.start(other.heads()) - other.start(0);
        int last = one.batch() - 1;
        long from = Math.min(one.segment().address() + one.start(last * one.heads()),
                other.segment().address() + other.start(last * other.heads()));
        long to = Math.max(one.segment().address() + one.end(), other.segment().address() + other.end());
        return stride == otherStride && to - from <= stride;
    }

    /** Whether the byte ranges of two views, each from its first to its last entry, have no byte in common. */
    private static boolean rangesApart(View one, View other) {
        MemorySegment segment = one.segment();
        MemorySegment otherSegment = other.segment();
        if (!segment.isNative() || !otherSegment.isNative()) {
            return segment.asOverlappingSlice(otherSegment).isEmpty();
        }
        long start = segment.address();
        long otherStart = otherSegment.address();
        return start + one.end() <= otherStart + other.begin() || otherStart + other.end() <= start + one.begin();
    }

    /** Whether matrix {@code m} of one view and matrix {@code n} of another share bytes. */
    private static boolean overlap(View a, int m, View b, int n) {
        return overlap(a.segment().address() + a.start(m), rowBytes(a), rowWidth(a), a.rows(),
                b.segment().address() + b.start(n), rowBytes(b), rowWidth(b), b.rows());
    }

    /**
     * Whether rows of {@code width} bytes, {@code stride} bytes from one to the next, share a byte with other rows. Rows of the same
     * stride whose columns lie side by side, such as the heads of a fused projection, are recognised without a loop. Otherwise the
     * rows of both are merged in the order of their addresses.
     */
    private static boolean overlap(long start, long stride, long width, int rows, long otherStart, long otherStride,
                                   long otherWidth, int otherRows) {
        if (start + (rows - 1) * stride + width <= otherStart || otherStart + (otherRows - 1) * otherStride + otherWidth <= start) {
            return false;
        }
        if (stride == otherStride && stride > 0 && rows > 1 && otherRows > 1) {
            long shift = Math.floorMod(otherStart - start, stride);
            if (shift >= width && shift + otherWidth <= stride) {
                return false;
            }
        }
        long at = start;
        long otherAt = otherStart;
        for (int i = 0, j = 0; i < rows && j < otherRows; ) {
            if (at + width <= otherAt) {
                at += stride;
                i++;
            } else if (otherAt + otherWidth <= at) {
                otherAt += otherStride;
                j++;
            } else {
                return true;
            }
        }
        return false;
    }

    /** Bytes from one row to the next; 0 for a single row, whatever its stride is. */
    private static long rowBytes(View view) {
        return view.rows() == 1 ? 0 : view.rowBytes();
    }

    /** Bytes of the entries of a row. */
    private static long rowWidth(View view) {
        return view.entryBytes() * (long) view.columns();
    }
}
