package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.model.MiniLm;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceBridge;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSinkhorn;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
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
