package dev.gatun.kernel.pack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.StoredRows;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VisiblePairsTest {

    private static boolean[][] random(Random random, int rows, int columns) {
        boolean[][] visible = new boolean[rows][columns];
        for (boolean[] row : visible) {
            for (int j = 0; j < columns; j++) {
                row[j] = random.nextInt(4) == 0;
            }
        }
        return visible;
    }

    private static VisiblePairs pairs(boolean[][] visible) {
        int columns = visible[0].length;
        float[] entries = new float[visible.length * columns];
        for (int e = 0; e < entries.length; e++) {
            entries[e] = visible[e / columns][e % columns] ? -Float.MAX_VALUE : Float.NEGATIVE_INFINITY;
        }
        return VisiblePairs.of(StoredRows.of(entries, columns), visible.length, columns);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 70", "64, 64", "65, 63", "130, 129", "200, 5"})
    void pairsByRowsAndByColumns(int rows, int columns) {
        boolean[][] visible = random(new Random(rows), rows, columns);
        VisiblePairs pairs = pairs(visible);
        VisiblePairs transposed = pairs.transposed();
        PairMask mask = new PairMask(Band.causal(rows, columns), pairs);
        VisiblePairs masked = VisiblePairs.of(mask, rows, columns);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                assertEquals(visible[i][j], pairs.visible(i, j));
                assertEquals(visible[i][j], transposed.visible(j, i));
                assertEquals(visible[i][j], (pairs.visibleRows(i / Lanes.BLOCK, j) >>> i & 1) == 1);
                assertEquals(visible[i][j] && j <= i + columns - rows, mask.visible(i, j));
                assertEquals(mask.visible(i, j), mask.transposed().visible(j, i));
                assertEquals(mask.visible(i, j), masked.visible(i, j));
            }
            int next = pairs.next(i, columns / 2);
            for (int j = columns / 2; j < next; j++) {
                assertFalse(visible[i][j]);
            }
            assertTrue(next == columns || visible[i][next]);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "5, 3", "66, 2", "70, 5"})
    void stepsJoinPairs(int size, int steps) {
        boolean[][] visible = random(new Random(size), size, size);
        boolean[][] reached = visible;
        for (int step = 1; step < steps; step++) {
            boolean[][] next = new boolean[size][size];
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    for (int k = 0; k < size; k++) {
                        next[i][k] |= reached[i][j] && visible[j][k];
                    }
                }
            }
            reached = next;
        }
        VisiblePairs power = pairs(visible).power(steps);
        for (int i = 0; i < size; i++) {
            for (int k = 0; k < size; k++) {
                assertEquals(reached[i][k], power.visible(i, k));
            }
        }
    }

    /** A tile is covered if and only if each of its pairs is visible. */
    @ParameterizedTest
    @CsvSource({"0, 63, 0, 63", "64, 99, 64, 80", "0, 99, 3, 3", "70, 70, 0, 89", "10, 20, 60, 70"})
    void coveredTiles(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        boolean[][] visible = new boolean[100][90];
        for (boolean[] row : visible) {
            java.util.Arrays.fill(row, true);
        }
        assertTrue(new PairMask(Band.ALL, pairs(visible)).covers(firstRow, lastRow, firstColumn, lastColumn));
        for (int i : new int[] {firstRow, lastRow}) {
            visible[i][lastColumn] = false;
            assertFalse(new PairMask(Band.ALL, pairs(visible)).covers(firstRow, lastRow, firstColumn, lastColumn));
            visible[i][lastColumn] = true;
        }
        if (lastRow < 99) {
            visible[lastRow + 1][firstColumn] = false;
        }
        assertTrue(new PairMask(Band.ALL, pairs(visible)).covers(firstRow, lastRow, firstColumn, lastColumn));
    }
}
