package dev.gatun.internal.attention;

import dev.gatun.internal.view.TensorView;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.LogTwo;

/**
 * Natural logarithms of row sums on their way to the memory of a call: a float32 each, and beside it what float32 loses of the logarithm
 * where the output has a second column.
 */
public final class LogSumRows {

    private static final int MAX_COLUMNS = 2;

    private final float[] entries;

    /** Scratch for {@code rows} rows. */
    public LogSumRows(int rows) {
        this.entries = new float[ArrayLength.of(rows, MAX_COLUMNS)];
    }

    /** The number of columns that an output should have: that which it has if it may. */
    public static int columns(TensorView logSumExp) {
        return logSumExp.columns() == MAX_COLUMNS ? MAX_COLUMNS : 1;
    }

    /**
     * Writes rows. Threads may write different rows at the same time.
     *
     * @param logSums in units of log 2, from {@code from} on
     * @param row     the first row of a matrix of {@code out} that is written
     */
    public void store(double[] logSums, int from, int rows, TensorView out, int matrix, int row) {
        int columns = out.columns();
        for (int i = from, at = from * columns; i < from + rows; i++, at += columns) {
            double natural = LogTwo.toNatural(logSums[i]);
            entries[at] = (float) natural;
            if (columns == MAX_COLUMNS) {
                entries[at + 1] = natural == Double.NEGATIVE_INFINITY ? 0 : (float) (natural - entries[at]);
            }
        }
        out.set(matrix, row, entries, from * columns, rows);
    }
}
