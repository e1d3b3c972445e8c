package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The solver on matrices with known eigenvalues. */
@Tag("any-width")
class BlockKrylovTest {

    @ParameterizedTest
    @CsvSource({"crowded, 400, 5, false, 1e-6", "crowded, 200, 6, true, 1e-6", "even, 400, 8, false, 1e-6",
        "even, 320, 9, false, 1e-9", "even, 150, 3, true, 1e-9", "falling, 500, 12, false, 1e-10",
        "falling, 300, 12, true, 1e-10", "negative, 400, 7, false, 1e-8", "negative, 300, 7, true, 1e-8",
        "triple, 350, 7, false, 1e-7", "triple, 200, 7, true, 1e-7", "even, 256, 17, false, 1e-6", "even, 40, 40, false, 1e-9",
        "even, 40, 40, true, 1e-9", "falling, 3, 2, false, 1e-9", "falling, 1, 1, true, 1e-9"})
    void knownEigenvaluesAreFound(String kind, int n, int count, boolean complex, double tolerance) {
        double[] truth = Mirrored.values(kind, n);
        Mirrored matrix = new Mirrored(truth, complex);
        BlockKrylov solver = new BlockKrylov(matrix, null, Eigenpairs.largest(count).withTolerance(tolerance).withCloseness(1e-4));
        BlockKrylov.RitzVectors found = solver.solve();
        assertEquals(0, found.known());
        assertEquals(count, found.vectors().length);
        for (int k = 0; k < count; k++) {
            double[] x = found.vectors()[k];
            assertEquals(1, Mirrored.inner(x, x), 1e-12);
            // An error of a vector is of second order in its value.
            assertEquals(truth[k], Mirrored.inner(x, found.images()[k]), tolerance);
            double[] image = new double[x.length];
            matrix.apply(new double[][] {x}, new double[][] {image}, 1);
            assertArrayEquals(image, found.images()[k], 0);
            assertTrue(BlockKrylov.residual(x, image) <= tolerance);
            for (int j = 0; j < k; j++) {
                assertEquals(0, Mirrored.inner(x, found.vectors()[j]), 1e-10);
            }
        }
        assertEquals(count < n ? truth[count] : Double.NEGATIVE_INFINITY, found.after(), 1e-4);
        assertEquals(matrix.products() - count, solver.products(), "products are counted");
    }

    /** The residual is taken with the Rayleigh quotient of the vector. */
    @Test
    void residualsAreWhatIsLeftOfTheImage() {
        assertEquals(0, BlockKrylov.residual(new double[] {0.6, 0.8}, new double[] {1.2, 1.6}), 1e-15);
        assertEquals(0.5, BlockKrylov.residual(new double[] {1, 0}, new double[] {3, 0.5}), 1e-15);
    }

    @ParameterizedTest
    @CsvSource({"300, false", "40, false", "40, true", "1, false"})
    void whatIsKnownIsNotLookedFor(int n, boolean complex) {
        double[] truth = Mirrored.values("even", n);
        Mirrored matrix = new Mirrored(truth, complex);
        int count = Math.min(4, n);
        BlockKrylov.RitzVectors found = new BlockKrylov(matrix, matrix.vector(0), Eigenpairs.largest(count)).solve();
        assertEquals(1, found.known());
        assertArrayEquals(matrix.vector(0), found.vectors()[0]);
        for (int k = 0; k < count; k++) {
            assertEquals(truth[k], Mirrored.inner(found.vectors()[k], found.images()[k]), 1e-6);
            assertEquals(k == 0 ? 1 : 0, Mirrored.inner(found.vectors()[k], matrix.vector(0)), 1e-12);
        }
    }

    /** One more product measures the residuals. */
    @ParameterizedTest
    @CsvSource({"1", "2", "7", "30"})
    void noMoreProductsAreTakenThanAllowed(int max) {
        Mirrored matrix = new Mirrored(Mirrored.values("crowded", 2000), false);
        BlockKrylov solver = new BlockKrylov(matrix, null, Eigenpairs.largest(8).withTolerance(1e-12).withMaxProducts(max));
        BlockKrylov.RitzVectors found = solver.solve();
        assertEquals(8, found.vectors().length);
        assertEquals(max + 1, solver.products());
        assertFalse(BlockKrylov.residual(found.vectors()[7], found.images()[7]) <= 1e-12);
    }

    /** Eigenvalues 1, 0.7, 0.49 and so on. */
    @Test
    void eigenvaluesThatStandApartTakeFewProducts() {
        for (int n : new int[] {300, 1000}) {
            Mirrored matrix = new Mirrored(Mirrored.values("falling", n), false);
            BlockKrylov solver = new BlockKrylov(matrix, null, Eigenpairs.largest(6));
            solver.solve();
            assertTrue(solver.products() <= 12, () -> "it took " + solver.products());
        }
    }
}
