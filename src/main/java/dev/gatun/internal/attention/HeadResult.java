package dev.gatun.internal.attention;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import java.util.Arrays;

/** The results of one head of an {@code AttentionPlan}, or of several, before they are written to the memory of the call. */
final class HeadResult {

    /** {@code rows x C}, row after row. */
    final float[] product;

    /** Logarithms of row sums, in units of log 2. */
    final double[] logSums;

    private final LogSumRows natural;
    private final int components;

    /** Memory for {@code rows} rows of {@code components}. */
    HeadResult(int rows, int components) {
        this.components = components;
        this.product = new float[ArrayLength.of(rows, components)];
        this.logSums = new double[rows];
        this.natural = new LogSumRows(rows);
    }

    /** The number of rows. */
    int rows() {
        return logSums.length;
    }

    /** Sets {@code rows} rows from {@code from} on to those of queries without keys. */
    void clear(int from, int rows, double logSum) {
        Arrays.fill(product, from * components, (from + rows) * components, 0f);
        Arrays.fill(logSums, from, from + rows, logSum);
    }

    /** Writes {@code rows} rows from {@code from} on to a matrix of the outputs, from {@code row} on; {@code logSumExp} may be null. */
    void store(int from, int matrix, int row, int rows, TensorView out, TensorView logSumExp) {
        out.set(matrix, row, product, from * components, rows);
        if (logSumExp != null) {
            natural.store(logSums, from, rows, logSumExp, matrix, row);
        }
    }
}
