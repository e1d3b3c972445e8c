package dev.gatun.kernel.pack;

/**
 * A band along the diagonal: {@code (i, j)} is visible where {@code lower <= j - i <= upper}.
 *
 * <p>A plan keeps a band of its own and {@link #place places} it for the queries and keys of each call, which allocates nothing. All
 * other bands stay where they are.
 */
public final class Band implements Mask {

    private static final int FAR = Integer.MAX_VALUE / 2;

    /** Every entry is visible. */
    public static final Band ALL = new Band(-FAR, FAR);

    private int lower;
    private int upper;

    /**
     * @param lower the least visible {@code j - i}
     * @param upper the greatest visible {@code j - i}
     */
    public Band(int lower, int upper) {
        this.lower = lower;
        this.upper = upper;
    }

    /** The least visible {@code j - i}. */
    public int lower() {
        return lower;
    }

    /** The greatest visible {@code j - i}. */
    public int upper() {
        return upper;
    }

    /**
     * The causal mask of {@code rows} queries and {@code columns} keys: all keys are visible to the last query, and one key less to each
     * earlier one.
     */
    public static Band causal(int rows, int columns) {
        return new Band(-FAR, columns - rows);
    }

    /**
     * A sliding window: visible to a query are its own key, the {@code before} keys that precede it and the {@code after} keys that
     * follow it. Queries are the last of the sequence, as in {@link #causal}.
     */
    public static Band window(int rows, int columns, int before, int after) {
        Band band = new Band(0, 0);
        band.place(rows, columns, before, after);
        return band;
    }

    /** Makes this band, which must belong to the caller alone, the {@link #window} of other queries and keys. */
    public void place(int rows, int columns, int before, int after) {
        long diagonal = (long) columns - rows;
        lower = (int) Math.max(diagonal - before, -FAR);
        upper = (int) Math.min(diagonal + after, FAR);
    }

    /**
     * The greatest distance {@code |j - (i + columns - rows)|} of a visible pair: from a query's own key to a visible key, where
     * queries are the last of the sequence; 0 if no pair is visible.
     */
    public long reach(int rows, int columns) {
        long reach = 0;
        for (int i = 0; i < rows; i++) {
            int first = firstColumn(i);
            int end = endColumn(i, columns);
            long own = i + (long) columns - rows;
            if (first < end) {
                reach = Math.max(reach, Math.max(own - first, end - 1 - own));
            }
        }
        return reach;
    }

    @Override
    public Band transposed() {
        return new Band(-upper, -lower);
    }

    @Override
    public boolean visible(int i, int j) {
        return j - i >= lower && j - i <= upper;
    }

    @Override
    public boolean symmetric() {
        return lower == -upper;
    }

    @Override
    public int firstColumn(int firstRow) {
        return Math.max(0, firstRow + lower);
    }

    @Override
    public int endColumn(int lastRow, int columns) {
        return Math.clamp(lastRow + (long) upper + 1, 0, columns);
    }

    @Override
    public long firstRow(int column) {
        return (long) column - upper;
    }

    @Override
    public long endRow(int column) {
        return (long) column - lower + 1;
    }
}
