package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Transitions;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDynamics;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Iteration of chains with known slowest rates, small enough to compare with the definition. */
@Tag("any-width")
class DistributionIterationTest {

    /** Slow chains: the error is the residual divided by the slowest rate. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-2, 1e-4, 1e-6, 1e-7})
    void slowChainsAreRightBesideTheirSlowestRate(double pass) {
        int n = 40;
        double[][] p = random(n, new Random(11));
        for (int i = 0; i < n; i++) {
            double across = i < n / 2 ? pass : 3 * pass;
            keepTo(p[i], i < n / 2 ? 0 : n / 2, n / 2, 1 - across);
            p[i][(i + n / 2) % n] = across;
        }
        assertAgree(p, Math.max(2e-7, 4e-13 / pass));
    }

    /** A ring is slow in every direction: more than one space of vectors is needed. */
    @Test
    void ringsOfManyTokensTakeSeveralSpaces() {
        int n = 90;
        Random random = new Random(5);
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            p[i][i] = 0.5;
            p[i][(i + 1) % n] = 0.2 + 0.1 * random.nextDouble();
            p[i][(i + n - 1) % n] = 0.5 - p[i][(i + 1) % n];
        }
        DistributionIteration iteration = assertAgree(p, 1e-6);
        assertTrue(iteration.passes() > 35, () -> "it took " + iteration.passes() + " passes");
    }

    /** Tokens that no token leads back to have no mass, and divisions by it do no harm. */
    @Test
    void tokensThatAreLeftForGoodHaveNoMass() {
        int n = 30;
        int open = 7;
        double[][] p = random(n, new Random(3));
        for (int i = open; i < n; i++) {
            keepTo(p[i], open, n - open, 1);
        }
        slowed(p, 0.99);
        DistributionIteration iteration = assertAgree(p, 1e-6);
        for (int i = 0; i < open; i++) {
            assertEquals(0, iteration.stationary()[i]);
        }
    }

    /** Each closed class keeps its initial mass, the fraction of its tokens. */
    @Test
    void closedClassesKeepTheirShares() {
        int n = 35;
        double[][] p = random(n, new Random(8));
        for (int i = 0; i < n; i++) {
            keepTo(p[i], i < 5 ? 0 : i < 15 ? 5 : 15, i < 5 ? 5 : i < 15 ? 10 : 20, 1);
        }
        slowed(p, 0.95);
        DistributionIteration iteration = assertAgree(p, 1e-6);
        assertEquals(5.0 / n, Arrays.stream(iteration.stationary(), 0, 5).sum(), 1e-14);
        assertEquals(10.0 / n, Arrays.stream(iteration.stationary(), 5, 15).sum(), 1e-14);
    }

    @Test
    void aPeriodIsNoObstacle() {
        int n = 12;
        double[][] p = random(n, new Random(2));
        for (int i = 0; i < n; i++) {
            keepTo(p[i], i < 8 ? 8 : 0, i < 8 ? 4 : 8, 1);
        }
        assertAgree(p, 1e-9);
    }

    @Test
    void stepsAloneAreEnoughForChainsThatForgetAtOnce() {
        int n = 50;
        double[][] p = new double[n][];
        Arrays.setAll(p, i -> random(1, n, new Random(1))[0]);
        Transitions chain = Transitions.of(p);
        DistributionIteration iteration = DistributionIteration.bySteps(Dynamics.logTransitions(chain),
                CommunicatingClasses.of(Dynamics.logTransitions(chain)), 16);
        assertTrue(iteration.converged());
        assertTrue(iteration.passes() <= 3, () -> "it took " + iteration.passes() + " passes");
        for (int i = 0; i < n; i++) {
            assertEquals(p[0][i], iteration.stationary()[i], 1e-14 * p[0][i]);
        }
    }

    @Test
    void stepsAloneGiveUp() {
        double[][] p = random(20, new Random(4));
        slowed(p, 0.9);
        Transitions chain = Transitions.of(p);
        DistributionIteration iteration = DistributionIteration.bySteps(Dynamics.logTransitions(chain),
                CommunicatingClasses.of(Dynamics.logTransitions(chain)), 16);
        assertFalse(iteration.converged());
        assertEquals(16, iteration.passes());
        assertEquals(1, Arrays.stream(iteration.stationary()).sum(), 1e-14);
    }

    /** Steps are tried from 2049 tokens on, and are the only method from 4097 on. Each row of this chain is its stationary distribution. */
    @ParameterizedTest
    @ValueSource(ints = {2049, 4097})
    void manyTokensThatForgetAtOnceAreIterated(int n) {
        float[] q = new float[n];
        Arrays.fill(q, 1);
        float[] k = Tokens.normal(new Random(n), n, 1);
        double[] mass = IntStream.range(0, n).mapToDouble(j -> Math.exp(k[j])).toArray();
        double total = Arrays.stream(mass).sum();
        try (Arena arena = Arena.ofConfined()) {
            StationaryDistribution stationary = StationaryDistribution.of(
                    new Tokens(n, n, 1, q, k).scores(arena).attention().transitions(0));
            assertEquals(StationaryDistribution.Method.ITERATION, stationary.method());
            assertTrue(stationary.converged());
            assertTrue(stationary.iterations() > 0 && stationary.iterations() < 5, () -> "it took " + stationary.iterations() + " passes");
            for (int j = 0; j < n; j++) {
                assertEquals(mass[j] / total, stationary.pi()[j], 1e-12 * mass[j] / total);
            }
        }
    }

    private static DistributionIteration assertAgree(double[][] p, double relative) {
        double[] truth = ReferenceDynamics.stationary(p);
        Transitions chain = Transitions.of(p);
        DistributionIteration iteration = DistributionIteration.of(Dynamics.logTransitions(chain),
                CommunicatingClasses.of(Dynamics.logTransitions(chain)));
        assertTrue(iteration.converged());
        for (int i = 0; i < p.length; i++) {
            assertEquals(truth[i], iteration.stationary()[i], relative * truth[i]);
        }
        return iteration;
    }

    private static double[][] random(int n, Random random) {
        return random(n, n, random);
    }

    /** Rows of positive entries that sum to 1, over some orders of magnitude. */
    private static double[][] random(int rows, int n, Random random) {
        double[][] p = new double[rows][n];
        for (double[] row : p) {
            Arrays.setAll(row, j -> Math.exp(4 * random.nextDouble()));
            keepTo(row, 0, n, 1);
        }
        return p;
    }

    /** Zeroes all but {@code count} entries of a row and scales these to the sum {@code sum}. */
    private static void keepTo(double[] row, int first, int count, double sum) {
        double total = Arrays.stream(row, first, first + count).sum();
        Arrays.setAll(row, j -> j < first || j >= first + count ? 0 : row[j] * sum / total);
    }

    /** Gives every token another probability of staying. */
    private static void slowed(double[][] p, double most) {
        for (int i = 0; i < p.length; i++) {
            double stays = most * (1 + i) / p.length;
            keepTo(p[i], 0, p.length, 1 - stays);
            p[i][i] += stays;
        }
    }
}
