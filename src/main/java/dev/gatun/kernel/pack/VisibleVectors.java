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

    private int rows;
    private int columns;
    private final boolean[] visibleRows;
    private final boolean[] visibleColumns;
    private Mask mask = Band.ALL;
    private Mask searchedMask;
    private int searchedRows;
    private int searchedColumns;
    private boolean maskHidesVectors;
    private PairBias pairs;
    private float[] line;
    private float[] greatest;
    private byte[] bytes;
    private boolean searched;
    private boolean allVisible;

    /** Scratch for log-kernels of up to {@code rows x columns}. */
    public VisibleVectors(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.visibleRows = new boolean[rows];
        this.visibleColumns = new boolean[columns];
    }

    /**
     * Sets the mask and the bias that hide entries of a log-kernel of {@code newRows x newColumns}.
     *
     * @param newMask  a mask that is given again with the same numbers of rows and columns must hide the same entries
     * @param newPairs bound to its memory; null for none
     */
    public VisibleVectors of(int newRows, int newColumns, Mask newMask, PairBias newPairs) {
        rows = newRows;
        columns = newColumns;
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
        if (mask != searchedMask || rows != searchedRows || columns != searchedColumns) {
            searchMask();
            searchedMask = mask;
            searchedRows = rows;
            searchedColumns = columns;
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
            line = new float[PairBias.lineLength(visibleColumns.length)];
            greatest = new float[visibleColumns.length];
            bytes = new byte[Lanes.DEPTH];
        }
        Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
        int low = 0;
        int high = columns;
        int different = pairs.oneRow() && mask == Band.ALL ? Math.min(rows, 1) : rows;
        for (int i = 0; i < different; i++) {
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
        Arrays.fill(visibleRows, different, rows, rows > 0 && visibleRows[0]);
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
