package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.Support;
import dev.gatun.kernel.pack.ZeroDiagonal;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Sequences;
import dev.gatun.model.MiniLm;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceBridge;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSinkhorn;
import dev.gatun.reference.ReferenceSupport;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bridges against their definition in float64, and what they say where there is none. */
class BridgeTest {

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-6);

    private final Arena arena = Arena.ofAuto();

    private static double[] masses(long seed, int count) {
        Random random = new Random(seed);
        double[] masses = new double[count];
        Arrays.setAll(masses, i -> 0.05 + random.nextDouble());
        double total = ReferenceMatrix.sum(masses);
        return Arrays.stream(masses).map(mass -> mass / total).toArray();
    }

    private double[][] entries(Operator operator) {
        Matrix out = Matrix.allocate(arena, operator.rows(), operator.columns());
        operator.matrix(out);
        return ReferenceMatrix.of(out.toArray(), out.rows(), out.columns());
    }

    private static BridgeSolution only(BridgeResult result) {
        assertEquals(1, result.heads().size());
        return result.heads().getFirst();
    }

    /** The references of all chains, for every number of steps: the definition is applied to the chain's own entries. */
    @ParameterizedTest
    @CsvSource({"1, 1", "5, 1", "5, 3", "70, 1", "70, 4", "130, 2"})
    void agreesWithItsDefinition(int n, int steps) {
        Scores scores = Tokens.random(n + 31L * steps, n, n, 8, 1.2).scores(arena);
        double[] mu = masses(1, n);
        double[] nu = masses(2, n);
        for (Operator chain : new Operator[] {scores.attention(), scores.backward(), scores.diffusion(), scores.diffusion(1),
                scores.circulation(0.3), scores.sinkhorn(SOLVE).requireConverged().operator()}) {
            BridgeResult bridge = chain.bridge(steps, SOLVE.withMarginals(mu, nu)).requireConverged();
            double[][] p = normalised(entries(chain));
            ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(p, mu, nu, steps, 1e-12, 100_000);
            assertNear(truth.rho(), only(bridge).marginals(), 2e-5 / n);
            for (int t = 0; t < steps; t++) {
                double[][] transition = entries(bridge.transition(t));
                assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.transition(t), transition), 3e-5);
                assertMoves(only(bridge).marginals()[t], transition, only(bridge).marginals()[t + 1]);
            }
        }
    }

    /** A driven transition is a chain like any other: bridges of bridges are those of its entries, however often. */
    @ParameterizedTest
    @CsvSource({"6, 1", "6, 3", "70, 2"})
    void bridgesOfDrivenChainsAgreeWithTheirDefinition(int n, int steps) {
        Scores scores = Tokens.random(n + 17L * steps, n, n, 8, 1.2).scores(arena);
        for (Operator first : new Operator[] {scores.attention(), scores.diffusion(0.5),
                scores.sinkhorn(SOLVE).requireConverged().operator()}) {
            Operator chain = first;
            for (int depth = 0; depth < 3; depth++) {
                double[] mu = masses(2L * depth, n);
                double[] nu = masses(2L * depth + 1, n);
                double[][] p = normalised(entries(chain));
                BridgeResult bridge = chain.bridge(steps, SOLVE.withMarginals(mu, nu)).requireConverged();
                ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(p, mu, nu, steps, 1e-12, 100_000);
                assertNear(truth.rho(), only(bridge).marginals(), 2e-5 / n);
                for (int t = 0; t < steps; t++) {
                    double[][] transition = entries(bridge.transition(t));
                    assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.transition(t), transition), 3e-5);
                    assertMoves(only(bridge).marginals()[t], transition, only(bridge).marginals()[t + 1]);
                }
                chain = bridge.transition(steps - 1);
            }
        }
    }

    /** Rows of float entries, made to sum to 1 in float64. */
    private static double[][] normalised(double[][] p) {
        for (double[] row : p) {
            double sum = ReferenceMatrix.sum(row);
            Arrays.setAll(row, j -> row[j] / sum);
        }
        return p;
    }

    private static void assertNear(double[][] expected, double[][] actual, double tolerance) {
        assertEquals(expected.length, actual.length);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, actual), tolerance);
    }

    private static void assertMoves(double[] now, double[][] transition, double[] next) {
        for (int j = 0; j < next.length; j++) {
            double moved = 0;
            for (int i = 0; i < now.length; i++) {
                moved += now[i] * transition[i][j];
            }
            assertEquals(next[j], moved, 1e-5 * Math.max(next[j], 1e-3));
        }
    }

    /** What a result says of all its heads, and what cannot be asked of it. */
    @Test
    void resultsSayWhatTheyAreOf() {
        int n = 5;
        Operator chain = Tokens.random(3, n, n, 4, 1).scores(arena).withCausalMask().attention();
        double[] early = {0.4, 0.2, 0.15, 0.15, 0.1};
        double[] late = {0.1, 0.15, 0.15, 0.2, 0.4};
        BridgeResult bridge = chain.bridge(3, SOLVE.withMarginals(late, early));
        assertTrue(bridge.converged());
        assertEquals(3, bridge.steps());
        assertEquals(chain, bridge.reference());
        for (int step : new int[] {-1, 3}) {
            assertThrows(IndexOutOfBoundsException.class, () -> bridge.transition(step));
        }
        BridgeResult none = chain.bridge(3, SOLVE.withMarginals(early, late));
        assertFalse(none.converged());
        BridgeSolution infeasible = only(none);
        assertEquals(4, infeasible.marginals().length);
        for (double[][] missing : new double[][][] {infeasible.marginals(), infeasible.logPhi(), infeasible.logPhiHat()}) {
            assertTrue(Arrays.stream(missing).flatMapToDouble(Arrays::stream).allMatch(Double::isNaN));
        }
        for (Executable asked : List.<Executable>of(
                () -> none.transition(0), none::requireConverged)) {
            assertTrue(assertThrows(IllegalStateException.class, asked).getMessage().startsWith("head 0: "));
        }
        SinkhornResult plans = Tokens.random(3, n, n, 4, 1).scores(arena).withCausalMask()
                .sinkhorn(SOLVE.withMarginals(early, late));
        assertThrows(IllegalStateException.class, () -> plans.figures(0));
        assertThrows(IndexOutOfBoundsException.class, () -> plans.figures(1));
    }

    /** Under the causal mask mass only moves to earlier tokens; a driven chain does the same. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void causalChains(int steps) {
        int n = 6;
        double[] late = {0.05, 0.1, 0.1, 0.15, 0.2, 0.4};
        double[] early = {0.4, 0.2, 0.15, 0.1, 0.1, 0.05};
        Operator chain = Tokens.random(3, n, n, 4, 1).scores(arena).withCausalMask().attention();
        BridgeResult bridge = chain.bridge(steps, SOLVE.withMarginals(late, early)).requireConverged();
        ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(normalised(entries(chain)), late, early, steps, 1e-12, 100_000);
        assertNear(truth.rho(), only(bridge).marginals(), 1e-5);
        BridgeSolution none = only(chain.bridge(steps, SOLVE.withMarginals(early, late)));
        assertEquals(SinkhornStatus.INFEASIBLE, none.status());
        assertTrue(none.reason().startsWith("columns from 1 on have a mass of 0.95"), none::reason);
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, only(chain.bridge(steps, SOLVE)).status());
    }

    /** Tokens that do not see themselves come back by others. */
    @ParameterizedTest
    @CsvSource({"3, 1", "3, 2", "5, 1", "5, 3", "70, 1", "70, 2"})
    void hollowChainsAgreeWithTheirDefinition(int n, int steps) {
        Scores scores = Tokens.random(n + 31L * steps, n, n, 8, 1).scores(arena).withZeroDiagonal();
        double[] mu = n == 3 ? new double[] {0.3, 0.4, 0.3} : masses(1, n);
        double[] nu = n == 3 ? new double[] {0.35, 0.25, 0.4} : masses(2, n);
        for (Operator chain : new Operator[] {scores.attention(), scores.diffusion(1),
                scores.sinkhorn(Divergence.SYMMETRIC, SOLVE).requireConverged().operator()}) {
            BridgeResult bridge = chain.bridge(steps, SOLVE.withMarginals(mu, nu)).requireConverged();
            ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(normalised(entries(chain)), mu, nu, steps, 1e-12, 100_000);
            assertNear(truth.rho(), only(bridge).marginals(), 2e-5 / n);
            for (int t = 0; t < steps; t++) {
                double[][] transition = entries(bridge.transition(t));
                assertEquals(0, ReferenceMatrix.maxAbsDifference(truth.transition(t), transition), 3e-5);
                for (int i = 0; i < n; i++) {
                    assertEquals(0, transition[i][i]);
                }
            }
        }
    }

    /** Two tokens change places at each step: where they are after two they were before. */
    @Test
    void twoTokensThatSeeEachOtherAlone() {
        Operator chain = Tokens.random(5, 2, 2, 4, 1).scores(arena).withZeroDiagonal().attention();
        double[] mu = {0.25, 0.75};
        double[] exchanged = {0.75, 0.25};
        for (int steps = 1; steps <= 4; steps++) {
            double[] back = steps % 2 == 0 ? mu : exchanged;
            chain.bridge(steps, SOLVE.withMarginals(mu, back)).requireConverged();
            BridgeSolution none = only(chain.bridge(steps, SOLVE.withMarginals(mu, steps % 2 == 0 ? exchanged : mu)));
            assertEquals(SinkhornStatus.INFEASIBLE, none.status());
            assertEquals(steps % 2 == 0 ? "at row 0, which comes back to itself, rows have a mass of 0.25 and columns of 0.75"
                    : "a mass of 0.75 on row 1 is more than the 0.25 of all columns seen from there", none.reason());
        }
    }

    /** What cannot be had in one step can in two, and under a causal mask the other way round. */
    @Test
    void stepsOpenAndCloseWays() {
        double[] heavy = {0.5, 0.25, 0.25};
        Operator three = Tokens.random(5, 3, 3, 4, 1).scores(arena).withZeroDiagonal().attention();
        assertEquals(SinkhornStatus.SUBLINEAR_LIMIT, only(three.bridge(1, SOLVE.withMarginals(heavy, heavy))).status());
        three.bridge(2, SOLVE.withMarginals(heavy, heavy)).requireConverged();
        Operator earlier = Tokens.random(5, 4, 4, 4, 1).scores(arena).withZeroDiagonal().withCausalMask().attention();
        double[] late = {0, 0, 0.4, 0.6};
        double[] early = {0.7, 0.3, 0, 0};
        for (int steps = 1; steps <= 2; steps++) {
            BridgeSolution solution = only(earlier.bridge(steps, SOLVE.withMarginals(late, early)).requireConverged());
            assertEquals(0, ReferenceSinkhorn.error(solution.marginals()[steps], early), 1e-5);
            assertEquals(0, ReferenceSinkhorn.error(solution.marginals()[0], late), 1e-5);
        }
        assertEquals("row 2 has a mass of 0.4 but sees no column with mass",
                only(earlier.bridge(3, SOLVE.withMarginals(late, early))).reason());
    }

    /** The support of a chain is that of its power, as a maximal flow through the power's entries sees it. */
    @Test
    @Tag("slow")
    void supportsAgreeWithTheFlowOfMass() {
        Random random = new Random(37);
        int[] seen = new int[Support.values().length];
        for (int round = 0; round < 10_000; round++) {
            int n = 2 + random.nextInt(5);
            int first = 1 + random.nextInt(n - 1);
            int steps = 1 + random.nextInt(4);
            int[] lengths = {first, n - first};
            Mask whole = Sequences.of(lengths, lengths, random.nextBoolean());
            Mask mask = random.nextBoolean() ? new ZeroDiagonal(whole) : whole;
            double[][] reached = reached(mask, n, steps);
            double[] mu = new double[n];
            double[] nu = new double[n];
            SinkhornStatusTest.place(reached, mu, nu, random);
            ReferenceSupport.Kind truth = ReferenceSupport.classify(reached, mu, nu);
            seen[truth.ordinal()]++;
            assertEquals(truth.ordinal(), HeadMarginals.of(mask, steps, mu, nu, 1e-6).support().ordinal(), () -> "%s in %d steps of %s".formatted(
                    truth, steps, Arrays.deepToString(reached)));
        }
        assertTrue(Arrays.stream(seen).allMatch(count -> count > 100), () -> Arrays.toString(seen));
    }

    /** 0 where a token is reached in so many steps, minus infinity elsewhere. */
    private static double[][] reached(Mask mask, int n, int steps) {
        double[][] ways = new double[n][n];
        double[][] step = new double[n][n];
        for (int i = 0; i < n; i++) {
            ways[i][i] = 1;
            for (int j = 0; j < n; j++) {
                step[i][j] = mask.visible(i, j) ? 1 : 0;
            }
        }
        for (int t = 0; t < steps; t++) {
            ways = ReferenceMatrix.multiply(ways, step);
        }
        for (double[] row : ways) {
            Arrays.setAll(row, j -> row[j] > 0 ? 0 : Double.NEGATIVE_INFINITY);
        }
        return ways;
    }

    /** Over one step a sequence may have other queries than keys; over more there would be no telling where tokens go on. */
    @Test
    void sequencesOfOtherQueriesThanKeysAreNoChain() {
        Operator chain = Tokens.random(6, 5, 5, 4, 1).scores(arena).withSequences(new int[] {2, 3}, new int[] {3, 2}).attention();
        double[] mu = {0.5, 0.5, 0.5, 0.5, 0.5};
        double[] nu = {0.25, 0.25, 0.5, 1, 0.5};
        chain.bridge(1, SOLVE.withMarginals(mu, nu)).requireConverged();
        assertEquals("a bridge over 2 steps needs as many queries as keys in every sequence",
                assertThrows(IllegalArgumentException.class, () -> chain.bridge(2, SOLVE.withMarginals(mu, nu))).getMessage());
    }

    /** Where the reference itself never leads: known before the first round, and named. */
    @Test
    void targetsThatAReferenceNeverLeadsToAreInfeasible() {
        int n = 7;
        Scores scores = Tokens.random(8, n, n, 4, 1).scores(arena);
        double[] mu = masses(1, n);
        double[] nu = masses(2, n);
        double[] without = nu.clone();
        without[4] = 0;
        double[] scaled = Arrays.stream(without).map(mass -> mass / ReferenceMatrix.sum(without)).toArray();
        double[] fourth = new double[n];
        fourth[4] = 1;
        Operator plan = scores.sinkhorn(SOLVE.withMarginals(mu, scaled)).requireConverged().operator();
        Operator driven = scores.attention().bridge(2, SOLVE.withMarginals(mu, scaled)).requireConverged().transition(1);
        for (Operator reference : new Operator[] {plan, driven}) {
            for (int steps : new int[] {1, 3}) {
                assertStranded("column 4 has a mass, but the reference leads to it from no row with mass",
                        reference.bridge(steps, SOLVE.withMarginals(mu, nu)));
                assertStranded("row 0 has a mass, but the reference leads from it to no column with mass",
                        reference.bridge(steps, SOLVE.withMarginals(mu, fourth)));
                BridgeResult bridge = reference.bridge(steps, SOLVE.withMarginals(nu, scaled)).requireConverged();
                ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(normalised(entries(reference)), nu, scaled, steps, 1e-12,
                        100_000);
                assertNear(truth.rho(), only(bridge).marginals(), 1e-5);
            }
        }
    }

    private static void assertStranded(String reason, BridgeResult result) {
        assertEquals(SinkhornStatus.INFEASIBLE, only(result).status());
        assertEquals(0, only(result).iterations());
        assertEquals(reason, only(result).reason());
    }

    /** Tokens that see neither themselves nor, by a reference of their own, some others: ways that the mask has are closed. */
    @Test
    void hollowReferencesWithoutSomeColumns() {
        int n = 5;
        Scores scores = Tokens.random(8, n, n, 4, 1).scores(arena).withZeroDiagonal();
        double[] mu = {0.2, 0.3, 0.2, 0.2, 0.1};
        double[] three = {0.3, 0.3, 0.4, 0, 0};
        double[] two = {0.5, 0.5, 0, 0, 0};
        double[] one = {1, 0, 0, 0, 0};
        double[] beside = {0, 0.3, 0.3, 0.2, 0.2};
        Operator open = scores.sinkhorn(SOLVE.withMarginals(mu, three)).requireConverged().operator();
        BridgeResult bridge = open.bridge(2, SOLVE.withMarginals(mu, three)).requireConverged();
        assertNear(ReferenceBridge.dynamic(normalised(entries(open)), mu, three, 2, 1e-12, 100_000).rho(),
                only(bridge).marginals(), 1e-5);
        Operator changing = scores.sinkhorn(SOLVE.withMarginals(mu, two)).requireConverged().operator();
        assertStranded("column 1 has a mass, but the reference leads to it from no row with mass",
                changing.bridge(2, SOLVE.withMarginals(one, two)));
        Operator single = scores.sinkhorn(SOLVE.withMarginals(beside, one)).requireConverged().operator();
        assertStranded("row 1 has a mass, but the reference leads from it to no column with mass",
                single.bridge(2, SOLVE.withMarginals(beside, one)));
    }

    /** Sums of a bridge are in float64: tolerances that float32 has no sums for are met, in a few rounds. */
    @Test
    void narrowTolerancesAreMet() {
        int n = 30;
        double[] mu = masses(1, n);
        double[] nu = masses(2, n);
        Operator chain = Tokens.random(9, n, n, 4, 1).scores(arena).attention();
        for (int steps : new int[] {1, 2, 50}) {
            BridgeSolution solution = only(chain.bridge(steps, Sinkhorn.tolerance(1e-10).withMarginals(mu, nu))
                    .requireConverged());
            assertEquals(0, ReferenceSinkhorn.error(solution.marginals()[0], mu), 1e-10);
            assertEquals(0, ReferenceSinkhorn.error(solution.marginals()[steps], nu), 1e-10);
            assertTrue(solution.iterations() < 50, solution::toString);
        }
    }

    @Test
    void relaxedMarginalsAreRefused() {
        Operator chain = Tokens.random(3, 6, 6, 4, 1).scores(arena).attention();
        assertThrows(IllegalArgumentException.class, () -> chain.bridge(2, SOLVE.relaxed(1, 1)));
    }

    @Test
    void statesWithoutMassAreExactZeros() {
        int n = 9;
        double[] mu = new double[n];
        mu[2] = 1;
        double[] nu = new double[n];
        nu[0] = 0.25;
        nu[7] = 0.75;
        BridgeSolution solution = only(Tokens.random(4, n, n, 4, 1).scores(arena).attention()
                .bridge(3, SOLVE.withMarginals(mu, nu)).requireConverged());
        for (int i = 0; i < n; i++) {
            assertEquals(i == 2, solution.marginals()[0][i] > 0);
            assertEquals(i == 0 || i == 7, solution.marginals()[3][i] > 0);
            assertTrue(solution.marginals()[1][i] > 0);
        }
        assertEquals(1, ReferenceMatrix.sum(solution.marginals()[2]), 1e-6);
    }

    /** Heads of a trained model, from a token each to another law: they converge, and keep their mass on the way. */
    @Test
    void realHeads() {
        int n = 64;
        int steps = 4;
        MiniLm.Heads model = MiniLm.shared().run(n);
        double[] mu = masses(5, n);
        double[] nu = masses(6, n);
        for (int head = 0; head < model.heads(); head++) {
            Operator chain = Scores.of(Matrix.copyOf(arena, model.queries(0, head), n, MiniLm.DIMENSION),
                    Matrix.copyOf(arena, model.keys(0, head), n, MiniLm.DIMENSION)).attention();
            BridgeSolution solution = only(chain.bridge(steps, Sinkhorn.tolerance(1e-5).withMarginals(mu, nu))
                    .requireConverged());
            for (double[] rho : solution.marginals()) {
                assertEquals(1, ReferenceMatrix.sum(rho), 2e-5);
            }
            assertEquals(0, ReferenceSinkhorn.error(solution.marginals()[steps], nu), 1e-5);
        }
    }

    @Test
    void refusesWhatIsNoChain() {
        Scores scores = Tokens.random(1, 4, 4, 4, 1).scores(arena);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> scores.attentionColumn().bridge(2, SOLVE))
                .getMessage().contains("rows sum to 1"));
        assertThrows(IllegalArgumentException.class, () -> scores.attention().bridge(0, SOLVE));
        assertThrows(IllegalArgumentException.class,
                () -> Tokens.random(1, 4, 5, 4, 1).scores(arena).attention().bridge(2, SOLVE));
    }

    @Test
    void threadsChangeNothing() {
        Heads q = Heads.allocate(arena, 3, 70, 8);
        Heads k = Heads.allocate(arena, 3, 70, 8);
        Random random = new Random(2);
        for (Heads heads : new Heads[] {q, k}) {
            for (int h = 0; h < 3; h++) {
                Matrix matrix = heads.matrix(h);
                for (int i = 0; i < 70; i++) {
                    for (int c = 0; c < 8; c++) {
                        matrix.set(i, c, (float) random.nextGaussian());
                    }
                }
            }
        }
        Sinkhorn options = SOLVE.withMarginals(masses(1, 70), masses(2, 70));
        double[][] alone = Scores.of(q, k).attention().bridge(2, options).heads().get(1).marginals();
        for (int threads : new int[] {2, 5}) {
            try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
                double[][] shared = Scores.of(q, k).withWorkers(Workers.of(executor, threads)).attention().bridge(2, options)
                        .heads().get(1).marginals();
                assertTrue(Arrays.deepEquals(alone, shared));
            }
        }
    }
}
