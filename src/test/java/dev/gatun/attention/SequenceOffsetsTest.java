package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Where the sequences of a ragged batch lie, and which offsets a call refuses. */
class SequenceOffsetsTest {

    private static SequenceOffsets offsets(int... offsets) {
        return SequenceOffsets.of(MemorySegment.ofArray(offsets), 0, offsets.length - 1);
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    private static int[] copied(SequenceOffsets offsets) {
        int[] copied = new int[offsets.sequences() + 1];
        SequenceOffsets.viewOf(offsets).copyTo(copied, offsets.sequences(), 100, 100, "q");
        return copied;
    }

    @Test
    void lengthsFollowEachOther() {
        try (Arena arena = Arena.ofConfined()) {
            SequenceOffsets offsets = SequenceOffsets.ofLengths(arena, 3, 0, 5);
            assertEquals(3, offsets.sequences());
            assertEquals(3, offsets.offset(2));
            assertArrayEquals(new int[] {0, 3, 3, 8}, copied(offsets));
            assertEquals("SequenceOffsets[3 sequences]", offsets.toString());
        }
    }

    @Test
    void offsetsAreReadAnewFromAnyPlace() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(100);
            SequenceOffsets offsets = SequenceOffsets.of(memory, 3, 2);
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, 7, 4);
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, 11, 9);
            assertArrayEquals(new int[] {0, 4, 9}, copied(offsets));
            memory.set(ValueLayout.JAVA_INT_UNALIGNED, 7, 5);
            assertEquals(5, offsets.offset(1));
            assertArrayEquals(new int[] {0, 5, 9}, copied(offsets));
        }
    }

    @Test
    void wrongOffsetsAreRefused() {
        int[] copy = new int[4];
        assertRefused("q has 4 sequences; expected at most 3", () -> SequenceOffsets.viewOf(offsets(0, 1, 2, 3, 4)).copyTo(copy, 3, 9, 9, "q"));
        assertRefused("sequences of q have rows -1 to 4; expected them within 9 rows", () -> SequenceOffsets.viewOf(offsets(-1, 4)).copyTo(copy, 3, 9, 9, "q"));
        assertRefused("sequences of q have rows 0 to 10; expected them within 9 rows", () -> SequenceOffsets.viewOf(offsets(0, 10)).copyTo(copy, 3, 9, 9, "q"));
        assertRefused("offset 1 of q is 5 and the next one 3; offsets must not decrease",
                () -> SequenceOffsets.viewOf(offsets(0, 5, 3, 9)).copyTo(copy, 3, 9, 9, "q"));
        assertRefused("offset 0 of q is 0 and the next one -2147483648; offsets must not decrease",
                () -> SequenceOffsets.viewOf(offsets(0, Integer.MIN_VALUE, 3)).copyTo(copy, 3, 9, 9, "q"));
        assertRefused("sequence 1 of q has 8 rows; expected at most 5", () -> SequenceOffsets.viewOf(offsets(0, 1, 9)).copyTo(copy, 3, 5, 9, "q"));
    }

    @Test
    void wrongLengthsAndViewsAreRefused() {
        Arena arena = Arena.global();
        assertRefused("sequences must be at least 1, not 0", () -> SequenceOffsets.ofLengths(arena));
        assertRefused("sequence 1 must not have -2 rows", () -> SequenceOffsets.ofLengths(arena, 3, -2));
        assertRefused("sequences must have fewer than 2^31 rows together",
                () -> SequenceOffsets.ofLengths(arena, Integer.MAX_VALUE, 1));
        MemorySegment ints = MemorySegment.ofArray(new int[4]);
        assertThrows(IllegalArgumentException.class, () -> SequenceOffsets.of(ints, 0, 4));
        assertThrows(IllegalArgumentException.class, () -> SequenceOffsets.of(ints, -4, 3));
        assertThrows(NullPointerException.class, () -> SequenceOffsets.of(null, 0, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> SequenceOffsets.of(ints, 0, 3).offset(4));
    }

    @Test
    void closedMemoryIsRefused() {
        SequenceOffsets offsets;
        try (Arena arena = Arena.ofConfined()) {
            offsets = SequenceOffsets.ofLengths(arena, 1);
        }
        assertThrows(IllegalStateException.class, () -> SequenceOffsets.viewOf(offsets).copyTo(new int[2], 1, 1, 1, "q"));
        assertThrows(IllegalStateException.class, () -> offsets.offset(0));
    }
}
