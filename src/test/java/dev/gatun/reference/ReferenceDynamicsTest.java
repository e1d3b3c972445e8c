package dev.gatun.reference;

import static dev.gatun.reference.ThreeTokens.SCORES;
import static dev.gatun.reference.ThreeTokens.fractions;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceDynamicsTest {

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[][] ROTATION = {{0, 1, -1}, {-1, 0, 1}, {1, -1, 0}};

    /** On with 1/2, back with 1/4, and 1/4 to stay: bistochastic. */
    private static final double[][] RING = fractions(new double[][] {{1, 2, 1}, {1, 1, 2}, {2, 1, 1}}, 4, 4, 4);

    /** Up with 1/2 and down with 1/4 along four tokens, whose law doubles with every step up. */
    private static final double[][] LADDER =
            fractions(new double[][] {{2, 2, 0, 0}, {1, 1, 2, 0}, {0, 1, 1, 2}, {0, 0, 1, 3}}, 4, 4, 4, 4);

    private static final double[][] SWAP = {{0, 1}, {1, 0}};

    @Test
    void aBiasedRingRunsRound() {
        double[] pi = ReferenceDynamics.stationary(RING);
        assertArrayEquals(new double[] {1 / 3., 1 / 3., 1 / 3.}, pi, 1e-16);
        // (1/2 - 1/4)/3 on each edge.
        assertEquals(0, ReferenceMatrix.maxAbsDifference(ReferenceMatrix.scale(1 / 12., ROTATION),
                ReferenceDynamics.currents(RING, pi)), 1e-16);
        assertEquals(1 / 12., ReferenceDynamics.maxCurrent(RING, pi), 1e-16);
        assertEquals(1 / 4., ReferenceDynamics.totalCurrent(RING, pi), 1e-16);
        assertEquals(Math.log(2) / 4, ReferenceDynamics.entropyProduction(RING, pi), 1e-16);
        assertEquals(3 * Math.log(2), ReferenceDynamics.cycleAffinity(RING, 0, 1, 2), 1e-15);
        assertEquals(-3 * Math.log(2), ReferenceDynamics.cycleAffinity(RING, 2, 1, 0), 1e-15);
        // 1/4 + e^(2 pi i/3)/2 + e^(-2 pi i/3)/4 = -1/8 + i sqrt(3)/8, of modulus 1/4.
        assertEquals(3 / 4., ReferenceDynamics.spectralGap(RING), 1e-15);
        assertEquals(1, ReferenceDynamics.closedClasses(RING));
        assertEquals(1, ReferenceDynamics.period(RING));
    }

    @Test
    void aBirthDeathChainIsInBalance() {
        double[] pi = ReferenceDynamics.stationary(LADDER);
        assertArrayEquals(new double[] {1 / 15., 2 / 15., 4 / 15., 8 / 15.}, pi, 1e-16);
        assertEquals(0, ReferenceDynamics.maxCurrent(LADDER, pi), 1e-16);
        assertEquals(0, ReferenceDynamics.entropyProduction(LADDER, pi), 1e-16);
        assertEquals(0, ReferenceDynamics.cycleAffinity(LADDER, 0, 1, 2, 3, 2, 1), 1e-15);
        // The uniform law is driven: 1/16 flows up each edge against 1/8, 3 edges (1/8 - 1/16) log 2.
        assertEquals(3 * Math.log(2) / 16,
                ReferenceDynamics.entropyProduction(LADDER, ReferenceMatrix.constant(4, 0.25)), 1e-16);
    }

    @Test
    void gapsByHand() {
        // Trace 3/4 = 1 - 1/4: the modulus counts.
        assertEquals(3 / 4., ReferenceDynamics.spectralGap(new double[][] {{0, 1}, {0.25, 0.75}}), 1e-15);
        // 1/4 + 2 sqrt(1/2 1/4) cos(pi k/4) for k = 1, 2, 3 besides the 1: they sum to 3/4, and the trace is 7/4.
        assertEquals(1 - (1 / 4. + Math.sqrt(1 / 8.) * 2 * Math.cos(Math.PI / 4)), ReferenceDynamics.spectralGap(LADDER), 1e-15);
        assertEquals(1, ReferenceDynamics.spectralGap(new double[][] {{1}}));
        assertEquals(1, ReferenceDynamics.spectralGap(new double[][] {{0.25, 0.75}, {0.25, 0.75}}), 1e-15);
    }

    /** A pair of laws 2/3, 1/3 in balance within, joined token by token: 3/2 of the rate there and 1/2 back, as 1/4 is to 3/4. */
    @Test
    void twoBlocksLeakSlowly() {
        double rate = 1e-9;
        double[][] within = {{3 / 4., 1 / 4.}, {1 / 2., 1 / 2.}};
        double[][] joined = joined(within, 1.5 * rate, 0.5 * rate);
        double[] pi = {1 / 6., 1 / 12., 1 / 2., 1 / 4.};
        assertRelative(pi, ReferenceDynamics.stationary(joined), 1e-12);
        assertEquals(2 * rate, ReferenceDynamics.spectralGap(joined), 2e-6 * rate);
        assertEquals(1, ReferenceDynamics.closedClasses(joined));
        double[][] rings = joined(RING, 1.5 * rate, 0.5 * rate);
        double[] thirds = {1 / 12., 1 / 12., 1 / 12., 1 / 4., 1 / 4., 1 / 4.};
        assertRelative(thirds, ReferenceDynamics.stationary(rings), 1e-12);
        assertEquals(2 * rate, ReferenceDynamics.spectralGap(rings), 2e-6 * rate);
        assertEquals(Math.log(2) / 4, ReferenceDynamics.entropyProduction(rings, thirds), 1e-9);
    }

    @Test
    void theRarestTokensAreRightToTheirOwnSize() {
        // Up with 2^-250, down with 1/2: each of five tokens has 2^-249 of the one below, the last 2^-996 = 1.5e-300.
        double[][] steep = new double[5][5];
        for (int i = 0; i < 5; i++) {
            steep[i][Math.min(i + 1, 4)] += 0x1p-250;
            steep[i][Math.max(i - 1, 0)] += 0.5;
            steep[i][i] += 0.5;
        }
        double[] expected = {1, 0x1p-249, 0x1p-498, 0x1p-747, 0x1p-996};
        assertRelative(expected, ReferenceDynamics.stationary(steep), 1e-15);
        int[] reversed = {4, 3, 2, 1, 0};
        assertRelative(of(expected, reversed), ReferenceDynamics.stationary(of(steep, reversed)), 1e-15);
        assertEquals(0, ReferenceDynamics.entropyProduction(steep, expected), 1e-16);
    }

    @Test
    void aRateBelowTheSmallestNumberStillBalances() {
        // Two wells left with 2^-600 and 2^-601 for a pass of two tokens, crossed with 2^-600 either way.
        double[][] wells = {{1, 0x1p-600, 0, 0}, {1, 0, 0x1p-600, 0}, {0, 0x1p-600, 0, 1}, {0, 0, 0x1p-601, 1}};
        double[] pi = {1 / 3., 0x1p-600 / 3, 0x1p-600 / 3, 2 / 3.};
        assertRelative(pi, ReferenceDynamics.stationary(wells), 1e-15);
        int[] shuffled = {3, 0, 2, 1};
        assertRelative(of(pi, shuffled), ReferenceDynamics.stationary(of(wells, shuffled)), 1e-15);
        assertEquals(0, ReferenceDynamics.entropyProduction(wells, pi), 1e-16);
        // The flow of 2^-1200 across the pass is 0 in float64, and no reason for an infinity.
        assertEquals(0, ReferenceDynamics.entropyProduction(wells, new double[] {0.5, 0x1p-600, 0x1p-601, 0.5}), 1e-16);
    }

    @Test
    void severalClassesShareByAbsorption() {
        // From 1 to token 0 in the end: h_1 = 3/4 + h_2/4, h_2 = h_1/2, so 6/7 and 3/7. Of five tokens (1 + 6/7 + 3/7)/5 end there.
        double[][] split = fractions(new double[][] {
            {1, 0, 0, 0, 0}, {3, 0, 1, 0, 0}, {0, 1, 0, 1, 0}, {0, 0, 0, 1, 1}, {0, 0, 0, 1, 0}}, 1, 4, 2, 2, 1);
        assertArrayEquals(new double[] {16 / 35., 0, 0, 38 / 105., 19 / 105.}, ReferenceDynamics.stationary(split), 1e-16);
        assertEquals(2, ReferenceDynamics.closedClasses(split));
        assertEquals(0, ReferenceDynamics.spectralGap(split));
        assertArrayEquals(new double[] {0.25, 0.25, 0.25, 0.25},
                ReferenceDynamics.stationary(ReferenceMatrix.identity(4)), 1e-16);
        assertEquals(4, ReferenceDynamics.closedClasses(ReferenceMatrix.identity(4)));
    }

    @Test
    void anEdgeOneWayCostsWithoutEnd() {
        double[][] oneWay = fractions(new double[][] {{0, 1, 0}, {0, 1, 1}, {1, 1, 0}}, 1, 2, 2);
        double[] pi = ReferenceDynamics.stationary(oneWay);
        // Into 0 comes half of token 2, and into 2 half of token 1: 1/7, 4/7, 2/7.
        assertArrayEquals(new double[] {1 / 7., 4 / 7., 2 / 7.}, pi, 1e-16);
        assertEquals(INF, ReferenceDynamics.entropyProduction(oneWay, pi));
        assertEquals(INF, ReferenceDynamics.cycleAffinity(oneWay, 0, 1, 2));
        assertThrows(IllegalArgumentException.class, () -> ReferenceDynamics.cycleAffinity(oneWay, 2, 1, 0));
        double[][] scores = {{-INF, 0, -INF}, {-INF, 0, 0}, {0, 0, -INF}};
        assertEquals(INF, ReferenceDynamics.entropyProductionOfScores(scores, oneWay, pi, 1));
        // Token 0 goes to 2 for good, which is nothing while it is empty.
        double[][] unused = fractions(new double[][] {{1, 0, 1}, {0, 1, 1}, {0, 1, 1}}, 2, 2, 2);
        assertEquals(0, ReferenceDynamics.entropyProduction(unused, new double[] {0, 0.5, 0.5}));
        assertEquals(INF, ReferenceDynamics.entropyProduction(unused, new double[] {0.5, 0.25, 0.25}));
    }

    @Test
    void aCausalChainEndsAtTheFirstToken() {
        double[][] causal = ReferenceSoftmax.rowSoftmax(ReferenceScores.causal(
                ReferenceMatrix.scale(ThreeTokens.LN2, SCORES)));
        double[] pi = ReferenceDynamics.stationary(causal);
        assertArrayEquals(new double[] {1, 0, 0}, pi);
        assertEquals(0, ReferenceDynamics.entropyProduction(causal, pi));
        assertEquals(0, ReferenceDynamics.entropyProductionOfScores(ReferenceScores.causal(SCORES), causal, pi, 1));
        assertEquals(1, ReferenceDynamics.closedClasses(causal));
        assertEquals(1, ReferenceDynamics.period(causal));
        // The diagonal below the first token: 4 of 16 + 4 and 1/2 of 8 + 2 + 1/2.
        assertEquals(4 / 5., ReferenceDynamics.spectralGap(causal), 1e-15);
    }

    @Test
    void aSwapHasPeriodTwo() {
        assertEquals(2, ReferenceDynamics.period(SWAP));
        assertEquals(0, ReferenceDynamics.spectralGap(SWAP));
        assertArrayEquals(new double[] {0.5, 0.5}, ReferenceDynamics.stationary(SWAP));
        // Ways round of 4 and of 6 tokens that share one.
        double[][] two = new double[9][9];
        for (int i = 0; i < 8; i++) {
            two[i][i + 1] = 1;
        }
        two[0][1] = 0.5;
        two[0][4] = 0.5;
        two[3] = new double[] {1, 0, 0, 0, 0, 0, 0, 0, 0};
        two[8] = two[3];
        assertEquals(2, ReferenceDynamics.period(two));
        two[8] = new double[] {0.5, 0, 0, 0, 0, 0, 0, 0, 0.5};
        assertEquals(1, ReferenceDynamics.period(two));
        // A token at rest beside a swap: the largest period counts.
        assertEquals(2, ReferenceDynamics.period(new double[][] {{1, 0, 0}, {0, 0, 1}, {0, 1, 0}}));
    }

    @Test
    void aGradientHasNoCurlAndARotationNothingElse() {
        double[] g = {0.5, -3, 7};
        double[] minusG = {-0.5, 3, -7};
        double[][] symmetric = {{2, 1, -4}, {1, 9, 3}, {-4, 3, 0}};
        assertEquals(0, ReferenceDynamics.curlFraction(ReferenceMatrix.shift(symmetric, g, minusG)), 1e-16);
        assertEquals(1, ReferenceDynamics.curlFraction(ReferenceMatrix.add(symmetric, ROTATION)), 1e-16);
        // a_12 = 1 alone: g = 1/3, -1/3, 0 and 2 * 3 * 2/9 = 4/3 of 2.
        assertEquals(1 / 3., ReferenceDynamics.curlFraction(new double[][] {{5, 2, 0}, {0, 5, 0}, {0, 0, 5}}), 1e-16);
        assertEquals(0, ReferenceDynamics.curlFraction(symmetric));
        assertEquals(0, ReferenceDynamics.curlFraction(new double[][] {{1, 8}, {-3, 2}}));
    }

    @Test
    void theCurlFractionIsTheFormula() {
        double[][] s = normal(12, 3);
        double[] g = new double[12];
        double all = 0;
        for (int i = 0; i < 12; i++) {
            for (int j = 0; j < 12; j++) {
                double a = (s[i][j] - s[j][i]) / 2;
                g[i] += a / 12;
                all += a * a;
            }
        }
        double square = Arrays.stream(g).map(entry -> entry * entry).sum();
        assertEquals(1 - 24 * square / all, ReferenceDynamics.curlFraction(s), 1e-14);
    }

    @Test
    void aSoftmaxOfAGradientIsInEquilibrium() {
        double[][] symmetric = {{2, 1, -4}, {1, 9, 3}, {-4, 3, 0}};
        double[][] p = ReferenceSoftmax.rowSoftmax(
                ReferenceMatrix.shift(symmetric, new double[] {0.5, -3, 7}, new double[] {-0.5, 3, -7}));
        double[] pi = ReferenceDynamics.stationary(p);
        assertEquals(0, ReferenceDynamics.entropyProduction(p, pi), 1e-16);
        assertEquals(0, ReferenceDynamics.cycleAffinity(p, 0, 1, 2), 1e-14);
    }

    @Test
    void pathEntropyByHand() {
        double[][] coin = {{0.5, 0.5}, {0.5, 0.5}};
        double[][][] driven = {{{1, 0}, {0.5, 0.5}}, {{0.25, 0.75}, {0.5, 0.5}}};
        double[][] rho = {{1 / 3., 2 / 3.}, {2 / 3., 1 / 3.}};
        // 1/3 log 2 in the first step; 2/3 (1/4 log(1/2) + 3/4 log(3/2)) in the second.
        assertEquals(Math.log(2) / 3 + Math.log(0.5) / 6 + Math.log(1.5) / 2,
                ReferenceDynamics.pathRelativeEntropy(coin, driven, rho), 1e-15);
        assertEquals(0, ReferenceDynamics.pathRelativeEntropy(coin, new double[][][] {coin}, rho));
        assertEquals(INF, ReferenceDynamics.pathRelativeEntropy(driven[0], new double[][][] {coin}, rho));
    }

    /** The relative entropy of a bridge from its chain depends on its ends: {@code E log phi_T - E log phi_0}. */
    @Test
    void theEntropyOfABridgeIsThatOfItsPotentials() {
        double[] mu = {0.7, 0.2, 0.1};
        double[] nu = {0.1, 0.3, 0.6};
        ReferenceBridge.Dynamic bridge = ReferenceBridge.dynamic(RING, mu, nu, 3, 1e-15, 1000);
        double expected = 0;
        for (int i = 0; i < 3; i++) {
            expected += nu[i] * bridge.logPhi()[3][i] - mu[i] * bridge.logPhi()[0][i];
        }
        double[][][] transitions = {bridge.transition(0), bridge.transition(1), bridge.transition(2)};
        assertEquals(expected, ReferenceDynamics.pathRelativeEntropy(RING, transitions, bridge.rho()), 1e-14);
    }

    @Test
    void entropyProductionIsThePathEntropyFromTheReversedChain() {
        double[][] p = ReferenceSoftmax.rowSoftmax(normal(9, 5));
        double[] pi = ReferenceDynamics.stationary(p);
        double[][] reversed = new double[9][9];
        for (int i = 0; i < 9; i++) {
            for (int j = 0; j < 9; j++) {
                reversed[i][j] = pi[j] * p[j][i] / pi[i];
            }
        }
        assertEquals(ReferenceDynamics.entropyProduction(p, pi),
                ReferenceDynamics.pathRelativeEntropy(reversed, new double[][][] {p}, new double[][] {pi}), 1e-14);
    }

    @Test
    void onePassIsEnoughForASoftmax() {
        double[][] s = normal(40, 1);
        for (double beta : new double[] {0.1, 1, 3}) {
            double[][] p = ReferenceSoftmax.rowSoftmax(ReferenceMatrix.scale(beta, s));
            double[] pi = ReferenceDynamics.stationary(p);
            assertRelative(pi, ReferenceMatrix.multiply(pi, p), 1e-14);
            assertEquals(1, ReferenceMatrix.sum(pi), 1e-15);
            double sigma = ReferenceDynamics.entropyProduction(p, pi);
            assertEquals(sigma, ReferenceDynamics.entropyProductionOfScores(s, p, pi, beta), 1e-12 * sigma);
        }
    }

    /** A mask that is its own transpose leaves the one pass as it is. */
    @Test
    void onePassIsEnoughForASymmetricSupport() {
        double[][] hollow = ReferenceScores.zeroDiagonal(normal(10, 2));
        double[][] p = ReferenceSoftmax.rowSoftmax(hollow);
        double[] pi = ReferenceDynamics.stationary(p);
        double sigma = ReferenceDynamics.entropyProduction(p, pi);
        assertEquals(sigma, ReferenceDynamics.entropyProductionOfScores(hollow, p, pi, 1), 1e-12 * sigma);
    }

    @Test
    void nearBalanceNothingCancels() {
        // Rates 1/4 (1 +- x) round the ring: (p - q) log(p/q) = x/2 * 2 atanh(x), near x^2.
        double x = 0x1p-40;
        double on = 0.25 * (1 + x);
        double back = 0.25 * (1 - x);
        double[][] slow = {{0.5, on, back}, {back, 0.5, on}, {on, back, 0.5}};
        double[] pi = {0.25, 0.25, 0.25};
        assertEquals(0.75 * x * x, ReferenceDynamics.entropyProduction(slow, pi), 1e-11 * x * x);
        assertEquals(6 * x, ReferenceDynamics.cycleAffinity(slow, 0, 1, 2), 1e-14 * x);
    }

    @Test
    void onlyStochasticRowsAreAChain() {
        assertThrows(IllegalArgumentException.class, () -> ReferenceDynamics.stationary(SCORES));
        assertThrows(IllegalArgumentException.class, () -> ReferenceDynamics.period(new double[][] {{2, -1}, {0, 1}}));
        assertThrows(IllegalArgumentException.class, () -> ReferenceDynamics.closedClasses(new double[][] {{Double.NaN}}));
        assertThrows(IllegalArgumentException.class, () -> ReferenceDynamics.spectralGap(new double[][] {{1, 0}}));
    }

    /** Two copies of a chain, each token going to its double at a rate. */
    private static double[][] joined(double[][] within, double there, double back) {
        int n = within.length;
        double[][] joined = new double[2 * n][2 * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                joined[i][j] = (1 - there) * within[i][j];
                joined[n + i][n + j] = (1 - back) * within[i][j];
            }
            joined[i][n + i] = there;
            joined[n + i][i] = back;
        }
        return joined;
    }

    private static double[][] normal(int n, long seed) {
        Random random = new Random(seed);
        double[][] s = new double[n][n];
        for (double[] row : s) {
            Arrays.setAll(row, j -> random.nextGaussian());
        }
        return s;
    }

    private static double[] of(double[] x, int[] order) {
        return Arrays.stream(order).mapToDouble(i -> x[i]).toArray();
    }

    private static double[][] of(double[][] p, int[] order) {
        return Arrays.stream(order).mapToObj(i -> of(p[i], order)).toArray(double[][]::new);
    }

    private static void assertRelative(double[] expected, double[] actual, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(1, actual[i] / expected[i], tolerance, "token " + i);
        }
    }
}
