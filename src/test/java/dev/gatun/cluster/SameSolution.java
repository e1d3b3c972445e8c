package dev.gatun.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.SinkhornSolution;

/** Solutions that are the same to the last bit. */
public final class SameSolution {

    private SameSolution() {
    }

    /** Asserts that two solves ended in the same way, after as many passes, with the same potentials and errors. */
    public static void assertSame(SinkhornSolution expected, SinkhornSolution found) {
        assertEquals(expected.status(), found.status());
        assertEquals(expected.iterations(), found.iterations());
        assertArrayEquals(expected.u(), found.u());
        assertArrayEquals(expected.v(), found.v());
        assertEquals(expected.rowError(), found.rowError());
        assertEquals(expected.columnError(), found.columnError());
    }
}
