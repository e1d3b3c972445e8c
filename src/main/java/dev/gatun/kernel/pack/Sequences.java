package dev.gatun.kernel.pack;

import java.util.Arrays;

/**
 * The mask of sequences packed one after the other, none of which is visible to another: blocks along the diagonal, each of them full
 * or causal.
 */
public final class Sequences implements Mask {

    private final int[] rowEnds;
    private final int[] columnEnds;
    private final boolean causal;
    private final int[] firstColumns;
    private final int[] endColumns;
    private final int[] firstRows;
    private final int[] endRows;

    /**
     * Sequence s has {@code rows[s]} queries and {@code columns[s]} keys.
     *
     * @param causal whether each sequence has the causal mask of {@link Band#causal}
     */
    public static Sequences of(int[] rows, int[] columns, boolean causal) {
        int[] rowEnds = ends(rows);
        int[] columnEnds = ends(columns);
        int[] first = new int[rowEnds[rows.length - 1]];
        int[] end = new int[first.length];
        for (int s = 0, i = 0; s < rows.length; s++) {
            for (; i < rowEnds[s]; i++) {
                first[i] = columnEnds[s] - columns[s];
                end[i] = causal ? Math.max(first[i], columnEnds[s] - (rowEnds[s] - 1 - i)) : columnEnds[s];
            }
        }
        int[] firstRows = new int[columnEnds[columns.length - 1]];
        int[] endRows = new int[firstRows.length];
        for (int s = 0, j = 0; s < columns.length; s++) {
            for (; j < columnEnds[s]; j++) {
                firstRows[j] = causal ? Math.max(rowEnds[s] - rows[s], rowEnds[s] - (columnEnds[s] - j)) : rowEnds[s] - rows[s];
                endRows[j] = rowEnds[s];
            }
        }
        return new Sequences(rowEnds, columnEnds, causal, first, end, firstRows, endRows);
    }

    private Sequences(int[] rowEnds, int[] columnEnds, boolean causal, int[] firstColumns, int[] endColumns, int[] firstRows,
                      int[] endRows) {
        this.rowEnds = rowEnds;
        this.columnEnds = columnEnds;
        this.causal = causal;
        this.firstColumns = firstColumns;
        this.endColumns = endColumns;
        this.firstRows = firstRows;
        this.endRows = endRows;
    }

    private static int[] ends(int[] lengths) {
        int[] ends = new int[lengths.length];
        for (int s = 0, end = 0; s < ends.length; s++) {
            end = Math.addExact(end, lengths[s]);
            ends[s] = end;
        }
        return ends;
    }

    /** The number of sequences. */
    public int count() {
        return rowEnds.length;
    }

    /** The first row of sequence {@code s}; for {@code s = count()} the number of rows. */
    public int rowStart(int s) {
        return s == 0 ? 0 : rowEnds[s - 1];
    }

    /** The first column of sequence {@code s}; for {@code s = count()} the number of columns. */
    public int columnStart(int s) {
        return s == 0 ? 0 : columnEnds[s - 1];
    }

    /** The mask of sequence {@code s} alone, with rows and columns counted from 0 on. */
    public Band band(int s) {
        return causal ? Band.causal(rowEnds[s] - rowStart(s), columnEnds[s] - columnStart(s)) : Band.ALL;
    }

    @Override
    public boolean visible(int i, int j) {
        return j >= firstColumns[i] && j < endColumns[i];
    }

    @Override
    public boolean symmetric() {
        return !causal && Arrays.equals(rowEnds, columnEnds);
    }

    @Override
    public Sequences transposed() {
        return new Sequences(columnEnds, rowEnds, causal, firstRows, endRows, firstColumns, endColumns);
    }

    @Override
    public int firstColumn(int firstRow) {
        return firstColumns[firstRow];
    }

    @Override
    public int endColumn(int lastRow, int columns) {
        return endColumns[lastRow];
    }

    @Override
    public long firstRow(int column) {
        return firstRows[column];
    }

    @Override
    public long endRow(int column) {
        return endRows[column];
    }
}
