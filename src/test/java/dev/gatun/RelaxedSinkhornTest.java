package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Unbalanced plans against the conditions that make them the least, in float64. */
class RelaxedSinkhornTest {

    private static final int N = 30;
    private static final int M = 21;

    private final Arena arena = Arena.ofAuto();
    private final Tokens tokens = Tokens.random(4, N, M, 8, 1);
    private final double[] mu = new double[N];
    private final double[] nu = new double[M];

    RelaxedSinkhornTest() {
        Arrays.setAll(mu, i -> 0.5 + i % 3);
        Arrays.setAll(nu, j -> 1.0 + j % 4);
    }

    private double[][] plan(SinkhornResult result) {
        Matrix out = Matrix.allocate(arena, N, M);
        result.operator().matrix(out);
        return ReferenceMatrix.of(out.toArray(), N, M);
    }

    /** The plan is exp(z + u + v), and the objective has no slope along any entry of it. */
    @ParameterizedTest
    @CsvSource({"1, 1", "0.1, 5", "20, 0.5", "Infinity, 2", "3, Infinity"})
    void noEntryCanBeBettered(double rows, double columns) {
        SinkhornResult result = tokens.scores(arena).sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(mu, nu)
                .relaxed(rows, columns)).requireConverged();
        double[][] plan = plan(result);
        double[][] z = ReferenceScores.scores(ReferenceMatrix.of(tokens.q(), N, 8), ReferenceMatrix.of(tokens.k(), M, 8));
        double[] rowSums = ReferenceMatrix.rowSums(plan);
        double[] columnSums = ReferenceMatrix.columnSums(plan);
        double[] u = result.heads().getFirst().u();
        double[] v = result.heads().getFirst().v();
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < M; j++) {
                double ofRow = rows == Double.POSITIVE_INFINITY ? -u[i] : rows * Math.log(rowSums[i] / mu[i]);
                double ofColumn = columns == Double.POSITIVE_INFINITY ? -v[j] : columns * Math.log(columnSums[j] / nu[j]);
                double slope = Math.log(plan[i][j]) - z[i][j] + ofRow + ofColumn;
                assertEquals(0, slope, 2e-5 * (1 + (rows < 1e9 ? rows : 0) + (columns < 1e9 ? columns : 0)));
            }
        }
        if (rows == Double.POSITIVE_INFINITY) {
            for (int i = 0; i < N; i++) {
                assertEquals(mu[i], rowSums[i], 1e-5);
            }
        }
    }

    /** With ever larger weights the marginals are those asked for. */
    @Test
    @Tag("slow")
    void largeWeightsEnforceMarginals() {
        double total = ReferenceMatrix.sum(mu);
        double columnTotal = ReferenceMatrix.sum(nu);
        double[] same = Arrays.stream(nu).map(mass -> mass * total / columnTotal).toArray();
        Scores scores = tokens.scores(arena);
        SinkhornResult enforced = scores.sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(mu, same)).requireConverged();
        SinkhornResult wished = scores.sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(mu, same).withMaxIterations(100_000)
                .relaxed(1e4, 1e4)).requireConverged();
        assertEquals(0, ReferenceMatrix.maxAbsDifference(plan(enforced), plan(wished)), 1e-3);
    }

    @Test
    void massesWithoutRoomAndWithoutMassAreZeros() {
        double[] some = mu.clone();
        some[3] = 0;
        Scores causal = Tokens.random(5, N, M, 8, 1).scores(arena).withCausalMask();
        SinkhornResult result = causal.sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(some, nu).relaxed(1, 1))
                .requireConverged();
        double[][] plan = plan(result);
        for (double[] row : plan) {
            for (double entry : row) {
                assertTrue(entry >= 0 && entry < 100);
            }
        }
        assertEquals(0, ReferenceMatrix.sum(plan[0]), "the first queries of more queries than keys see nothing");
        assertEquals(0, ReferenceMatrix.sum(plan[3]));
    }

    @Test
    void weightsAreChecked() {
        Sinkhorn options = Sinkhorn.bistochastic();
        for (double bad : new double[] {0, -1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> options.relaxed(bad, 1));
            assertThrows(IllegalArgumentException.class, () -> options.relaxed(1, bad));
        }
        assertThrows(IllegalArgumentException.class,
                () -> options.relaxed(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));
    }

    /** {@code sum_ij Pi_ij (u_i + v_j)}, with exact zeros for what has no mass; a round shrinks errors by what the weights say. */
    @ParameterizedTest
    @CsvSource({"1, 1", "0.1, 5", "3, Infinity"})
    void solvesSayWhatTheyCameTo(double rows, double columns) {
        double[] some = mu.clone();
        some[3] = 0;
        Sinkhorn options = Sinkhorn.tolerance(1e-6).withMarginals(some, nu).relaxed(rows, columns);
        SinkhornResult result = tokens.scores(arena).sinkhorn(options).requireConverged();
        SinkhornSolution solution = result.heads().getFirst();
        double[][] plan = plan(result);
        double entropy = 0;
        for (int i = 0; i < N; i++) {
            for (int j = 0; j < M; j++) {
                entropy += i == 3 ? 0 : plan[i][j] * (solution.u()[i] + solution.v()[j]);
            }
        }
        assertEquals(entropy, solution.relativeEntropy(), 1e-5 * Math.abs(entropy));
        double shrinks = rows / (1 + rows) * (columns == Double.POSITIVE_INFINITY ? 1 : columns / (1 + columns));
        // Far from rounding, and where errors are small enough for their logarithms, which shrink so, to be told by them.
        double contraction = tokens.scores(arena).sinkhorn(Sinkhorn.tolerance(1e-3).withMarginals(some, nu).relaxed(rows, columns))
                .requireConverged().heads().getFirst().contraction();
        assertTrue(contraction <= 1.02 * shrinks, () -> "errors shrink by " + contraction);
        assertTrue(solution.rowError() <= 1e-6 && solution.columnError() <= 1e-6);
        double[] columnSums = ReferenceMatrix.columnSums(plan);
        for (int j = 0; j < M; j++) {
            double wished = columns == Double.POSITIVE_INFINITY ? nu[j] : nu[j] * Math.exp(-solution.v()[j] / columns);
            assertEquals(wished, columnSums[j], 1e-5 * wished);
        }
        int passes = solution.iterations();
        assertEquals(SinkhornStatus.CONVERGED,
                tokens.scores(arena).sinkhorn(options.withMaxIterations(passes)).heads().getFirst().status());
        SinkhornSolution cut = tokens.scores(arena).sinkhorn(options.withMaxIterations(passes - 1)).heads().getFirst();
        assertEquals(SinkhornStatus.STALLED, cut.status());
        assertEquals(passes - 2, cut.iterations());
        assertEquals("a marginal is still off by %.2g after %d iterations".formatted(cut.rowError(), passes - 2), cut.reason());
    }
}
