package dev.gatun.laws;

import java.util.Arrays;

/**
 * The layout of a matrix in an array: row i starts at {@code offset + i (columns + gap)}. All other elements of the array are NaN.
 *
 * @param offset the number of elements before the first row
 * @param gap    the number of elements between two rows
 */
public record Placement(int offset, int gap) {

    /**
     * The distance between the starts of two rows.
     *
     * @param columns the number of columns
     * @return {@code columns + gap}
     */
    public int stride(int columns) {
        return columns + gap;
    }

    /**
     * An array that has the entries of a matrix in this layout.
     *
     * @param entries the entries, row by row
     * @param rows the number of rows
     * @param columns the number of columns
     * @return the array
     */
    public float[] place(float[] entries, int rows, int columns) {
        float[] placed = new float[offset + rows * stride(columns) + gap];
        Arrays.fill(placed, Float.NaN);
        for (int i = 0; i < rows; i++) {
            System.arraycopy(entries, i * columns, placed, offset + i * stride(columns), columns);
        }
        return placed;
    }
}
