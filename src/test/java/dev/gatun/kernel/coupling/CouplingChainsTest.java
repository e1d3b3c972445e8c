package dev.gatun.kernel.coupling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Passes over a stored coupling equal, to the last bit, loops in the documented order: whose chains of sums depend neither on the width of
 * vectors nor on the number of registers or threads.
 */
class CouplingChainsTest {

    private static final int CHAINS = 16;
    private static final int EXACT_CHAINS = 8;

    private final Random random = new Random(9);

    @ParameterizedTest
    @CsvSource({"1, 1, false", "7, 70, false", "65, 129, true", "130, 4200, false", "130, 4200, true", "300, 65, false"})
    void sumsHaveFixedChains(int rows, int columns, boolean bfloat16) {
        CouplingEntries entries = new CouplingEntries(Arena.ofAuto(), rows, columns, bfloat16);
        fill(entries, rows, columns);
        float[][] e = new float[rows][columns];
        double[] row = new double[columns];
        for (int i = 0; i < rows; i++) {
            entries.row(i, row);
            for (int j = 0; j < columns; j++) {
                e[i][j] = (float) row[j];
            }
        }
        double[] x = positive(columns);
        double[] mu = positive(rows);
        double[] s = new double[rows];
        double[] t = new double[columns];
        entries.multiply(x, mu, s);
        assertArrayEquals(Arrays.stream(rows(rows)).mapToDouble(i -> mu[i] * product(e[i], x)).toArray(), s);
        double[] sums = new double[rows];
        entries.fit(x, mu, sums, t);
        Arrays.setAll(s, i -> product(e[i], x));
        assertArrayEquals(s, sums);
        assertArrayEquals(columnSums(e, mu, s), t);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "7, 70", "65, 129", "130, 4200"})
    void exactSumsHaveFixedChains(int rows, int columns) {
        CouplingEntries entries = new CouplingEntries(Arena.ofAuto(), rows, columns, false);
        fill(entries, rows, columns);
        double[] c = positive(columns);
        double[] r = positive(rows);
        double[] expected = new double[rows];
        double[] row = new double[columns];
        for (int i = 0; i < rows; i++) {
            entries.row(i, row);
            double[] chains = new double[EXACT_CHAINS];
            for (int j = 0; j < columns; j++) {
                chains[j % EXACT_CHAINS] += (float) row[j] * (float) c[j] * (float) r[i];
            }
            expected[i] = inOrder(chains);
        }
        double[] rowSums = new double[rows];
        entries.sums(c, r, rowSums, new double[columns]);
        assertArrayEquals(expected, rowSums);
    }

    @ParameterizedTest
    @CsvSource({"1", "17", "64"})
    void exactSumsOfATileHaveFixedChains(int columns) {
        float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];
        float[] factor = new float[Lanes.BLOCK];
        double[] rows = new double[Lanes.BLOCK];
        for (int k = 0; k < tile.length; k++) {
            tile[k] = random.nextFloat();
        }
        double[] expectedRows = new double[Lanes.BLOCK];
        for (int r = 0; r < Lanes.BLOCK; r++) {
            factor[r] = random.nextFloat();
            rows[r] = random.nextDouble();
            expectedRows[r] = rows[r];
            for (int c = 0; c < columns; c++) {
                expectedRows[r] += tile[c * Lanes.BLOCK + r] * factor[r];
            }
        }
        double[] expectedColumns = new double[columns];
        for (int c = 0; c < columns; c++) {
            double[] chains = new double[EXACT_CHAINS];
            for (int r = 0; r < Lanes.BLOCK; r++) {
                chains[r % EXACT_CHAINS] += tile[c * Lanes.BLOCK + r] * factor[r];
            }
            expectedColumns[c] = inOrder(chains);
        }
        double[] columnSums = new double[columns];
        EntrySums.addTile(tile, columns, factor, rows, new double[Lanes.DEPTH * EntrySums.CHAINS], columnSums, 0);
        assertArrayEquals(expectedRows, rows);
        assertArrayEquals(expectedColumns, columnSums);
    }

    private static int[] rows(int rows) {
        int[] all = new int[rows];
        Arrays.setAll(all, i -> i);
        return all;
    }

    private static double inOrder(double[] chains) {
        double sum = 0;
        for (double chain : chains) {
            sum += chain;
        }
        return sum;
    }

    /** Sixteen chains over 4096 columns, folded to four in float32 and then in float64. */
    private static double product(float[] e, double[] x) {
        double sum = 0;
        for (int from = 0; from < e.length; from += CouplingRows.CHUNK) {
            float[] chains = new float[CHAINS];
            for (int j = from; j < Math.min(e.length, from + CouplingRows.CHUNK); j++) {
                chains[j % CHAINS] = Math.fma(e[j], (float) x[j], chains[j % CHAINS]);
            }
            float[] four = new float[4];
            for (int l = 0; l < 4; l++) {
                four[l] = chains[l + 12] + (chains[l + 8] + (chains[l + 4] + chains[l]));
            }
            sum += ((double) four[0] + four[2]) + ((double) four[1] + four[3]);
        }
        return sum;
    }

    /** Two chains of four rows in a group of eight, float32 over a block, float64 over a group of blocks and over groups. */
    private static double[] columnSums(float[][] e, double[] mu, double[] s) {
        int rows = e.length;
        double[] total = new double[e[0].length];
        RowGroups groups = new RowGroups(rows, total.length);
        for (int group = 0; group < groups.count(); group++) {
            double[] sums = new double[total.length];
            for (int block = groups.endBlock(group) - 1; block >= groups.firstBlock(group); block--) {
                for (int j = 0; j < total.length; j++) {
                    float partial = 0;
                    for (int i = block * Lanes.BLOCK; i < Math.min(rows, (block + 1) * Lanes.BLOCK); i += CouplingRows.GROUP) {
                        float even = partial;
                        float odd = 0;
                        for (int r = i; r < Math.min(rows, i + CouplingRows.GROUP); r += 2) {
                            even = Math.fma(e[r][j], (float) (mu[r] / s[r]), even);
                            odd = r + 1 < rows ? Math.fma(e[r + 1][j], (float) (mu[r + 1] / s[r + 1]), odd) : odd;
                        }
                        partial = even + odd;
                    }
                    sums[j] += partial;
                }
            }
            for (int j = 0; j < total.length; j++) {
                total[j] += sums[j];
            }
        }
        return total;
    }

    private void fill(CouplingEntries entries, int rows, int columns) {
        float[] ones = new float[Lanes.BLOCK];
        Arrays.fill(ones, 1f);
        float[] tile = new float[Lanes.DEPTH * Lanes.BLOCK];
        entries.begin();
        for (int row = 0; row < rows; row += Lanes.BLOCK) {
            for (int column = 0; column < columns; column += Lanes.DEPTH) {
                for (int k = 0; k < tile.length; k++) {
                    tile[k] = 0.1f + random.nextFloat();
                }
                entries.fill(tile, ones, row, Math.min(Lanes.BLOCK, rows - row), column, Math.min(Lanes.DEPTH, columns - column), 0);
            }
        }
    }

    private double[] positive(int count) {
        double[] values = new double[count];
        Arrays.setAll(values, i -> 0.5 + random.nextFloat());
        return values;
    }
}
