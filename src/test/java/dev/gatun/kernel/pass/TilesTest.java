package dev.gatun.kernel.pass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.kernel.ColumnSums;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.Panel;
import dev.gatun.kernel.pack.ValuePanel;
import dev.gatun.kernel.tile.ScoreTile;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Score tile, value tile and column sums against plain loops in the documented order of arithmetic: equal to the last
 * bit, at every width.
 */
class TilesTest {

    /** What a kernel must leave alone. */
    private static final float UNTOUCHED = 77f;

    private final Random random = new Random(9);

    /** An entry is one chain of fused multiply-adds from component 0 up, started at zero, and then the column's offset. */
    @ParameterizedTest
    @CsvSource({"1, 0, 1", "1, 4, 64", "2, 0, 3", "3, 8, 4", "5, 0, 5", "31, 4, 63", "64, 4, 64", "80, 0, 62",
            "256, 4, 7"})
    void scoresAreChains(int inner, int first, int columns) {
        int block = 128;
        int whole = (columns + 3) / 4 * 4;
        float[] x = normal(block + inner * Lanes.BLOCK);
        float[] y = normal((first + whole) * inner);
        float[] tile = filled(Lanes.DEPTH * Lanes.BLOCK);
        float[] offset = normal(first + whole);
        ScoreTile.float32(x, block, inner, y, offset, first, columns, tile);
        Arrays.fill(tile, columns * Lanes.BLOCK, whole * Lanes.BLOCK, UNTOUCHED);
        Panel panel = new Panel(y, null, Lanes.QUAD);
        float[] expected = filled(Lanes.DEPTH * Lanes.BLOCK);
        for (int c = 0; c < columns; c++) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                float sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum = Math.fma(x[block + k * Lanes.BLOCK + r], (float) panel.entry(first + c, k, inner), sum);
                }
                expected[c * Lanes.BLOCK + r] = sum + offset[first + c];
            }
        }
        assertArrayEquals(expected, tile);
    }

    /** As in float32. */
    @ParameterizedTest
    @CsvSource({"1, 0, 1", "1, 3, 64", "2, 0, 3", "3, 5, 4", "5, 0, 5", "31, 2, 63", "64, 1, 64", "80, 0, 62",
            "256, 3, 7"})
    void doubleScoresAreChains(int inner, int first, int columns) {
        double[] x = random.doubles((long) inner * Lanes.BLOCK, -2, 2).toArray();
        double[] y = random.doubles((long) (first + columns) * inner, -2, 2).toArray();
        double[] tile = new double[Lanes.DEPTH * Lanes.BLOCK];
        double[] offset = random.doubles(first + columns, -2, 2).toArray();
        ScoreTile.float64(x, inner, y, offset, first, columns, tile);
        double[] expected = new double[Lanes.DEPTH * Lanes.BLOCK];
        for (int c = 0; c < columns; c++) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                double sum = 0;
                for (int k = 0; k < inner; k++) {
                    sum = Math.fma(x[k * Lanes.BLOCK + r], y[(first + c) * inner + k], sum);
                }
                expected[c * Lanes.BLOCK + r] = sum + offset[first + c];
            }
        }
        assertArrayEquals(expected, tile);
    }

    /** One fused multiply-add a column onto what was there, from the first on. */
    @ParameterizedTest
    @CsvSource({"1, 0, 1", "64, 0, 1", "3, 2, 2", "5, 64, 3", "63, 1, 4", "64, 0, 5", "62, 7, 31", "64, 3, 64",
            "1, 9, 129"})
    void valuesAreChains(int columns, int first, int components) {
        float[] numerators = normal(Lanes.DEPTH * Lanes.BLOCK);
        float[] values = normal((first + columns) * components);
        float[] out = normal((components + 3) / 4 * 4 * Lanes.BLOCK);
        float[] expected = out.clone();
        ValuePanel.of(values, first + columns, components).accumulate(numerators, 0, columns, first, out, 0);
        for (int k = 0; k < components; k++) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                float sum = 0;
                for (int c = 0; c < columns; c++) {
                    sum = Math.fma(numerators[c * Lanes.BLOCK + r], values[(first + c) * components + k], sum);
                }
                expected[k * Lanes.BLOCK + r] += sum;
            }
        }
        assertArrayEquals(expected, out);
    }

    /** {@code (r + (r+32)) + ((r+16) + (r+48))} in float32, 16 of these to 4 likewise, then in float64. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 63, 64})
    void columnSumsFoldInOrder(int columns) {
        int first = 5;
        float[] numerators = normal(columns * Lanes.BLOCK);
        float[] factor = normal(Lanes.BLOCK);
        double[] sums = random.doubles(first + columns + 2).toArray();
        double[] expected = sums.clone();
        new ColumnSums().add(numerators, columns, factor, sums, first);
        for (int c = 0; c < columns; c++) {
            float[] folded = new float[16];
            for (int l = 0; l < 16; l++) {
                int at = c * Lanes.BLOCK + l;
                float low = Math.fma(numerators[at + 32], factor[l + 32], numerators[at] * factor[l]);
                float high = Math.fma(numerators[at + 48], factor[l + 48], numerators[at + 16] * factor[l + 16]);
                folded[l] = low + high;
            }
            float[] quarters = new float[4];
            for (int l = 0; l < 4; l++) {
                quarters[l] = (folded[l] + folded[l + 8]) + (folded[l + 4] + folded[l + 12]);
            }
            expected[first + c] += ((double) quarters[0] + quarters[2]) + ((double) quarters[1] + quarters[3]);
        }
        assertArrayEquals(expected, sums);
    }

    /** Folding loses at most six roundings of the column's absolute sum. */
    @ParameterizedTest
    @ValueSource(ints = {1, 64})
    void columnSumsAreSums(int columns) {
        float[] numerators = normal(columns * Lanes.BLOCK);
        float[] factor = normal(Lanes.BLOCK);
        double[] sums = new double[columns];
        new ColumnSums().add(numerators, columns, factor, sums, 0);
        for (int c = 0; c < columns; c++) {
            double sum = 0;
            double absolute = 0;
            for (int r = 0; r < Lanes.BLOCK; r++) {
                double term = (double) numerators[c * Lanes.BLOCK + r] * factor[r];
                sum += term;
                absolute += Math.abs(term);
            }
            assertEquals(sum, sums[c], 6 * Math.scalb(absolute, -24));
        }
    }

    private float[] normal(int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    private static float[] filled(int count) {
        float[] entries = new float[count];
        Arrays.fill(entries, UNTOUCHED);
        return entries;
    }
}
