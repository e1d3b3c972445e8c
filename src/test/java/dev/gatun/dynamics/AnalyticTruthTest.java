package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Transitions;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chains whose dynamics are known in closed form, given as queries and keys of float32. */
@Tag("any-width")
class AnalyticTruthTest {

    /** The relative error that the rounding of float32 inputs causes. */
    private static final double RELATIVE = 1e-5;

    /** The logarithm of an impossible step: exp(-200) is 1e-87. */
    private static final double NEVER = -200;

    /** Attention that runs a given chain: query i is the i-th unit vector, and key j holds log P_ij at component i. */
    private static Dynamics of(double[][] p) {
        int n = p.length;
        float[] q = new float[n * n];
        float[] k = new float[n * n];
        for (int i = 0; i < n; i++) {
            q[i * n + i] = 1;
            for (int j = 0; j < n; j++) {
                k[j * n + i] = (float) (p[i][j] == 0 ? NEVER : Math.log(p[i][j]));
            }
        }
        return Dynamics.of(attention(q, k, n, n, 1));
    }

    private static Transitions attention(float[] q, float[] k, int n, int d, double beta) {
        try (Arena arena = Arena.ofConfined()) {
            return Scores.of(Matrix.copyOf(arena, q, n, d), Matrix.copyOf(arena, k, n, d)).withScale(1).withBeta(beta)
                    .attention().transitions(0);
        }
    }

