package dev.gatun.property;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

/** Laws of diffusion: a product of experts, reversible. */
@Label("diffusion")
class DiffusionLawsTest {

    private static final double ROUNDING = 1e-5;

    /** {@code pi_i P+_ij = pi_j P+_ji} with {@code pi_i ~ sum_j W^(alpha)_ij}. */
    @Property(tries = 40)
    void detailedBalance(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                         @ForAll @DoubleRange(min = 0, max = 1) double alpha) {
        double[][] p = Entries.of(tokens, scores -> scores.diffusion(alpha));
        double[] pi = law(tokens, alpha);
        for (int i = 0; i < pi.length; i++) {
            for (int j = 0; j < i; j++) {
                assertEquals(pi[i] * p[i][j], pi[j] * p[j][i], ROUNDING * Math.max(pi[i], pi[j]));
            }
        }
    }

    /** {@code pi P+ = pi}. */
    @Property(tries = 30)
    void theDistributionIsStationary(@ForAll(supplier = AnyTokens.class) Tokens tokens,
                            @ForAll @DoubleRange(min = 0, max = 1) double alpha) {
        double[][] p = Entries.of(tokens, scores -> scores.diffusion(alpha));
        double[] pi = law(tokens, alpha);
        double[] next = ReferenceMatrix.multiply(pi, p);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(pi, next), ROUNDING);
    }

    private static double[] law(Tokens tokens, double alpha) {
        double[][] d = ReferenceScores.symmetric(tokens.scores64());
        return ReferenceDiffusion.stationary(ReferenceScores.logKernel(d, 1), alpha);
    }
}
