package dev.gatun.internal.work;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.stored.StoredRows;

/**
 * Memory for one head that is being computed, used again for a later one: for many heads, fresh memory for each would cost more time
 * than the copies to it.
 */
public final class HeadMemory {

    private final StoredRows rows = new StoredRows();
    private float[] q = new float[0];
    private float[] k = q;
    private float[] qBack = q;
    private float[] kBack = q;
    private float[] product = q;
    private float[] chunk = q;
    private Values<PackedValues> values;

    /** A copy of matrix {@code index} to the queries. */
    public float[] q(TensorView tensor, int index) {
        q = copy(tensor, index, q);
        return q;
    }

    /** A copy of matrix {@code index} to the keys. */
    public float[] k(TensorView tensor, int index) {
        k = copy(tensor, index, k);
        return k;
    }

    /** A copy of matrix {@code index} to the backward queries. */
    public float[] qBack(TensorView tensor, int index) {
        qBack = copy(tensor, index, qBack);
        return qBack;
    }

    /** A copy of matrix {@code index} to the backward keys. */
    public float[] kBack(TensorView tensor, int index) {
        kBack = copy(tensor, index, kBack);
        return kBack;
    }

    /** A packed copy of matrix {@code index} of values, which have the same shape at every call. */
    public Values<PackedValues> values(TensorView v, int index) {
        if (values == null) {
            values = new Values<>(PackedValues.ofShape(v.rows(), v.columns()));
            chunk = StoredRows.chunk(v.columns());
        }
        v.bind(index, rows);
        values.load(rows, v.rows(), chunk);
        return values;
    }

    /** Memory for a matrix of {@code out}, with arbitrary entries. */
    public float[] product(TensorView out) {
        product = ofLength(ArrayLength.of(out.rows(), out.columns()), product);
        return product;
    }

    private static float[] copy(TensorView tensor, int index, float[] last) {
        float[] entries = ofLength(ArrayLength.of(tensor.rows(), tensor.columns()), last);
        tensor.copyTo(index, entries);
        return entries;
    }

    private static float[] ofLength(int length, float[] last) {
        return last.length == length ? last : new float[length];
    }
}
