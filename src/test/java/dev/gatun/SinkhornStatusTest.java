package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSupport;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a Sinkhorn solve says of itself, on problems with and without a solution. */
class SinkhornStatusTest {

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-5).withMaxIterations(5000);

    private final Arena arena = Arena.ofAuto();

    private Scores scores(int rows, int columns) {
        return Tokens.random(rows + 7L * columns, rows, columns, 4, 0.7).scores(arena);
    }

    private static SinkhornSolution only(SinkhornResult result) {
        assertEquals(1, result.heads().size());
        return result.heads().getFirst();
    }

    // ---- marginals that are none ----

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -1e-300, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY})
    void entriesThatAreNoMassAreRefused(double bad) {
        IllegalArgumentException rows = assertThrows(IllegalArgumentException.class,
                () -> SOLVE.withMarginals(new double[] {1, bad, 1}, new double[] {1, 1, 1}));
        assertTrue(rows.getMessage().startsWith("mu holds " + bad + " at entry 1"), rows::getMessage);
        IllegalArgumentException columns = assertThrows(IllegalArgumentException.class,
                () -> SOLVE.withMarginals(new double[] {1, 1}, new double[] {1, 1, bad}));
        assertTrue(columns.getMessage().startsWith("nu holds " + bad + " at entry 2"), columns::getMessage);
    }

    /** No mass at all, and so much that sums of it would overflow. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 1e305, 1e308})
    void totalsOutOfRangeAreRefused(double mass) {
        double[] masses = {mass, mass, mass};
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class,
                () -> SOLVE.withMarginals(masses, masses));
        assertTrue(refusal.getMessage().startsWith("mu has a total mass of"), refusal::getMessage);
    }

    @Test
    void marginalsOfAnotherLengthAreRefused() {
        double[] three = {1, 1, 1};
        double[] four = {1, 1, 0.5, 0.5};
        IllegalArgumentException rows = assertThrows(IllegalArgumentException.class,
                () -> scores(3, 4).sinkhorn(SOLVE.withMarginals(four, four)));
        assertEquals("entries of mu: there are 4, expected 3", rows.getMessage());
        IllegalArgumentException columns = assertThrows(IllegalArgumentException.class,
                () -> scores(3, 4).sinkhorn(SOLVE.withMarginals(three, three)));
        assertEquals("entries of nu: there are 3, expected 4", columns.getMessage());
        assertThrows(IllegalArgumentException.class,
                () -> scores(3, 3).sinkhorn(SOLVE.withMarginals(new double[2][3], null)));
        assertThrows(IllegalArgumentException.class, () -> scores(3, 3).sinkhorn(
                SOLVE.withMarginals(new double[][] {three, three}, null)));
    }

    // ---- problems without a plan ----

    @Test
    void unequalMassesAreInfeasible() {
        SinkhornResult result = scores(3, 3).sinkhorn(
                SOLVE.withMarginals(new double[] {1, 1, 1}, new double[] {1, 1, 1.001}));
        assertInfeasible(result);
        assertTrue(only(result).reason().contains("mass of 3.0"), only(result).reason());
    }

    @Test
    void rowsThatSeeNothingAreInfeasible() {
        assertInfeasible(scores(5, 3).withCausalMask().sinkhorn(SOLVE));
    }

    /** A speck of mass that no visible entry can carry is no rounding: it gave potentials of NaN. */
    @Test
    void specksOfMassWithoutRoomAreInfeasible() {
        double speck = 1e-9;
        Scores causal = scores(2, 2).withCausalMask();
        assertInfeasible(causal.sinkhorn(
                SOLVE.withMarginals(new double[] {1, 0}, new double[] {1 - speck, speck})));
        assertInfeasible(causal.sinkhorn(
                SOLVE.withMarginals(new double[] {speck, 1 - speck}, new double[] {0, 1})));
    }

    /** Masses are compared with what lies beside them, however small both are: a speck more than can be taken is too much. */
    @Test
    void specksOfMassCount() {
        Scores causal = scores(2, 2).withCausalMask();
        double[] speck = {1e-9, 1 - 1e-9};
        SinkhornSolution same = only(causal.sinkhorn(SOLVE.withMarginals(speck, speck)));
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, same.status());
        assertEquals(1, same.iterations());
        assertInfeasible(causal.sinkhorn(SOLVE.withMarginals(new double[] {2e-9, 1 - 2e-9}, speck)));
        assertTrue(causal.sinkhorn(SOLVE.withMarginals(speck, new double[] {2e-9, 1 - 2e-9})).converged());
    }

    /** Marginals of float32 beside those of float64: equal but for rounding, and not quite of one total. */
    @Test
    void roundedMassesAreEqual() {
        Random random = new Random(23);
        double[] mu = random.doubles(50).map(x -> Math.pow(10, -8 * x)).toArray();
        double[] nu = Arrays.stream(mu).map(mass -> (float) mass * (1 + 5e-8)).toArray();
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT,
                only(scores(50, 50).withCausalMask().sinkhorn(SOLVE.withMarginals(mu, nu))).status());
    }

    /** Thirds with six digits, masses of float16, and any totals that differ by no more than the tolerance allows. */
    @ParameterizedTest
    @CsvSource({"3, 1e-6, 1e-5", "3, 9e-6, 1e-5", "40, -2.4e-4, 1e-3", "70, 9e-4, 1e-3", "70, -0.09, 0.1"})
    void totalsMayDifferByTheTolerance(int n, double difference, double tolerance) {
        Random random = new Random(n);
        double[] mu = random.doubles(n, 0.5, 1).toArray();
        double[] nu = random.doubles(n, 0.5, 1).toArray();
        double ratio = ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu) * (1 + difference);
        Arrays.setAll(nu, j -> ratio * nu[j]);
        Sinkhorn options = Sinkhorn.tolerance(tolerance).withMarginals(mu, nu);
        for (Sinkhorn engine : new Sinkhorn[] {options, options.withMemory(0), options.plain()}) {
            SinkhornResult result = scores(n, n).sinkhorn(engine).requireConverged();
            double[][] plan = entries(result);
            assertTrue(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(plan), mu) <= tolerance);
            assertTrue(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(plan), nu) <= tolerance);
        }
        BridgeSolution bridge = scores(n, n).attention().bridge(2, options).requireConverged().heads().getFirst();
        assertTrue(ReferenceSinkhorn.error(bridge.marginals()[2], nu) <= tolerance);
        assertInfeasible(scores(n, n).sinkhorn(Sinkhorn.tolerance(tolerance / 100).withMarginals(mu, nu)));
    }

    /** In each packed sequence by itself, and where a causal mask leaves rows a little more than they see. */
    @Test
    void partsMayDifferByTheTolerance() {
        double[] mu = {1, 2, 3, 1.5, 0.5};
        double[] nu = {1.5, 1.5 * (1 + 2e-3), 2.5, 1.5, 1 * (1 - 4e-3)};
        Scores packed = scores(5, 5).withSequences(2, 3);
        SinkhornResult result = packed.sinkhorn(Sinkhorn.tolerance(2e-3).withMarginals(mu, nu)).requireConverged();
        assertTrue(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(entries(result)), nu) <= 2e-3);
        assertInfeasible(packed.sinkhorn(Sinkhorn.tolerance(3e-4).withMarginals(mu, nu)));
        double[] late = {0.3 * (1 + 5e-4), 0.3 - 1.5e-4, 0.4};
        double[] early = {0.3, 0.35, 0.35};
        Scores causal = scores(3, 3).withCausalMask();
        causal.sinkhorn(Sinkhorn.tolerance(1e-3).withMarginals(late, early)).requireConverged();
        assertInfeasible(causal.sinkhorn(Sinkhorn.tolerance(1e-4).withMarginals(late, early)));
    }

    private static void assertInfeasible(SinkhornResult result) {
        SinkhornSolution solution = only(result);
        assertEquals(SinkhornStatus.INFEASIBLE, solution.status());
        assertEquals(0, solution.iterations());
        assertFalse(solution.reason().isEmpty());
        assertFalse(result.converged());
        assertTrue(assertThrows(IllegalStateException.class, result::requireConverged).getMessage()
                .startsWith("head 0: infeasible, "));
        assertThrows(IllegalStateException.class, result::operator);
    }

    // ---- the causal mask ----

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 64, 70})
    void aCausalMaskIsASublinearLimit(int n) {
        SinkhornResult result = scores(n, n).withCausalMask().sinkhorn(SOLVE);
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, only(result).status());
        assertEquals(1, only(result).iterations(), "known before the first iteration");
        assertFalse(only(result).reason().isEmpty());
        assertThrows(IllegalStateException.class, result::requireConverged);
    }

    /** Plain iteration of a causal kernel takes the iterations that are asked for: those of a float64 loop. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 30})
    void plainIterationsOfACausalKernelAreThoseAskedFor(int iterations) {
        int n = 12;
        Tokens tokens = Tokens.random(5, n, n, 4, 1);
        double[][] z = ReferenceScores.causal(ReferenceScores.logKernel(ReferenceScores.forward(tokens.scores64()), 1));
        double[] ones = ReferenceMatrix.constant(n, 1);
        double[][] truth = alternated(z, iterations);
        for (Sinkhorn options : new Sinkhorn[] {SOLVE.plain(), SOLVE.plain().withMemory(0)}) {
            SinkhornResult result = tokens.scores(arena).withCausalMask().sinkhorn(options.withMaxIterations(iterations));
            assertEquals(iterations, only(result).iterations());
            assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, only(result).status());
            double[][] plan = entries(result);
            assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, plan), 1e-5);
            assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(plan), ones), only(result).columnError(), 1e-9);
        }
    }

    /** Rows normalised, then columns and rows in turn, on the exponentials themselves. */
    private static double[][] alternated(double[][] z, int iterations) {
        int n = z.length;
        double[][] plan = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                plan[i][j] = Math.exp(z[i][j] - z[j][j]);
            }
        }
        for (int t = 0; t < iterations; t++) {
            double[] columns = t == 0 ? ReferenceMatrix.constant(n, 1) : ReferenceMatrix.columnSums(plan);
            for (double[] row : plan) {
                Arrays.setAll(row, j -> row[j] / columns[j]);
                double sum = ReferenceMatrix.sum(row);
                Arrays.setAll(row, j -> row[j] / sum);
            }
        }
        return plan;
    }

    /** Mass that only moves back through the tokens can use every entry. */
    @Test
    void causalPlansOfScalableMarginalsConverge() {
        Tokens tokens = Tokens.random(3, 3, 3, 4, 1);
        double[] mu = {0.5, 1, 1.5};
        double[] nu = {1, 1, 1};
        SinkhornResult result = tokens.scores(arena).withCausalMask().sinkhorn(SOLVE.withMarginals(mu, nu));
        assertTrue(result.converged(), () -> only(result).toString());
        double[][] z = ReferenceScores.causal(ReferenceScores.logKernel(
                ReferenceScores.forward(tokens.scores64()), 1));
        ReferenceSinkhorn.Solution truth = ReferenceSinkhorn.solveAccurately(z, mu, nu);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.plan(), entries(result)), 3e-5);
        assertArrayEquals(truth.u(), only(result).u(), 1e-4);
        assertArrayEquals(truth.v(), only(result).v(), 1e-4);
    }

    /** The status of random marginals under a mask is what a maximal flow says of them. */
    @Test
    void statusesAgreeWithTheFlowOfMass() {
        Random random = new Random(17);
        int[] seen = new int[ReferenceSupport.Kind.values().length];
        for (int round = 0; round < 3000; round++) {
            int rows = 1 + random.nextInt(5);
            int columns = 1 + random.nextInt(5);
            double[] mu = quarters(random, rows);
            double[] nu = quarters(random, columns);
            settle(mu, nu);
            double[][] visible = ReferenceScores.causal(new double[rows][columns]);
            ReferenceSupport.Kind truth = ReferenceSupport.classify(visible, mu, nu);
            seen[truth.ordinal()]++;
            SinkhornStatus status = only(scores(rows, columns).withCausalMask()
                    .sinkhorn(Sinkhorn.tolerance(1e-3).withMarginals(mu, nu))).status();
            assertTrue(agrees(truth, status), () -> "%s, but %s for rows %s and columns %s"
                    .formatted(truth, status, Arrays.toString(mu), Arrays.toString(nu)));
        }
        assertTrue(Arrays.stream(seen).allMatch(count -> count > 100), () -> Arrays.toString(seen));
    }

    /** The same for sequences that do not see each other, causal or not. */
    @Test
    @Tag("slow")
    void statusesOfSequencesAgreeWithTheFlowOfMass() {
        Random random = new Random(19);
        int[] seen = new int[ReferenceSupport.Kind.values().length];
        for (int round = 0; round < 3000; round++) {
            int[] queries = {1 + random.nextInt(3), 1 + random.nextInt(3)};
            int[] keys = {1 + random.nextInt(3), 1 + random.nextInt(3)};
            boolean causal = random.nextBoolean();
            int rows = queries[0] + queries[1];
            int columns = keys[0] + keys[1];
            double[] mu = quarters(random, rows);
            double[] nu = quarters(random, columns);
            settle(mu, nu, 0, queries[0], 0, keys[0]);
            if (random.nextInt(8) > 0) {
                settle(mu, nu, queries[0], rows, keys[0], columns);
            }
            double[][] visible = packed(queries, keys, causal);
            ReferenceSupport.Kind truth = ReferenceSupport.classify(visible, mu, nu);
            seen[truth.ordinal()]++;
            Scores scores = scores(rows, columns).withSequences(queries, keys);
            SinkhornSolution solution = only((causal ? scores.withCausalMask() : scores)
                    .sinkhorn(Sinkhorn.tolerance(1e-3).withMarginals(mu, nu)));
            assertTrue(agrees(truth, solution.status()), () -> "%s, but %s for rows %s and columns %s of %s and %s"
                    .formatted(truth, solution, Arrays.toString(mu), Arrays.toString(nu), Arrays.toString(queries),
                            Arrays.toString(keys)));
            assertEquals(truth == ReferenceSupport.Kind.SCALABLE, solution.reason().isEmpty());
        }
        assertTrue(Arrays.stream(seen).allMatch(count -> count > 100), () -> Arrays.toString(seen));
    }

    /** The same for tokens that do not see themselves. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("slow")
    void statusesOfHollowKernelsAgreeWithTheFlowOfMass(boolean causal) {
        Random random = new Random(29);
        int[] seen = new int[ReferenceSupport.Kind.values().length];
        for (int round = 0; round < 3000; round++) {
            int n = 1 + random.nextInt(5);
            double[][] whole = new double[n][n];
            double[][] visible = ReferenceScores.zeroDiagonal(causal ? ReferenceScores.causal(whole) : whole);
            assertAgrees(visible, random, masked(scores(n, n), causal).withZeroDiagonal(), seen);
        }
        assertTrue(Arrays.stream(seen).allMatch(count -> count > 100), () -> Arrays.toString(seen));
    }

    /** The same for two sequences of such tokens, the diagonal crossing them anywhere where queries and keys differ in number. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    @Tag("slow")
    void statusesOfHollowSequencesAgreeWithTheFlowOfMass(boolean causal, boolean sameNumbers) {
        Random random = new Random(31);
        int[] seen = new int[ReferenceSupport.Kind.values().length];
        for (int round = 0; round < 3000; round++) {
            int n = 2 + random.nextInt(7);
            int first = 1 + random.nextInt(n - 1);
            int firstKeys = sameNumbers ? first : 1 + random.nextInt(n - 1);
            int[] queries = {first, n - first};
            int[] keys = {firstKeys, n - firstKeys};
            assertAgrees(ReferenceScores.zeroDiagonal(packed(queries, keys, causal)), random,
                    masked(scores(n, n).withSequences(queries, keys), causal).withZeroDiagonal(), seen);
        }
        assertTrue(Arrays.stream(seen).allMatch(count -> count > 100), () -> Arrays.toString(seen));
    }

    private static Scores masked(Scores scores, boolean causal) {
        return causal ? scores.withCausalMask() : scores;
    }

    /**
     * The status of random marginals is what a maximal flow through the visible entries says, and a reason is given where it is
     * not converged.
     */
    private static void assertAgrees(double[][] visible, Random random, Scores scores, int[] seen) {
        int n = visible.length;
        double[] mu = new double[n];
        double[] nu = new double[n];
        place(visible, mu, nu, random);
        ReferenceSupport.Kind truth = ReferenceSupport.classify(visible, mu, nu);
        seen[truth.ordinal()]++;
        SinkhornSolution solution = only(scores.sinkhorn(Sinkhorn.tolerance(1e-3).withMarginals(mu, nu)));
        assertTrue(agrees(truth, solution.status()), () -> "%s, but %s for rows %s and columns %s of %s".formatted(truth,
                solution, Arrays.toString(mu), Arrays.toString(nu), Arrays.deepToString(visible)));
        assertEquals(truth == ReferenceSupport.Kind.SCALABLE, solution.reason().isEmpty());
    }

    /** The marginals of quarters of mass on some visible entries, in a half of all cases with one quarter beside them. */
    static void place(double[][] visible, double[] mu, double[] nu, Random random) {
        int n = visible.length;
        for (int placed = random.nextInt(3 * n); placed > 0; placed--) {
            int i = random.nextInt(n);
            int j = random.nextInt(n);
            double mass = visible[i][j] == 0 ? 0.25 : 0;
            mu[i] += mass;
            nu[j] += mass;
        }
        if (random.nextBoolean() || ReferenceMatrix.sum(mu) == 0) {
            mu[random.nextInt(n)] += 0.25;
            nu[random.nextInt(n)] += 0.25;
        }
    }

    /** Zeros where two sequences see, minus infinity elsewhere. */
    private static double[][] packed(int[] queries, int[] keys, boolean causal) {
        double[][] visible = new double[queries[0] + queries[1]][keys[0] + keys[1]];
        for (int i = 0; i < visible.length; i++) {
            int s = i < queries[0] ? 0 : 1;
            for (int j = 0; j < visible[i].length; j++) {
                int row = i - s * queries[0];
                int column = j - s * keys[0];
                boolean sees = (j < keys[0] ? 0 : 1) == s && (!causal || column <= row + keys[s] - queries[s]);
                visible[i][j] = sees ? 0 : Double.NEGATIVE_INFINITY;
            }
        }
        return visible;
    }

    /** Adds mass where it makes the totals of a part equal: to the last entry of the lesser side, which is always seen. */
    private static void settle(double[] mu, double[] nu, int firstRow, int endRow, int firstColumn, int endColumn) {
        double excess = ReferenceMatrix.sum(Arrays.copyOfRange(mu, firstRow, endRow))
                - ReferenceMatrix.sum(Arrays.copyOfRange(nu, firstColumn, endColumn));
        if (excess > 0) {
            nu[firstColumn] += excess;
        } else {
            mu[endRow - 1] -= excess;
        }
    }

    /** The smallest examples of each status, and what is said of them. */
    @Test
    void theSmallestExamples() {
        double[] one = {1};
        double[] two = {1, 1};
        assertEquals(SinkhornStatus.CONVERGED, only(scores(1, 1).sinkhorn(SOLVE.withMarginals(one, one))).status());
        assertReason(SinkhornStatus.STALLED, scores(2, 2).sinkhorn(Sinkhorn.tolerance(1e-5).withMaxIterations(1)),
                "after 1 iterations");
        assertReason(SinkhornStatus.SUBLINEAR_LIMIT, scores(2, 2).withCausalMask().sinkhorn(SOLVE),
                "rows from 1 on need all their mass for columns from 1 on");
        assertReason(SinkhornStatus.INFEASIBLE, scores(1, 1).sinkhorn(SOLVE.withMarginals(one, new double[] {2})),
                "rows have a mass of 1.0 and columns of 2.0");
        assertReason(SinkhornStatus.INFEASIBLE, scores(2, 1).withCausalMask().sinkhorn(SOLVE),
                "row 0 has a mass of 1.0 but sees no column with mass");
        assertReason(SinkhornStatus.INFEASIBLE,
                scores(2, 2).withCausalMask().sinkhorn(SOLVE.withMarginals(new double[] {2, 0}, two)),
                "column 1 has a mass of 1.0 but no row with mass sees it");
        assertReason(SinkhornStatus.INFEASIBLE,
                scores(2, 2).withCausalMask().sinkhorn(SOLVE.withMarginals(new double[] {1.5, 0.5}, two)),
                "columns from 1 on have a mass of 1.0, but the rows that see any of them, from 1 on, one of 0.5");
        assertReason(SinkhornStatus.INFEASIBLE,
                scores(2, 2).withSequences(1, 1).sinkhorn(SOLVE.withMarginals(two, new double[] {1.5, 0.5})),
                "in sequence 0 rows have a mass of 1.0 and columns of 1.5");
        assertReason(SinkhornStatus.SUBLINEAR_LIMIT, scores(3, 3).withCausalMask().withSequences(1, 2).sinkhorn(SOLVE),
                "in sequence 1 some visible entries are zero in every coupling");
    }

    /** The same of tokens that do not see themselves. */
    @Test
    void theSmallestHollowExamples() {
        assertReason(SinkhornStatus.INFEASIBLE, zeroDiagonal(1).sinkhorn(SOLVE), "row 0 has a mass of 1.0 but sees no column with mass");
        for (Divergence divergence : Divergence.values()) {
            assertExchange(1, 1, zeroDiagonal(2).sinkhorn(divergence, SOLVE));
            zeroDiagonal(3).sinkhorn(divergence, SOLVE).requireConverged();
        }
        assertExchange(0.25, 2, zeroDiagonal(2).sinkhorn(marginals(new double[] {0.25, 2}, 2, 0.25)));
        assertReason(SinkhornStatus.INFEASIBLE, zeroDiagonal(2).sinkhorn(marginals(new double[] {1, 2}, 1, 2)),
                "a mass of 2.0 on row 1 is more than the 1.0 of all columns seen from there");
        assertReason(SinkhornStatus.INFEASIBLE, zeroDiagonal(3).sinkhorn(marginals(new double[] {2, 1, 1}, 3, 1, 0)),
                "a mass of 2.0 on row 0 is more than the 1.0 of all columns seen from there");
        assertReason(SinkhornStatus.SUBLINEAR_LIMIT, zeroDiagonal(3).sinkhorn(marginals(new double[] {2, 1, 1}, 2, 1, 1)),
                "the mass on row 0 needs that of all columns seen from there");
    }

    /** Beside a causal mask, in sequences, and in both. */
    @Test
    void theSmallestHollowExamplesUnderMasks() {
        assertReason(SinkhornStatus.INFEASIBLE, zeroDiagonal(3).withCausalMask().sinkhorn(SOLVE),
                "row 0 has a mass of 1.0 but sees no column with mass");
        assertReason(SinkhornStatus.SUBLINEAR_LIMIT,
                zeroDiagonal(3).withCausalMask().sinkhorn(marginals(new double[] {0, 1, 1}, 1, 1, 0)),
                "rows from 2 on need all their mass for columns from 1 on");
        assertReason(SinkhornStatus.INFEASIBLE, zeroDiagonal(3).withSequences(2, 1).sinkhorn(SOLVE),
                "in sequence 1 row 2 has a mass of 1.0 but sees no column with mass");
        zeroDiagonal(3).withSequences(2, 1).sinkhorn(marginals(new double[] {1, 1, 0}, 1, 1, 0)).requireConverged();
        Scores both = scores(6, 6).withCausalMask().withSequences(new int[] {3, 3}, new int[] {4, 2}).withZeroDiagonal();
        assertReason(SinkhornStatus.INFEASIBLE,
                both.sinkhorn(marginals(new double[] {1, 0.5, 2, 0, 0, 1}, 1, 1, 1, 0.5, 1, 0)),
                "in sequence 0 a mass of 3.0 on rows before 1 and row 2 is more than the 2.5 of all columns seen from there");
        both.sinkhorn(marginals(new double[] {0.5, 1.5, 1.5, 0, 0, 1}, 1, 1, 1, 0.5, 1, 0)).requireConverged();
    }

    private static Sinkhorn marginals(double[] mu, double... nu) {
        return SOLVE.withMarginals(mu, nu);
    }

    /** Two tokens that do not see themselves have one plan. */
    private void assertExchange(double first, double second, SinkhornResult result) {
        double[][] plan = entries(result.requireConverged());
        assertEquals(0, ReferenceMatrix.maxAbsDifference(new double[][] {{0, first}, {second, 0}}, plan), 1e-6);
        assertEquals(0, plan[0][0] + plan[1][1]);
    }

    @Test
    void aZeroDiagonalNeedsAsManyQueriesAsKeys() {
        assertEquals("a zero diagonal needs as many queries as keys, so that token i is both; there are 3 queries and 4 keys",
                assertThrows(IllegalArgumentException.class, () -> scores(3, 4).withZeroDiagonal()).getMessage());
    }

    private Scores zeroDiagonal(int n) {
        return scores(n, n).withZeroDiagonal();
    }

    private static void assertReason(SinkhornStatus status, SinkhornResult result, String reason) {
        assertEquals(status, only(result).status());
        assertTrue(only(result).reason().contains(reason), only(result).reason());
    }

    private static boolean agrees(ReferenceSupport.Kind truth, SinkhornStatus status) {
        return switch (truth) {
            case SCALABLE -> status == SinkhornStatus.CONVERGED;
            case LIMIT_ONLY -> status == SinkhornStatus.SUBLINEAR_LIMIT;
            case INFEASIBLE -> status == SinkhornStatus.INFEASIBLE;
        };
    }

    private static double[] quarters(Random random, int count) {
        double[] masses = new double[count];
        for (int i = 0; i < count; i++) {
            masses[i] = random.nextInt(4) / 4.0;
        }
        masses[random.nextInt(count)] += 0.25;
        return masses;
    }

    /** Adds mass where it makes the totals equal: to the last entry of the lesser side, which is always seen. */
    private static void settle(double[] mu, double[] nu) {
        double excess = ReferenceMatrix.sum(mu) - ReferenceMatrix.sum(nu);
        double[] lesser = excess > 0 ? nu : mu;
        lesser[excess > 0 ? 0 : lesser.length - 1] += Math.abs(excess);
    }

    // ---- zero masses ----

    @ParameterizedTest
    @CsvSource({"4, 4", "5, 3", "66, 70"})
    void rowsAndColumnsWithoutMassAreExactZeros(int rows, int columns) {
        double[] mu = new double[rows];
        double[] nu = new double[columns];
        Arrays.setAll(mu, i -> i % 3 == 1 ? 0 : 1);
        Arrays.setAll(nu, j -> j % 2 == 1 ? 0 : 1);
        double total = ReferenceMatrix.sum(mu);
        double columnTotal = ReferenceMatrix.sum(nu);
        Arrays.setAll(nu, j -> nu[j] * total / columnTotal);
        SinkhornResult result = scores(rows, columns).sinkhorn(SOLVE.withMarginals(mu, nu)).requireConverged();
        double[][] plan = entries(result);
        for (int i = 0; i < rows; i++) {
            assertEquals(mu[i] == 0, only(result).u()[i] == Double.NEGATIVE_INFINITY);
            for (int j = 0; j < columns; j++) {
                assertEquals(mu[i] == 0 || nu[j] == 0, plan[i][j] == 0, "entry " + i + ", " + j);
            }
        }
        for (int j = 0; j < columns; j++) {
            assertEquals(nu[j] == 0, only(result).v()[j] == Double.NEGATIVE_INFINITY);
        }
        double mean = Arrays.stream(only(result).v()).filter(Double::isFinite).average().orElseThrow();
        assertEquals(0, mean, 1e-12);
    }

    // ---- the smallest and the flattest problems ----

    @Test
    void oneToken() {
        for (Divergence divergence : Divergence.values()) {
            SinkhornResult result = scores(1, 1).sinkhorn(divergence, SOLVE).requireConverged();
            assertArrayEquals(new double[][] {{1}}, entries(result));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 63, 64, 65, 130})
    void equalScoresGiveEqualShares(int n) {
        float[] same = new float[n * 2];
        Arrays.fill(same, 0.8f);
        Scores scores = new Tokens(n, n, 2, same, same).scores(arena);
        for (Divergence divergence : Divergence.values()) {
            SinkhornResult result = scores.sinkhorn(divergence, SOLVE).requireConverged();
            for (double[] row : entries(result)) {
                assertArrayEquals(ReferenceMatrix.constant(n, 1.0 / n), row, 1e-6 / n);
            }
        }
        for (Operator operator : new Operator[] {scores.attention(), scores.attentionColumn(), scores.backward(),
                scores.backwardColumn(), scores.diffusion(), scores.diffusion(1), scores.circulation(0)}) {
            Matrix out = Matrix.allocate(arena, n, n);
            operator.matrix(out);
            for (float entry : out.toArray()) {
                assertEquals(1.0 / n, entry, 1e-6 / n);
            }
        }
    }

    /** Scores of 1e4: whatever the solve reaches, the errors it reports are those of its plan. */
    @ParameterizedTest
    @ValueSource(doubles = {30, 1000, 10_000})
    void reportedErrorsAreTrueAtLargeScores(double size) {
        Tokens tokens = Tokens.random(6, 20, 20, 3, Math.sqrt(size));
        for (Divergence divergence : Divergence.values()) {
            SinkhornResult result = tokens.scores(arena).sinkhorn(divergence, Sinkhorn.tolerance(1e-5)
                    .withMaxIterations(100));
            SinkhornSolution solution = only(result);
            double[][] plan = entries(result);
            double[] ones = ReferenceMatrix.constant(20, 1);
            assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(plan), ones), solution.rowError(), 1e-6);
            assertEquals(ReferenceSinkhorn.error(ReferenceMatrix.columnSums(plan), ones), solution.columnError(), 1e-6);
            assertEquals(Math.max(solution.rowError(), solution.columnError()) <= 1e-5, result.converged());
        }
    }

    @Test
    void aSolveThatRunsOutOfIterationsSaysSo() {
        Tokens tokens = Tokens.random(6, 20, 20, 3, 2);
        SinkhornResult result = tokens.scores(arena).sinkhorn(Sinkhorn.tolerance(1e-6).withMaxIterations(2));
        assertEquals(SinkhornStatus.STALLED, only(result).status());
        assertEquals(2, only(result).iterations());
        assertTrue(only(result).reason().contains("after 2 iterations"), only(result).reason());
        assertTrue(assertThrows(IllegalStateException.class, result::requireConverged).getMessage()
                .startsWith("head 0: stalled, "));
    }

    private double[][] entries(SinkhornResult result) {
        Operator operator = result.operator();
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }
}
