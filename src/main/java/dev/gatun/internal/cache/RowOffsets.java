package dev.gatun.internal.cache;

import dev.gatun.internal.view.Checks;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A view of {@code B + 1} ints: where the rows of each of B sequences begin, and one past the last row.
 *
 * @param segment   the memory of the offsets
 * @param start     bytes from the start of the segment to the first offset
 * @param sequences the number of sequences, B
 */
public record RowOffsets(MemorySegment segment, long start, int sequences) {

    /** One offset: native byte order, any alignment. */
    public static final ValueLayout.OfInt OFFSET = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.nativeOrder());

    /** The offset of sequence {@code s} as it is in memory now. */
    public int offset(int s) {
        return segment.get(OFFSET, start + (long) s * Integer.BYTES);
    }

    /**
     * Copies the offsets of a call and checks them: once copied, a change of the memory does no harm.
     *
     * @param offsets receives B + 1 offsets
     * @param most    the largest number of sequences
     * @param longest the largest number of rows of a sequence
     * @param rows    the number of rows that there are
     * @param name    of what the rows are, for a message
     * @throws IllegalArgumentException if they decrease, begin below 0, end beyond the rows or exceed one of the numbers
     */
    public void copyTo(int[] offsets, int most, int longest, int rows, String name) {
        if (sequences > most) {
            throw new IllegalArgumentException("%s has %s sequences; expected at most %s".formatted(name, sequences, most));
        }
        Checks.accessible(segment, "the memory of sequence offsets");
        MemorySegment.copy(segment, OFFSET, start, offsets, 0, sequences + 1);
        if (offsets[0] < 0 || offsets[sequences] > rows) {
            throw new IllegalArgumentException("sequences of %s have rows %s to %s; expected them within %s rows"
                    .formatted(name, offsets[0], offsets[sequences], rows));
        }
        for (int s = 0; s < sequences; s++) {
            if (offsets[s + 1] < offsets[s]) {
                throw new IllegalArgumentException("offset %s of %s is %s and the next one %s; offsets must not decrease"
                        .formatted(s, name, offsets[s], offsets[s + 1]));
            }
            if (offsets[s + 1] - offsets[s] > longest) {
                throw new IllegalArgumentException("sequence %s of %s has %s rows; expected at most %s"
                        .formatted(s, name, offsets[s + 1] - offsets[s], longest));
            }
        }
    }
}
