package dev.gatun.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class ReferenceSpectrumTest {

    private static final double[][] LOG_W =
            ReferenceScores.logKernel(ReferenceScores.symmetric(ThreeTokens.SCORES), 0.2);

    @Test
    void eigenpairsByHand() {
        // [2, 1, 0; 1, 2, 0; 0, 0, -5]: 3 along (1, 1, 0), 1 along (1, -1, 0), -5 along (0, 0, 1).
        ReferenceSpectrum.Eigen eigen =
                ReferenceSpectrum.symmetric(new double[][] {{2, 1, 0}, {1, 2, 0}, {0, 0, -5}});
        assertArrayEquals(new double[] {3, 1, -5}, eigen.values(), 1e-15);
        assertEquals(eigen.vectors()[0][0], eigen.vectors()[1][0], 1e-15);
        assertEquals(Math.sqrt(0.5), Math.abs(eigen.vectors()[0][1]), 1e-15);
        assertEquals(-eigen.vectors()[0][1], eigen.vectors()[1][1], 1e-15);
        assertEquals(1, Math.abs(eigen.vectors()[2][2]), 1e-15);
        assertThrows(IllegalArgumentException.class,
                () -> ReferenceSpectrum.symmetric(new double[][] {{0, 1}, {2, 0}}));
    }

    @Test
    void hermitianEigenvaluesByHand() {
        // [1, 2i; -2i, 1] = 1 +- 2.
        assertArrayEquals(new double[] {3, -1}, ReferenceSpectrum.hermitian(new ReferenceMagnetic.Complex(
                new double[][] {{1, 0}, {0, 1}}, new double[][] {{0, 2}, {-2, 0}})), 1e-15);
    }

    @Test
    void singularValuesByHand() {
        // A^T A = [25, 0; 0, 4].
        assertArrayEquals(new double[] {5, 2},
                ReferenceSpectrum.singularValues(new double[][] {{3, 0}, {4, 0}, {0, 2}}), 1e-15);
    }

    @Test
    void twoTokenDiffusionMapByHand() {
        // P+ = [2, 1; 1, 2] / 3: lambda = 1/3 along (1, -1), of unit length under pi = (1/2, 1/2).
        double[][] logW = {{0, -Math.log(2)}, {-Math.log(2), 0}};
        ReferenceSpectrum.Eigen eigen = ReferenceSpectrum.diffusion(logW);
        assertArrayEquals(new double[] {1, 1 / 3.}, eigen.values(), 1e-15);
        double[][] map = ReferenceSpectrum.diffusionMap(logW, 1, 2);
        assertEquals(1 / 9., Math.abs(map[0][0]), 1e-15);
        assertEquals(-map[0][0], map[1][0], 1e-15);
    }

    @Test
    void eigenvectorsOfDiffusionAreOrthonormalUnderTheStationaryLaw() {
        double[][] p = ReferenceDiffusion.transition(LOG_W, 0);
        double[] pi = ReferenceDiffusion.stationary(LOG_W, 0);
        ReferenceSpectrum.Eigen eigen = ReferenceSpectrum.diffusion(LOG_W);
        double[][] psi = ReferenceMatrix.transpose(eigen.vectors());
        assertArrayEquals(new double[] {1, 1, 1}, psi[0], 1e-14);
        for (int m = 0; m < 3; m++) {
            double[] image = ReferenceMatrix.multiply(p, psi[m]);
            for (int l = 0; l < 3; l++) {
                assertEquals(eigen.values()[m] * psi[m][l], image[l], 1e-14);
                double inner = 0;
                for (int i = 0; i < 3; i++) {
                    inner += pi[i] * psi[m][i] * psi[l][i];
                }
                assertEquals(m == l ? 1 : 0, inner, 1e-14);
            }
        }
    }

    @Test
    void nystroemGivesBackTheKnownPoints() {
        double[][] p = ReferenceDiffusion.transition(LOG_W, 0);
        ReferenceSpectrum.Eigen eigen = ReferenceSpectrum.diffusion(LOG_W);
        double[] psi = ReferenceMatrix.transpose(eigen.vectors())[1];
        for (int i = 0; i < 3; i++) {
            assertEquals(psi[i], ReferenceSpectrum.nystroem(p[i], psi, eigen.values()[1]), 1e-14);
        }
        // A new point that leads to tokens 1 and 2 evenly.
        assertEquals((psi[0] + psi[1]) / 2 / eigen.values()[1],
                ReferenceSpectrum.nystroem(new double[] {0.5, 0.5, 0}, psi, eigen.values()[1]), 1e-14);
    }
}
