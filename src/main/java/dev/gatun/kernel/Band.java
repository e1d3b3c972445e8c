package dev.gatun.kernel;

/**
 * The visible entries of a log-kernel: {@code (i, j)} is visible where {@code lower <= j - i <= upper}; all others are
 * minus infinity.
 *
 * @param lower the least {@code j - i}
 * @param upper the greatest {@code j - i}
 */
public record Band(int lower, int upper) {

    private static final int FAR = Integer.MAX_VALUE / 2;

    /** Every entry is visible. */
    public static final Band ALL = new Band(-FAR, FAR);

    /**
     * The causal mask of {@code rows} queries and {@code columns} keys: the last query sees all keys, each earlier one
     * a key less.
     */
    public static Band causal(int rows, int columns) {
        return new Band(-FAR, columns - rows);
    }

    /**
     * A sliding window: a query sees {@code before} keys ahead of its own and {@code after} behind it. Queries are the
     * last of the sequence, as in {@link #causal}.
     */
    public static Band window(int rows, int columns, int before, int after) {
        long diagonal = (long) columns - rows;
        return new Band((int) Math.max(diagonal - before, -FAR), (int) Math.min(diagonal + after, FAR));
    }

    /** The band with rows and columns exchanged. */
    Band transposed() {
        return new Band(-upper, -lower);
    }

    /** Whether entry {@code (i, j)} is visible. */
    public boolean visible(int i, int j) {
        return j - i >= lower && j - i <= upper;
    }

    /** Whether nothing is masked. */
    public boolean everything() {
        return equals(ALL);
    }

    /** The first column that any row from {@code firstRow} on sees. */
    int firstColumn(int firstRow) {
        return Math.max(0, firstRow + lower);
    }

    /** One past the last column that any row up to {@code lastRow} sees. */
    int endColumn(int lastRow, int columns) {
        return Math.clamp(lastRow + (long) upper + 1, 0, columns);
    }

    /** Whether rows {@code firstRow .. lastRow} see all of columns {@code firstColumn .. lastColumn}. */
    boolean covers(int firstRow, int lastRow, int firstColumn, int lastColumn) {
        return visible(firstRow, lastColumn) && visible(lastRow, firstColumn);
    }
}
