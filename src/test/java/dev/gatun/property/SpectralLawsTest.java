package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.MagneticOperator;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.spectral.DiffusionMap;
import dev.gatun.spectral.Eigenpairs;
import dev.gatun.spectral.MagneticMap;
import dev.gatun.spectral.Spectrum;
import java.lang.foreign.Arena;
import java.util.Arrays;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** Laws of spectra and of the maps computed from them. */
@Label("spectra")
class SpectralLawsTest {

    /** The relative error of a probability in float32: see {@code LogKernel}. */
    private static final double PROBABILITY_ROUNDING = 3e-6;

    /** Entries have an error of about 1e-6 of their row, and a symmetric error of that size moves an eigenvalue by no more. */
    private static final double ROUNDING = 5e-6;

    /** Far more than the rounding of float64 divided by 1e-3, the distance of eigenvalues that needs no orthogonalisation. */
    private static final double ORTHOGONALITY = 1e-10;

    /** {@code L^g = I - A} has its spectrum in [0, 2], residuals are within the tolerance, and eigenvectors are orthonormal. */
    @Property(tries = 40)
    void theLaplacianLiesBetweenZeroAndTwo(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                           @ForAll @DoubleRange(min = -2, max = 2) double charge) {
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            Spectrum diffusion = DiffusionMap.of(tokens.scores(arena).diffusion(), 0, Eigenpairs.largest(n)).spectrum();
            Spectrum magnetic = MagneticMap.of(tokens.scores(arena).magnetic(charge), 0, Eigenpairs.largest(n)).spectrum();
            assertEquals(1, diffusion.value(0), ROUNDING);
            for (Spectrum spectrum : new Spectrum[] {diffusion, magnetic}) {
                assertTrue(spectrum.converged());
                assertEquals(n, spectrum.count());
                assertTrue(spectrum.value(0) <= 1 + ROUNDING, () -> "an eigenvalue of " + spectrum.value(0));
                assertTrue(spectrum.value(n - 1) >= -1 - ROUNDING, () -> "an eigenvalue of " + spectrum.value(n - 1));
                assertOrthonormal(spectrum);
            }
        }
    }

    private static void assertOrthonormal(Spectrum spectrum) {
        int count = spectrum.count();
        double[][] vectors = new double[count][];
        for (int k = 0; k < count; k++) {
            vectors[k] = spectrum.vector(k);
            for (int j = 0; j <= k; j++) {
                double product = 0;
                for (int i = 0; i < vectors[k].length; i++) {
                    product += vectors[j][i] * vectors[k][i];
                }
                assertEquals(j == k ? 1 : 0, product, ORTHOGONALITY);
            }
        }
    }

    /** Without charge the magnetic spectrum is that of diffusion. */
    @Property(tries = 40)
    void withoutChargeItIsDiffusion(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                    @ForAll @DoubleRange(min = 0, max = 1) double alpha) {
        int count = Math.min(6, tokens.rows());
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            double[] diffusion = DiffusionMap.of(scores.diffusion(alpha), 0, Eigenpairs.largest(count)).spectrum().values();
            MagneticMap magnetic = MagneticMap.of(scores.magnetic(0, alpha), 0, Eigenpairs.largest(count));
            assertArrayEquals(diffusion, magnetic.spectrum().values(), ROUNDING);
            assertEquals(0, magnetic.frustration(), ROUNDING);
        }
    }

    /**
     * A vector added to all queries is a gauge: {@code w_ij} becomes {@code w_ij + f_i - f_j}, and the magnetic spectrum is
     * unchanged. The same holds for keys.
     */
    @Property(tries = 40)
    void gaugesLeaveTheMagneticSpectrum(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                        @ForAll @DoubleRange(min = -2, max = 2) double charge,
                                        @ForAll @LongRange(min = -9, max = 9) long shift) {
        double[] none = new double[tokens.d()];
        double[] c = ReferenceMatrix.constant(tokens.d(), shift);
        double[] values = magneticValues(tokens, charge);
        assertArrayEquals(values, magneticValues(tokens.shifted(c, none), charge), 2 * ROUNDING);
        assertArrayEquals(values, magneticValues(tokens.shifted(none, c), charge), 2 * ROUNDING);
    }

    /** Tokens in another order have the same spectra, and the same distances. */
    @Property(tries = 40)
    void theOrderOfTokensDoesNotMatter(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll long seed,
                                       @ForAll @DoubleRange(min = -2, max = 2) double charge) {
        int n = tokens.rows();
        int[] order = Orders.shuffled(seed, n);
        assertArrayEquals(magneticValues(tokens, charge), magneticValues(tokens.permuted(order), charge), 2 * ROUNDING);
        try (Arena arena = Arena.ofConfined()) {
            DiffusionMap map = DiffusionMap.of(tokens.scores(arena).diffusion(), 0, Eigenpairs.largest(n));
            DiffusionMap permuted = DiffusionMap.of(tokens.permuted(order).scores(arena).diffusion(), 0, Eigenpairs.largest(n));
            assertArrayEquals(map.spectrum().values(), permuted.spectrum().values(), 2 * ROUNDING);
            double[] pi = map.stationary();
            for (int i = 1; i < n; i++) {
                double distance = map.distance(order[0], order[i], 1);
                // A function of norm 1 is at most pi_i^-1/2 at i, and so is an error in proportion.
                double scale = 1 / Math.sqrt(Math.min(pi[order[0]], pi[order[i]]));
                assertEquals(distance, permuted.distance(0, i, 1), 1e-4 * scale);
            }
        }
    }

    /** All eigenpairs together give the distance of rows: {@code D_1(i, j)^2 = sum_k (P_ik - P_jk)^2 / pi_k}. */
    @Property(tries = 30)
    void distancesAreThoseOfTransitions(@ForAll(supplier = MildTokens.class) Tokens tokens) {
        int n = tokens.rows();
        try (Arena arena = Arena.ofConfined()) {
            DiffusionMap map = DiffusionMap.of(tokens.scores(arena).diffusion(), 0, Eigenpairs.largest(n));
            Matrix p = Matrix.allocate(arena, n, n);
            tokens.scores(arena).diffusion().matrix(p);
            double[] pi = map.stationary();
            for (int i = 1; i < n; i++) {
                double square = 0;
                for (int k = 0; k < n; k++) {
                    square += Math.pow(p.get(i, k) - (double) p.get(0, k), 2) / pi[k];
                }
                double scale = 1 / Math.sqrt(Arrays.stream(pi).min().orElseThrow());
                assertEquals(Math.sqrt(square), map.distance(i, 0, 1), 1e-5 * scale);
            }
        }
    }

    /** The extension of an eigenfunction to a token of the head is its value at that token. */
    @Property(tries = 40)
    void extensionsKeepWhatIsThere(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                   @ForAll @DoubleRange(min = -2, max = 2) double charge,
                                   @ForAll @DoubleRange(min = 0, max = 1) double alpha, @ForAll @IntRange(min = 2, max = 5) int max) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            assertKept(scores.diffusion(alpha), tokens, max, arena);
            assertKept(scores.magnetic(charge, alpha), charge, tokens, max, arena);
        }
    }

    /** The same with a zero diagonal, and with sequences. */
    @Property(tries = 25)
    void extensionsSeeWhatTokensSee(@ForAll(supplier = MildTokens.class) Tokens tokens, @ForAll boolean hollow,
                                    @ForAll boolean packed, @ForAll @DoubleRange(min = 0, max = 1) double alpha,
                                    @ForAll @IntRange(min = 2, max = 5) int max) {
        int n = tokens.rows();
        Assume.that(n >= 4);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = packed ? tokens.scores(arena).withSequences(2, n - 2) : tokens.scores(arena);
            scores = hollow ? scores.withZeroDiagonal() : scores;
            assertKept(scores.diffusion(alpha), tokens, max, arena);
            assertKept(scores.magnetic(0.3, alpha), 0.3, tokens, max, arena);
            SinkhornResult coupling = scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-5));
            if (coupling.converged()) {
                assertKept(coupling.operator(), tokens, max, arena);
            }
        }
    }

    private static void assertKept(Operator operator, Tokens tokens, int max, Arena arena) {
        int count = largeOnes(DiffusionMap.of(operator, 0, largest(tokens, max)).spectrum());
        DiffusionMap map = DiffusionMap.of(operator, 0, Eigenpairs.largest(count));
        assertNear(map.coordinates(0), map.extend(tokens.queries(arena), tokens.keys(arena), 0), 1, PROBABILITY_ROUNDING,
                map.spectrum(), 1, map.stationary());
    }

    private static void assertKept(MagneticOperator operator, double charge, Tokens tokens, int max, Arena arena) {
        int count = largeOnes(MagneticMap.of(operator, 0, largest(tokens, max)).spectrum());
        if (count > 0) {
            MagneticMap map = MagneticMap.of(operator, 0, Eigenpairs.largest(count));
            assertNear(map.coordinates(0), map.extend(tokens.queries(arena), tokens.keys(arena), 0), 2,
                    2 * (1 + Math.abs(charge)) * PROBABILITY_ROUNDING, map.spectrum(), 0, map.stationary());
        }
    }

    private static Eigenpairs largest(Tokens tokens, int max) {
        return Eigenpairs.largest(Math.min(max, tokens.rows()));
    }

    /** Eigenvalues of at least a tenth: an error is divided by the eigenvalue. */
    private static int largeOnes(Spectrum spectrum) {
        return (int) Arrays.stream(spectrum.values()).filter(value -> value >= 0.1).count();
    }

    /**
     * The error of an extension: with {@code A x = lambda x + r} and {@code psi = x / sqrt(pi)} it is
     * {@code (lambda psi_i + r_i / sqrt(pi_i)) / lambda}, and a relative error of the transitions moves it by that part
     * of the largest psi, divided by lambda. A complex coordinate has two parts; its transitions are made of a forward and a backward
     * log-kernel, each rounded, which count once in the modulus and {@code charge} times in the phase.
     *
     * @param rounding the relative error of the transitions
     * @param first    the eigenvalue of the first coordinate
     */
    private static void assertNear(double[][] expected, double[][] actual, int parts, double rounding, Spectrum spectrum,
                                   int first, double[] pi) {
        for (int k = 0; k < expected[0].length; k++) {
            double largest = 0;
            for (double[] row : expected) {
                largest = Math.max(largest, Math.max(Math.abs(row[k]), Math.abs(row[k / parts * parts + parts - 1])));
                largest = Math.max(largest, Math.abs(row[k / parts * parts]));
            }
            int pair = first + k / parts;
            double value = Math.abs(spectrum.value(pair));
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i][k], actual[i][k], (rounding * largest + spectrum.residual(pair) / Math.sqrt(pi[i])) / value);
            }
        }
    }

    private static double[] magneticValues(Tokens tokens, double charge) {
        try (Arena arena = Arena.ofConfined()) {
            int count = Math.min(6, tokens.rows());
            return MagneticMap.of(tokens.scores(arena).magnetic(charge), 0, Eigenpairs.largest(count)).spectrum().values();
        }
    }
}
