package dev.gatun;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.StoredRows;

/**
 * Memory for one head that is under way, used again for a later one: of many heads, fresh memory for each would cost more time
 * than what is copied to it.
 */
final class HeadRoom {

    private final StoredRows rows = new StoredRows();
    private float[] q = new float[0];
    private float[] k = q;
    private float[] qBack = q;
    private float[] kBack = q;
    private float[] product = q;
    private float[] chunk = q;
    private Values values;

    /** A copy of {@code matrix} in the place of queries. */
    float[] q(Matrix matrix) {
        q = copy(matrix, q);
        return q;
    }

    /** A copy of {@code matrix} in the place of keys. */
    float[] k(Matrix matrix) {
        k = copy(matrix, k);
        return k;
    }

    /** A copy of {@code matrix} in the place of backward queries. */
    float[] qBack(Matrix matrix) {
        qBack = copy(matrix, qBack);
        return qBack;
    }

    /** A copy of {@code matrix} in the place of backward keys. */
    float[] kBack(Matrix matrix) {
        kBack = copy(matrix, kBack);
        return kBack;
    }

    /** A packed copy of values, of the same shape at every call. */
    Values values(Matrix v) {
        if (values == null) {
            values = new Values(v.rows(), v.columns());
            chunk = StoredRows.chunk(v.columns());
        }
        Heads.of(v).bind(0, rows);
        values.load(rows, chunk);
        return values;
    }

    /** Room for the entries of {@code out}, which hold anything. */
    float[] product(Matrix out) {
        product = ofLength(ArrayLength.of(out.rows(), out.columns()), product);
        return product;
    }

    private static float[] copy(Matrix matrix, float[] last) {
        float[] entries = ofLength(ArrayLength.of(matrix.rows(), matrix.columns()), last);
        matrix.copyTo(entries);
        return entries;
    }

    private static float[] ofLength(int length, float[] last) {
        return last.length == length ? last : new float[length];
    }
}
