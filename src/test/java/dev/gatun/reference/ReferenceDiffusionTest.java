package dev.gatun.reference;

import static dev.gatun.reference.ThreeTokens.K;
import static dev.gatun.reference.ThreeTokens.LN2;
import static dev.gatun.reference.ThreeTokens.Q;
import static dev.gatun.reference.ThreeTokens.fractions;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceDiffusionTest {

    // 2^-d: 1, 2, 32 | 2, 1, 1/64 | 32, 1/64, 1.
    private static final double[][] DIFFUSION =
            fractions(new double[][] {{1, 2, 32}, {128, 64, 1}, {2048, 1, 64}}, 35, 193, 2113);

    // A kernel whose row sums 36, 64, 49 are squares.
    private static final double[][] SQUARES = {{1, 25, 10}, {25, 1, 38}, {10, 38, 1}};

    @Test
    void kernelByHand() {
        double[][] d = ReferenceScores.symmetric(ThreeTokens.SCORES);
        assertNear(new double[][] {{1, 2, 32}, {2, 1, 1 / 64.}, {32, 1 / 64., 1}}, ReferenceDiffusion.kernel(d, LN2),
                1e-13);
    }

    @Test
    void transitionByHand() {
        assertNear(DIFFUSION, ReferenceDiffusion.transition(Q, K, 1, LN2, 0, false), 1e-15);
    }

    @Test
    void theProductOfExpertsIsTheSoftmaxOfTheGeometry() {
        assertNear(DIFFUSION, ReferenceDiffusion.productOfExperts(
                ReferenceSoftmax.attention(Q, K, 1, LN2, false), ReferenceSoftmax.backward(Q, K, 1, LN2, false)),
                1e-15);
        assertNear(ReferenceDiffusion.transition(Q, K, 0.3, 0.8, 0, true), ReferenceDiffusion.productOfExperts(
                ReferenceSoftmax.attention(Q, K, 0.3, 0.8, true), ReferenceSoftmax.backward(Q, K, 0.3, 0.8, true)),
                1e-15);
    }

    @Test
    void causalTransitionByHand() {
        // Row 2 keeps 2 and 1.
        assertNear(new double[][] {{1, 0, 0}, {2 / 3., 1 / 3., 0}, DIFFUSION[2]},
                ReferenceDiffusion.transition(Q, K, 1, LN2, 0, true), 1e-15);
    }

    @Test
    void halfNormalisationByHand() {
        // W_ij / sqrt(r_j), roots 6, 8, 7: row 1 is 1/6, 25/8, 10/7 = (28, 525, 240) / 168.
        double[][] expected =
                fractions(new double[][] {{28, 525, 240}, {700, 21, 912}, {280, 798, 24}}, 793, 1633, 1102);
        assertNear(expected, ReferenceDiffusion.transition(log(SQUARES), 0.5), 1e-15);
        // Row sums of W^(1/2): 793/6, 1633/8, 1102/7, all over 168; over the common 168 again 22204, 34293, 26448.
        assertArrayEquals(new double[] {22204 / 82945., 34293 / 82945., 26448 / 82945.},
                ReferenceDiffusion.stationary(log(SQUARES), 0.5), 1e-15);
    }

    @Test
    void fullNormalisationByHand() {
        // W_ij / r_j over the common 28224 = 36 784 = 64 441 = 49 576: row 1 is 784, 25 441, 10 576.
        double[][] expected = fractions(
                new double[][] {{784, 11025, 5760}, {19600, 441, 21888}, {7840, 16758, 576}}, 17569, 41929, 25174);
        assertNear(expected, ReferenceDiffusion.transition(log(SQUARES), 1), 1e-15);
        // Row sums of W^(1): 17569/36, 41929/64, 25174/49, over 28224 once more.
        double total = 13774096 + 18490689 + 14500224;
        assertArrayEquals(new double[] {13774096 / total, 18490689 / total, 14500224 / total},
                ReferenceDiffusion.stationary(log(SQUARES), 1), 1e-15);
    }

    @Test
    void stationaryLawByHand() {
        // 35, 193/64, 2113/64.
        double[][] logW = ReferenceScores.logKernel(ReferenceScores.symmetric(ThreeTokens.SCORES), LN2);
        assertArrayEquals(new double[] {2240 / 4546., 193 / 4546., 2113 / 4546.},
                ReferenceDiffusion.stationary(logW, 0), 1e-15);
    }

    @Test
    void diffusionIsReversibleAtEveryAlpha() {
        for (double alpha : new double[] {0, 0.5, 1}) {
            double[][] p = ReferenceDiffusion.transition(log(SQUARES), alpha);
            double[] pi = ReferenceDiffusion.stationary(log(SQUARES), alpha);
            assertArrayEquals(pi, ReferenceMatrix.multiply(pi, p), 1e-14);
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    assertEquals(pi[i] * p[i][j], pi[j] * p[j][i], 1e-15);
                }
            }
        }
    }

    @Test
    void veryNegativeGeometryDoesNotOverflow() {
        // d_12 = -1400: W overflows, P+ does not.  Row 1 is 1, e^1400.
        double[][] logW = {{0, 1400}, {1400, 0}};
        assertEquals(Double.POSITIVE_INFINITY, ReferenceDiffusion.kernel(ReferenceMatrix.scale(-1, logW), 1)[0][1]);
        for (double alpha : new double[] {0, 0.5, 1}) {
            assertNear(new double[][] {{0, 1}, {1, 0}}, ReferenceDiffusion.transition(logW, alpha), 1e-300);
            assertArrayEquals(new double[] {0.5, 0.5}, ReferenceDiffusion.stationary(logW, alpha), 1e-15);
        }
    }

    /** Symmetry of W, and with it reversibility, belongs to one pair (Q, K) and to no mask. */
    @Test
    void aSecondPairOrAMaskEndsReversibility() {
        double[][] own = ReferenceScores.symmetric(new double[][] {{0, 1}, {1, 0}}, new double[][] {{1, 2}, {3, 5}});
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceDiffusion.stationary(ReferenceScores.logKernel(own, 1), 0));
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceDiffusion.stationary(ReferenceScores.causal(log(SQUARES)), 0));
        // d = [0, 1; -2, 0]: the rows of W sum to 1 + 1/e and e^2 + 1, but the chain's law is p_21, p_12.
        double[][] p = ReferenceDiffusion.transition(ReferenceScores.logKernel(own, 1), 0);
        double p12 = 1 / (1 + Math.E);
        double p21 = Math.E * Math.E / (Math.E * Math.E + 1);
        assertEquals(p12, p[0][1], 1e-15);
        assertEquals(p21, p[1][0], 1e-15);
        double law = p21 / (p12 + p21);
        double byRowSums = (1 + 1 / Math.E) / (1 + 1 / Math.E + Math.E * Math.E + 1);
        assertTrue(Math.abs(law - byRowSums) > 0.5);
    }

    private static double[][] log(double[][] w) {
        double[][] logW = ReferenceMatrix.copy(w);
        for (double[] row : logW) {
            for (int j = 0; j < row.length; j++) {
                row[j] = Math.log(row[j]);
            }
        }
        return logW;
    }

    private static void assertNear(double[][] expected, double[][] actual, double tolerance) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(expected, actual), tolerance);
    }
}
