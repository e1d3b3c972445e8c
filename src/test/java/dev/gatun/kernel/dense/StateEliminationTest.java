package dev.gatun.kernel.dense;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.gatun.kernel.Sharing;
import dev.gatun.reference.ReferenceDynamics;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Elimination of states a panel at a time agrees with the elimination of one after the other. */
class StateEliminationTest {

    /** Runs the parts of each kind from the last to the first. */
    private static final Sharing BACKWARDS = new Sharing() {
        @Override
        public int threads() {
            return 1;
        }

        @Override
        public void run(int count, Part part, int countAfter, Part partAfter) {
            backwards(count, part);
            backwards(countAfter, partAfter);
        }

        private void backwards(int count, Part part) {
            for (int index = count - 1; index >= 0; index--) {
                part.run(index, 0);
            }
        }
    };

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 63, 64, 65, 66, 68, 127, 128, 129, 200, 330})
    void everyMassIsAccurateToItsOwnSize(int size) {
        double[][] p = chain(size);
        double[] found = StateElimination.stationaryDistribution(strips(p), size);
        double[] expected = ReferenceDynamics.stationary(p);
        for (int i = 0; i < size; i++) {
            assertEquals(1, found[i] / expected[i], 1e-12, "state " + i);
        }
        assertArrayEquals(found, StateElimination.stationaryDistribution(strips(p), size, BACKWARDS));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 64, 65, 66, 129, 200})
    void factorsMultiplyToTheGenerator(int size) {
        double[][] p = chain(size);
        StateElimination.Factors factors = StateElimination.factors(strips(p), size, Sharing.NONE);
        StateElimination.Factors others = StateElimination.factors(strips(p), size, BACKWARDS);
        assertArrayEquals(factors.columns(), others.columns());
        assertArrayEquals(factors.rows(), others.rows());
        for (int i = 1; i < size; i++) {
            for (int j = 1; j < size; j++) {
                double sum = 0;
                for (int k = Math.max(i, j); k < size; k++) {
                    double ofColumn = i == k ? 1 : -factors.columns()[StateElimination.place(i, k, size)];
                    sum += ofColumn * (j == k ? factors.leaving()[k] : -factors.rows()[k * size + j]);
                }
                if (i != j) {
                    assertEquals(-p[i][j], sum, 1e-12, "entry %s, %s".formatted(i, j));
                }
            }
        }
    }

    @Test
    void aChainBeyondFloat64HasNoResult() {
        int size = 130;
        double[][] p = chain(size);
        for (int j = 0; j < 100; j++) {
            p[100][j] = 0;
        }
        for (int i = 101; i < size; i++) {
            for (int j = 0; j <= 100; j++) {
                p[i][j] = 0;
            }
        }
        assertNull(StateElimination.stationaryDistribution(strips(p), size));
    }

    /** Transitions of very different sizes. */
    private static double[][] chain(int size) {
        SplittableRandom random = new SplittableRandom(size);
        double[][] p = new double[size][size];
        for (double[] row : p) {
            double sum = 0;
            for (int j = 0; j < size; j++) {
                row[j] = Math.pow(2, -20 * random.nextDouble());
                sum += row[j];
            }
            for (int j = 0; j < size; j++) {
                row[j] /= sum;
            }
        }
        return p;
    }

    private static double[] strips(double[][] p) {
        double[] strips = new double[StateElimination.length(p.length)];
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p.length; j++) {
                strips[StateElimination.place(i, j, p.length)] = p[i][j];
            }
        }
        return strips;
    }
}
