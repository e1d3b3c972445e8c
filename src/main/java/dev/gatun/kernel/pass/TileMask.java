package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.PairMask;
import java.util.Arrays;

/**
 * Hides the entries of one block's tiles that are not visible in the mask of the log-kernel: zeros for float32 numerators, minus infinity
 * for float64 log-kernels. One worker's scratch.
 */
final class TileMask {

    private final int[] firstVisible = new int[Lanes.DEPTH];
    private final int[] endVisible = new int[Lanes.DEPTH];
    private final long[] hiddenRows = new long[Lanes.DEPTH];
    private Mask mask;
    private int firstRow;
    private int rowCount;

    /** Sets the mask and the rows of the block. */
    void bind(Mask newMask, int newFirstRow, int newRowCount) {
        mask = newMask;
        firstRow = newFirstRow;
        rowCount = newRowCount;
    }

    /** Whether the mask may hide entries of the tile at column {@code first}. */
    boolean crosses(int first, int columns) {
        return !mask.covers(firstRow, firstRow + rowCount - 1, first, first + columns - 1);
    }

    /**
     * Sets the hidden numerators of a tile to 0.
     *
     * @param entries {@code columns x BLOCK}
     * @param sums    receives the sums of the rows
     */
    void hideFloat32(float[] entries, int first, int columns, float[] sums) {
        for (int c = 0; c < columns; c++) {
            firstVisible[c] = firstVisible(first + c);
            endVisible[c] = endVisible(first + c);
        }
        if (mask.zeroDiagonal()) {
            for (int i = diagonalStart(first); i < diagonalEnd(first, columns); i++) {
                entries[diagonalPlace(i, first)] = 0;
            }
        }
        if (mask instanceof PairMask pairMask) {
            for (int c = 0; c < columns; c++) {
                hiddenRows[c] = ~pairMask.pairs().visibleRows(firstRow / Lanes.BLOCK, first + c);
            }
            Numerators.hide(entries, columns, hiddenRows);
        }
        Numerators.mask(entries, columns, firstVisible, endVisible, sums);
    }

    /** Sets the hidden log-kernels of a tile to minus infinity. */
    void hideFloat64(double[] scores, int first, int columns) {
        for (int c = 0, at = 0; c < columns; c++, at += Lanes.BLOCK) {
            Arrays.fill(scores, at, at + firstVisible(first + c), Double.NEGATIVE_INFINITY);
            Arrays.fill(scores, at + endVisible(first + c), at + Lanes.BLOCK, Double.NEGATIVE_INFINITY);
        }
        if (mask.zeroDiagonal()) {
            for (int i = diagonalStart(first); i < diagonalEnd(first, columns); i++) {
                scores[diagonalPlace(i, first)] = Double.NEGATIVE_INFINITY;
            }
        }
        if (mask instanceof PairMask pairMask) {
            for (int c = 0; c < columns; c++) {
                hide(scores, c * Lanes.BLOCK, ~pairMask.pairs().visibleRows(firstRow / Lanes.BLOCK, first + c));
            }
        }
    }

    /** Sets the rows of a column whose bits are set to minus infinity. */
    private static void hide(double[] scores, int column, long rows) {
        for (long left = rows; left != 0; left &= left - 1) {
            scores[column + Long.numberOfTrailingZeros(left)] = Double.NEGATIVE_INFINITY;
        }
    }

    /** The first row of the block whose diagonal entry is in the tile at {@code first}. */
    private int diagonalStart(int first) {
        return Math.max(firstRow, first);
    }

    private int diagonalEnd(int first, int columns) {
        return Math.min(firstRow + Lanes.BLOCK, first + columns);
    }

    /** The place of the diagonal entry of row {@code i}. */
    private int diagonalPlace(int i, int first) {
        return (i - first) * Lanes.BLOCK + i - firstRow;
    }

    /** The first row of the block to which {@code column} is visible; the block's length if there is none. */
    private int firstVisible(int column) {
        return Math.clamp(mask.firstRow(column) - firstRow, 0, Lanes.BLOCK);
    }

    /** One past the last row of the block to which {@code column} is visible, at least {@link #firstVisible}. */
    private int endVisible(int column) {
        return Math.clamp(mask.endRow(column) - firstRow, firstVisible(column), Lanes.BLOCK);
    }
}
