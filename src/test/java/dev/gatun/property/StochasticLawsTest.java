package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Scores;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Laws of stochastic operators: no negative entry, and sums of 1. */
@Label("stochastic operators")
class StochasticLawsTest {

    /** The largest relative error of an entry, and of a sum of entries. */
    private static final double ROUNDING = 5e-6;

    /** {@code P_ij >= 0}, {@code sum_j P_ij = 1}. */
    @Property(tries = 40)
    void rowsSumToOne(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        for (Normalisation normalisation : Normalisation.ROW_STOCHASTIC) {
            double[][] p = Entries.of(tokens, scores -> normalisation.operator(masked(scores, causal)));
            assertNotNegative(p, normalisation);
            assertOnes(ReferenceMatrix.rowSums(p), normalisation);
        }
    }

    /** {@code sum_j |P^g_ij| = 1}. */
    @Property(tries = 30)
    void moduliOfMagneticRowsSumToOne(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        try (Arena arena = Arena.ofConfined()) {
            ReferenceMagnetic.Complex p = Entries.of(masked(tokens.scores(arena), causal).magnetic(0.6, 0.5));
            double[][] moduli = p.real();
            for (int i = 0; i < moduli.length; i++) {
                for (int j = 0; j < moduli.length; j++) {
                    moduli[i][j] = Math.hypot(moduli[i][j], p.imaginary()[i][j]);
                }
            }
            assertOnes(ReferenceMatrix.rowSums(moduli), Normalisation.MAGNETIC);
        }
    }

    /** Under the mask {@code P_ij = 0} for {@code j > i}, and the first row is the first token alone. */
    @Property(tries = 20)
    void keysAfterTheQueryAreNotSeen(@ForAll(supplier = AnyTokens.class) Tokens tokens) {
        for (Normalisation normalisation : Normalisation.ROW_STOCHASTIC) {
            double[][] p = Entries.of(tokens, scores -> normalisation.operator(scores.withCausalMask()));
            assertEquals(1, p[0][0], ROUNDING);
            for (int i = 0; i < p.length; i++) {
                for (int j = i + 1; j < p.length; j++) {
                    assertEquals(0, p[i][j]);
                }
            }
        }
    }

    /** With a zero diagonal, rows or columns sum to 1, or to 0 if nothing else is visible. */
    @Property(tries = 40)
    void whatIsLeftBesideTheDiagonalSumsToOne(@ForAll(supplier = AnyTokens.class) Tokens tokens, @ForAll boolean causal) {
        int n = tokens.rows();
        for (Normalisation normalisation : Normalisation.values()) {
            if (normalisation.width() == 1 && !normalisation.isCoupling()) {
                boolean columns = Normalisation.COLUMN_STOCHASTIC.contains(normalisation);
                double[][] p = Entries.of(tokens, scores -> normalisation.operator(masked(scores, causal).withZeroDiagonal()));
                double[] sums = columns ? ReferenceMatrix.columnSums(p) : ReferenceMatrix.rowSums(p);
                for (int i = 0; i < n; i++) {
                    boolean empty = n == 1 || causal && i == (columns ? n - 1 : 0);
                    assertEquals(empty ? 0 : 1, sums[i], ROUNDING, normalisation.name());
                    assertEquals(0, p[i][i], normalisation.name());
                }
                assertNotNegative(p, normalisation);
            }
        }
    }

    private static Scores masked(Scores scores, boolean causal) {
        return causal ? scores.withCausalMask() : scores;
    }

    private static void assertNotNegative(double[][] p, Normalisation normalisation) {
        for (double[] row : p) {
            for (double entry : row) {
                assertTrue(entry >= 0, () -> normalisation + " has the entry " + entry);
            }
        }
    }

    private static void assertOnes(double[] sums, Normalisation normalisation) {
        for (double sum : sums) {
            assertEquals(1, sum, ROUNDING, normalisation.name());
        }
    }
}
