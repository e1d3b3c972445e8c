package dev.gatun.hopfield;

import dev.gatun.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The blend {@code H' = H_1 + b (H_c - H_1)} of two results, row by row in float64, rounded to float32 once at the end (H. Cho et al.,
 * arXiv 2605.27476).
 */
final class Blend {

    private static final ValueLayout.OfFloat ENTRY = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    /** The bounds of the factor {@code |H_c| / |H'|} that scales a row. */
    private static final double MIN_FACTOR = 0.25;
    private static final double MAX_FACTOR = 4;

    private Blend() {
    }

    /**
     * Replaces H_c by the blend, with each row scaled towards the length of the row of H_c.
     *
     * @param attended   H_1, the result of attention
     * @param circulated H_c, which is overwritten
     * @param b          the blend
     */
    static void rows(Matrix attended, Matrix circulated, double b) {
        int columns = attended.columns();
        float[] one = attended.toArray();
        float[] other = circulated.toArray();
        double[] row = new double[columns];
        for (int i = 0, from = 0; i < attended.rows(); i++, from += columns) {
            blend(one, other, from, b, row);
            MemorySegment.copy(other, from, circulated.segment(), ENTRY, circulated.offset() + Float.BYTES * (i * circulated.rowStride()),
                    columns);
        }
    }

    private static void blend(float[] attended, float[] circulated, int from, double b, double[] row) {
        double square = 0;
        double squareCirculated = 0;
        for (int c = 0; c < row.length; c++) {
            double one = attended[from + c];
            double other = circulated[from + c];
            double entry = one + b * (other - one);
            row[c] = Math.abs(entry) <= Float.MAX_VALUE ? entry : 0;
            square = Math.fma(row[c], row[c], square);
            squareCirculated = Math.fma(other, other, squareCirculated);
        }
        double factor = square == 0 ? 1 : Math.clamp(Math.sqrt(squareCirculated / square), MIN_FACTOR, MAX_FACTOR);
        for (int c = 0; c < row.length; c++) {
            // A row of H_c may be longer than the range of float32, and with it an entry of the result.
            circulated[from + c] = (float) Math.clamp(factor * row[c], -Float.MAX_VALUE, Float.MAX_VALUE);
        }
    }
}
