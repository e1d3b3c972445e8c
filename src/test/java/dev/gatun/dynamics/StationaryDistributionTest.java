package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.Transitions;
import dev.gatun.Workers;
import dev.gatun.kernel.dense.StateElimination;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDynamics;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StationaryDistributionTest {

    /** Sizes around those of panels and strips, with entries over many orders of magnitude. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 31, 32, 33, 34, 63, 64, 65, 66, 97, 129})
    void eliminationIsRightToEachTokensOwnSize(int n) {
        Random random = new Random(n);
        double[][] p = new double[n][n];
        for (double[] row : p) {
            for (int j = 0; j < n; j++) {
                row[j] = Math.exp(-40 * random.nextDouble());
            }
            divide(row, Arrays.stream(row).sum());
        }
        double[] truth = ReferenceDynamics.stationary(p);
        StationaryDistribution stationary = StationaryDistribution.of(Transitions.of(p));
        for (int i = 0; i < n; i++) {
            assertEquals(truth[i], stationary.pi()[i], 1e-12 * truth[i]);
        }
        assertEquals(StationaryDistribution.Method.ELIMINATION, stationary.method());
        assertTrue(stationary.residual() < 1e-12);
    }

    /** Two wells with a rate of 1e-100 forward and 1e-140 backward, stored as logarithms of up to 465 with 53 bits. */
    @Test
    void ratesBeyondAllReasonAreStillTold() {
        double[][] p = {{0.5, 0.5, 0, 0}, {0.5, 0.5, 1e-100, 0}, {0, 1e-140, 0.5, 0.5}, {0, 0, 0.5, 0.5}};
        double[] pi = StationaryDistribution.of(Transitions.of(p)).pi();
        double rounding = (332 + 465) * Math.log(2) * 0x1p-53;
        assertEquals(0.5e-40, pi[0], 0.5e-40 * rounding);
        assertEquals(0.5e-40, pi[1], 0.5e-40 * rounding);
        assertEquals(0.5, pi[2], 1e-14);
    }

    /** From token 4 half of the chains end in {0, 1} and half in {2}; token 3 leads to 4. */
    @Test
    void severalClosedClassesShareWhatComesToThem() {
        double[][] p = {{0, 1, 0, 0, 0}, {1, 0, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 0.9, 0.1}, {0.2, 0.2, 0.4, 0.2, 0}};
        StationaryDistribution stationary = StationaryDistribution.of(Transitions.of(p));
        assertArrayEquals(ReferenceDynamics.stationary(p), stationary.pi(), 1e-15);
        assertArrayEquals(new double[] {0.3, 0.3, 0.4, 0, 0}, stationary.pi(), 1e-15);
        assertEquals(2, stationary.closedClasses());
        assertEquals(2, stationary.period());
        assertTrue(stationary.absorbing());
        assertEquals(0, Dynamics.of(Transitions.of(p)).spectralGap());
    }

    @Test
    void randomSupportsAgreeWithTheirDefinition() {
        Random random = new Random(7);
        for (int trial = 0; trial < 200; trial++) {
            double[][] p = sparse(random, 1 + random.nextInt(12), 0.1 + 0.3 * random.nextDouble());
            Transitions chain = Transitions.of(p);
            Dynamics dynamics = Dynamics.of(chain);
            double[] truth = ReferenceDynamics.stationary(p);
            assertArrayEquals(truth, dynamics.stationary().pi(), 1e-12);
            assertEquals(ReferenceDynamics.closedClasses(p), dynamics.stationary().closedClasses());
            assertEquals(ReferenceDynamics.period(p), dynamics.stationary().period());
            double sigma = ReferenceDynamics.entropyProduction(p, truth);
            assertEquals(sigma, dynamics.entropyProduction(), 1e-10 * Math.max(1, sigma == Double.POSITIVE_INFINITY ? 1 : sigma));
            assertEquals(ReferenceDynamics.totalCurrent(p, truth), dynamics.currents().total(), 1e-12);
            assertEquals(ReferenceDynamics.spectralGap(p), dynamics.spectralGap(), 1e-6);
        }
    }

    private static double[][] sparse(Random random, int n, double share) {
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            p[i][random.nextInt(n)] = 1;
            for (int j = 0; j < n; j++) {
                p[i][j] += random.nextDouble() < share ? random.nextDouble() : 0;
            }
            divide(p[i], Arrays.stream(p[i]).sum());
        }
        return p;
    }

    private static void divide(double[] row, double by) {
        for (int j = 0; j < row.length; j++) {
            row[j] /= by;
        }
    }

    /** Chains whose entries are not stored, slow ones included, against elimination. */
    @ParameterizedTest
    @ValueSource(strings = {"normal", "ring", "clusters"})
    void iterationFindsWhatEliminationDoes(String kind) {
        int n = 1100;
        try (Arena arena = Arena.ofConfined()) {
            Transitions chain = tokens(kind, n).scores(arena).attention().transitions(0);
            assertFalse(Dynamics.logTransitions(chain).isStored());
            DistributionIteration iteration = DistributionIteration.of(Dynamics.logTransitions(chain),
                    CommunicatingClasses.of(Dynamics.logTransitions(chain)));
            assertTrue(iteration.converged());
            double[] truth = StateElimination.stationaryDistribution(Dynamics.logTransitions(chain).probabilities(), n);
            for (int i = 0; i < n; i++) {
                assertEquals(truth[i], iteration.stationary()[i], 1e-5 * truth[i]);
            }
        }
    }

    private static Tokens tokens(String kind, int n) {
        Tokens noise = Tokens.random(3, n, n, 8, 0.3);
        float[] q = noise.q().clone();
        float[] k = noise.k().clone();
        for (int i = 0; i < n; i++) {
            double angle = 2 * Math.PI * i / n;
            switch (kind) {
                case "ring" -> {
                    q[8 * i] += (float) (20 * Math.cos(angle));
                    q[8 * i + 1] += (float) (20 * Math.sin(angle));
                    k[8 * i] += (float) (20 * Math.cos(angle + 0.1));
                    k[8 * i + 1] += (float) (20 * Math.sin(angle + 0.1));
                }
                case "clusters" -> {
                    q[8 * i + i % 5] += 6;
                    k[8 * i + i % 5] += 6;
                }
                default -> { }
            }
        }
        return new Tokens(n, n, 8, q, k);
    }

    @Test
    void knownLawsAreTakenAsTheyAre() {
        Tokens tokens = Tokens.random(1, 40, 40, 6, 1);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            for (Operator reversible : new Operator[] {scores.diffusion(), scores.diffusion(1), scores.circulation(0),
                scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-5)).operator()}) {
                StationaryDistribution stationary = StationaryDistribution.of(reversible.transitions(0));
                assertEquals(StationaryDistribution.Method.DETAILED_BALANCE, stationary.method());
                assertTrue(stationary.residual() < 1e-12, () -> "a step changes " + stationary.residual());
            }
            StationaryDistribution uniform = StationaryDistribution.of(scores.sinkhorn(Sinkhorn.tolerance(1e-6)).operator().transitions(0));
            assertEquals(StationaryDistribution.Method.BISTOCHASTIC, uniform.method());
            assertEquals(1 / 40.0, uniform.pi()[17], 1e-16);
            assertTrue(uniform.residual() < 3e-6, () -> "a step changes " + uniform.residual());
        }
    }

    /** A coupling solved to a loose tolerance is not bistochastic, and its stationary distribution is not uniform. */
    @Test
    void looseCouplingsHaveLawsOfTheirOwn() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Tokens.random(1, 20, 20, 8, 1.5).scores(arena);
            for (double tolerance : new double[] {1e-3, 1e-2, 0.1, 0.5}) {
                Operator operator = scores.sinkhorn(Sinkhorn.tolerance(tolerance)).requireConverged().operator();
                StationaryDistribution stationary = StationaryDistribution.of(operator.transitions(0));
                assertTrue(stationary.converged());
                assertTrue(stationary.residual() < (stationary.method() == StationaryDistribution.Method.BISTOCHASTIC ? 2e-3 : 1e-13),
                        () -> tolerance + ": a step changes " + stationary.residual());
            }
        }
    }

    /** A coupling takes mu to nu in one step. If mu = nu, mu is stationary; an unconverged coupling has another stationary distribution. */
    @Test
    void plansOfOtherMarginalsHaveOtherLaws() {
        int n = 30;
        double[] mu = new Random(3).doubles(n, 0.2, 1).toArray();
        double[] other = new Random(4).doubles(n, 0.2, 1).toArray();
        divide(mu, Arrays.stream(mu).sum());
        divide(other, Arrays.stream(other).sum());
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Tokens.random(1, n, n, 6, 1).scores(arena);
            StationaryDistribution same = StationaryDistribution.of(scores.sinkhorn(Sinkhorn.tolerance(1e-6).withMarginals(mu,
                    mu)).requireConverged()
                    .operator().transitions(0));
            for (int i = 0; i < n; i++) {
                assertEquals(mu[i], same.pi()[i], 1e-5 * mu[i]);
            }
            for (Divergence divergence : Divergence.values()) {
                StationaryDistribution stationary = StationaryDistribution.of(scores.sinkhorn(divergence,
                        Sinkhorn.tolerance(1e-6).withMarginals(mu, other))
                        .requireConverged().operator().transitions(0));
                assertTrue(stationary.residual() < 1e-12, () -> divergence + ": a step changes " + stationary.residual());
                assertEquals(divergence == Divergence.SYMMETRIC ? StationaryDistribution.Method.DETAILED_BALANCE
                        : StationaryDistribution.Method.ELIMINATION, stationary.method());
            }
            StationaryDistribution unfinished = StationaryDistribution.of(
                    scores.withBeta(8).sinkhorn(Sinkhorn.tolerance(1e-9).withMaxIterations(1))
                    .operator().transitions(0));
            assertEquals(StationaryDistribution.Method.ELIMINATION, unfinished.method());
            assertTrue(unfinished.residual() < 1e-12);
        }
    }

    /** Column-stochastic operators run along their columns. */
    @Test
    void columnsOfAttentionRunAsTheBackwardMessageDoes() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Tokens.random(2, 70, 70, 5, 1).scores(arena);
            assertArrayEquals(StationaryDistribution.of(scores.backward().transitions(0)).pi(),
                    StationaryDistribution.of(scores.attentionColumn().transitions(0)).pi(), 1e-15);
            assertArrayEquals(StationaryDistribution.of(scores.attention().transitions(0)).pi(),
                    StationaryDistribution.of(scores.backwardColumn().transitions(0)).pi(), 1e-15);
        }
    }

    @Test
    @Tag("slow")
    void masksThatAreNotKeptHaveTheClassesOfThoseThatAre() {
        for (int n : new int[] {12, 1200}) {
            try (Arena arena = Arena.ofConfined()) {
                Scores scores = Tokens.random(5, n, n, 3, 1).scores(arena);
                int[] lengths = {2, n / 2, n - n / 2 - 2};
                StationaryDistribution packed = StationaryDistribution.of(scores.withSequences(lengths).attention().transitions(0));
                assertEquals(3, packed.closedClasses());
                assertEquals(1, packed.period());
                assertEquals(0.5, Arrays.stream(packed.pi(), 2, 2 + n / 2).sum(), 1e-12);
                StationaryDistribution zeroDiagonal = StationaryDistribution.of(
                        scores.withSequences(lengths).withZeroDiagonal().attention().transitions(0));
                assertEquals(2, zeroDiagonal.period());
                StationaryDistribution causal = StationaryDistribution.of(
                        scores.withSequences(lengths).withCausalMask().attention().transitions(0));
                assertEquals(3, causal.closedClasses());
                assertTrue(causal.absorbing());
                assertArrayEquals(new double[] {2.0 / n, 0, 0.5}, Arrays.copyOf(causal.pi(), 3), 1e-12);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 1100})
    void threadsDoNotMatter(int n) {
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try (Arena arena = Arena.ofShared()) {
            Scores scores = Tokens.random(9, n, n, 4, 1).scores(arena);
            Dynamics alone = Dynamics.of(scores.attention(), 0);
            Dynamics shared = Dynamics.of(scores.withWorkers(Workers.of(executor, 3)).attention(), 0);
            assertArrayEquals(alone.stationary().pi(), shared.stationary().pi());
            assertEquals(alone.entropyProduction(), shared.entropyProduction());
            assertEquals(alone.currents().total(), shared.currents().total());
            assertEquals(alone.currents().strongest(), shared.currents().strongest());
            assertEquals(alone.spectralGap(), shared.spectralGap());
        } finally {
            executor.shutdown();
        }
    }

    /** Two groups of tokens that seldom exchange probability: the distribution and the small gap are both found by elimination. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8})
    void threadsShareAnElimination(int threads) {
        int n = 300;
        Random random = new Random(4);
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                p[i][j] = random.nextDouble() * (i < 100 == j < 100 ? 1 : 1e-10);
            }
            divide(p[i], Arrays.stream(p[i]).sum());
        }
        Dynamics alone = Dynamics.of(Transitions.of(p));
        try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
            Thread.currentThread().interrupt();
            Dynamics shared = Dynamics.of(Transitions.of(p, Workers.of(executor, threads)));
            assertArrayEquals(alone.stationary().pi(), shared.stationary().pi());
            assertEquals(alone.spectralGap(), shared.spectralGap());
            assertTrue(alone.gapConverged() && alone.spectralGap() < 1e-8);
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void whatIsNoChainIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Tokens.random(9, 6, 6, 4, 1).scores(arena);
            refused("token 0 sees nothing: a chain that comes to it cannot go on",
                    () -> scores.withCausalMask().withZeroDiagonal().attention().transitions(0));
            refused("a Markov chain needs as many queries as keys in every sequence",
                    () -> scores.withSequences(new int[] {2, 4}, new int[] {3, 3}).attention().transitions(0));
            refused("a Markov chain needs as many queries as keys, for it compares a token with itself; there are 5 queries and 6 keys"
                            + "; Scores.across has what needs no self-scores",
                    () -> Tokens.random(9, 5, 6, 4, 1).scores(arena).attention().transitions(0));
            assertThrows(IndexOutOfBoundsException.class, () -> scores.attention().transitions(1));
        }
        refused("the transitions from token 1 sum to 0.9; expected 1", () -> Transitions.of(new double[][] {{0, 1}, {0.4, 0.5}}));
        refused("the transition from token 0 to 1 is NaN; expected a probability",
                () -> Transitions.of(new double[][] {{1, Double.NaN}, {1, 0}}));
        refused("the transition from token 0 to 0 is -1.0; expected a probability",
                () -> Transitions.of(new double[][] {{-1, 2}, {1, 0}}));
        refused("transitions from token 1: there are 1, expected 2", () -> Transitions.of(new double[][] {{1, 0}, {1}}));
        Transitions two = Transitions.of(new double[][] {{0.5, 0.5}, {0.5, 0.5}});
        refused("rho has 3 entries for a chain of 2 tokens", () -> Dynamics.at(two, new double[3]));
        refused("rho must have finite entries of at least 0, some of them positive", () -> Dynamics.at(two, new double[2]));
        refused("rho must have finite entries of at least 0, some of them positive",
                () -> Dynamics.at(two, new double[] {1, Double.NaN}));
    }

    private static void refused(String why, org.junit.jupiter.api.function.Executable call) {
        assertEquals(why, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    /** A chain outlives the memory of its queries and keys. */
    @Test
    void aChainNeedsItsInputsNoMore() {
        Transitions chain;
        try (Arena arena = Arena.ofConfined()) {
            Tokens tokens = Tokens.random(9, 6, 6, 4, 1);
            chain = Scores.of(Matrix.copyOf(arena, tokens.q(), 6, 4), Matrix.copyOf(arena, tokens.k(), 6, 4)).attention().transitions(0);
        }
        assertEquals(1, Arrays.stream(StationaryDistribution.of(chain).pi()).sum(), 1e-15);
    }
}
