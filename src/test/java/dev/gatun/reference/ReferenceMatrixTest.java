package dev.gatun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceMatrixTest {

    private static final double[][] A = {{1, 2, 3}, {4, 5, 6}};

    @Test
    void floatsFillRowsFirst() {
        assertArrayEquals(A, ReferenceMatrix.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, ReferenceMatrix.toFloats(A));
        assertThrows(IllegalArgumentException.class, () -> ReferenceMatrix.of(new float[5], 2, 3));
    }

    @Test
    void productsByHand() {
        // Row 1 of A A^T: 1 + 4 + 9 = 14 and 4 + 10 + 18 = 32; row 2: 32 and 16 + 25 + 36 = 77.
        assertArrayEquals(new double[][] {{14, 32}, {32, 77}},
                ReferenceMatrix.multiply(A, ReferenceMatrix.transpose(A)));
        assertArrayEquals(new double[] {-2, -2}, ReferenceMatrix.multiply(A, new double[] {1, 0, -1}));
        assertArrayEquals(new double[] {-3, -3, -3}, ReferenceMatrix.multiply(new double[] {1, -1}, A));
        assertThrows(IllegalArgumentException.class, () -> ReferenceMatrix.multiply(A, A));
    }

    @Test
    void sumsByHand() {
        assertArrayEquals(new double[] {6, 15}, ReferenceMatrix.rowSums(A));
        assertArrayEquals(new double[] {5, 7, 9}, ReferenceMatrix.columnSums(A));
        assertArrayEquals(new double[][] {{11, 102, 1003}, {24, 115, 1016}},
                ReferenceMatrix.shift(A, new double[] {0, 10}, new double[] {10, 100, 1000}));
    }

    @Test
    void theDifferenceSeesInfinitiesAndNaN() {
        double inf = Double.POSITIVE_INFINITY;
        assertEquals(0, ReferenceMatrix.maxAbsDifference(new double[] {inf, -inf}, new double[] {inf, -inf}));
        assertEquals(inf, ReferenceMatrix.maxAbsDifference(new double[] {inf}, new double[] {-inf}));
        assertEquals(3, ReferenceMatrix.maxAbsDifference(new double[] {1, 2}, new double[] {2, -1}));
        assertTrue(Double.isNaN(ReferenceMatrix.maxAbsDifference(new double[] {Double.NaN, 0}, new double[] {0, 9})));
    }
}
