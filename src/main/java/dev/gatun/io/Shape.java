package dev.gatun.io;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The shape a header claims: sizes that are not negative, but not yet compared with anything. */
record Shape(long... sizes) {

    /** More than any tensor that is read or written has. */
    private static final int MAX_NAMED = 8;

    static Shape of(int... sizes) {
        return new Shape(Arrays.stream(sizes).asLongStream().toArray());
    }

    int dimensions() {
        return sizes.length;
    }

    /** @throws ArithmeticException if the product of the sizes overflows */
    long bytes(int bytesPerEntry) {
        return Math.multiplyExact(product(sizes.length), (long) bytesPerEntry);
    }

    /** The product of all sizes but the last. */
    long rows() {
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

    int[] toInts() {
        return Arrays.stream(sizes).mapToInt(Math::toIntExact).toArray();
    }

    /** As a Python tuple, {@code (2, 3)}, {@code (3,)} or {@code ()}, of which only so much is shown that fits in a line. */
    @Override
    public String toString() {
        String inner = Arrays.stream(sizes).limit(MAX_NAMED).mapToObj(Long::toString).collect(Collectors.joining(", "));
        return "(" + inner + (sizes.length == 1 ? ",)" : sizes.length > MAX_NAMED ? ", ...)" : ")");
    }
}
