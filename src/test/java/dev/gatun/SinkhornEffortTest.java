package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What solves cost, in passes over the kernel: the same plan can be had of plain iteration, in many times as many, so that whatever
 * slows a solve down shows here alone.
 */
class SinkhornEffortTest {

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-5);

    private static SinkhornSolution solved(int n, double spread, Divergence divergence, Sinkhorn options) {
        try (Arena arena = Arena.ofConfined()) {
            return Tokens.random(n, n, n, 8, spread).scores(arena).sinkhorn(divergence, options).heads().getFirst();
        }
    }

    private static SinkhornSolution solved(int n, double spread, Sinkhorn options) {
        return solved(n, spread, Divergence.FORWARD, options);
    }

    /** {@code omega = 2 / (1 + sqrt(1 - sigma^2))} at the rate that a fit and three iterations show. */
    @ParameterizedTest
    @CsvSource({"30, 1", "30, 1.2", "30, 1.5", "64, 1.2", "64, 1.5", "130, 1.2", "130, 1.5"})
    void relaxationIsThatOfTheRate(int n, double spread) {
        double rate = solved(n, spread, SOLVE.plain().withMaxIterations(4)).contraction();
        assertEquals(2 / (1 + Math.sqrt(1 - rate)), solved(n, spread, SOLVE).relaxation(), 1e-9);
    }

    /** Where omega is used its errors shrink like omega - 1, once for each pass, from what three iterations have left. */
    @ParameterizedTest
    @CsvSource({"30, 1.2, 9", "30, 1.5, 14", "64, 1.5, 12", "130, 1.2, 8", "130, 1.5, 13"})
    void relaxedSolvesAreSoonDone(int n, double spread, int passes) {
        SinkhornSolution relaxed = solved(n, spread, SOLVE);
        assertEquals(SinkhornStatus.CONVERGED, relaxed.status());
        assertEquals(0, relaxed.newtonSteps());
        assertTrue(relaxed.iterations() <= passes + 1, () -> "it took " + relaxed.iterations());
        SinkhornSolution plain = solved(n, spread, SOLVE.plain());
        assertTrue(relaxed.iterations() < plain.iterations(), () -> "plain iteration took " + plain.iterations());
    }

    /** Of gentle heads there is nothing to be had of either, and neither is tried. */
    @ParameterizedTest
    @ValueSource(ints = {30, 64, 130})
    void gentleHeadsTakeNoMoreThanPlainIteration(int n) {
        for (double spread : new double[] {0.3, 0.5, 0.7, 0.85}) {
            SinkhornSolution solution = solved(n, spread, SOLVE);
            assertEquals(0, solution.newtonSteps());
            assertTrue(solution.iterations() <= solved(n, spread, SOLVE.plain()).iterations());
        }
    }

    /** Newton steps on heads that plain iteration needs hundreds of passes for: bounds are some 30% above what it takes. */
    @ParameterizedTest
    @CsvSource({"30, 2, 33", "64, 2, 27", "130, 2, 33", "30, 3, 80", "64, 3, 40", "130, 3, 82", "30, 5, 560", "64, 5, 360",
        "64, 8, 670", "30, 20, 580"})
    void harshHeadsTakeNewtonSteps(int n, double spread, int passes) {
        SinkhornSolution solution = solved(n, spread, SOLVE);
        assertEquals(SinkhornStatus.CONVERGED, solution.status());
        assertTrue(solution.newtonSteps() > 0);
        assertTrue(solution.iterations() <= passes, () -> "it took " + solution.iterations());
    }

    /** Steps of the symmetric dual move both potentials at once. */
    @ParameterizedTest
    @CsvSource({"30, 3, 340", "64, 3, 260", "64, 8, 710"})
    void symmetricHeadsTakeStepsOfTheirOwn(int n, double spread, int passes) {
        SinkhornSolution solution = solved(n, spread, Divergence.SYMMETRIC, SOLVE);
        assertEquals(SinkhornStatus.CONVERGED, solution.status());
        assertTrue(solution.iterations() <= passes, () -> "it took " + solution.iterations());
    }

    /** Without memory the same steps are taken, but for elimination. */
    @ParameterizedTest
    @CsvSource({"64, 3, 40", "130, 3, 82", "64, 5, 440"})
    void streamedHeadsTakeNewtonSteps(int n, double spread, int passes) {
        SinkhornSolution solution = solved(n, spread, SOLVE.withMemory(0));
        assertEquals(SinkhornStatus.CONVERGED, solution.status());
        assertTrue(solution.iterations() <= passes, () -> "it took " + solution.iterations());
    }

    /** Columns that are so far from every row that their sums vanish in floating point are given potentials that fit them. */
    @ParameterizedTest
    @CsvSource({"8, 40", "8, 3000", "30, 100", "64, 40"})
    void plainIterationOfHarshHeadsLosesNoColumn(int n, double spread) {
        for (Sinkhorn options : new Sinkhorn[] {SOLVE, SOLVE.withMemory(0)}) {
            SinkhornSolution solution = solved(n, spread, options.plain().withMaxIterations(50));
            assertTrue(solution.columnError() <= n, () -> "a column is off by " + solution.columnError());
            assertTrue(solution.columnErrorL1() <= 2 * n && solution.rowErrorL1() <= 1e-5 * n);
        }
    }
}
