package dev.gatun.reference;

import static dev.gatun.reference.ThreeTokens.SCORES;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceSinkhornTest {

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double LN2 = Math.log(2);

    @Test
    void twoByTwoInClosedForm() {
        // K = [4, 1; 1, 1]: p_11 = sqrt(4) / (sqrt(4) + sqrt(1)) = 2/3.
        double[][] z = {{2 * LN2, 0}, {0, 0}};
        double[][] expected = {{2 / 3., 1 / 3.}, {1 / 3., 2 / 3.}};
        // u_1 + v_1 = log(2/3 / 4), u_1 + v_2 = log(1/3), u_2 + v_1 = log(1/3): v_2 - v_1 = log 2.
        double[] v = {-LN2 / 2, LN2 / 2};
        double[] u = {-Math.log(3) - LN2 / 2, -Math.log(3) + LN2 / 2};
        for (ReferenceSinkhorn.Solution solution : new ReferenceSinkhorn.Solution[] {
            ReferenceSinkhorn.bistochastic(z, 1e-14, 1000), ReferenceSinkhorn.bistochasticAccurately(z),
            ReferenceSinkhorn.symmetric(z, 1e-14, 1000)}) {
            assertNear(expected, solution.plan(), 1e-14);
            assertArrayEquals(u, solution.u(), 1e-14);
            assertArrayEquals(v, solution.v(), 1e-14);
        }
    }

    @Test
    void oneIterationByHand() {
        // K = [1, 1; 1, 3]. Rows to 1: 1/2, 1/2 | 1/4, 3/4. Columns 3/4, 5/4 to 1: 2/3, 2/5 | 1/3, 3/5.
        ReferenceSinkhorn.Solution solution =
                ReferenceSinkhorn.bistochastic(new double[][] {{0, 0}, {0, Math.log(3)}}, 0, 1);
        assertNear(new double[][] {{2 / 3., 2 / 5.}, {1 / 3., 3 / 5.}}, solution.plan(), 1e-15);
        assertEquals(1, solution.iterations());
        // The rows sum to 16/15 and 14/15.
        assertEquals(1 / 15., solution.rowError(), 1e-15);
        assertEquals(2 / 15., solution.rowL1Error(), 1e-15);
        assertEquals(0, solution.columnError(), 1e-15);
    }

    @Test
    void errorsAreRelativeToTheTargets() {
        // Rows of [1, 1; 1, 3] to 6, 2: 3, 3 | 1/2, 3/2. Columns 7/2, 9/2 to 4: 24/7, 8/3 | 4/7, 4/3.
        double[][] z = {{0, 0}, {0, Math.log(3)}};
        ReferenceSinkhorn.Solution solution =
                ReferenceSinkhorn.solve(z, new double[] {6, 2}, new double[] {4, 4}, 0, 1);
        assertNear(new double[][] {{24 / 7., 8 / 3.}, {4 / 7., 4 / 3.}}, solution.plan(), 1e-14);
        // The rows sum to 128/21 and 40/21, each 2/21 off: 1/63 of 6 and 1/21 of 2.
        assertEquals(1 / 21., solution.rowError(), 1e-14);
        assertEquals(4 / 21., solution.rowL1Error(), 1e-14);
    }

    @Test
    void unevenMarginalsByHand() {
        // Pi = [1/8, 3/8; 1/4, 1/4] has rows 1/2, 1/2 and columns 3/8, 5/8; K has row 1 doubled and column 2 times 5.
        double[][] z = {{Math.log(2 / 8.), Math.log(30 / 8.)}, {Math.log(1 / 4.), Math.log(5 / 4.)}};
        double[] mu = {1 / 2., 1 / 2.};
        double[] nu = {3 / 8., 5 / 8.};
        double[][] expected = {{1 / 8., 3 / 8.}, {1 / 4., 1 / 4.}};
        ReferenceSinkhorn.Solution plain = ReferenceSinkhorn.solve(z, mu, nu, 1e-14, 1000);
        assertNear(expected, plain.plan(), 1e-14);
        // u = -log 2, 0 and v = 0, -log 5 up to a constant.
        double half = Math.log(5) / 2;
        assertArrayEquals(new double[] {-LN2 - half, -half}, plain.u(), 1e-13);
        assertArrayEquals(new double[] {half, -half}, plain.v(), 1e-13);
        assertNear(expected, ReferenceSinkhorn.solveAccurately(z, mu, nu).plan(), 1e-15);
    }

    @Test
    void aRectangleByHand() {
        // exp(z) = 1 everywhere: the plan is the product of the marginals over the mass 6.
        ReferenceSinkhorn.Solution solution = ReferenceSinkhorn.solve(
                new double[2][3], new double[] {2, 4}, new double[] {1, 2, 3}, 1e-14, 10);
        assertNear(new double[][] {{2 / 6., 4 / 6., 1}, {4 / 6., 8 / 6., 2}}, solution.plan(), 1e-15);
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceSinkhorn.bistochastic(new double[2][3], 1e-9, 10));
    }

    @Test
    void zeroMassGivesExactZeros() {
        // The problem of the uneven marginals with a row and a column of no mass put in.
        double[][] z = {
            {Math.log(2 / 8.), Math.log(30 / 8.), 3}, {1, 2, 700}, {Math.log(1 / 4.), Math.log(5 / 4.), -1}};
        double[] mu = {1 / 2., 0, 1 / 2.};
        double[] nu = {3 / 8., 5 / 8., 0};
        for (ReferenceSinkhorn.Solution solution : new ReferenceSinkhorn.Solution[] {
            ReferenceSinkhorn.solve(z, mu, nu, 1e-14, 1000), ReferenceSinkhorn.solveAccurately(z, mu, nu)}) {
            assertNear(new double[][] {{1 / 8., 3 / 8., 0}, {0, 0, 0}, {1 / 4., 1 / 4., 0}}, solution.plan(), 1e-14);
            assertArrayEquals(new double[3], solution.plan()[1]);
            assertEquals(-INF, solution.u()[1]);
            assertEquals(-INF, solution.v()[2]);
            assertEquals(0, solution.v()[0] + solution.v()[1], 1e-14);
            assertTrue(solution.error() <= 1e-14);
        }
    }

    @Test
    void blocksScaleEachOnItsOwn() {
        // [4, 1; 1, 1] and a lone 7.
        double[][] z = {{2 * LN2, 0, -INF}, {0, 0, -INF}, {-INF, -INF, Math.log(7)}};
        double[][] expected = {{2 / 3., 1 / 3., 0}, {1 / 3., 2 / 3., 0}, {0, 0, 1}};
        assertNear(expected, ReferenceSinkhorn.bistochastic(z, 1e-14, 1000).plan(), 1e-14);
        ReferenceSinkhorn.Solution accurate = ReferenceSinkhorn.bistochasticAccurately(z);
        assertNear(expected, accurate.plan(), 1e-14);
        // Other potentials with mean(v) = 0 give the same plan: there is a free constant for each block.
        double[] u = ReferenceMatrix.shift(new double[][] {accurate.u()}, new double[1], new double[] {-1, -1, 2})[0];
        double[] v = ReferenceMatrix.shift(new double[][] {accurate.v()}, new double[1], new double[] {1, 1, -2})[0];
        assertEquals(0, ReferenceSinkhorn.finiteMean(v), 1e-14);
        assertNear(expected, ReferenceSinkhorn.plan(z, u, v), 1e-14);
    }

    @Test
    void aCausalKernelTendsToTheIdentityLikeOneOverK() {
        // [1, 0; 1, 1]: after k iterations p_21 = 1 / (2k + 1), the first being [2/3, 0; 1/3, 1].
        double[][] z = ReferenceScores.causal(new double[2][2]);
        for (int k : new int[] {1, 2, 3, 10, 500}) {
            ReferenceSinkhorn.Solution solution = ReferenceSinkhorn.bistochastic(z, 0, k);
            assertEquals(1 / (2. * k + 1), solution.plan()[1][0], 1e-12);
            assertEquals(1 / (2. * k + 1), solution.rowError(), 1e-12);
        }
        double[][] attention = ReferenceScores.causal(SCORES);
        double slow = offDiagonal(ReferenceSinkhorn.bistochastic(attention, 0, 1000).plan());
        double slower = offDiagonal(ReferenceSinkhorn.bistochastic(attention, 0, 2000).plan());
        assertEquals(2, slow / slower, 0.01);
        assertNear(ReferenceMatrix.identity(3), ReferenceSinkhorn.bistochasticAccurately(attention).plan(), 1e-10);
    }

    @Test
    void massWithoutSupportIsRefused() {
        double[][] emptyRow = {{-INF, -INF}, {0, 0}};
        assertThrows(IllegalArgumentException.class, () -> ReferenceSinkhorn.bistochastic(emptyRow, 1e-9, 10));
        // Rows 1 and 2 both live in column 1 alone.
        double[][] crowded = {{0, -INF, -INF}, {0, -INF, -INF}, {0, 0, 0}};
        assertThrows(IllegalStateException.class, () -> ReferenceSinkhorn.bistochasticAccurately(crowded));
        assertTrue(ReferenceSinkhorn.bistochastic(crowded, 1e-9, 1000).rowError() > 0.4);
        double[] one = {1, 1};
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceSinkhorn.solve(new double[2][2], one, new double[] {1, 1.5}, 1e-9, 10));
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceSinkhorn.solve(new double[2][2], one, new double[] {3, -1}, 1e-9, 10));
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceSinkhorn.solve(new double[][] {{0, Double.NaN}, {0, 0}}, one, one, 1e-9, 10));
    }

    @Test
    void aGaugeChangesNothing() {
        double[][] gauged = ReferenceMatrix.shift(SCORES, new double[] {3, -40, 0.5}, new double[] {100, 0, -7});
        double[][] plan = ReferenceSinkhorn.bistochastic(SCORES, 1e-14, 10000).plan();
        assertNear(plan, ReferenceSinkhorn.bistochastic(gauged, 1e-13, 10000).plan(), 1e-12);
        assertNear(plan, ReferenceSinkhorn.bistochasticAccurately(gauged).plan(), 1e-12);
        // So the forward divergence scales as the scores do, and the backward one to the transpose.
        assertNear(plan, bistochasticOf(ReferenceScores.forward(SCORES)), 1e-12);
        assertNear(ReferenceMatrix.transpose(plan), bistochasticOf(ReferenceScores.backward(SCORES)), 1e-12);
        assertTrue(ReferenceMatrix.maxAbsDifference(plan, ReferenceMatrix.transpose(plan)) > 0.1);
    }

    @Test
    void theGeometryScalesToASymmetricPlan() {
        double[][] z = ReferenceScores.logKernel(ReferenceScores.symmetric(SCORES), 1);
        ReferenceSinkhorn.Solution plain = ReferenceSinkhorn.bistochastic(z, 1e-13, 100000);
        assertNear(ReferenceMatrix.transpose(plain.plan()), plain.plan(), 1e-11);
        assertNear(plain.plan(), ReferenceSinkhorn.symmetric(z, 1e-13, 100000).plan(), 1e-11);
        assertThrows(IllegalArgumentException.class, () -> ReferenceSinkhorn.symmetric(SCORES, 1e-9, 10));
    }

    @Test
    void onePotentialWithoutAveragingOscillates() {
        double[][] z = {{2 * LN2, 0}, {0, 0}};
        double[] ones = {1, 1};
        double[] u = {1, 1};
        for (int iteration = 0; iteration < 1000; iteration++) {
            u = ReferenceSinkhorn.enforce(z, ones, u);
        }
        double[] next = ReferenceSinkhorn.enforce(z, ones, u);
        double[] afterNext = ReferenceSinkhorn.enforce(z, ones, next);
        assertArrayEquals(u, afterNext, 1e-14);
        assertTrue(ReferenceMatrix.maxAbsDifference(u, next) > 1);
        assertNear(ReferenceSinkhorn.bistochasticAccurately(z).plan(), ReferenceSinkhorn.plan(z, u, next), 1e-14);
    }

    @Test
    void productsOfBistochasticMatricesAreBistochastic() {
        double[][] a = ReferenceSinkhorn.bistochasticAccurately(random(6, 6, 3, 1)).plan();
        double[][] b = ReferenceSinkhorn.bistochasticAccurately(random(6, 6, 3, 2)).plan();
        double[][] product = ReferenceMatrix.multiply(a, b);
        double[] ones = ReferenceMatrix.constant(6, 1);
        assertArrayEquals(ones, ReferenceMatrix.rowSums(product), 1e-13);
        assertArrayEquals(ones, ReferenceMatrix.columnSums(product), 1e-13);
    }

    @Test
    void theL1ErrorNeverGrows() {
        double[][] z = random(8, 8, 4, 3);
        double before = INF;
        for (int k = 1; k <= 40; k++) {
            double error = ReferenceSinkhorn.bistochastic(z, 0, k).rowL1Error();
            assertTrue(error <= before, "at iteration " + k);
            before = error;
        }
        assertTrue(before < 1);
    }

    @Test
    void theErrorContractsByTheSquareOfTheSecondSingularValue() {
        double[][] z = random(6, 6, 2, 4);
        double sigma = ReferenceSpectrum.singularValues(ReferenceSinkhorn.bistochasticAccurately(z).plan())[1];
        double ratio = ReferenceSinkhorn.bistochastic(z, 0, 13).rowL1Error()
                / ReferenceSinkhorn.bistochastic(z, 0, 12).rowL1Error();
        assertEquals(sigma * sigma, ratio, 1e-3 * ratio);
        assertTrue(sigma > 0.3 && sigma < 0.9);
    }

    @Test
    void theStatedOverRelaxationIsTheBest() {
        double[][] z = random(10, 10, 4, 2);
        double sigma = ReferenceSpectrum.singularValues(ReferenceSinkhorn.bistochasticAccurately(z).plan())[1];
        double best = 2 / (1 + Math.sqrt(1 - sigma * sigma));
        int iterations = overRelaxed(z, best);
        assertTrue(sigma > 0.7, () -> "sigma_2 = " + sigma);
        assertTrue(iterations < overRelaxed(z, best - 0.1));
        assertTrue(iterations < overRelaxed(z, best + 0.1));
        assertTrue(2 * iterations < overRelaxed(z, 1));
    }

    @Test
    void newtonAgreesWithPlainIterations() {
        Random random = new Random(6);
        double[][] z = random(12, 9, 3, 7);
        z[3][4] = -INF;
        z[0][0] = -INF;
        double[] mu = random.doubles(12, 0.1, 2).toArray();
        double[] nu = random.doubles(9, 0.1, 2).toArray();
        mu[5] = 0;
        nu[2] = 0;
        double factor = ReferenceMatrix.sum(mu) / ReferenceMatrix.sum(nu);
        nu = Arrays.stream(nu).map(mass -> mass * factor).toArray();
        ReferenceSinkhorn.Solution plain = ReferenceSinkhorn.solve(z, mu, nu, 1e-14, 100000);
        ReferenceSinkhorn.Solution accurate = ReferenceSinkhorn.solveAccurately(z, mu, nu);
        assertNear(plain.plan(), accurate.plan(), 1e-12);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(plain.u(), accurate.u()), 1e-11);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(plain.v(), accurate.v()), 1e-11);
        assertTrue(accurate.error() <= 1e-13 && accurate.iterations() < 40);
    }

    @Test
    void newtonMeetsHarshScores() {
        for (int n : new int[] {40, 128}) {
            for (double size : new double[] {50, 700}) {
                double[][] uniform = random(n, n, size, n);
                assertTrue(ReferenceSinkhorn.bistochasticAccurately(uniform).error() <= 1e-11);
            }
            // A positional head: attention one token back, which plain iterations hardly move.
            double[][] positional = new double[n][n];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    positional[i][j] = -700.0 / n * Math.abs(i - j - 1);
                }
            }
            assertTrue(ReferenceSinkhorn.bistochasticAccurately(positional).error() <= 1e-11);
        }
    }

    @Test
    void newtonResolvesFaintCouplings() {
        // K = [1, e^-30; 1, 1]: p_12 = e^-15 / (1 + e^-15).
        double[][] plan = ReferenceSinkhorn.bistochasticAccurately(new double[][] {{0, -30}, {0, 0}}).plan();
        double expected = Math.exp(-15) / (1 + Math.exp(-15));
        assertEquals(expected, plan[0][1], 1e-8 * expected);
        assertEquals(expected, plan[1][0], 1e-8 * expected);
    }

    @Test
    void newtonMeetsMassesOfManySizes() {
        double[][] z = random(30, 30, 20, 9);
        double[] mu = new Random(10).doubles(30, -16, 0).map(Math::exp).toArray();
        double[] nu = new double[30];
        for (int i = 0; i < 30; i++) {
            nu[i] = mu[29 - i];
        }
        ReferenceSinkhorn.Solution solution = ReferenceSinkhorn.solveAccurately(z, mu, nu);
        assertTrue(solution.error() <= 1e-12);
        assertTrue(solution.iterations() < 40, () -> solution.iterations() + " steps");
    }

    @Test
    void aLaplacianIsSolvedByHand() {
        // 2 (x_1 - x_2) + x_1 = 5 and 2 (x_2 - x_1) + x_2 = 0: x = 3, 2.
        assertArrayEquals(new double[] {3, 2}, ReferenceDual.solveLaplacian(
                new double[][] {{0, 2}, {2, 0}}, new double[] {1, 1}, new double[] {5, 0}), 1e-15);
    }

    private static int overRelaxed(double[][] z, double omega) {
        double[] ones = ReferenceMatrix.constant(z.length, 1);
        double[] u = new double[z.length];
        double[] v = new double[z.length];
        int iterations = 0;
        double error = INF;
        while (error > 1e-11) {
            u = relaxed(u, ReferenceSinkhorn.enforce(z, ones, v), omega);
            v = relaxed(v, ReferenceSinkhorn.enforce(ReferenceMatrix.transpose(z), ones, u), omega);
            double[][] plan = ReferenceSinkhorn.plan(z, u, v);
            error = Math.max(ReferenceSinkhorn.error(ReferenceMatrix.rowSums(plan), ones),
                    ReferenceSinkhorn.error(ReferenceMatrix.columnSums(plan), ones));
            iterations++;
        }
        return iterations;
    }

    private static double[] relaxed(double[] x, double[] next, double omega) {
        double[] relaxed = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            relaxed[i] = x[i] + omega * (next[i] - x[i]);
        }
        return relaxed;
    }

    private static double[][] bistochasticOf(double[][] divergence) {
        return ReferenceSinkhorn.bistochastic(ReferenceScores.logKernel(divergence, 1), 1e-14, 10000).plan();
    }

    private static double offDiagonal(double[][] plan) {
        return ReferenceMatrix.maxAbsDifference(plan, ReferenceMatrix.identity(plan.length));
    }

    private static double[][] random(int rows, int columns, double size, long seed) {
        Random random = new Random(seed);
        double[][] z = new double[rows][];
        for (int i = 0; i < rows; i++) {
            z[i] = random.doubles(columns, -size, size).toArray();
        }
        return z;
    }

    private static void assertNear(double[][] expected, double[][] actual, double tolerance) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, actual), tolerance);
    }
}
