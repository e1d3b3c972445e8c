package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.StoredNumbers;
import java.util.Objects;

/** The vectors of an embedding, one a row. */
public final class EmbeddingTensor {

    private final StoredNumbers numbers;
    private final int rows;
    private final int columns;

    /** @param numbers null if there are no rows */
    EmbeddingTensor(StoredNumbers numbers, int rows, int columns) {
        this.numbers = numbers;
        this.rows = rows;
        this.columns = columns;
    }

    /** No vectors. */
    static EmbeddingTensor none(int columns) {
        return new EmbeddingTensor(null, 0, columns);
    }

    public int rows() {
        return rows;
    }

    public int columns() {
        return columns;
    }

    /** Reads {@code count} rows from row {@code first} on as float32, to {@code target[at]} and on. */
    public void read(int first, int count, float[] target, int at) {
        Objects.checkFromIndexSize(first, count, rows);
        if (count > 0) {
            numbers.read((long) first * columns, count * columns, target, at);
        }
    }

    /** Reads all rows as float32. */
    public void read(float[] target) {
        read(0, rows, target, 0);
    }
}
