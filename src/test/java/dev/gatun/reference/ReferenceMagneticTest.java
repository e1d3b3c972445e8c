package dev.gatun.reference;

import static dev.gatun.reference.ThreeTokens.K;
import static dev.gatun.reference.ThreeTokens.LN2;
import static dev.gatun.reference.ThreeTokens.Q;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceMagneticTest {

    private static final double[][] LOG_W =
            ReferenceScores.logKernel(ReferenceScores.symmetric(ThreeTokens.SCORES), 0.1);
    private static final double[][] W = ReferenceScores.antisymmetric(ThreeTokens.SCORES);

    @Test
    void twoTokensByHand() {
        // W = [1, 1/2; 1/2, 1], w_12 = pi, g = 1/4: the phase is pi/4 and D = 3/2, 3/2.
        double[][] logW = {{0, -LN2}, {-LN2, 0}};
        double[][] w = {{0, Math.PI}, {-Math.PI, 0}};
        double h = Math.sqrt(2) / 4;
        assertComplex(new double[][] {{1, h}, {h, 1}}, new double[][] {{0, h}, {-h, 0}},
                ReferenceMagnetic.hermitian(logW, w, 0.25));
        assertArrayEquals(new double[] {Math.log(1.5), Math.log(1.5)}, ReferenceMagnetic.logModulusSums(logW), 1e-15);
        double p = h / 1.5;
        assertComplex(new double[][] {{2 / 3., p}, {p, 2 / 3.}}, new double[][] {{0, p}, {-p, 0}},
                ReferenceMagnetic.transition(logW, w, 0.25));
        assertComplex(new double[][] {{1 / 3., -p}, {-p, 1 / 3.}}, new double[][] {{0, -p}, {p, 0}},
                ReferenceMagnetic.laplacian(logW, w, 0.25));
        // 1/3 -+ 1/3: on two tokens any phase is a gauge.
        assertArrayEquals(new double[] {2 / 3., 0},
                ReferenceSpectrum.hermitian(ReferenceMagnetic.laplacian(logW, w, 0.25)), 1e-15);
    }

    @Test
    void queriesAndKeysByHand() {
        // Row 1 at beta = ln 2: moduli 1, 2, 32 over 35; w_12 = w_13 = 3, so g = pi/6 turns both by pi/2.
        ReferenceMagnetic.Complex p = ReferenceMagnetic.transition(Q, K, 1, LN2, 0, Math.PI / 6, false);
        assertArrayEquals(new double[] {1 / 35., 0, 0}, p.real()[0], 1e-15);
        assertArrayEquals(new double[] {0, 2 / 35., 32 / 35.}, p.imaginary()[0], 1e-15);
        // Row 2, 3 at w_23 = 10: 10 pi/6 = 5 pi/3, cosine 1/2, sine -sqrt(3)/2.
        assertEquals(0.5 / 193, p.real()[1][2], 1e-15);
        assertEquals(-Math.sqrt(3) / 2 / 193, p.imaginary()[1][2], 1e-15);
        // Causal: row 2 keeps 2 and 1, and w_21 = -3.
        ReferenceMagnetic.Complex causal = ReferenceMagnetic.transition(Q, K, 1, LN2, 0, Math.PI / 6, true);
        assertArrayEquals(new double[] {0, 1 / 3., 0}, causal.real()[1], 1e-15);
        assertArrayEquals(new double[] {-2 / 3., 0, 0}, causal.imaginary()[1], 1e-15);
    }

    @Test
    void alphaActsOnTheModuli() {
        for (double alpha : new double[] {0.5, 1}) {
            ReferenceMagnetic.Complex p = ReferenceMagnetic.transition(Q, K, 1, LN2, alpha, 0.4, false);
            double[][] diffusion = ReferenceDiffusion.transition(Q, K, 1, LN2, alpha, false);
            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++) {
                    assertEquals(diffusion[i][j], Math.hypot(p.real()[i][j], p.imaginary()[i][j]), 1e-15);
                }
            }
        }
    }

    @Test
    void noChargeIsDiffusion() {
        assertComplex(ReferenceDiffusion.transition(LOG_W, 0), new double[3][3],
                ReferenceMagnetic.transition(LOG_W, W, 0));
    }

    @Test
    void theLaplacianIsHermitianWithSpectrumFromZeroToTwo() {
        for (double charge : new double[] {0, 0.1, 0.25, 1}) {
            ReferenceMagnetic.Complex l = ReferenceMagnetic.laplacian(LOG_W, W, charge);
            assertComplex(ReferenceMatrix.transpose(l.real()),
                    ReferenceMatrix.scale(-1, ReferenceMatrix.transpose(l.imaginary())), l);
            double[] spectrum = ReferenceSpectrum.hermitian(l);
            assertTrue(spectrum[0] <= 2 && spectrum[2] >= -1e-15, () -> Arrays.toString(spectrum));
            // The flux round the three tokens is w_12 + w_23 + w_31 = 10 charges, no multiple of 2 pi but at 0.
            assertEquals(charge == 0, spectrum[2] < 1e-3, "only no circulation has the eigenvalue 0");
        }
    }

    @Test
    void aGaugeLeavesTheSpectrum() {
        double[] f = {0.3, -2, 5};
        double[] spectrum = ReferenceSpectrum.hermitian(ReferenceMagnetic.laplacian(LOG_W, W, 0.7));
        double[][] gauged = ReferenceMatrix.shift(W, f, new double[] {-0.3, 2, -5});
        assertArrayEquals(spectrum,
                ReferenceSpectrum.hermitian(ReferenceMagnetic.laplacian(LOG_W, gauged, 0.7)), 1e-14);
        // The part s_ii - s_jj of w is such a term: s_ji - s_ij alone has the same spectrum.
        double[][] skew = ReferenceMatrix.add(ReferenceMatrix.transpose(ThreeTokens.SCORES),
                ReferenceMatrix.scale(-1, ThreeTokens.SCORES));
        assertNotEquals(W[0][1], skew[0][1]);
        assertArrayEquals(spectrum, ReferenceSpectrum.hermitian(ReferenceMagnetic.laplacian(LOG_W, skew, 0.7)), 1e-14);
        double[][] other = ReferenceMatrix.copy(W);
        other[0][1] += 0.5;
        other[1][0] -= 0.5;
        double[] moved = ReferenceSpectrum.hermitian(ReferenceMagnetic.laplacian(LOG_W, other, 0.7));
        assertTrue(ReferenceMatrix.maxAbsDifference(spectrum, moved) > 1e-3);
    }

    /** The convention of Fanuel et al.: an edge one way has the symmetric weight 1/2 and the flow +-1. */
    @Test
    void aDirectedCycleHasTheSpectrumOfACosine() {
        for (int n : new int[] {3, 4, 7}) {
            for (double phase : new double[] {0, 0.3, 2 * Math.PI / 3, 2}) {
                double[][] logW = new double[n][n];
                double[][] w = new double[n][n];
                directedCycle(logW, w);
                double[] expected = new double[n];
                for (int k = 0; k < n; k++) {
                    expected[n - 1 - k] = 1 - Math.cos(2 * Math.PI * k / n + phase);
                }
                Arrays.sort(expected);
                double[] spectrum = ReferenceSpectrum.hermitian(ReferenceMagnetic.laplacian(logW, w, phase));
                Arrays.sort(spectrum);
                assertArrayEquals(expected, spectrum, 1e-14);
            }
        }
    }

    /** W is symmetric and w antisymmetric for one pair (Q, K) only: a second pair leaves no Hermitian H. */
    @Test
    void aSecondPairHasNoHermitianForm() {
        double[][] s = {{0, 1}, {1, 0}};
        double[][] own = {{1, 2}, {3, 5}};
        ReferenceMagnetic.Complex h = ReferenceMagnetic.hermitian(
                ReferenceScores.logKernel(ReferenceScores.symmetric(s, own), 1),
                ReferenceScores.antisymmetric(s, own), 1);
        // d_12 = 1, w_12 = -3 against d_21 = -2, w_21 = 0.
        assertEquals(Math.exp(-1) * Math.cos(3), h.real()[0][1], 1e-15);
        assertEquals(Math.exp(2), h.real()[1][0], 1e-14);
    }

    private static void directedCycle(double[][] logW, double[][] w) {
        int n = logW.length;
        for (double[] row : logW) {
            Arrays.fill(row, Double.NEGATIVE_INFINITY);
        }
        for (int i = 0; i < n; i++) {
            int next = (i + 1) % n;
            logW[i][next] = -LN2;
            logW[next][i] = -LN2;
            w[i][next] = 1;
            w[next][i] = -1;
        }
    }

    private static void assertComplex(double[][] real, double[][] imaginary, ReferenceMagnetic.Complex actual) {
        assertEquals(0, ReferenceMatrix.maxAbsDifference(real, actual.real()), 1e-15);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(imaginary, actual.imaginary()), 1e-15);
    }
}
