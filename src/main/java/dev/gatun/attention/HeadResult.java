package dev.gatun.attention;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;

/** What a plan computes of one head, before it is written. */
final class HeadResult {

    private static final double LOG_TWO = Math.log(2);

    /** {@code N x C}, row after row. */
    final float[] product;

    /** Logarithms of the sums of rows, in units of log 2. */
    final double[] logSums;

    private final float[] natural;
    private final int components;

    HeadResult(AttentionShape shape) {
        this.components = shape.valueDimension();
        this.product = new float[ArrayLength.of(shape.queries(), components)];
        this.logSums = new double[shape.queries()];
        this.natural = new float[shape.queries()];
    }

    /** Writes {@code rows} rows from {@code row} on, as those of head {@code index}; {@code sums} may be null. */
    void store(int index, TensorView out, TensorView sums, int row, int rows) {
        out.set(index, product, row, rows);
        if (sums != null) {
            for (int i = row; i < row + rows; i++) {
                natural[i] = (float) (logSums[i] * LOG_TWO);
            }
            sums.set(index, natural, row, rows);
        }
    }
}
