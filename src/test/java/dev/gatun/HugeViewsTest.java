package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.io.Vectors;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes whose products are beyond an int, or a long, are refused in a sentence: no overflow reaches the caller. */
class HugeViewsTest {

    private static final String ARRAY = "4294967296 entries are needed in one array, which holds 2147483639 at most: fewer tokens,"
            + " heads or components must do";

    /** Memory that is never touched. */
    private static final MemorySegment VAST = MemorySegment.NULL.reinterpret(1L << 50);

    @Test
    void arraysOfAView() {
        Matrix view = Matrix.of(VAST, 1 << 16, 1 << 16);
        assertEquals(ARRAY, assertThrows(IllegalArgumentException.class, view::toArray).getMessage());
        assertEquals("an array of 7 entries has no room for a 65536 x 65536 matrix",
                assertThrows(IllegalArgumentException.class, () -> view.copyTo(new float[7])).getMessage());
    }

    @Test
    void plansOfManyQueriesOrComponents() {
        for (AttentionShape shape : List.of(new AttentionShape(1, 1, 1, 1 << 16, 1 << 16, 1 << 16, 1),
                new AttentionShape(1 << 15, 1 << 15, 1 << 15, 1, 1, 1 << 30, 1),
                new AttentionShape(1, 1, 1, 1, 1, Integer.MAX_VALUE, 1), new AttentionShape(1, 1, 1, 1, 1, 1, Integer.MAX_VALUE))) {
            RuntimeException fault = assertThrows(RuntimeException.class, () -> DecodePlan.of(shape, AttentionOptions.defaults()),
                    shape.toString());
            assertTrue(fault instanceof IllegalArgumentException && fault.getMessage().contains("at most"), fault.toString());
        }
    }

    @Test
    void leadingDimensionsOfVectors() {
        int[] leading = {Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE};
        assertEquals("1 vectors for leading dimensions [2147483647, 2147483647, 2147483647]",
                assertThrows(IllegalArgumentException.class, () -> new Vectors(leading, new double[1][1])).getMessage());
    }
}
