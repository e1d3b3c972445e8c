package dev.gatun.hopfield;

import dev.gatun.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Blends of what two operators retrieved, row by row, in double precision: rounded to float once, at the end. */
final class Blend {

    private static final ValueLayout.OfFloat ENTRY = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    /** By what a row's length is brought back towards that of {@code H_c}, at the least and at the most. */
    private static final double MIN_RATIO = 0.25;
    private static final double MAX_RATIO = 4;

    private Blend() {
    }

    /** {@code H' = H_1 + b (H_c - H_1)}, each row about as long as that of {@code H_c}; takes {@code H_c} and leaves the result. */
    static void rows(Matrix attended, Matrix turned, double b) {
        int columns = attended.columns();
        float[] one = attended.toArray();
        float[] other = turned.toArray();
        double[] row = new double[columns];
        for (int i = 0, from = 0; i < attended.rows(); i++, from += columns) {
            blend(one, other, from, b, row);
            MemorySegment.copy(other, from, turned.segment(), ENTRY, turned.offset() + Float.BYTES * (i * turned.rowStride()),
                    columns);
        }
    }

    private static void blend(float[] attended, float[] turned, int from, double b, double[] row) {
        double square = 0;
        double squareTurned = 0;
        for (int c = 0; c < row.length; c++) {
            double one = attended[from + c];
            double other = turned[from + c];
            double entry = one + b * (other - one);
            row[c] = Math.abs(entry) <= Float.MAX_VALUE ? entry : 0;
            square = Math.fma(row[c], row[c], square);
            squareTurned = Math.fma(other, other, squareTurned);
        }
        double factor = square == 0 ? 1 : Math.clamp(Math.sqrt(squareTurned / square), MIN_RATIO, MAX_RATIO);
        for (int c = 0; c < row.length; c++) {
            // A row of H_c may be longer than a float can say, and with it an entry of the result.
            turned[from + c] = (float) Math.clamp(factor * row[c], -Float.MAX_VALUE, Float.MAX_VALUE);
        }
    }
}
