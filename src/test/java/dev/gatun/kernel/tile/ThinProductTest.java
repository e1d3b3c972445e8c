package dev.gatun.kernel.tile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.kernel.Lanes;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sums of thin products are single chains of fused multiply-adds: what scalar code gives, to the last bit, at every width. */
class ThinProductTest {

    private static final int SIDE = Lanes.BLOCK;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "4, 8, 3", "5, 17, 64", "33, 40, 7", "64, 64, 64", "62, 3, 31"})
    void sumsOverTokensAreScalarChains(int components, int columns, int tokens) {
        float[] x = floats(1, SIDE * SIDE);
        float[] y = floats(2, SIDE * SIDE);
        float[] out = floats(3, SIDE * SIDE + SIDE);
        float[] expected = out.clone();
        for (int a = 0; a < components; a++) {
            for (int c = 0; c < columns; c++) {
                for (int t = 0; t < tokens; t++) {
                    int at = SIDE + a * SIDE + c;
                    expected[at] = Math.fma(x[t * SIDE + a], y[t * SIDE + c], expected[at]);
                }
            }
        }
        ThinProduct.transposed(x, 0, components, y, 0, columns, tokens, out, SIDE);
        assertSame(expected, out, SIDE, components, columns);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "4, 8, 3", "5, 17, 64", "33, 40, 7", "64, 64, 64", "62, 3, 31"})
    void sumsOverComponentsAreScalarChains(int tokens, int columns, int components) {
        float[] x = floats(1, SIDE * SIDE);
        float[] y = floats(2, SIDE * SIDE);
        float[] out = floats(3, SIDE * SIDE);
        float[] expected = out.clone();
        for (int t = 0; t < tokens; t++) {
            for (int c = 0; c < columns; c++) {
                for (int a = 0; a < components; a++) {
                    expected[t * SIDE + c] = Math.fma(x[t * SIDE + a], y[a * SIDE + c], expected[t * SIDE + c]);
                }
            }
        }
        ThinProduct.plain(x, 0, components, y, 0, columns, tokens, out, 0);
        assertSame(expected, out, 0, tokens, columns);
    }

    private static void assertSame(float[] expected, float[] out, int from, int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                assertEquals(expected[from + r * SIDE + c], out[from + r * SIDE + c], "row " + r + ", column " + c);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, false, 72", "64, 64, true, 72", "64, 64, false, 64", "37, 29, true, 80", "8, 64, false, 1000"})
    void sumsInDoublePrecisionAreScalarChains(int width, int tokens, boolean upper, int stride) {
        double[] x = new Random(1).doubles((long) SIDE * ThinProduct.ROW).toArray();
        double[] y = upper ? x : new Random(2).doubles((long) SIDE * ThinProduct.ROW).toArray();
        double[] out = new Random(3).doubles((long) SIDE * stride).toArray();
        double[] before = out.clone();
        ThinProduct.transposed(x, 0, width, y, 0, width, tokens, upper, out, 0, stride);
        for (int a = 0; a < width; a++) {
            for (int c = upper ? a : 0; c < width; c++) {
                double expected = before[a * stride + c];
                for (int t = 0; t < tokens; t++) {
                    expected = Math.fma(x[t * ThinProduct.ROW + a], y[t * ThinProduct.ROW + c], expected);
                }
                assertEquals(expected, out[a * stride + c]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "5"})
    void flushedSumsAreAddedAndCleared(int blocks) {
        float[] from = floats(4, blocks * SIDE);
        double[] to = new Random(5).doubles(from.length).toArray();
        double[] expected = to.clone();
        for (int e = 0; e < from.length; e++) {
            expected[e] += from[e];
        }
        ThinProduct.flush(from, to);
        assertArrayEquals(expected, to);
        assertArrayEquals(new float[from.length], from);
    }

    private static float[] floats(long seed, int count) {
        Random random = new Random(seed);
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }
}
