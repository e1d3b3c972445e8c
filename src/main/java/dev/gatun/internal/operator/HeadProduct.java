package dev.gatun.internal.operator;

import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.internal.work.Values;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.pack.PackedValues;

/** The product of one head's operator with its values, from copies. */
public final class HeadProduct implements HeadLoop.Task {

    private final HeadOperator operator;
    private final TensorView v;
    private final int valueIndex;
    private final Values<PackedValues> values;
    private final float[] wideValues;
    private final TensorView out;
    private final int index;
    private final float[] product;

    /**
     * @param operator the operator on the head
     * @param v        values of all heads; those of the head are matrix {@code valueIndex}
     * @param out      receives the product as matrix {@code index}
     * @param memory   holds copies until the product is written
     */
    public HeadProduct(HeadOperator operator, TensorView v, int valueIndex, TensorView out, int index, HeadMemory memory) {
        this.operator = operator;
        this.v = v;
        this.valueIndex = valueIndex;
        this.values = memory.values(v, valueIndex);
        this.wideValues = operator.isWide() ? copy(v, valueIndex) : null;
        this.out = out;
        this.index = index;
        this.product = memory.product(out);
    }

    private static float[] copy(TensorView values, int index) {
        float[] entries = new float[ArrayLength.of(values.rows(), values.columns())];
        values.copyTo(index, entries);
        return entries;
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        if (pieces.machines() != null) {
            ProductRows.compute(new ProductRows.Request(operator.source(), operator.columnWeights(pieces), out.rows(),
                    copy(v, valueIndex), v.columns(), out.columns()), pieces.machines(), product);
        } else if (wideValues == null) {
            operator.multiply(values.panel(), product, pieces);
        } else {
            operator.multiplyWide(wideValues, out.columns(), product, pieces);
        }
    }

    @Override
    public void finish() {
        if (wideValues == null) {
            values.restore(product, 0, product.length);
        }
        out.set(index, product, 0, out.rows());
    }
}