    private static double[][] ring(int n, double forward, double backward) {
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            p[i][i] = 1 - forward - backward;
            p[i][(i + 1) % n] += forward;
            p[i][(i + n - 1) % n] += backward;
        }
        return p;
    }

    /** {@code 1 - max_k |stay + p e^(i t_k) + q e^(-i t_k)|}. */
    private static double gapOfRing(int n, double forward, double backward) {
        double gap = 1;
        for (int k = 1; k < n; k++) {
            double angle = 2 * Math.PI * k / n;
            // 1 - |1 - x + i y| with x and y small for slow rings.
            double x = (forward + backward) * (1 - Math.cos(angle));
            double y = (forward - backward) * Math.sin(angle);
            gap = Math.min(gap, -Math.expm1(Math.log1p(-2 * x + x * x + y * y) / 2));
        }
        return gap;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 7, 64, 65, 200})
    void aBiasedRingRunsInItsCircle(int n) {
        double forward = 0.5;
        double backward = 0.2;
        Dynamics dynamics = of(ring(n, forward, backward));
        assertEquals(Regime.NESS, dynamics.regime());
        assertRelative(1.0 / n, Arrays.stream(dynamics.stationary().pi()).min().orElseThrow());
        assertRelative((forward - backward) / n, dynamics.currents().maxCurrent());
        assertRelative(forward - backward, dynamics.currents().total());
        assertRelative((forward - backward) * Math.log(forward / backward), dynamics.entropyProduction());
        assertRelative(gapOfRing(n, forward, backward), dynamics.spectralGap());
        Cycle cycle = dynamics.cycles(3).getFirst();
        assertEquals(n, cycle.tokens().size());
        assertEquals((cycle.tokens().getFirst() + 1) % n, cycle.tokens().get(1));
        assertRelative((forward - backward) / n, cycle.current());
        assertRelative(n * Math.log(forward / backward), cycle.affinity());
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 1e-6, 1e-9})
    void aSlowRingIsNoEquilibrium(double rate) {
        int n = 9;
        Dynamics dynamics = of(ring(n, 2 * rate, rate));
        assertEquals(Regime.NESS, dynamics.regime());
        assertRelative(rate / n, dynamics.currents().maxCurrent());
        assertRelative(rate * Math.log(2), dynamics.entropyProduction());
        assertRelative(gapOfRing(n, 2 * rate, rate), dynamics.spectralGap());
        assertRelative(n * Math.log(2), dynamics.cycles(1).getFirst().affinity());
    }

    /** A walk along a line, and one around a ring, which take many thousand steps to forget their start. */
    @Test
    @Tag("slow")
    void longWaysAreForgottenSlowly() {
        int n = 500;
        double[][] line = new double[n][n];
        for (int i = 0; i < n; i++) {
            line[i][Math.max(i - 1, 0)] += 0.5;
            line[i][Math.min(i + 1, n - 1)] += 0.5;
        }
        Dynamics walk = Dynamics.of(Transitions.of(line));
        assertTrue(walk.gapConverged());
        assertRelative(2 * Math.pow(Math.sin(Math.PI / (2 * n)), 2), walk.spectralGap());
        Dynamics ring = Dynamics.of(Transitions.of(ring(n, 0.5, 0.25)));
        assertTrue(ring.gapConverged());
        assertRelative(gapOfRing(n, 0.5, 0.25), ring.spectralGap());
    }

    /** Clusters that mix at once, among which a slow ring runs. */
    @Test
    void aSlowRingOfFastClustersIsNoEquilibrium() {
        int clusters = 5;
        int size = 4;
        double rate = 1e-9;
        double[][] p = new double[clusters * size][clusters * size];
        for (int i = 0; i < p.length; i++) {
            int cluster = i / size;
            for (int t = 0; t < size; t++) {
                p[i][cluster * size + t] = 1.0 / size;
            }
            p[i][(cluster + 1) % clusters * size] += 2 * rate;
            p[i][(cluster + clusters - 1) % clusters * size] += rate;
        }
        Dynamics dynamics = of(p);
        assertEquals(Regime.NESS, dynamics.regime());
        assertRelative(gapOfRing(clusters, 2 * rate, rate), dynamics.spectralGap());
        double current = dynamics.cycles(1).getFirst().current();
        assertTrue(current > 0.2 * rate / clusters && current <= 1.01 * rate / clusters, () -> "the cycle runs at " + current);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 70})
    void birthAndDeathIsReversible(int n) {
        Random random = new Random(n);
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            double up = i + 1 < n ? 0.1 + 0.3 * random.nextDouble() : 0;
            double down = i > 0 ? 0.1 + 0.3 * random.nextDouble() : 0;
            if (i + 1 < n) {
                p[i][i + 1] = (float) up;
            }
            if (i > 0) {
                p[i][i - 1] = (float) down;
            }
            p[i][i] = 1 - up - down;
        }
        double[] pi = new double[n];
        pi[0] = 1;
        for (int i = 1; i < n; i++) {
            pi[i] = pi[i - 1] * p[i - 1][i] / p[i][i - 1];
        }
        double total = Arrays.stream(pi).sum();
        Dynamics dynamics = of(p);
        assertEquals(Regime.EQUILIBRIUM, dynamics.regime());
        for (int i = 0; i < n; i++) {
            assertRelative(pi[i] / total, dynamics.stationary().pi()[i]);
        }
        assertEquals(0, dynamics.entropyProduction(), 1e-20);
        assertEquals(StationaryDistribution.Method.ELIMINATION, dynamics.stationary().method());
    }

    /** Masses over thirteen orders of magnitude, each accurate relative to its own size. */
    @Test
    void rareTokensAreRightToTheirOwnSize() {
        int n = 27;
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            double up = i + 1 < n ? 0.01 : 0;
            double down = i > 0 ? 0.5 : 0;
            p[i][i] = 1 - up - down;
            if (i + 1 < n) {
                p[i][i + 1] = up;
            }
            if (i > 0) {
                p[i][i - 1] = down;
            }
        }
        double[] pi = of(p).stationary().pi();
        double[] exact = StationaryDistribution.of(Transitions.of(p)).pi();
        double first = (1 - 0.02) / (1 - Math.pow(0.02, n));
        for (int i = 0; i < n; i++) {
            double truth = first * Math.pow(0.02, i);
            assertEquals(truth, exact[i], 1e-13 * truth * n);
            assertEquals(truth, pi[i], 1e-5 * truth);
        }
        assertTrue(exact[n - 1] < 1e-43);
    }

    /** {@code s_ij = kappa cos(t_j - t_i + phi)}: a von Mises step with a bias. */
    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.7, 1.5})
    void aRingOfQueriesAndKeysWithAPhaseShift(double phi) {
        int n = 96;
        for (double kappa : new double[] {0.5, 2, 8}) {
            float[] q = new float[2 * n];
            float[] k = new float[2 * n];
            for (int i = 0; i < n; i++) {
                double angle = 2 * Math.PI * i / n;
                q[2 * i] = (float) Math.cos(angle);
                q[2 * i + 1] = (float) Math.sin(angle);
                k[2 * i] = (float) Math.cos(angle + phi);
                k[2 * i + 1] = (float) Math.sin(angle + phi);
            }
            Dynamics dynamics = Dynamics.of(attention(q, k, n, 2, kappa));
            assertEquals(Regime.NESS, dynamics.regime());
            double sine = Math.sin(phi);
            assertRelative(2 * kappa * sine * sine * bessel(1, kappa) / bessel(0, kappa), dynamics.entropyProduction());
            assertRelative(1 - bessel(1, kappa) / bessel(0, kappa), dynamics.spectralGap());
            assertEquals(1.0 / n, dynamics.stationary().pi()[n / 3], RELATIVE / n);
        }
    }

    /** Modified Bessel function of the first kind. */
    private static double bessel(int order, double x) {
        double term = Math.pow(x / 2, order);
        double sum = 0;
        for (int m = 0; m < 60; m++) {
            sum += term;
            term *= x * x / 4 / ((m + 1.0) * (m + 1 + order));
        }
        return sum;
    }

    /** {@code s_ij = <x_i, x_j> - g_j}: the skew part is a gradient, and the stationary distribution is known. */
    @Test
    void aGradientIsInEquilibrium() {
        int n = 60;
        int d = 5;
        Random random = new Random(4);
        float[] q = new float[n * d];
        float[] k = new float[n * d];
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < d - 1; c++) {
                q[i * d + c] = (float) random.nextGaussian();
                k[i * d + c] = q[i * d + c];
            }
            q[i * d + d - 1] = 1;
            k[i * d + d - 1] = (float) (2 * random.nextGaussian());
        }
        Dynamics dynamics = Dynamics.of(attention(q, k, n, d, 1));
        assertFalse(dynamics.chain().reversible());
        assertEquals(Regime.EQUILIBRIUM, dynamics.regime());
        assertEquals(0, dynamics.entropyProduction(), 1e-20);
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(0, Scores.of(Matrix.copyOf(arena, q, n, d), Matrix.copyOf(arena, k, n, d)).curlFraction(0), 1e-12);
        }
        double[] masses = new double[n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double s = 0;
                for (int c = 0; c < d - 1; c++) {
                    s += (double) q[i * d + c] * q[j * d + c];
                }
                masses[i] += Math.exp(s + k[i * d + d - 1] + k[j * d + d - 1]);
            }
        }
        double total = Arrays.stream(masses).sum();
        for (int i = 0; i < n; i++) {
            assertRelative(masses[i] / total, dynamics.stationary().pi()[i]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 65, 1030})
    void aCausalChainIsAbsorbedAtItsFirstToken(int n) {
        int d = 4;
        Random random = new Random(n);
        float[] q = new float[n * d];
        float[] k = new float[n * d];
        for (int e = 0; e < q.length; e++) {
            q[e] = (float) random.nextGaussian();
            k[e] = (float) random.nextGaussian();
        }
        try (Arena arena = Arena.ofConfined()) {
            Dynamics dynamics = Dynamics.of(Scores.of(Matrix.copyOf(arena, q, n, d), Matrix.copyOf(arena, k, n, d)).withCausalMask()
                    .attention(), 0);
            double[] delta = new double[n];
            delta[0] = 1;
            assertArrayEquals(delta, dynamics.stationary().pi());
            assertEquals(1, dynamics.stationary().closedClasses());
            assertTrue(dynamics.stationary().absorbing());
            assertTrue(dynamics.vacuous());
            assertEquals(0, dynamics.entropyProduction());
            assertEquals(List.of(), dynamics.cycles(3));
            double most = IntStream.range(1, n).mapToDouble(i -> Math.pow(2, dynamics.chain().row(i)[i])).max().orElseThrow();
            assertEquals(1 - most, dynamics.spectralGap(), 1e-12);
        }
    }

    private static void assertRelative(double truth, double found) {
        assertEquals(truth, found, RELATIVE * Math.abs(truth));
    }
}
