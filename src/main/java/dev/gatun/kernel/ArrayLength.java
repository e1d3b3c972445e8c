package dev.gatun.kernel;

/** Lengths of arrays, as products of sizes that callers choose, checked against the largest possible array. */
public final class ArrayLength {

    /** The largest length of an array in common virtual machines. */
    private static final int MAX_ENTRIES = Integer.MAX_VALUE - 8;

    private ArrayLength() {
    }

    /**
     * The product of two sizes that are not negative.
     *
     * @throws IllegalArgumentException if no array has so many entries
     */
    public static int of(long size, long otherSize) {
        if (Math.multiplyHigh(size, otherSize) != 0 || size * otherSize < 0) {
            throw tooLong(size + " x " + otherSize);
        }
        return of(size * otherSize);
    }

    /**
     * {@code entries}, as an int.
     *
     * @throws IllegalArgumentException if no array has so many entries
     */
    public static int of(long entries) {
        if (entries > MAX_ENTRIES) {
            throw tooLong(Long.toString(entries));
        }
        return (int) entries;
    }

    private static IllegalArgumentException tooLong(String entries) {
        return new IllegalArgumentException(entries + " entries are needed in one array, which holds " + MAX_ENTRIES
                + " at most: fewer tokens, heads or components must do");
    }
}
