package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What entries add up to, beside the entries themselves. */
class OperatorSumsTest {

    private static final double ROUNDING = 1e-6;

    private final Arena arena = Arena.ofAuto();

    private float[] entries(Operator operator) {
        Matrix matrix = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(matrix);
        return matrix.toArray();
    }

    private void assertSums(Operator operator) {
        int n = operator.rows();
        int m = operator.columns();
        float[] p = entries(operator);
        double[] rows = new double[n];
        double[] columns = new double[m];
        double asymmetry = n == m ? 0 : Double.NaN;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                rows[i] += p[i * m + j];
                columns[j] += p[i * m + j];
                asymmetry = n == m ? Math.max(asymmetry, Math.abs((double) p[i * m + j] - p[j * m + i])) : asymmetry;
            }
        }
        OperatorSums sums = operator.sums(0);
        for (int i = 0; i < n; i++) {
            assertEquals(rows[i], sums.rows()[i], ROUNDING * (1 + rows[i]));
        }
        for (int j = 0; j < m; j++) {
            assertEquals(columns[j], sums.columns()[j], ROUNDING * (1 + columns[j]));
        }
        assertEquals(asymmetry, sums.asymmetry(), ROUNDING);
        assertEquals(Arrays.stream(sums.rows()).map(sum -> Math.abs(sum - 1)).max().orElseThrow(), sums.rowDeviation());
        assertEquals(Arrays.stream(sums.columns()).map(sum -> Math.abs(sum - 1)).max().orElseThrow(), sums.columnDeviation());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 64, 65, 130})
    void sumsAreThoseOfTheEntries(int n) {
        Scores scores = Tokens.random(n, n, n, 4, 1).scores(arena);
        assertSums(scores.attention());
        assertSums(scores.withCausalMask().attention());
        assertSums(scores.attentionColumn());
        assertSums(scores.backward());
        assertSums(scores.sinkhorn(Sinkhorn.tolerance(1e-5)).operator());
        assertSums(Tokens.random(n, n, n + 7, 4, 1).scores(arena).attention());
        assertTrue(scores.attention().sums(0).rowDeviation() < ROUNDING);
        assertTrue(scores.attentionColumn().sums(0).columnDeviation() < ROUNDING);
        assertTrue(scores.attention().sums(0).columnDeviation() > 0.1 && scores.attention().sums(0).asymmetry() > 0.01);
    }

    /** Weighted with its law, diffusion is symmetric, and its magnetic form Hermitian. */
    @Test
    void diffusionIsSymmetricBesideItsLaw() {
        Scores scores = Tokens.random(5, 70, 70, 4, 1).scores(arena);
        for (double alpha : new double[] {0, 0.5, 1}) {
            assertTrue(scores.diffusion(alpha).sums(0).asymmetry() < ROUNDING);
            assertTrue(scores.diffusion(alpha).sums(0).rowDeviation() < ROUNDING);
            OperatorSums magnetic = scores.magnetic(0.3, alpha).sums(0);
            assertTrue(magnetic.asymmetry() < ROUNDING);
            assertTrue(magnetic.rowDeviation() < ROUNDING, "moduli sum to 1");
        }
        assertTrue(scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-5)).operator().sums(0).asymmetry() < ROUNDING);
    }
}
