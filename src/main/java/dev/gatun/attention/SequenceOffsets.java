package dev.gatun.attention;

import dev.gatun.internal.cache.RowOffsets;
import dev.gatun.internal.view.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Where each sequence of a ragged batch begins and ends among rows that lie one after the other: sequence s has rows
 * {@code offset(s) .. offset(s + 1) - 1}, which may be none.
 *
 * <p>A view of {@code B + 1} ints in the native byte order, at any alignment, such as a scheduler keeps: each call reads them anew. The
 * view owns nothing.
 */
public final class SequenceOffsets {

    private final RowOffsets rows;

    private SequenceOffsets(RowOffsets rows) {
        this.rows = rows;
    }

    /**
     * The view of {@code sequences + 1} offsets.
     *
     * @param segment   native or heap memory of the offsets
     * @param start     bytes from the start of the segment to the first offset
     * @param sequences the number of sequences, B
     * @return a view
     * @throws IllegalArgumentException if {@code sequences} is not positive or the offsets do not fit in the segment
     */
    public static SequenceOffsets of(MemorySegment segment, long start, int sequences) {
        Checks.given(segment, "the segment of sequence offsets");
        Checks.positive(sequences, "sequences");
        Checks.fits(segment, start, Integer.BYTES, 1, 0, 1, 0, 1, 0, Math.addExact(sequences, 1));
        return new SequenceOffsets(new RowOffsets(segment, start, sequences));
    }

    /**
     * New offsets of sequences of given lengths, one after the other from row 0 on.
     *
     * @param arena   owns the memory of the offsets
     * @param lengths the rows of each sequence, 0 or more
     * @return a view of all of the new memory
     * @throws IllegalArgumentException if there is no length, a length is negative, or they add up to {@code 2^31} or more
     */
    public static SequenceOffsets ofLengths(Arena arena, int... lengths) {
        Checks.positive(lengths.length, "sequences");
        int[] offsets = new int[Math.addExact(lengths.length, 1)];
        for (int s = 0; s < lengths.length; s++) {
            if (lengths[s] < 0) {
                throw new IllegalArgumentException("sequence %s must not have %s rows".formatted(s, lengths[s]));
            }
            if (lengths[s] > Integer.MAX_VALUE - offsets[s]) {
                throw new IllegalArgumentException("sequences must have fewer than 2^31 rows together");
            }
            offsets[s + 1] = offsets[s] + lengths[s];
        }
        MemorySegment segment = arena.allocate((long) Integer.BYTES * offsets.length, Integer.BYTES);
        MemorySegment.copy(offsets, 0, segment, RowOffsets.OFFSET, 0, offsets.length);
        return new SequenceOffsets(new RowOffsets(segment, 0, lengths.length));
    }

    /**
     * The number of sequences.
     *
     * @return B
     */
    public int sequences() {
        return rows.sequences();
    }

    /**
     * The first row of sequence s, which is one past the last row of sequence {@code s - 1}.
     *
     * @param s 0 to B
     * @return the offset as it is in memory now
     * @throws IndexOutOfBoundsException if there is no such offset
     * @throws IllegalStateException     if the memory is closed
     */
    public int offset(int s) {
        Checks.index(s, sequences() + 1, "offset");
        return rows.offset(s);
    }

    /**
     * The memory of the offsets.
     *
     * @return the segment that the view was created on
     */
    public MemorySegment segment() {
        return rows.segment();
    }

    /** The view behind offsets; null for null. */
    static RowOffsets viewOf(SequenceOffsets offsets) {
        return offsets == null ? null : offsets.rows;
    }

    @Override
    public String toString() {
        return "SequenceOffsets[%s sequences]".formatted(sequences());
    }
}
