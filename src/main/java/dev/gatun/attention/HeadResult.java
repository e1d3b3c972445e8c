package dev.gatun.attention;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.LogTwo;

/** The result of one head of an {@link AttentionPlan}, before it is written to the memory of the call. */
final class HeadResult {

    /** {@code N x C}, row after row. */
    final float[] product;

    /** Logarithms of row sums, in units of log 2. */
    final double[] logSums;

    private final float[] natural;
    private final int components;

    HeadResult(AttentionShape shape) {
        this.components = shape.valueDimension();
        this.product = new float[ArrayLength.of(shape.queries(), components)];
        this.logSums = new double[shape.queries()];
        this.natural = new float[shape.queries()];
    }

    /** Writes {@code rows} rows from {@code row} on as rows of head {@code index}; {@code logSumExp} may be null. */
    void store(int index, TensorView out, TensorView logSumExp, int row, int rows) {
        out.set(index, product, row, rows);
        if (logSumExp != null) {
            for (int i = row; i < row + rows; i++) {
                natural[i] = (float) (LogTwo.toNatural(logSums[i]));
            }
            logSumExp.set(index, natural, row, rows);
        }
    }
}
