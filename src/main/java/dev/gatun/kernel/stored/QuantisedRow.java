package dev.gatun.kernel.stored;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Stores a row of float32 as int8 with a scale: the entry x becomes the integer nearest to {@code x / scale}, ties to even.
 *
 * <p>The scale is a 127th of the largest magnitude, rounded to float32, or the least normal number if that is greater. Error:
 * {@code scale / 2} and two roundings of float32; nothing for a row of zeros.
 */
public final class QuantisedRow {

    /** The largest integer of an entry; the least is its negative. */
    private static final int MAX_ENTRY = 127;

    private QuantisedRow() {
    }

    /**
     * Stores a row.
     *
     * @param row     finite entries, from {@code from} on
     * @param entries receives {@code columns} bytes, {@code at} bytes from the start of the segment
     * @return the scale
     */
    public static float quantise(float[] row, int from, int columns, MemorySegment entries, long at) {
        float largest = 0;
        for (int c = from; c < from + columns; c++) {
            largest = Math.max(largest, Math.abs(row[c]));
        }
        float scale = Math.max(largest / MAX_ENTRY, Float.MIN_NORMAL);
        for (int c = 0; c < columns; c++) {
            entries.set(ValueLayout.JAVA_BYTE, at + c, (byte) Math.rint(row[from + c] / scale));
        }
        return scale;
    }
}
