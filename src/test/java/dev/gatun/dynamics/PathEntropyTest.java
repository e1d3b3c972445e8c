package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.BridgeResult;
import dev.gatun.Divergence;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.Transitions;
import dev.gatun.Workers;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceBridge;
import dev.gatun.reference.ReferenceDynamics;
import dev.gatun.reference.ReferenceMatrix;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The path entropy of driven chains against hand calculation, against sums over all steps and tokens, and against other chains. */
@Tag("any-width")
class PathEntropyTest {

    private static final Sinkhorn SOLVE = Sinkhorn.tolerance(1e-6);

    private final Arena arena = Arena.ofAuto();

    /** Tokens without preferences reach any distribution in the last step, at its entropy below the uniform one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void withoutPreferencesTheLastStepPaysAll(int steps) {
        Operator chain = new Tokens(2, 2, 1, new float[2], new float[2]).scores(arena).attention();
        PathEntropy entropy = PathEntropy.of(chain.bridge(steps,
                SOLVE.withMarginals(new double[] {0.1, 0.9}, new double[] {0.75, 0.25})).requireConverged(), 0);
        double expected = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
        double[] byStep = new double[steps];
        byStep[steps - 1] = expected;
        assertEquals(expected, entropy.total(), 2e-6);
        assertArrayEquals(byStep, entropy.byStep(), 2e-6);
        assertEquals(Regime.DRIVEN, entropy.regime());
    }

    /** {@code -log (P^T)_ij} between two given tokens: the probability of the evidence. */
    @Test
    void fromATokenToAToken() {
        double[][] p = {{0.75, 0.25}, {0.5, 0.5}};
        PathEntropy entropy = PathEntropy.of(Messages.of(Transitions.of(p), 2, new double[] {3, 0}, new double[] {0, 1}));
        assertEquals(-Math.log(5 / 16.), entropy.total(), 1e-15);
        // Driven, 0 goes to 1 in the first step with 2/5, and with certainty in the second.
        double first = 0.6 * Math.log(0.6 / 0.75) + 0.4 * Math.log(0.4 / 0.25);
        assertArrayEquals(new double[] {first, 0.6 * Math.log(4) + 0.4 * Math.log(2)}, entropy.byStep(), 1e-15);
        assertEquals(Regime.DRIVEN, entropy.regime());
    }

    /** Bridges of every kind of chain, against the sum over all steps and tokens of a bridge by definition. */
    @ParameterizedTest
    @CsvSource({"5, 1", "5, 3", "70, 2"})
    void agreesWithItsDefinition(int n, int steps) {
        Scores scores = Tokens.random(n + 31L * steps, n, n, 8, 1.2).scores(arena);
        double[] mu = masses(1, n);
        double[] nu = masses(2, n);
        for (Operator chain : new Operator[] {scores.attention(), scores.backward(), scores.diffusion(), scores.circulation(0.3),
                scores.withZeroDiagonal().diffusion(1),
                scores.sinkhorn(Divergence.SYMMETRIC, SOLVE).requireConverged().operator()}) {
            PathEntropy entropy = PathEntropy.of(chain.bridge(steps, SOLVE.withMarginals(mu, nu)).requireConverged(), 0);
            double[][] p = probabilities(chain.transitions(0));
            ReferenceBridge.Dynamic truth = ReferenceBridge.dynamic(p, mu, nu, steps, 1e-13, 100_000);
            double[] byStep = new double[steps];
            for (int t = 0; t < steps; t++) {
                byStep[t] = ReferenceDynamics.pathRelativeEntropy(p, new double[][][] {truth.transition(t)},
                        new double[][] {truth.rho()[t]});
            }
            assertArrayEquals(byStep, entropy.byStep(), 2e-6);
            assertEquals(ReferenceMatrix.sum(byStep), entropy.total(), 2e-6);
            assertEquals(Regime.DRIVEN, entropy.regime());
        }
    }

    private static double[][] probabilities(Transitions chain) {
        return IntStream.range(0, chain.size())
                .mapToObj(i -> Arrays.stream(chain.row(i)).map(log -> Math.pow(2, log)).toArray()).toArray(double[][]::new);
    }

