package dev.gatun.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/**
 * Looks for entries that are not finite.
 *
 * <p>Reads each row in whole vectors and the rest of it entry by entry; any alignment. A vector times zero is zero
 * unless an entry is infinite or NaN, and sums of zeros stay zero.
 */
public final class FiniteScan {

    private FiniteScan() {
    }

    /**
     * Whether all of a {@code rows x columns} float32 view is finite.
     *
     * @param offset    bytes to the first entry
     * @param rowStride entries from one row to the next
     */
    public static boolean finite(MemorySegment segment, long offset, int rows, int columns, long rowStride) {
        for (int i = 0; i < rows; i++) {
            if (!finiteRow(segment, offset + Float.BYTES * i * rowStride, columns)) {
                return false;
            }
        }
        return true;
    }

    private static boolean finiteRow(MemorySegment segment, long start, int columns) {
        FloatVector zeros = FloatVector.zero(Lanes.FLOATS);
        int step = Lanes.FLOATS.length();
        int j = 0;
        for (; j + step <= columns; j += step) {
            FloatVector entries = FloatVector.fromMemorySegment(Lanes.FLOATS, segment, start + 4L * j,
                    ByteOrder.nativeOrder());
            zeros = entries.mul(0f).add(zeros);
        }
        float rest = 0;
        for (; j < columns; j++) {
            rest += segment.get(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED, start + 4L * j) * 0f;
        }
        return zeros.eq(0f).allTrue() && rest == 0f;
    }
}
