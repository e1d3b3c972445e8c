package dev.gatun.internal.encoder;

import dev.gatun.kernel.ArrayLength;

/** The rows of a matrix, which may lie in a file. Any number of threads may read them. */
public interface MatrixRows {

    /** The number of rows. */
    int rows();

    /** The number of entries of a row. */
    int columns();

    /** Reads {@code count} rows from row {@code first} on, one after the other, to {@code target[at]} and on. */
    void read(int first, int count, float[] target, int at);

    /** All rows, in a new array. */
    default float[] all() {
        float[] all = new float[ArrayLength.of(rows(), columns())];
        read(0, rows(), all, 0);
        return all;
    }

    /** The rows of {@code columns} entries in an array. */
    static MatrixRows of(float[] entries, int columns) {
        return new InMemory(entries, columns);
    }

    /**
     * Rows in an array.
     *
     * @param entries row after row
     * @param columns the number of entries of a row
     */
    record InMemory(float[] entries, int columns) implements MatrixRows {

        @Override
        public int rows() {
            return entries.length / columns;
        }

        @Override
        public void read(int first, int count, float[] target, int at) {
            System.arraycopy(entries, first * columns, target, at, count * columns);
        }
    }
}