    /** To rounding in float64: the same chain's own transitions and marginals, summed directly. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theTelescopedSumIsTheDirectOne(boolean causal) {
        int n = 30;
        Scores scores = Tokens.random(4, n, n, 8, 2).scores(arena);
        Transitions chain = (causal ? scores.withCausalMask() : scores).attention().transitions(0);
        double[] evidence = masses(5, n);
        evidence[3] = 0;
        evidence[20] = 1e-12;
        Messages messages = Messages.of(chain, 7, masses(6, n), evidence);
        PathEntropy entropy = PathEntropy.of(messages);
        double[][] p = probabilities(chain);
        for (int t = 0; t < 7; t++) {
            int now = t;
            double[][] driven = IntStream.range(0, n).mapToObj(i -> messages.transition(now, i)).toArray(double[][]::new);
            double direct = ReferenceDynamics.pathRelativeEntropy(p, new double[][][] {driven},
                    new double[][] {messages.posterior(t)});
            assertEquals(direct, entropy.byStep()[t], 1e-13);
        }
        assertEquals(Arrays.stream(entropy.byStep()).sum(), entropy.total(), 1e-13);
    }

    /** The marginals of the reference itself have path entropy 0 and the regime of the reference. */
    @Test
    void whereTheReferenceGoesByItself() {
        int n = 40;
        Scores scores = Tokens.random(9, n, n, 8, 1).scores(arena);
        double[] mu = masses(1, n);
        assertUndriven(scores.attention(), mu, Regime.DRIVEN);
        assertUndriven(scores.attention(), StationaryDistribution.of(scores.attention().transitions(0)).pi(), Regime.NESS);
        assertUndriven(scores.diffusion(), StationaryDistribution.of(scores.diffusion().transitions(0)).pi(), Regime.EQUILIBRIUM);
    }

    private static void assertUndriven(Operator operator, double[] mu, Regime regime) {
        Transitions chain = operator.transitions(0);
        double[] nu = chain.later(chain.later(chain.later(mu)));
        PathEntropy entropy = PathEntropy.of(operator.bridge(3, SOLVE.withMarginals(mu, nu)).requireConverged(), 0);
        assertEquals(0, entropy.total(), 1e-11);
        assertEquals(regime, entropy.regime());
    }

    /** Evidence that differs from ones by less than float32 rounding does not drive the chain, although float64 resolves it. */
    @Test
    void aDriveThatFloatsCannotTellIsNone() {
        int n = 40;
        Transitions chain = Tokens.random(9, n, n, 8, 0.3).scores(arena).attention().transitions(0);
        double[] slight = tilted(ReferenceMatrix.constant(n, 1), 4e-7);
        PathEntropy entropy = PathEntropy.of(Messages.of(chain, 1, StationaryDistribution.of(chain).pi(), slight));
        assertEquals(8e-14, entropy.total(), 1e-14);
        assertEquals(Regime.NESS, entropy.regime());
        double[] more = tilted(ReferenceMatrix.constant(n, 1), 4e-6);
        assertEquals(Regime.DRIVEN, PathEntropy.of(Messages.of(chain, 1, StationaryDistribution.of(chain).pi(), more)).regime());
    }

    /** Masses increased and decreased by a part in turn. */
    private static double[] tilted(double[] rho, double part) {
        double[] tilted = rho.clone();
        Arrays.setAll(tilted, i -> rho[i] * (i % 2 == 0 ? 1 + part : 1 - part));
        double total = ReferenceMatrix.sum(tilted);
        return Arrays.stream(tilted).map(mass -> mass / total).toArray();
    }

    /** A small deviation from the reference is resolved: an excess of 1/1000 has an entropy of 1e-7. */
    @Test
    void aSlightDriveIsADrive() {
        int n = 40;
        Operator operator = Tokens.random(9, n, n, 8, 0.3).scores(arena).attention();
        double[] pi = StationaryDistribution.of(operator.transitions(0)).pi();
        double[] nu = tilted(pi, 1e-3);
        PathEntropy entropy = PathEntropy.of(operator.bridge(1, SOLVE.withMarginals(pi, nu)).requireConverged(), 0);
        double atLeast = IntStream.range(0, n).mapToDouble(i -> nu[i] * Math.log(nu[i] / pi[i])).sum();
        assertTrue(entropy.total() >= atLeast && entropy.total() < 1.1 * atLeast, () -> "%s, %s".formatted(atLeast, entropy));
        assertEquals(Regime.DRIVEN, entropy.regime());
    }

