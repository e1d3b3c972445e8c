package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Transitions;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Chains at a given distribution, and the figures of chains that end or have a period. */
class DynamicsTest {

    private static final double[][] TWO = {{0.9, 0.1}, {0.3, 0.7}};

    /** At masses of 1/4 and 3/4, 0.025 flow forward and 0.225 backward: a net change of 0.2 and a flow of 0.25. */
    @Test
    void driftIsWhatIsMovedOfTheFlow() {
        Dynamics dynamics = Dynamics.at(Transitions.of(TWO), new double[] {2, 6});
        assertArrayEquals(new double[] {0.25, 0.75}, dynamics.rho());
        assertEquals(0.25, dynamics.currents().flow(), 1e-15);
        assertEquals(0.2, dynamics.currents().total(), 1e-15);
        assertEquals(0.8, dynamics.drift(), 1e-14);
        assertEquals(0.2 * Math.log(0.225 / 0.025), dynamics.entropyProduction(), 1e-15);
        assertEquals(Regime.DRIVEN, dynamics.regime());
        assertArrayEquals(new double[] {0.75, 0.25}, dynamics.stationary().pi(), 1e-15);
    }

    @Test
    void aStationaryLawOfOnesOwnDrivesNothing() {
        Dynamics dynamics = Dynamics.at(Transitions.of(TWO), new double[] {3, 1});
        assertEquals(0, dynamics.drift(), 1e-15);
        assertEquals(Regime.EQUILIBRIUM, dynamics.regime());
        double[][] around = {{0, 0.8, 0.2}, {0.2, 0, 0.8}, {0.8, 0.2, 0}};
        Dynamics ring = Dynamics.at(Transitions.of(around), new double[] {5, 5, 5});
        assertEquals(Regime.NESS, ring.regime());
    }

    /** A cycle without reverse steps produces infinite entropy, however rare it is. */
    @Test
    void whatCannotBeUndoneIsNoEquilibrium() {
        for (double rate : new double[] {1e-6, 1e-20, 1e-200}) {
            double[][] p = {{0.5, 0.25, 0.25}, {0.25, 0.5, 0.25}, {0.25 - rate, 0.25, 0.5 + rate}};
            p[0][2] = rate;
            p[2][0] = 0;
            p[0][0] = 0.75 - rate;
            p[2][2] = 0.75;
            Dynamics dynamics = Dynamics.of(Transitions.of(p));
            assertEquals(Double.POSITIVE_INFINITY, dynamics.entropyProduction());
            assertEquals(Regime.NESS, dynamics.regime());
        }
    }

    /** The probability of staying does not reduce the drift. */
    @Test
    void driftIsMeasuredWithoutWhatStays() {
        for (double rate : new double[] {1e-3, 1e-17, 1e-150}) {
            Transitions chain = Transitions.of(new double[][] {{1 - rate, rate}, {3 * rate, 1 - 3 * rate}});
            Dynamics same = Dynamics.at(chain, new double[] {3, 1});
            assertEquals(0, same.drift(), 1e-13);
            assertEquals(Regime.EQUILIBRIUM, same.regime());
            Dynamics other = Dynamics.at(chain, new double[] {1, 1});
            assertEquals(0.5, other.drift(), 1e-13);
            assertEquals(Regime.DRIVEN, other.regime());
        }
    }

    /** A drift above the resolution of 1e-9 of the flow counts, a smaller one does not. */
    @Test
    void driftIsToldDownToTheResolution() {
        Transitions chain = Transitions.of(TWO);
        assertEquals(Regime.DRIVEN, Dynamics.at(chain, new double[] {3 + 4e-8, 1 - 4e-8}).regime());
        assertEquals(Regime.EQUILIBRIUM, Dynamics.at(chain, new double[] {3 + 4e-12, 1 - 4e-12}).regime());
    }

    /** At a given distribution all currents are taken at it, also those beyond the listed ones. */
    @Test
    void allCurrentsAreOfTheLawThatWasGiven() {
        int n = 9;
        Random random = new Random(1);
        double[][] p = new double[n][n];
        double[] rho = random.doubles(n, 0.5, 1).toArray();
        double total = Arrays.stream(rho).sum();
        for (double[] row : p) {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                row[j] = random.nextDouble();
                sum += row[j];
            }
            for (int j = 0; j < n; j++) {
                row[j] /= sum;
            }
        }
        Dynamics dynamics = Dynamics.at(Transitions.of(p), rho);
        List<Current> all = dynamics.currents(100);
        assertEquals(n * (n - 1) / 2, all.size());
        for (Current current : all) {
            int i = current.from();
            int j = current.to();
            double truth = (rho[i] * p[i][j] - rho[j] * p[j][i]) / total;
            assertEquals(truth, current.current(), 1e-15);
        }
        assertTrue(all.stream().sorted(Comparator.comparingDouble(Current::current).reversed()).toList().equals(all));
        for (int count : new int[] {1, 8, 9}) {
            assertEquals(all.subList(0, count), dynamics.currents(count));
        }
        double atItsOwn = Dynamics.of(Transitions.of(p)).currents(100).getFirst().current();
        assertFalse(Math.abs(atItsOwn - all.getFirst().current()) < 1e-6);
    }

    @Test
    void lawsThatAreNoneAreRefused() {
        Transitions chain = Transitions.of(TWO);
        for (double[] rho : new double[][] {{-1, 2}, {1, Double.POSITIVE_INFINITY}, {0, 0}, {Double.NaN, 1}}) {
            assertEquals("rho must have finite entries of at least 0, some of them positive",
                    assertThrows(IllegalArgumentException.class, () -> Dynamics.at(chain, rho)).getMessage());
        }
        assertArrayEquals(new double[] {0, 1}, Dynamics.at(chain, new double[] {0, 3}).rho());
    }

    /** An open class that leads to a closed class of two tokens: the chain is not absorbing. */
    @Test
    void aChainThatEndsInSeveralTokensIsNotAbsorbed() {
        Transitions left = Transitions.of(new double[][] {{0.5, 0.5, 0}, {0, 0.4, 0.6}, {0, 0.7, 0.3}});
        assertFalse(StationaryDistribution.of(left).absorbing());
        assertFalse(StationaryDistribution.of(Transitions.of(new double[][] {{1, 0}, {0, 1}})).absorbing(), "nothing leads to them");
        assertTrue(StationaryDistribution.of(Transitions.of(new double[][] {{1, 0}, {0.5, 0.5}})).absorbing());
    }

    @Test
    void whatDoesNotForgetHasNoGapToFind() {
        for (double[][] p : new double[][][] {{{1}}, {{1, 0}, {0, 1}}, {{0, 1}, {1, 0}}, TWO}) {
            assertTrue(Dynamics.of(Transitions.of(p)).gapConverged());
        }
        assertEquals(1, Dynamics.of(Transitions.of(new double[][] {{1}})).spectralGap());
        assertEquals(0, Dynamics.of(Transitions.of(new double[][] {{0, 1}, {1, 0}})).spectralGap());
        assertEquals(Double.POSITIVE_INFINITY, Dynamics.of(Transitions.of(new double[][] {{1, 0}, {0, 1}})).relaxationTime());
        assertEquals(0.4, Dynamics.of(Transitions.of(TWO)).spectralGap(), 1e-12);
        assertEquals(-1 / Math.log(0.6), Dynamics.of(Transitions.of(TWO)).relaxationTime(), 1e-11);
    }
}
