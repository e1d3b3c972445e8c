package dev.gatun.internal.format;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The shape that a header claims: non-negative sizes, not compared with the file. */
public record Shape(long... sizes) {

    /** The dimensions that messages show. */
    private static final int MAX_SHOWN = 8;

    public static Shape of(int... sizes) {
        return new Shape(Arrays.stream(sizes).asLongStream().toArray());
    }

    public int dimensions() {
        return sizes.length;
    }

    /** The bytes of all entries.
     *
     * @throws ArithmeticException if there are more than a long counts
     */
    public long bytes(int bytesPerEntry) {
        return Math.multiplyExact(product(sizes.length), (long) bytesPerEntry);
    }

    /** The product of all sizes but the last. */
    public long rows() {
        return product(sizes.length - 1);
    }

    private long product(int count) {
        long product = 1;
        boolean empty = false;
        for (int i = 0; i < count; i++) {
            empty |= sizes[i] == 0;
        }
        for (int i = 0; i < count && !empty; i++) {
            product = Math.multiplyExact(product, sizes[i]);
        }
        return empty ? 0 : product;
    }

    public int[] toInts() {
        return Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    }

    /** A Python tuple, {@code (2, 3)}, {@code (3,)} or {@code ()}, its end cut off if it is long. */
    @Override
    public String toString() {
        String inner = Arrays.stream(sizes).limit(MAX_SHOWN).mapToObj(Long::toString).collect(Collectors.joining(", "));
        return "(" + inner + (sizes.length == 1 ? ",)" : sizes.length > MAX_SHOWN ? ", ...)" : ")");
    }
}
