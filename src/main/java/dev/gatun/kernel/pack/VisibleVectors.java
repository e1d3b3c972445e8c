package dev.gatun.kernel.pack;

import dev.gatun.kernel.FiniteScan;
import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * Which rows and columns of a log-kernel have a visible entry. The vectors of all others must not influence a result, nor the choice of
 * a precision or a scale.
 *
 * <p>Rows and columns are searched once, when the first of them is asked for.
 */
public final class VisibleVectors {

    private final int rows;
    private final int columns;
    private final boolean[] visibleRows;
    private final boolean[] visibleColumns;
    private Mask mask = Band.ALL;
    private Mask searchedMask;
    private boolean maskHidesVectors;
    private PairBias pairs;
    private float[] line;
    private float[] greatest;
    private byte[] bytes;
    private boolean searched;
    private boolean allVisible;

    /** Scratch for log-kernels of {@code rows x columns}. */
    public VisibleVectors(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.visibleRows = new boolean[rows];
        this.visibleColumns = new boolean[columns];
    }

    /**
     * Sets the mask and the bias that hide entries.
     *
     * @param newPairs bound to its memory; null for none
     */
    public VisibleVectors of(Mask newMask, PairBias newPairs) {
        mask = newMask;
        pairs = newPairs;
        searched = false;
        return this;
    }

    /** Whether there may be a row or a column without a visible entry. A mask is searched once, a bias not at all. */
    public boolean mayHide() {
        if (pairs != null) {
            return true;
        }
        if (mask == Band.ALL) {
            return false;
        }
        if (mask != searchedMask) {
            searchMask();
            searchedMask = mask;
            maskHidesVectors = !allVisible;
        }
        return maskHidesVectors;
    }

    /** Whether every row and every column has a visible entry. */
    public boolean allVisible() {
        if (mayHide()) {
            search();
            return allVisible;
        }
        return true;
    }

    /** Whether row {@code i} has a visible entry. */
    public boolean row(int i) {
        return allVisible() || visibleRows[i];
    }

    /** Whether column {@code j} has a visible entry. */
    public boolean column(int j) {
        return allVisible() || visibleColumns[j];
    }

    /** The first column visible to the last row or, if there is none, to the first row; -1 if neither sees one. */
    int someColumn() {
        int last = firstVisibleColumn(rows - 1);
        return last >= 0 ? last : firstVisibleColumn(0);
    }

    private int firstVisibleColumn(int i) {
        for (int j = mask.firstColumn(i), end = mask.endColumn(i, columns); j < end; j++) {
            if (mask.visible(i, j) && (pairs == null || pairs.visible(i, j))) {
                return j;
            }
        }
        return -1;
    }

    private void search() {
        if (searched) {
            return;
        }
        if (pairs == null) {
            searchMask();
        } else {
            searchPairs();
        }
        searched = true;
    }

    private void searchMask() {
        VisiblePairs visiblePairs = mask instanceof PairMask pairMask ? pairMask.pairs() : null;
        VisiblePairs transposed = visiblePairs == null ? null : visiblePairs.transposed();
        for (int i = 0; i < rows; i++) {
            visibleRows[i] = anyVisible(i, mask.firstColumn(i), mask.endColumn(i, columns), visiblePairs);
        }
        for (int j = 0; j < columns; j++) {
            visibleColumns[j] = anyVisible(j, Math.max(0, mask.firstRow(j)), Math.min(rows, mask.endRow(j)), transposed);
        }
        checkAll();
    }

    /** Whether row or column {@code i} has a visible entry from {@code first} to {@code end}. */
    private boolean anyVisible(int i, long first, long end, VisiblePairs visiblePairs) {
        if (first >= end) {
            return false;
        }
        long visible = visiblePairs == null ? first : visiblePairs.next(i, (int) first);
        if (mask.zeroDiagonal() && visible == i) {
            visible = visiblePairs == null ? visible + 1 : visiblePairs.next(i, (int) visible + 1);
        }
        return visible < end;
    }

    /** Rows are read only in columns {@code low .. high - 1}: all columns outside are known to be visible. */
    private void searchPairs() {
        if (line == null) {
            line = new float[PairBias.lineLength(columns)];
            greatest = new float[columns];
            bytes = new byte[Lanes.DEPTH];
        }
        Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
        int low = 0;
        int high = columns;
        for (int i = 0; i < rows; i++) {
            visibleRows[i] = firstVisibleColumn(i) >= 0;
            int from = Math.max(low, mask.firstColumn(i));
            int to = Math.min(high, mask.endColumn(i, columns));
            if (visibleRows[i] && from < to) {
                pairs.readRow(i, from, to, line, bytes);
                FiniteScan.raise(line, from, to, greatest);
                while (low < high && greatest[low] >= pairs.least()) {
                    low++;
                }
                while (low < high && greatest[high - 1] >= pairs.least()) {
                    high--;
                }
            }
        }
        for (int j = 0; j < columns; j++) {
            visibleColumns[j] = j < low || j >= high || greatest[j] >= pairs.least();
        }
        checkAll();
    }

    private void checkAll() {
        allVisible = true;
        for (int i = 0; i < rows; i++) {
            allVisible &= visibleRows[i];
        }
        for (int j = 0; j < columns; j++) {
            allVisible &= visibleColumns[j];
        }
    }

    /** For each row, whether it has a visible entry; valid until the next {@link #of}. */
    boolean[] visibleRows() {
        search();
        return visibleRows;
    }

    /** For each column, whether it has a visible entry; valid until the next {@link #of}. */
    boolean[] visibleColumns() {
        search();
        return visibleColumns;
    }
}
