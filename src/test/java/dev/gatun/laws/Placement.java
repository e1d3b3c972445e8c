package dev.gatun.laws;

import java.util.Arrays;

/**
 * How a matrix lies in an array: row i starts at {@code offset + i (columns + gap)}. What lies around the entries is NaN.
 *
 * @param offset entries before the first row
 * @param gap    entries between one row and the next
 */
public record Placement(int offset, int gap) {

    /** The distance between the starts of two rows of so many columns. */
    public int stride(int columns) {
        return columns + gap;
    }

    /** An array that has these {@code rows x columns} entries in their places. */
    public float[] place(float[] entries, int rows, int columns) {
        float[] placed = new float[offset + rows * stride(columns) + gap];
        Arrays.fill(placed, Float.NaN);
        for (int i = 0; i < rows; i++) {
            System.arraycopy(entries, i * columns, placed, offset + i * stride(columns), columns);
        }
        return placed;
    }
}
