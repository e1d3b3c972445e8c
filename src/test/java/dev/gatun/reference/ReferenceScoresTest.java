package dev.gatun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceScoresTest {

    private static final double INF = Double.POSITIVE_INFINITY;
    private static final double[][] S = ThreeTokens.SCORES;

    @Test
    void scoresByHand() {
        assertArrayEquals(S, ReferenceScores.scores(ThreeTokens.Q, ThreeTokens.K, 1));
        // tau = 1 / sqrt(4) unless given: (1 + 2 + 3 + 4) / 2 = 5.
        assertArrayEquals(new double[][] {{5}},
                ReferenceScores.scores(new double[][] {{1, 1, 1, 1}}, new double[][] {{1, 2, 3, 4}}));
    }

    @Test
    void divergencesByHand() {
        // s_ii = 1, 2, -1.  Row 2 of d>: 2 - 4, 2 - 2, 2 + 6.
        double[][] forward = {{0, 1, -1}, {-2, 0, 8}, {-4, -2, 0}};
        // Row 1 of d<: s_11 - s_11, s_22 - s_21 = 2 - 4, s_33 - s_31 = -1 - 3.
        double[][] backward = {{0, -2, -4}, {1, 0, -2}, {-1, 8, 0}};
        assertArrayEquals(forward, ReferenceScores.forward(S));
        assertArrayEquals(backward, ReferenceScores.backward(S));
        assertArrayEquals(ReferenceMatrix.transpose(forward), backward);
    }

    @Test
    void geometryAndDirectionByHand() {
        // d_12 = <(1, -2), (1, 1)> = -1, d_13 = <(0, -1), (-1, 5)> = -5, d_23 = <(-1, 1), (-2, 4)> = 6.
        assertArrayEquals(new double[][] {{0, -1, -5}, {-1, 0, 6}, {-5, 6, 0}}, ReferenceScores.symmetric(S));
        // w_12 = (1 - 2) - (0 - 4) = 3, w_13 = (1 + 1) - (2 - 3) = 3, w_23 = (2 + 1) - (-6 - 1) = 10.
        assertArrayEquals(new double[][] {{0, 3, 3}, {-3, 0, 10}, {-3, -10, 0}}, ReferenceScores.antisymmetric(S));
    }

    @Test
    void keysEqualToQueriesGiveSquaredDistances() {
        double[][] s = ReferenceScores.scores(ThreeTokens.Q, ThreeTokens.Q, 0.5);
        // |(1, -2)|^2 = 5, |(0, -1)|^2 = 1, |(-1, 1)|^2 = 2, each times tau = 1/2.
        assertArrayEquals(new double[][] {{0, 2.5, 0.5}, {2.5, 0, 1}, {0.5, 1, 0}}, ReferenceScores.symmetric(s));
        // s is symmetric, so w_ij = s_ii - s_jj is a gauge term: |q|^2 = 1, 4, 2.
        assertArrayEquals(new double[][] {{0, -1.5, -0.5}, {1.5, 0, 1}, {0.5, -1, 0}},
                ReferenceScores.antisymmetric(s));
    }

    @Test
    void aBackwardPairOfItsOwnBreaksTheSymmetries() {
        // s< = [1, 2; 3, 5]: d<_12 = 5 - 3 = 2, d<_21 = 1 - 2 = -1.  s = [0, 1; 1, 0]: d>_12 = d>_21 = -1.
        double[][] own = {{1, 2}, {3, 5}};
        double[][] s = {{0, 1}, {1, 0}};
        assertArrayEquals(new double[][] {{0, 2}, {-1, 0}}, ReferenceScores.backward(own));
        assertArrayEquals(new double[][] {{0, 1}, {-2, 0}}, ReferenceScores.symmetric(s, own));
        assertArrayEquals(new double[][] {{0, -3}, {0, 0}}, ReferenceScores.antisymmetric(s, own));
    }

    @Test
    void circulationByHand() {
        assertArrayEquals(S, ReferenceScores.circulation(S, 1));
        assertArrayEquals(ReferenceMatrix.transpose(S), ReferenceScores.circulation(S, -1));
        // c = 0 is the symmetric part: (0 + 4) / 2, (2 + 3) / 2, (-6 + 1) / 2 off the diagonal.
        assertArrayEquals(new double[][] {{1, 2, 2.5}, {2, 2, -2.5}, {2.5, -2.5, -1}},
                ReferenceScores.circulation(S, 0));
        // c = 3: 2 s_ij - s_ji.
        assertEquals(2 * -6 - 1, ReferenceScores.circulation(S, 3)[1][2]);
    }

    @Test
    void theCausalMaskLetsTheLastQuerySeeEveryKey() {
        assertArrayEquals(new double[][] {{1, -INF, -INF}, {4, 2, -INF}, {3, 1, -1}}, ReferenceScores.causal(S));
        assertArrayEquals(new double[][] {{0, 0, -INF}, {0, 0, 0}}, ReferenceScores.causal(new double[2][3]));
        assertArrayEquals(new double[][] {{-INF}, {0}}, ReferenceScores.causal(new double[2][1]));
    }

    @Test
    void whatNeedsASelfScoreRefusesARectangle() {
        double[][] s = ReferenceScores.scores(new double[2][3], new double[4][3]);
        assertEquals(4, s[1].length);
        assertThrows(IllegalArgumentException.class, () -> ReferenceScores.forward(s));
        assertThrows(IllegalArgumentException.class, () -> ReferenceScores.backward(s));
        assertThrows(IllegalArgumentException.class, () -> ReferenceScores.circulation(s, 0));
        assertThrows(IllegalArgumentException.class, () -> ReferenceScores.scores(new double[2][3], new double[2][2]));
    }

    /** The table of the one log-kernel, {@code z_ij = <x_i, y_j> + a_i + b_j}, against the definitions. */
    @Test
    void everyLogKernelIsAffineInScores() {
        double beta = 1.7;
        double tau = 0.6;
        double[][] q = random(5, 3, 1);
        double[][] k = random(5, 3, 2);
        double[][] s = ReferenceScores.scores(q, k, tau);
        double[] none = new double[5];
        double[] self = new double[5];
        for (int i = 0; i < 5; i++) {
            self[i] = -beta * s[i][i];
        }
        assertAffine(ReferenceScores.logKernel(ReferenceScores.forward(s), beta), beta * tau, q, k, self, none);
        assertAffine(ReferenceScores.logKernel(ReferenceScores.backward(s), beta), beta * tau, k, q, none, self);
        assertAffine(ReferenceScores.logKernel(ReferenceScores.symmetric(s), beta), beta * tau,
                beside(1, q, 1, k), beside(1, k, 1, q), self, self);
        double c = 0.3;
        assertAffine(ReferenceMatrix.scale(beta, ReferenceScores.circulation(s, c)), beta * tau,
                beside((1 + c) / 2, q, (1 - c) / 2, k), beside(1, k, 1, q), none, none);
    }

    private static void assertAffine(
            double[][] z, double factor, double[][] x, double[][] y, double[] a, double[] b) {
        double[][] affine = ReferenceMatrix.shift(ReferenceMatrix.multiply(ReferenceMatrix.scale(factor, x),
                ReferenceMatrix.transpose(y)), a, b);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(z, affine), 1e-13);
    }

    private static double[][] beside(double f, double[][] a, double g, double[][] b) {
        double[][] c = new double[a.length][2 * a[0].length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[i].length; j++) {
                c[i][j] = f * a[i][j];
                c[i][a[i].length + j] = g * b[i][j];
            }
        }
        return c;
    }

    private static double[][] random(int rows, int columns, long seed) {
        Random random = new Random(seed);
        double[][] a = new double[rows][columns];
        for (double[] row : a) {
            for (int j = 0; j < columns; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return a;
    }
}
