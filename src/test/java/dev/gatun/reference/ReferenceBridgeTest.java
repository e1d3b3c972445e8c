package dev.gatun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceBridgeTest {

    private static final double[][] P = {{1 / 2., 1 / 2.}, {1 / 4., 3 / 4.}};
    private static final double[] MU0 = {0.2, 0.5, 0.3};
    private static final double[] MU_T = {0.6, 0.3, 0.1};

    @Test
    void staticBridgeByHand() {
        // The plan [1/8, 3/8; 1/4, 1/4] of marginals 1/2, 1/2 and 3/8, 5/8: its transition doubles it.
        double[][] z = {{Math.log(2 / 8.), Math.log(30 / 8.)}, {Math.log(1 / 4.), Math.log(5 / 4.)}};
        ReferenceSinkhorn.Solution bridge =
                ReferenceBridge.plan(z, new double[] {0.5, 0.5}, new double[] {3 / 8., 5 / 8.}, 1e-14, 1000);
        assertNear(new double[][] {{1 / 8., 3 / 8.}, {1 / 4., 1 / 4.}}, bridge.plan(), 1e-14);
        assertNear(new double[][] {{1 / 4., 3 / 4.}, {1 / 2., 1 / 2.}},
                ReferenceBridge.transition(z, bridge.v()), 1e-14);
    }

    @Test
    void theStaticTransitionIsThePlanOverItsRowMass() {
        double[][] z = ReferenceScores.causal(ThreeTokens.SCORES);
        double[] mu = {0.2, 0.3, 0.5};
        double[] nu = {0.5, 0.3, 0.2};
        ReferenceSinkhorn.Solution bridge = ReferenceBridge.plan(z, mu, nu, 1e-13, 100000);
        double[][] transition = ReferenceBridge.transition(z, bridge.v());
        assertNear(ThreeTokens.fractions(bridge.plan(), mu), transition, 1e-12);
        assertArrayEquals(nu, ReferenceMatrix.multiply(mu, transition), 1e-12);
        assertEquals(0, transition[0][2]);
    }

    @Test
    void dynamicBridgeByHand() {
        // P^2 = [3/8, 5/8; 5/16, 11/16]. With phi_2 = (1, 2) and phi^_0 = (2, 3):
        //   P^2 phi_2 = (13/8, 27/16), mu_0 = (13/4, 81/16);  (P')^2 phi^_0 = (27/16, 53/16), mu_T = (27/16, 53/8).
        double[] mu0 = {13 / 4., 81 / 16.};
        double[] muT = {27 / 16., 53 / 8.};
        ReferenceBridge.Dynamic bridge = ReferenceBridge.dynamic(P, mu0, muT, 2, 1e-14, 1000);
        // phi_1 = P phi_2 = (3/2, 7/4), phi^_1 = P' phi^_0 = (7/4, 13/4), and rho_1 their product.
        assertNear(new double[][] {mu0, {21 / 8., 91 / 16.}, muT}, bridge.rho(), 1e-13);
        // The mean of log phi_2 is 0 for (1, 2) / sqrt(2).
        double root = Math.log(2) / 2;
        assertArrayEquals(new double[] {-root, root}, bridge.logPhi()[2], 1e-13);
        assertArrayEquals(new double[] {Math.log(3 / 2.) - root, Math.log(7 / 4.) - root}, bridge.logPhi()[1], 1e-13);
        assertArrayEquals(new double[] {Math.log(2) + root, Math.log(3) + root}, bridge.logPhiHat()[0], 1e-13);
        // P_0: 1/2 3/2 and 1/2 7/4 over 13/8; 1/4 3/2 and 3/4 7/4 over 27/16.
        assertNear(new double[][] {{6 / 13., 7 / 13.}, {2 / 9., 7 / 9.}}, bridge.transition(0), 1e-13);
        // P_1: 1/2 and 1 over 3/2; 1/4 and 3/2 over 7/4.
        assertNear(new double[][] {{1 / 3., 2 / 3.}, {1 / 7., 6 / 7.}}, bridge.transition(1), 1e-13);
    }

    @Test
    void pinnedEndsByHand() {
        // From token 1 to token 2 in two steps: 1 -> 1 -> 2 weighs 1/4 and 1 -> 2 -> 2 weighs 3/8.
        ReferenceBridge.Dynamic bridge =
                ReferenceBridge.dynamic(P, new double[] {1, 0}, new double[] {0, 1}, 2, 1e-14, 10);
        assertNear(new double[][] {{1, 0}, {2 / 5., 3 / 5.}, {0, 1}}, bridge.rho(), 1e-15);
        assertArrayEquals(new double[] {2 / 5., 3 / 5.}, bridge.transition(0)[0], 1e-15);
        assertNear(new double[][] {{0, 1}, {0, 1}}, bridge.transition(1), 1e-15);
    }

    @Test
    void oneStepIsTheStaticBridge() {
        double[][] p = attention(false);
        ReferenceBridge.Dynamic dynamic = ReferenceBridge.dynamic(p, MU0, MU_T, 1, 1e-13, 100000);
        ReferenceSinkhorn.Solution fixed = ReferenceSinkhorn.solveAccurately(
                ReferenceMatrix.scale(0.4, ThreeTokens.SCORES), MU0, MU_T);
        assertNear(ThreeTokens.fractions(fixed.plan(), MU0), dynamic.transition(0), 1e-11);
        assertArrayEquals(fixed.v(), dynamic.logPhi()[1], 1e-10);
        assertTrue(dynamic.initialError() <= 1e-13 && dynamic.finalError() <= 1e-13);
    }

    @Test
    void theEndsOfManyStepsAreTheStaticBridgeOfThePower() {
        double[][] p = attention(false);
        double[][] cube = ReferenceMatrix.multiply(p, ReferenceMatrix.multiply(p, p));
        ReferenceBridge.Dynamic dynamic = ReferenceBridge.dynamic(p, MU0, MU_T, 3, 1e-13, 100000);
        double[][] logCube = ReferenceMatrix.copy(cube);
        for (double[] row : logCube) {
            Arrays.setAll(row, j -> Math.log(row[j]));
        }
        ReferenceSinkhorn.Solution fixed = ReferenceSinkhorn.solveAccurately(logCube, MU0, MU_T);
        assertArrayEquals(fixed.v(), dynamic.logPhi()[3], 1e-10);
        assertArrayEquals(fixed.u(), dynamic.logPhiHat()[0], 1e-10);
    }

    @Test
    void theTimeMarginalsKeepTheMassAndFollowTheTransitions() {
        ReferenceBridge.Dynamic bridge = ReferenceBridge.dynamic(attention(false), MU0, MU_T, 5, 1e-13, 100000);
        assertEquals(6, bridge.rho().length);
        assertArrayEquals(MU0, bridge.rho()[0], 1e-12);
        assertArrayEquals(MU_T, bridge.rho()[5], 1e-12);
        for (int t = 0; t <= 5; t++) {
            assertEquals(1, ReferenceMatrix.sum(bridge.rho()[t]), 1e-12);
        }
        for (int t = 0; t < 5; t++) {
            double[][] transition = bridge.transition(t);
            assertArrayEquals(new double[] {1, 1, 1}, ReferenceMatrix.rowSums(transition), 1e-12);
            assertArrayEquals(bridge.rho()[t + 1], ReferenceMatrix.multiply(bridge.rho()[t], transition), 1e-12);
        }
    }

    @Test
    void anUndisturbedChainIsItsOwnBridge() {
        double[][] p = attention(false);
        double[] muT = ReferenceMatrix.multiply(ReferenceMatrix.multiply(MU0, p), p);
        ReferenceBridge.Dynamic bridge = ReferenceBridge.dynamic(p, MU0, muT, 2, 1e-13, 1000);
        assertEquals(1, bridge.iterations());
        assertNear(p, bridge.transition(0), 1e-13);
        assertNear(p, bridge.transition(1), 1e-13);
    }

    @Test
    void aCausalChainCannotReachForward() {
        double[][] p = attention(true);
        double[] first = {1, 0, 0};
        double[] last = {0, 0, 1};
        assertThrows(IllegalArgumentException.class, () -> ReferenceBridge.dynamic(p, first, last, 4, 1e-9, 100));
        ReferenceBridge.Dynamic back = ReferenceBridge.dynamic(p, last, first, 4, 1e-13, 100);
        assertArrayEquals(first, back.rho()[4], 1e-14);
        // Token 3 has no way on to token 1 at the last step but P_31; tokens of phi = 0 have rows of zeros.
        ReferenceBridge.Dynamic stay = ReferenceBridge.dynamic(p, last, last, 1, 1e-13, 100);
        assertArrayEquals(new double[3], stay.transition(0)[0]);
        assertArrayEquals(last, stay.transition(0)[2], 1e-15);
    }

    @Test
    void whatIsNoBridgeIsRefused() {
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceBridge.dynamic(P, new double[] {1, 0}, new double[] {0, 1}, 0, 1e-9, 10));
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceBridge.dynamic(P, new double[] {1, 0}, new double[] {0, 2}, 1, 1e-9, 10));
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceBridge.dynamic(new double[2][2], new double[] {1, 0}, new double[] {0, 1}, 1, 1e-9, 10));
    }

    private static double[][] attention(boolean causal) {
        return ReferenceSoftmax.attention(ThreeTokens.Q, ThreeTokens.K, 0.4, 1, causal);
    }

    private static void assertNear(double[][] expected, double[][] actual, double tolerance) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, actual), tolerance);
    }
}
