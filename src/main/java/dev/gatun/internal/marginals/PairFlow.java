package dev.gatun.internal.marginals;

import java.util.Arrays;

/** A sparse flow of mass from rows to columns: the positive amounts, by rows and by columns. */
final class PairFlow {

    private static final int INITIAL_CAPACITY = 4;

    private final double[][] amounts;
    private final int[][] columnsOf;
    private final int[][] rowsOf;
    private final int[] columnCounts;
    private final int[] rowCounts;

    /** A flow of nothing. */
    PairFlow(int rows, int columns) {
        amounts = new double[rows][INITIAL_CAPACITY];
        columnsOf = new int[rows][INITIAL_CAPACITY];
        rowsOf = new int[columns][INITIAL_CAPACITY];
        columnCounts = new int[rows];
        rowCounts = new int[columns];
    }

    /** The number of columns that row i sends mass to. */
    int columnCount(int i) {
        return columnCounts[i];
    }

    /** The column at {@code index} of those that row i sends mass to. */
    int column(int i, int index) {
        return columnsOf[i][index];
    }

    /** The number of rows that column j has mass from. */
    int rowCount(int j) {
        return rowCounts[j];
    }

    /** The row at {@code index} of those that column j has mass from. */
    int row(int j, int index) {
        return rowsOf[j][index];
    }

    private int place(int i, int j) {
        int at = 0;
        while (at < columnCounts[i] && columnsOf[i][at] != j) {
            at++;
        }
        return at;
    }

    /** The mass from row i to column j. */
    double amount(int i, int j) {
        int at = place(i, j);
        return at < columnCounts[i] ? amounts[i][at] : 0;
    }

    /** Adds to the mass from row i to column j; the pair is removed if the result is not positive. */
    void add(int i, int j, double amount) {
        int at = place(i, j);
        if (at == columnCounts[i]) {
            amounts[i] = at == amounts[i].length ? Arrays.copyOf(amounts[i], 2 * at) : amounts[i];
            columnsOf[i] = with(columnsOf[i], columnCounts[i]++, j);
            amounts[i][at] = 0;
            rowsOf[j] = with(rowsOf[j], rowCounts[j]++, i);
        }
        amounts[i][at] += amount;
        if (!(amounts[i][at] > 0)) {
            remove(i, j, at);
        }
    }

    private void remove(int i, int j, int at) {
        int last = --columnCounts[i];
        columnsOf[i][at] = columnsOf[i][last];
        amounts[i][at] = amounts[i][last];
        int place = 0;
        while (rowsOf[j][place] != i) {
            place++;
        }
        rowsOf[j][place] = rowsOf[j][--rowCounts[j]];
    }

    private static int[] with(int[] members, int count, int added) {
        int[] larger = count == members.length ? Arrays.copyOf(members, 2 * count) : members;
        larger[count] = added;
        return larger;
    }
}
