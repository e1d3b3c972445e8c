package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Conjugate;
import dev.gatun.Scores;
import dev.gatun.Workers;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Solves with restarts, and the methods of multiplying a conjugate. */
class SpectrumTest {

    private static final double ROUNDING = 5e-6;

    /** Conjugates too large to decompose as a whole, with several spreads, up to a kernel that is nearly diagonal. */
    @ParameterizedTest
    @CsvSource({"330, 0.5, 5", "330, 1, 8", "330, 1, 40", "400, 2, 6"})
    @Tag("slow")
    void restartedSolvesAgreeWithADenseOne(int n, double spread, int count) {
        Tokens tokens = Tokens.random(n, n, n, 16, spread);
        double[][] s = ReferenceScores.scores(tokens.queries64(), tokens.keys64(), 0.25);
        double[][] logW = ReferenceScores.logKernel(ReferenceScores.symmetric(s), 1);
        DenseSpectrum truth = DenseSpectrum.of(ReferenceMagnetic.conjugate(logW, new double[n][n], 0).real());
        DenseSpectrum magneticTruth = DenseSpectrum.of(ReferenceMagnetic.conjugate(logW, ReferenceScores.antisymmetric(s), 0.5));
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            compare(Spectrum.of(scores.diffusion().conjugate(0), Eigenpairs.largest(count)), truth);
            compare(Spectrum.of(scores.magnetic(0.5).conjugate(0), Eigenpairs.largest(Math.min(count, 8))), magneticTruth);
        }
    }

    private static void compare(Spectrum spectrum, DenseSpectrum truth) {
        assertTrue(spectrum.converged());
        for (int k = 0; k < spectrum.count(); k++) {
            assertEquals(truth.value(k), spectrum.value(k), ROUNDING);
            assertTrue(truth.residual(spectrum.vector(k), spectrum.value(k)) <= ROUNDING);
        }
        for (Spectrum.Group group : spectrum.groups()) {
            for (int k = group.first(); k < group.end() && group.complete(); k++) {
                assertTrue(truth.distance(spectrum.vector(k), group.first(), group.end()) <= 1e-3);
            }
        }
    }

    /** Ten separate copies of a few tokens: each of the ten eigenvalues 1 is found. */
    @Test
    void equalEigenvaluesAreAllFound() {
        int n = 400;
        int clusters = 12;
        float[] centres = Tokens.random(1, clusters, clusters, 4, 60).q();
        float[] x = new float[4 * n];
        for (int i = 0; i < n; i++) {
            System.arraycopy(centres, i % clusters * 4, x, 4 * i, 4);
        }
        Tokens points = new Tokens(n, n, 4, x, x);
        try (Arena arena = Arena.ofConfined()) {
            Conjugate conjugate = points.scores(arena).diffusion().conjugate(0);
            for (int count : new int[] {1, 5, 12, 14}) {
                Spectrum spectrum = Spectrum.of(conjugate, Eigenpairs.largest(count));
                assertTrue(spectrum.converged());
                assertEquals(clusters, spectrum.components());
                for (int k = 0; k < count; k++) {
                    assertEquals(k < clusters ? 1 : 0, spectrum.value(k), ROUNDING);
                }
                assertEquals(count >= clusters, spectrum.groups().getFirst().complete());
            }
        }
    }

    /** Stored or recomputed, by one thread or several, in float32 or float64: the same to the last bit. */
    @ParameterizedTest
    @CsvSource({"1, false", "70, false", "1030, false", "1030, true", "1100, false"})
    void productsAreTheSameEitherWay(int n, boolean harsh) {
        Tokens tokens = Tokens.random(n, n, n, 16, harsh ? 12 : 0.7);
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try (Arena arena = Arena.ofShared()) {
            for (boolean complex : new boolean[] {false, true}) {
                Scores scores = tokens.scores(arena);
                double[][] x = vectors(complex ? 2 * n : n, 11);
                double[][] kept = product(conjugate(scores, complex), x);
                assertSame(kept, product(conjugate(scores, complex).withMemory(0), x));
                assertSame(kept, product(conjugate(scores, complex).withWorkers(Workers.of(executor, 4)), x));
                assertSame(kept, product(conjugate(scores, complex).withMemory(0).withWorkers(Workers.of(executor, 2)), x));
            }
        } finally {
            executor.shutdown();
        }
    }

    /** Vectors fill one panel, two side by side or three: each has the bits of its product alone. */
    @ParameterizedTest
    @CsvSource({"false, 8", "false, 11", "false, 17", "true, 4", "true, 8", "true, 9"})
    void productsAreTheSameInAnyCompany(boolean complex, int count) {
        Tokens tokens = Tokens.random(15, 150, 150, 16, 0.7);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            double[][] x = vectors(complex ? 300 : 150, count);
            double[][] together = product(conjugate(scores, complex), x);
            for (int k = 0; k < count; k++) {
                assertArrayEquals(product(conjugate(scores, complex), new double[][] {x[k]})[0], together[k], 0.0);
            }
        }
    }

    /** In float32, in float64 if the range or alpha needs it, and for points, against the definition in float64. */
    @ParameterizedTest
    @CsvSource({"0.7, 0, false", "0.7, 1, false", "0.7, 3, false", "0.7, -1, false", "12, 0.5, false", "0.5, 1, true"})
    void productsAgreeWithFloat64(double spread, double alpha, boolean points) {
        int n = 1050;
        Tokens random = Tokens.random(14, n, n, 16, spread);
        Tokens tokens = points ? new Tokens(n, n, 16, random.q(), random.q()) : random;
        double[][] s = ReferenceScores.scores(tokens.queries64(), tokens.keys64(), 0.25);
        double[][] logW = ReferenceDiffusion.logNormalised(ReferenceScores.logKernel(ReferenceScores.symmetric(s), 1), alpha);
        double[][] truth = ReferenceMagnetic.conjugate(logW, new double[n][n], 0).real();
        try (Arena arena = Arena.ofConfined()) {
            double[][] x = vectors(n, 3);
            double[][] y = product(tokens.scores(arena).diffusion(alpha).conjugate(0), x);
            for (int k = 0; k < x.length; k++) {
                for (int i = 0; i < n; i++) {
                    double expected = 0;
                    double size = 0;
                    for (int j = 0; j < n; j++) {
                        expected += truth[i][j] * x[k][j];
                        size += truth[i][j] * Math.abs(x[k][j]);
                    }
                    // What is below the range of floats vanishes.
                    assertEquals(expected, y[k][i], ROUNDING * Math.max(1, Math.abs(alpha)) * size + 1e-35);
                }
            }
        }
    }

    private static Conjugate conjugate(Scores scores, boolean complex) {
        return complex ? scores.magnetic(0.7, 0.5).conjugate(0) : scores.diffusion(0.5).conjugate(0);
    }

    private static double[][] vectors(int length, int count) {
        double[][] vectors = new double[count][];
        Arrays.setAll(vectors, k -> new java.util.SplittableRandom(k).doubles(length, -1, 1).toArray());
        return vectors;
    }

    private static double[][] product(Conjugate conjugate, double[][] x) {
        double[][] y = new double[x.length][conjugate.length()];
        conjugate.apply(x, y, x.length);
        return y;
    }

    private static void assertSame(double[][] expected, double[][] actual) {
        for (int k = 0; k < expected.length; k++) {
            assertArrayEquals(expected[k], actual[k], 0.0);
        }
    }

    /** {@code <x, A y> = <A x, y>}, up to the rounding of the sums. */
    @Test
    void productsAreSelfAdjoint() {
        Tokens tokens = Tokens.random(3, 150, 150, 8, 3);
        try (Arena arena = Arena.ofConfined()) {
            for (boolean complex : new boolean[] {false, true}) {
                double[][] x = vectors(complex ? 300 : 150, 2);
                for (double[] vector : x) {
                    // Floats, so that no product rounds them.
                    Arrays.setAll(vector, i -> (float) vector[i]);
                }
                double[][] y = product(conjugate(tokens.scores(arena), complex), x);
                assertEquals(inner(x[0], y[1]), inner(y[0], x[1]), 1e-5);
            }
        }
    }

    private static double inner(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** The same start, the same arithmetic: the same digits. */
    @Test
    void solvesAreRepeatable() {
        Tokens tokens = Tokens.random(4, 300, 300, 8, 1);
        try (Arena arena = Arena.ofConfined()) {
            for (int repetition = 0; repetition < 3; repetition++) {
                MagneticMap first = MagneticMap.of(tokens.scores(arena).magnetic(0.5), 0, Eigenpairs.largest(6));
                MagneticMap again = MagneticMap.of(tokens.scores(arena).magnetic(0.5), 0, Eigenpairs.largest(6));
                assertArrayEquals(first.spectrum().values(), again.spectrum().values(), 0.0);
                assertSame(first.coordinates(0), again.coordinates(0));
            }
        }
    }

    /** The entry of largest modulus is real and positive. */
    @Test
    void phasesAreFixed() {
        Tokens tokens = Tokens.random(5, 40, 40, 8, 1);
        try (Arena arena = Arena.ofConfined()) {
            Spectrum spectrum = MagneticMap.of(tokens.scores(arena).magnetic(0.5), 0, Eigenpairs.largest(6)).spectrum();
            for (int k = 0; k < 6; k++) {
                double[] x = spectrum.vector(k);
                int pivot = 0;
                for (int i = 0; i < 40; i++) {
                    pivot = Math.hypot(x[i], x[40 + i]) > 1.001 * Math.hypot(x[pivot], x[40 + pivot]) ? i : pivot;
                }
                assertTrue(x[pivot] > 0);
                assertEquals(0, x[40 + pivot], 1e-3 * x[pivot]);
            }
        }
    }

    /** A solve that reaches the maximum number of products reports that it did not converge. */
    @Test
    void whatHasNotConvergedSaysSo() {
        Tokens tokens = Tokens.random(6, 600, 600, 16, 1);
        try (Arena arena = Arena.ofConfined()) {
            Conjugate conjugate = tokens.scores(arena).diffusion().conjugate(0);
            Spectrum cut = Spectrum.of(conjugate, Eigenpairs.largest(8).withMaxProducts(2));
            assertFalse(cut.converged());
            assertEquals(8, cut.count());
            assertTrue(cut.products() <= 3);
        }
    }

    /** Triple eigenvalues, in an order that rounding decides: values, vectors and residuals are sorted together. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsFoundIsSortedAndMeasured(boolean complex) {
        int n = 120;
        Mirrored matrix = new Mirrored(Mirrored.values("triple", n), complex);
        Eigenpairs options = Eigenpairs.largest(8).withTolerance(1e-9);
        Spectrum spectrum = Spectrum.of(matrix, null, options, 1);
        assertEquals(matrix.products(), spectrum.products());
        assertEquals(complex, spectrum.complex());
        assertTrue(spectrum.converged());
        for (int k = 0; k < 8; k++) {
            assertEquals(1 - k / 3 * 3.0 / n, spectrum.value(k), 1e-12);
            assertTrue(k == 0 || spectrum.value(k) <= spectrum.value(k - 1));
            double[] image = new double[matrix.length()];
            matrix.apply(new double[][] {spectrum.vector(k)}, new double[][] {image}, 1);
            assertArrayEquals(image, spectrum.image(k), 1e-13);
            assertTrue(spectrum.residual(k) <= 1e-9);
            assertEquals(BlockKrylov.residual(spectrum.vector(k), image), spectrum.residual(k), 1e-13);
        }
        assertEquals(List.of(new Spectrum.Group(0, 3, true), new Spectrum.Group(3, 6, true), new Spectrum.Group(6, 8, false)),
                spectrum.groups());
        Spectrum known = Spectrum.of(matrix, complex ? null : matrix.vector(0), options, 1);
        assertArrayEquals(spectrum.values(), known.values(), 1e-12);
    }

    /** Eigenvalues at the closeness form one group, those farther apart two. */
    @Test
    void groupsEndWhereEigenvaluesAreFartherApart() {
        Mirrored matrix = new Mirrored(Mirrored.values("even", 64), false);
        assertEquals(List.of(new Spectrum.Group(0, 3, false)),
                Spectrum.of(matrix, null, Eigenpairs.largest(3).withCloseness(0.02), 1).groups());
        assertEquals(List.of(new Spectrum.Group(0, 1, true), new Spectrum.Group(1, 2, true), new Spectrum.Group(2, 3, true)),
                Spectrum.of(matrix, null, Eigenpairs.largest(3).withCloseness(0.01), 1).groups());
    }

    /** Maps with positive eigenvalues accept any time. */
    @Test
    void powersNeedNotBeWhole() {
        Tokens tokens = Tokens.random(3, 30, 30, 3, 0.7);
        try (Arena arena = Arena.ofConfined()) {
            DiffusionMap map = DiffusionMap.of(new Tokens(30, 30, 3, tokens.q(), tokens.q()).scores(arena).diffusion(), 0,
                    Eigenpairs.largest(4));
            double[][] half = map.coordinates(0.5);
            for (int k = 1; k < 4; k++) {
                assertTrue(map.spectrum().value(k) > 0);
                for (int i = 0; i < 30; i++) {
                    assertEquals(Math.sqrt(map.spectrum().value(k)) * map.eigenfunction(k)[i], half[i][k - 1], 1e-12);
                }
            }
        }
    }
}
