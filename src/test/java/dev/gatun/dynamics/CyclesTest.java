package dev.gatun.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Transitions;
import dev.gatun.reference.ReferenceDynamics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-width")
class CyclesTest {

    /** A uniform chain of n tokens: {@code background} between any two, and cycles laid over it. */
    private static double[][] chain(int n, double background, double[] strengths, int[][] cycles) {
        double[][] p = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                p[i][j] = i == j ? 1 - (n - 1) * background : background;
            }
        }
        for (int c = 0; c < cycles.length; c++) {
            for (int t = 0; t < cycles[c].length; t++) {
                int i = cycles[c][t];
                p[i][cycles[c][(t + 1) % cycles[c].length]] += strengths[c];
                p[i][i] -= strengths[c];
            }
        }
        return p;
    }

    @Test
    void cyclesAreTakenOffOneAfterTheOther() {
        int[][] laid = {{0, 1, 2}, {0, 1, 3, 4}};
        double[][] p = chain(5, 0.02, new double[] {0.3, 0.1}, laid);
        Dynamics dynamics = Dynamics.of(Transitions.of(p));
        List<Cycle> found = dynamics.cycles(8);
        assertEquals(2, found.size());
        assertEquals(List.of(0, 1, 2), fromLeast(found.get(0)));
        assertEquals(0.3 / 5, found.get(0).current(), 1e-15);
        assertEquals(ReferenceDynamics.cycleAffinity(p, 0, 1, 2), found.get(0).affinity(), 1e-12);
        assertEquals(List.of(0, 1, 3, 4), fromLeast(found.get(1)));
        assertEquals(0.1 / 5, found.get(1).current(), 1e-15);
        assertEquals(ReferenceDynamics.cycleAffinity(p, 0, 1, 3, 4), found.get(1).affinity(), 1e-12);
    }

    /** Entropy is produced by cycles: each round of one produces its affinity (Schnakenberg 1976). */
    @Test
    void cyclesProduceTheEntropy() {
        double[][] p = chain(6, 0.01, new double[] {0.3, 0.2, 0.05}, new int[][] {{0, 1, 2}, {3, 4, 5}, {0, 3, 2, 5}});
        Dynamics dynamics = Dynamics.of(Transitions.of(p));
        double produced = dynamics.cycles(10).stream().mapToDouble(cycle -> cycle.current() * cycle.affinity()).sum();
        assertEquals(ReferenceDynamics.entropyProduction(p, dynamics.stationary().pi()), produced, 1e-9);
        assertEquals(dynamics.entropyProduction(), produced, 1e-9);
    }

    @Test
    void aCycleThatCannotBeUndoneHasInfiniteAffinity() {
        double[][] p = {{0.5, 0.5, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}};
        Dynamics dynamics = Dynamics.of(Transitions.of(p));
        assertEquals(Double.POSITIVE_INFINITY, dynamics.entropyProduction());
        assertEquals(Double.POSITIVE_INFINITY, dynamics.cycles(1).getFirst().affinity());
        assertEquals(1.0 / 6, dynamics.cycles(1).getFirst().current(), 1e-15);
        assertEquals(1, dynamics.currents().strongest().getFirst().imbalance());
    }

    @Test
    void currentsAreListedByStrength() {
        Dynamics dynamics = Dynamics.of(Transitions.of(chain(5, 0.02, new double[] {0.3, 0.1}, new int[][] {{0, 1, 2}, {0, 1, 3, 4}})));
        List<Current> currents = dynamics.currents(4);
        assertEquals(4, currents.size());
        for (int c = 1; c < currents.size(); c++) {
            assertTrue(currents.get(c - 1).current() >= currents.get(c).current());
        }
        assertEquals(0, currents.getFirst().from());
        assertEquals(1, currents.getFirst().to());
        assertEquals(0.4 / 5, currents.getFirst().current(), 1e-15);
        assertEquals(0.44 / 5, currents.getFirst().flow(), 1e-15);
    }

    private static List<Integer> fromLeast(Cycle cycle) {
        List<Integer> tokens = new ArrayList<>(cycle.tokens());
        Collections.rotate(tokens, -tokens.indexOf(Collections.min(tokens)));
        return tokens;
    }
}
