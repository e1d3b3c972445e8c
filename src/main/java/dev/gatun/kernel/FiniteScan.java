package dev.gatun.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Finds entries that are not finite, and largest entries and magnitudes.
 *
 * <p>Without their sign, the bits of floats order them by magnitude, with infinity above all numbers and NaN above infinity. Exact. Rows
 * are read in full vectors and their tails entry by entry, at any alignment.
 */
public final class FiniteScan {

    /** All bits but the sign. */
    public static final int MAGNITUDE = 0x7FFFFFFF;

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private FiniteScan() {
    }

    /**
     * The largest magnitude in a {@code rows x columns} float32 view; infinite or NaN if and only if not every entry is
     * finite.
     *
     * @param offset    bytes to the first entry
     * @param rowStride entries from one row to the next
     */
    public static float largest(MemorySegment segment, long offset, int rows, int columns, long rowStride) {
        if (rowStride == columns && rows > 1 && (long) rows * columns <= Integer.MAX_VALUE) {
            return largest(segment, offset, 1, rows * columns, rowStride);
        }
        int largest = 0;
        for (int i = 0; i < rows; i++) {
            largest = Math.max(largest, largestOfRow(segment, offset + Float.BYTES * (i * rowStride), columns));
        }
        return Float.intBitsToFloat(largest);
    }

    /** The largest magnitude of the first {@code count} entries of an array; infinite or NaN if and only if not all are finite. */
    public static float largest(float[] entries, int count) {
        return largest(entries, 0, count);
    }

    /** The largest magnitude of {@code count} entries from {@code from} on; infinite or NaN if and only if not all are finite. */
    public static float largest(float[] entries, int from, int count) {
        IntVector greatest = IntVector.zero(Lanes.INTS);
        int step = Lanes.FLOATS.length();
        int end = from + count;
        int j = from;
        for (; j + step <= end; j += step) {
            greatest = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, entries, j).reinterpretShape(Lanes.INTS, 0)).and(MAGNITUDE)
                    .max(greatest);
        }
        int largest = Lanes.INT_VECTOR.cast(greatest).reduceLanes(VectorOperators.MAX);
        for (; j < end; j++) {
            largest = Math.max(largest, Float.floatToRawIntBits(entries[j]) & MAGNITUDE);
        }
        return Float.intBitsToFloat(largest);
    }

    /**
     * The largest magnitude of a difference {@code entry - level} among entries {@code from .. to - 1} whose difference is not below
     * {@code least}; infinite or NaN if and only if not all of these are finite.
     */
    public static float furthest(float[] entries, int from, int to, float level, float least) {
        IntVector greatest = IntVector.zero(Lanes.INTS);
        FloatVector lowest = Lanes.FLOAT_ZEROS.broadcast(least);
        int step = Lanes.FLOATS.length();
        int j = from;
        for (; j + step <= to; j += step) {
            FloatVector entry = FloatVector.fromArray(Lanes.FLOATS, entries, j).sub(level);
            FloatVector counted = entry.blend(0f, entry.compare(VectorOperators.LT, lowest));
            greatest = Lanes.INT_VECTOR.cast(counted.reinterpretShape(Lanes.INTS, 0)).and(MAGNITUDE).max(greatest);
        }
        int largest = j == from ? 0 : Lanes.INT_VECTOR.cast(greatest).reduceLanes(VectorOperators.MAX);
        for (; j < to; j++) {
            float entry = entries[j] - level;
            largest = Math.max(largest, entry < least ? 0 : Float.floatToRawIntBits(entry) & MAGNITUDE);
        }
        return Float.intBitsToFloat(largest);
    }

    /** The greatest of entries {@code from .. to - 1}, none of which is NaN. */
    public static float greatest(float[] entries, int from, int to) {
        FloatVector highest = Lanes.FLOAT_ZEROS.broadcast(Float.NEGATIVE_INFINITY);
        int step = Lanes.FLOATS.length();
        int j = from;
        for (; j + step <= to; j += step) {
            highest = FloatVector.fromArray(Lanes.FLOATS, entries, j).max(highest);
        }
        float greatest = j == from ? Float.NEGATIVE_INFINITY : Lanes.FLOAT_VECTOR.cast(highest).reduceLanes(VectorOperators.MAX);
        for (; j < to; j++) {
            greatest = Math.max(greatest, entries[j]);
        }
        return greatest;
    }

    /** Raises {@code highest} to entries {@code from .. to - 1}, none of which is NaN, at the same places. */
    public static void raise(float[] entries, int from, int to, float[] highest) {
        for (int j = from; j < to; j++) {
            highest[j] = Math.max(highest[j], entries[j]);
        }
    }

    private static int largestOfRow(MemorySegment segment, long start, int columns) {
        IntVector m0 = IntVector.zero(Lanes.INTS);
        IntVector m1 = m0;
        IntVector m2 = m0;
        IntVector m3 = m0;
        int step = Lanes.INTS.length();
        int j = 0;
        for (; j + 4 * step <= columns; j += 4 * step) {
            long at = start + 4L * j;
            m0 = IntVector.fromMemorySegment(Lanes.INTS, segment, at, ORDER).and(MAGNITUDE).max(m0);
            m1 = IntVector.fromMemorySegment(Lanes.INTS, segment, at + 4L * step, ORDER).and(MAGNITUDE).max(m1);
            m2 = IntVector.fromMemorySegment(Lanes.INTS, segment, at + 8L * step, ORDER).and(MAGNITUDE).max(m2);
            m3 = IntVector.fromMemorySegment(Lanes.INTS, segment, at + 12L * step, ORDER).and(MAGNITUDE).max(m3);
        }
        for (; j + step <= columns; j += step) {
            m0 = IntVector.fromMemorySegment(Lanes.INTS, segment, start + 4L * j, ORDER).and(MAGNITUDE).max(m0);
        }
        int largest = j == 0 ? 0 : Lanes.INT_VECTOR.cast(m0).max(m1).max(Lanes.INT_VECTOR.cast(m2).max(m3))
                .reduceLanes(VectorOperators.MAX);
        for (; j < columns; j++) {
            largest = Math.max(largest, segment.get(ValueLayout.JAVA_INT_UNALIGNED, start + 4L * j) & MAGNITUDE);
        }
        return largest;
    }
}
