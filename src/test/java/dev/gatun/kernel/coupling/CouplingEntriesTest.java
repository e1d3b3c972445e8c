package dev.gatun.kernel.coupling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stored entries compared with float64 loops over the entries. */
class CouplingEntriesTest {

    private final Random random = new Random(5);

    @ParameterizedTest
    @CsvSource({"1, 1, false", "1, 1, true", "7, 70, false", "7, 70, true", "64, 64, true", "65, 129, false", "65, 129, true",
        "130, 4200, false", "130, 4200, true"})
    void passesAreThoseOfTheEntries(int rows, int columns, boolean bfloat16) {
        CouplingEntries entries = new CouplingEntries(Arena.ofAuto(), rows, columns, bfloat16);
        double[][] given = fill(entries, rows, columns);
        double[][] kept = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            entries.row(i, kept[i]);
            for (int j = 0; j < columns; j++) {
                assertEquals(given[i][j], kept[i][j], bfloat16 ? given[i][j] * 0x1p-8 + 5e-41 : 0);
            }
        }
        double[] x = positive(columns);
        double[] mu = positive(rows);
        for (int i = 8; i < rows; i += 9) {
            mu[i] = 0;
        }
        for (int pass = 0; pass < 3; pass++) {
            double[] s = new double[rows];
            double[] t = new double[columns];
            if (pass < 2) {
                entries.fit(x, mu, s, t);
            } else {
                entries.fitExactly(x, mu, s, t);
            }
            assertNear(products(kept, x), s);
            double[] factors = new double[rows];
            Arrays.setAll(factors, i -> mu[i] / s[i]);
            assertNear(columnSums(kept, factors), t);
            double[] out = new double[rows];
            entries.multiply(x, mu, out);
            Arrays.setAll(factors, i -> mu[i] * s[i]);
            assertNear(factors, out);
            entries.couple(x, mu, t);
            assertNear(columnSums(kept, factors), t);
        }
    }

    /** Sums in float64 of entries that are rounded as an operator rounds them, whatever came before. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "7, 70", "65, 129", "130, 4200"})
    void sumsAreThoseOfRoundedEntries(int rows, int columns) {
        CouplingEntries entries = new CouplingEntries(Arena.ofAuto(), rows, columns, false);
        double[][] given = fill(entries, rows, columns);
        double[] c = positive(columns);
        double[] r = positive(rows);
        double[][] scaled = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            float factor = (float) r[i];
            for (int j = 0; j < columns; j++) {
                scaled[i][j] = (float) given[i][j] * (float) c[j] * factor;
            }
        }
        for (int pass = 0; pass < 2; pass++) {
            double[] rowSums = new double[rows];
            double[] columnSums = new double[columns];
            entries.sums(c, r, rowSums, columnSums);
            assertExact(products(scaled, constant(columns)), rowSums);
            assertExact(columnSums(scaled, constant(rows)), columnSums);
            entries.fit(c, r, rowSums, columnSums);
        }
        for (int i = 8; i < rows; i += 9) {
            r[i] = 0;
        }
        double[] s = new double[rows];
        double[] rowSums = new double[rows];
        double[] columnSums = new double[columns];
        entries.fitAndSum(c, r, s, rowSums, columnSums);
        assertNear(products(given, c), s);
        for (int i = 0; i < rows; i++) {
            float factor = r[i] == 0 ? 0 : (float) (r[i] / s[i]);
            for (int j = 0; j < columns; j++) {
                scaled[i][j] = (float) given[i][j] * (float) c[j] * factor;
            }
        }
        assertExact(products(scaled, constant(columns)), rowSums);
        assertExact(columnSums(scaled, constant(rows)), columnSums);
    }

    private static double[] constant(int count) {
        double[] ones = new double[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static void assertExact(double[] expected, double[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-13 * expected[i], "at " + i);
        }
    }

    /** Fills blocks and tiles in order; a row in nine is zero, as it is without mass, and a column in five. */
    private double[][] fill(CouplingEntries entries, int rows, int columns) {
        double[][] given = new double[rows][columns];
        float[] ones = new float[Lanes.BLOCK];
        Arrays.fill(ones, 1f);
        entries.begin();
        for (int row = 0; row < rows; row += Lanes.BLOCK) {
            for (int column = 0; column < columns; column += Lanes.DEPTH) {
                float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];
                int count = Math.min(Lanes.DEPTH, columns - column);
                int rowCount = Math.min(Lanes.BLOCK, rows - row);
                for (int c = 0; c < count; c++) {
                    for (int r = 0; r < rowCount; r++) {
                        boolean zero = (row + r) % 9 == 8 || (column + c) % 5 == 4;
                        tile[c * Lanes.BLOCK + r] = zero ? 0 : (float) Math.exp(4 * random.nextGaussian());
                        given[row + r][column + c] = tile[c * Lanes.BLOCK + r];
                    }
                }
                entries.fill(tile, ones, row, rowCount, column, count, 0);
            }
        }
        return given;
    }

    private double[] positive(int count) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> 0.5 + random.nextFloat());
        return values;
    }

    private static double[] products(double[][] entries, double[] x) {
        return Arrays.stream(entries).mapToDouble(row -> {
            double sum = 0;
            for (int j = 0; j < row.length; j++) {
                sum += row[j] * x[j];
            }
            return sum;
        }).toArray();
    }

    private static double[] columnSums(double[][] entries, double[] factors) {
        double[] sums = new double[entries[0].length];
        for (int i = 0; i < entries.length; i++) {
            for (int j = 0; j < sums.length; j++) {
                sums[j] += factors[i] > 0 ? factors[i] * entries[i][j] : 0;
            }
        }
        return sums;
    }

    private static void assertNear(double[] expected, double[] actual) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 3e-6 * Math.abs(expected[i]) + 1e-30, "at " + i);
        }
    }

    /** Halves of 32 bits: each is what its row is to be, to a part of 2^-9 but for the last bit of the first. */
    @ParameterizedTest
    @CsvSource({"1, 1", "3.14159, 2.71828", "1e-30, 1e30", "1.9999999, 1.9999999", "0, 5", "5, 0", "1e-38, 1e18"})
    void pairs(float first, float second) {
        CouplingEntries entries = new CouplingEntries(Arena.ofAuto(), 2, 1, true);
        float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];
        tile[0] = first;
        tile[1] = second;
        float[] ones = new float[Lanes.BLOCK];
        Arrays.fill(ones, 1f);
        entries.fill(tile, ones, 0, 2, 0, 1, 0);
        double[] out = new double[1];
        entries.row(0, out);
        assertEquals(first, out[0], first * 0x1p-8 + 5e-41);
        entries.row(1, out);
        assertEquals(second, out[0], second * 0x1p-8);
    }
}