    /**
     * Of all chains with its marginals the bridge is the nearest, and the others are further by their distance from it (Csiszar
     * 1975): two that wait for the last step, one of which forgets then where it was, and one that forgets it in the first.
     */
    @Test
    void noOtherChainIsNearer() {
        int n = 12;
        int steps = 3;
        Operator operator = Tokens.random(3, n, n, 8, 1).scores(arena).attention();
        double[] mu = masses(1, n);
        double[] nu = masses(2, n);
        Messages messages = Messages.of(operator.bridge(steps, SOLVE.withMarginals(mu, nu)).requireConverged(), 0);
        double min = PathEntropy.of(messages).total();
        double[][] p = probabilities(messages.chain());
        double[][][] bridge = new double[steps][][];
        for (int t = 0; t < steps; t++) {
            int now = t;
            bridge[t] = IntStream.range(0, n).mapToObj(i -> messages.transition(now, i)).toArray(double[][]::new);
        }
        double[] start = messages.posterior(0);
        double[] end = messages.posterior(steps);
        double[] before = ReferenceMatrix.multiply(ReferenceMatrix.multiply(start, p), p);
        double[][] last = ReferenceBridge.dynamic(p, before, end, 1, 1e-14, 100_000).transition(0);
        double[][] toTheEnd = IntStream.range(0, n).mapToObj(i -> end).toArray(double[][]::new);
        double[][] staying = ReferenceMatrix.identity(n);
        for (double[][][] other : new double[][][][] {{p, p, last}, {p, p, toTheEnd}, {toTheEnd, staying, staying}}) {
            double[][] marginals = marginals(start, other);
            assertArrayEquals(end, marginals[steps], 1e-13);
            double further = 0;
            for (int t = 0; t < steps; t++) {
                further += ReferenceDynamics.pathRelativeEntropy(bridge[t], new double[][][] {other[t]}, new double[][] {marginals[t]});
            }
            assertTrue(further > 1e-3, () -> Arrays.deepToString(other));
            assertEquals(min + further, ReferenceDynamics.pathRelativeEntropy(p, other, marginals), 1e-12);
        }
    }

    private static double[][] marginals(double[] start, double[][][] transitions) {
        double[][] marginals = new double[transitions.length + 1][];
        marginals[0] = start;
        for (int t = 0; t < transitions.length; t++) {
            marginals[t + 1] = ReferenceMatrix.multiply(marginals[t], transitions[t]);
        }
        return marginals;
    }

    /** Default marginals have a mass of 1 per token and are normalised. */
    @Test
    void theTotalOfMarginalsDoesNotCount() {
        int n = 20;
        Operator chain = Tokens.random(3, n, n, 8, 1).scores(arena).attention();
        PathEntropy ones = PathEntropy.of(chain.bridge(2, SOLVE), 0);
        double[] uniform = ReferenceMatrix.constant(n, 1. / n);
        PathEntropy marginals = PathEntropy.of(chain.bridge(2, SOLVE.withMarginals(uniform, uniform)), 0);
        assertEquals(marginals.total(), ones.total(), 1e-9);
        assertArrayEquals(marginals.byStep(), ones.byStep(), 1e-9);
        assertTrue(marginals.total() > 1e-3);
    }

    /** A thousand steps at a token that is left nine times in ten: each step has the entropy log 10. */
    @Test
    void longPathsKeepTheirEntropy() {
        double[][] leaky = {{1, 0}, {0.9, 0.1}};
        PathEntropy entropy = PathEntropy.of(Messages.of(Transitions.of(leaky), 1000, new double[] {1, 1}, new double[] {0, 1}));
        assertEquals(1000 * Math.log(10), entropy.total(), 1e-10);
        for (double ofStep : entropy.byStep()) {
            assertEquals(Math.log(10), ofStep, 1e-14);
        }
    }

    @Test
    void threadsChangeNothing() {
        int n = 130;
        Scores scores = Tokens.random(5, n, n, 8, 1).scores(arena);
        Sinkhorn options = SOLVE.withMarginals(masses(1, n), masses(2, n));
        PathEntropy alone = PathEntropy.of(scores.attention().bridge(3, options), 0);
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            PathEntropy shared = PathEntropy.of(scores.withWorkers(Workers.of(executor, 3)).attention().bridge(3, options), 0);
            assertArrayEquals(alone.byStep(), shared.byStep());
            assertEquals(alone.total(), shared.total());
        }
    }

    @Test
    void refusesAHeadWithoutABridge() {
        Operator chain = Tokens.random(3, 6, 6, 4, 1).scores(arena).withCausalMask().attention();
        double[] early = {0.4, 0.2, 0.15, 0.1, 0.1, 0.05};
        double[] late = {0.05, 0.1, 0.1, 0.15, 0.2, 0.4};
        BridgeResult none = chain.bridge(2, SOLVE.withMarginals(early, late));
        String message = assertThrows(IllegalStateException.class, () -> PathEntropy.of(none, 0)).getMessage();
        assertTrue(message.startsWith("head 0 has no bridge: columns from 1 on have a mass of 0.95"), message);
        assertThrows(IndexOutOfBoundsException.class, () -> PathEntropy.of(none, 1));
        assertTrue(PathEntropy.of(chain.bridge(2, SOLVE.withMarginals(late, early)), 0).total() > 0.1);
    }

    private static double[] masses(long seed, int count) {
        double[] masses = new Random(seed).doubles(count, 0.05, 1.05).toArray();
        double total = ReferenceMatrix.sum(masses);
        return Arrays.stream(masses).map(mass -> mass / total).toArray();
    }
}
