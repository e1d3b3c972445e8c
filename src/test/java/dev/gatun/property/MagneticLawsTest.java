package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Scores;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSpectrum;
import java.lang.foreign.Arena;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

/** Laws of magnetic diffusion: Hermitian, its spectrum bounded and gauge invariant. */
@Label("magnetic diffusion")
class MagneticLawsTest {

    /** The error of a pair of entries: each has at most 5e-6 of the modulus of its row. */
    private static final double ROUNDING = 1e-5;

    /** An error of {@code t |S|} in a matrix S of norm 1 moves no eigenvalue by more than t. */
    private static final double SPECTRAL_ROUNDING = 1e-5;

    /** The cost of an eigenvalue is N^3, so spectra are for small sizes. */
    private static final int SMALL = 20;

    /** {@code L^g = I - D^-1/2 H D^-1/2} has its spectrum in [0, 2]; at charge 0 it has the eigenvalue 0. */
    @Property(tries = 40)
    void spectrumLiesBetweenZeroAndTwo(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                       @ForAll @DoubleRange(min = -2, max = 2) double charge) {
        Assume.that(tokens.rows() <= SMALL);
        double[] spectrum = laplacianSpectrum(tokens, charge);
        assertTrue(spectrum[0] <= 2 + SPECTRAL_ROUNDING, () -> "an eigenvalue of " + spectrum[0]);
        double min = spectrum[spectrum.length - 1];
        assertTrue(min >= -SPECTRAL_ROUNDING, () -> "an eigenvalue of " + min);
        double[] uncharged = laplacianSpectrum(tokens, 0);
        assertEquals(0, uncharged[uncharged.length - 1], SPECTRAL_ROUNDING);
    }

    /**
     * A vector c added to all queries turns {@code w_ij} into {@code w_ij + f_i - f_j} with
     * {@code f_i = 2 tau <c, k_i>}, which conjugates H by a diagonal unitary: the spectrum is unchanged. The same holds for keys.
     */
    @Property(tries = 40)
    void gaugesLeaveTheSpectrum(@ForAll(supplier = MildTokens.class) Tokens tokens,
                                @ForAll @DoubleRange(min = -2, max = 2) double charge,
                                @ForAll @LongRange(min = -9, max = 9) long shift) {
        Assume.that(tokens.rows() <= SMALL);
        double[] none = new double[tokens.d()];
        double[] c = ReferenceMatrix.constant(tokens.d(), shift);
        double[] spectrum = laplacianSpectrum(tokens, charge);
        assertArrayEquals(spectrum, laplacianSpectrum(tokens.shifted(c, none), charge), 2 * SPECTRAL_ROUNDING);
        assertArrayEquals(spectrum, laplacianSpectrum(tokens.shifted(none, c), charge), 2 * SPECTRAL_ROUNDING);
    }

    /** {@code P^0 = P+}: no phase, the moduli of diffusion. */
    @Property(tries = 30)
    void withoutChargeItIsDiffusion(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                    @ForAll @DoubleRange(min = 0, max = 1) double alpha) {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            ReferenceMagnetic.Complex p = Entries.of(scores.magnetic(0, alpha));
            assertEquals(0, ReferenceMatrix.maxAbsDifference(p.real(), Entries.of(scores.diffusion(alpha))), ROUNDING);
            assertEquals(0, ReferenceMatrix.maxAbsDifference(p.imaginary(), new double[tokens.rows()][tokens.rows()]));
        }
    }

    /** {@code P^-g} is the complex conjugate of {@code P^g}. */
    @Property(tries = 20)
    void theOppositeChargeConjugates(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                                     @ForAll @DoubleRange(min = 0, max = 2) double charge) {
        ReferenceMagnetic.Complex p = transition(tokens, charge);
        ReferenceMagnetic.Complex opposite = transition(tokens, -charge);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(p.real(), opposite.real()), ROUNDING);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(p.imaginary(),
                ReferenceMatrix.scale(-1, opposite.imaginary())), ROUNDING);
    }

    private static ReferenceMagnetic.Complex transition(Tokens tokens, double charge) {
        try (Arena arena = Arena.ofConfined()) {
            return Entries.of(tokens.scores(arena).magnetic(charge));
        }
    }

    /**
     * The spectrum, descending, of {@code I - S} with {@code S_ij = pi_i^1/2 P_ij pi_j^-1/2}, made exactly Hermitian by
     * taking each pair from the more accurate of its two entries.
     */
    private static double[] laplacianSpectrum(Tokens tokens, double charge) {
        ReferenceMagnetic.Complex p = transition(tokens, charge);
        double[] logPi = logStationary(tokens);
        int n = logPi.length;
        double[][] real = new double[n][n];
        double[][] imaginary = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                boolean fromRow = logPi[i] < logPi[j] || logPi[i] == logPi[j] && i < j;
                double root = Math.exp(-Math.abs(logPi[i] - logPi[j]) / 2);
                real[i][j] = (i == j ? 1 : 0) - root * (fromRow ? p.real()[i][j] : p.real()[j][i]);
                imaginary[i][j] = i == j ? 0 : -root * (fromRow ? p.imaginary()[i][j] : -p.imaginary()[j][i]);
            }
        }
        return ReferenceSpectrum.hermitian(new ReferenceMagnetic.Complex(real, imaginary));
    }

    /** {@code log pi_i = log sum_j W_ij}, up to a constant. */
    private static double[] logStationary(Tokens tokens) {
        return ReferenceMagnetic.logModulusSums(logKernel(tokens));
    }

    private static double[][] logKernel(Tokens tokens) {
        return ReferenceScores.logKernel(ReferenceScores.symmetric(tokens.scores64()), 1);
    }
}
