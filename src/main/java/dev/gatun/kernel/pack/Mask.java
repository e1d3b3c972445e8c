package dev.gatun.kernel.pack;

/**
 * Which entries of a log-kernel are visible. All others are hidden: they are minus infinity.
 *
 * <p>The visible columns of a row are contiguous, and later rows neither begin nor end before earlier ones, so the visible rows of a
 * column are contiguous too. A {@link RestrictedMask} hides the diagonal, or single pairs, in addition; where its rows and columns begin
 * and end does not take these into account.
 */
public sealed interface Mask permits Band, RestrictedMask, Sequences {

    /** Whether entry {@code (i, j)} is visible. */
    boolean visible(int i, int j);

    /** Whether entry (j, i) is visible wherever (i, j) is. */
    boolean symmetric();

    /** Whether the diagonal is hidden. */
    default boolean zeroDiagonal() {
        return false;
    }

    /** The mask with rows and columns exchanged. */
    Mask transposed();

    /** The first column visible to any row from {@code firstRow} on. */
    int firstColumn(int firstRow);

    /** One past the last column visible to any row up to {@code lastRow}, at most {@code columns}. */
    int endColumn(int lastRow, int columns);

    /** The first row to which {@code column} is visible, if the number of rows were unlimited; it may be negative. */
    long firstRow(int column);

    /** One past the last row to which {@code column} is visible, if the number of rows were unlimited. */
    long endRow(int column);

    /** Whether every entry in rows {@code firstRow .. lastRow} and columns {@code firstColumn .. lastColumn} is visible. */
    default boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        return visible(firstRow, lastColumn) && visible(lastRow, firstColumn);
    }
}
