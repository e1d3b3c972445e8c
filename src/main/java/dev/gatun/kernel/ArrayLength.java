package dev.gatun.kernel;

/** Lengths of arrays, of sizes that callers choose: what no array holds is refused in a sentence. */
public final class ArrayLength {

    /** As many entries as an array of any type has in common virtual machines. */
    private static final int MAX_ENTRIES = Integer.MAX_VALUE - 8;

    private ArrayLength() {
    }

    /**
     * The product of two sizes that are not negative.
     *
     * @throws IllegalArgumentException if an array has no room for as many entries
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
     * @throws IllegalArgumentException if an array has no room for as many
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
