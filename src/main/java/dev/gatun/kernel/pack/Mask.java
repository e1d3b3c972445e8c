package dev.gatun.kernel.pack;

/**
 * Which entries of a log-kernel are visible; all others are minus infinity. Each row sees columns in a row, and later rows
 * neither begin nor end before earlier ones, so that each column is seen by rows in a row as well. The diagonal, or single pairs, may be
 * left out; where rows and columns begin and end is told as if they were not.
 */
public sealed interface Mask permits Band, PartialMask, Sequences {

    /** Whether entry {@code (i, j)} is visible. */
    boolean visible(int i, int j);

    /** Whether (j, i) is visible where (i, j) is. */
    boolean symmetric();

    /** Whether the diagonal is left out. */
    default boolean zeroDiagonal() {
        return false;
    }

    /** The mask with rows and columns exchanged. */
    Mask transposed();

    /** The first column that any row from {@code firstRow} on sees. */
    int firstColumn(int firstRow);

    /** One past the last column that any row up to {@code lastRow} sees. */
    int endColumn(int lastRow, int columns);

    /** The first row that sees {@code column}, were there rows without end. */
    long firstRow(int column);

    /** One past the last row that sees {@code column}, were there rows without end. */
    long endRow(int column);

    /** Whether rows {@code firstRow .. lastRow} see all of columns {@code firstColumn .. lastColumn}. */
    default boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        return visible(firstRow, lastColumn) && visible(lastRow, firstColumn);
    }
}
