package dev.gatun.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layer normalisation, pooling, unit length and sums of embeddings, against the same order of scalars and against float64. */
class RowPassesTest {

    private static final int ROWS = 37;
    private static final double EPSILON = 1e-12;

    private final Random random = new Random(17);
    private final LinearScratch scratch = new LinearScratch(1, 1);

    private float[] normal(int count, double mean) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) (mean + random.nextGaussian());
        }
        return entries;
    }

    /** 32 chains, added by halves. */
    private static float folded(float[] x, int at, int columns, float centre, boolean squares) {
        float[] chains = new float[32];
        for (int c = 0; c < columns; c++) {
            float d = x[at + c] - centre;
            chains[c % 32] = squares ? Math.fma(d, d, chains[c % 32]) : chains[c % 32] + x[at + c];
        }
        for (int half = 16; half > 0; half /= 2) {
            for (int c = 0; c < half; c++) {
                chains[c] += chains[c + half];
            }
        }
        return chains[0];
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 31, 32, 33, 100, 384, 768})
    void layerNormalisation(int columns) {
        int stride = columns + 3;
        float[] x = normal(2 + ROWS * stride, 3);
        float[] gain = normal(columns, 1);
        float[] shift = normal(columns, 0);
        float[] y = x.clone();
        LayerNormalisation.apply(y, 2, stride, ROWS, columns, gain, shift, EPSILON, scratch);
        float[] expected = x.clone();
        for (int t = 0; t < ROWS; t++) {
            int at = 2 + t * stride;
            float mean = folded(x, at, columns, 0, false) / columns;
            float factor = (float) (1 / Math.sqrt(folded(x, at, columns, mean, true) / (double) columns + EPSILON));
            for (int c = 0; c < columns; c++) {
                expected[at + c] = Math.fma((x[at + c] - mean) * factor, gain[c], shift[c]);
            }
            if (columns > 1) {
                requireNormalised(x, y, at, gain, shift);
            }
        }
        assertArrayEquals(expected, y);
    }

    private static void requireNormalised(float[] x, float[] y, int at, float[] gain, float[] shift) {
        int columns = gain.length;
        double mean = 0;
        double variance = 0;
        double largest = 0;
        for (int c = 0; c < columns; c++) {
            mean += x[at + c] / (double) columns;
            largest = Math.max(largest, Math.abs(x[at + c]));
        }
        for (int c = 0; c < columns; c++) {
            variance += (x[at + c] - mean) * (x[at + c] - mean) / columns;
        }
        double deviation = Math.sqrt(variance + EPSILON);
        for (int c = 0; c < columns; c++) {
            double exact = (x[at + c] - mean) / deviation;
            double bound = (columns / 32 + 8) * 0x1p-24 * (Math.abs(exact) + largest / deviation) * Math.abs(gain[c])
                    + 0x1p-23 * Math.abs(shift[c]);
            assertEquals(exact * gain[c] + shift[c], y[at + c], bound + 1e-30);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 100, 384})
    void meanOfRows(int columns) {
        int stride = columns + 1;
        float[] x = normal(5 + ROWS * stride, 1);
        for (int rows : new int[] {1, 15, 16, 17, ROWS}) {
            float[] out = new float[columns + 2];
            RowPooling.mean(x, 5, stride, rows, columns, out, 1);
            for (int c = 0; c < columns; c++) {
                float total = 0;
                double exact = 0;
                double magnitudes = 0;
                for (int first = 0; first < rows; first += 16) {
                    float sum = 0;
                    for (int t = first; t < Math.min(rows, first + 16); t++) {
                        float entry = x[5 + t * stride + c];
                        sum += entry;
                        exact += entry;
                        magnitudes += Math.abs(entry);
                    }
                    total += sum;
                }
                assertEquals(total / rows, out[1 + c]);
                assertEquals(exact / rows, out[1 + c], (rows / 16 + 17) * 0x1p-24 * magnitudes / rows);
            }
            assertEquals(0, out[0]);
            assertEquals(0, out[columns + 1]);
            float[] plain = new float[columns + 2];
            PlainPooling.mean(x, 5, stride, rows, columns, plain, 1);
            assertArrayEquals(out, plain);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 32, 100, 384})
    void unitLength(int columns) {
        float[] x = normal(columns + 4, 0);
        float[] y = x.clone();
        RowPooling.normalise(y, 2, columns, scratch);
        float factor = (float) (1 / Math.sqrt(folded(x, 2, columns, 0, true)));
        double squares = 0;
        for (int c = 2; c < columns + 2; c++) {
            assertEquals(x[c] * factor, y[c]);
            squares += (double) y[c] * y[c];
        }
        assertEquals(1, squares, 1e-6);
        assertTrue(y[1] == x[1] && y[columns + 2] == x[columns + 2]);
        float[] plain = x.clone();
        PlainPooling.normalise(plain, 2, columns, new float[PlainLayer.scratch()]);
        assertArrayEquals(y, plain);
        Arrays.fill(y, 0);
        RowPooling.normalise(y, 2, columns, scratch);
        assertArrayEquals(new float[columns + 4], y);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 33, 384})
    void sumsOfEmbeddings(int columns) {
        float[] words = normal(7 + columns, 0);
        float[] types = normal(3 + columns, 0);
        float[] positions = normal(9 + columns, 0);
        float[] out = new float[columns + 2];
        EmbeddingSums.add(words, 7, types, 3, positions, 9, columns, out, 1);
        for (int c = 0; c < columns; c++) {
            assertEquals(words[7 + c] + types[3 + c] + positions[9 + c], out[1 + c]);
        }
        assertEquals(0, out[columns + 1]);
        float[] expected = Arrays.copyOfRange(out, 1, columns + 1);
        EmbeddingSums.add(words, 7, types, 3, positions, 9, columns, words, 7);
        assertArrayEquals(expected, Arrays.copyOfRange(words, 7, 7 + columns));
    }
}
