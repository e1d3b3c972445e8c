package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Matrix;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The results of a map: its stationary distribution, eigenfunctions, phases and coordinates. */
class MagneticMapTest {

    private static final double ROUNDING = 5e-6;

    private static final Tokens TOKENS = Tokens.random(7, 40, 40, 3, 0.8);

    /** Row i of the coordinates is {@code lambda_k^t psi_k(i)}, the real and the imaginary part in turn; the same for new tokens. */
    @Test
    void coordinatesAreFunctionsTimesPowers() {
        int n = TOKENS.rows();
        try (Arena arena = Arena.ofConfined()) {
            MagneticMap map = MagneticMap.of(TOKENS.scores(arena).magnetic(0.3), 0, Eigenpairs.largest(4).withTolerance(1e-7));
            double[] pi = map.stationary();
            assertEquals(1, Arrays.stream(pi).sum(), 1e-12);
            double[][] coordinates = map.coordinates(2);
            double[][] extended = map.extend(TOKENS.queries(arena), TOKENS.keys(arena), 2);
            for (int k = 0; k < 4; k++) {
                double power = Math.pow(map.spectrum().value(k), 2);
                double[] psi = map.eigenfunction(k);
                double norm = 0;
                for (int i = 0; i < n; i++) {
                    norm += pi[i] * (psi[i] * psi[i] + psi[n + i] * psi[n + i]);
                    assertEquals(power * psi[i], coordinates[i][2 * k], 1e-14);
                    assertEquals(power * psi[n + i], coordinates[i][2 * k + 1], 1e-14);
                    assertEquals(Math.atan2(psi[n + i], psi[i]), map.phases(k)[i], 1e-15);
                    double scale = 1 / Math.sqrt(pi[i]);
                    assertEquals(coordinates[i][2 * k], extended[i][2 * k], 20 * ROUNDING * scale);
                    assertEquals(coordinates[i][2 * k + 1], extended[i][2 * k + 1], 20 * ROUNDING * scale);
                }
                assertEquals(1, norm, ROUNDING);
            }
            assertTrue(Arrays.stream(coordinates).anyMatch(row -> Math.abs(row[1]) > 0.01 || Math.abs(row[3]) > 0.01),
                    "a charge turns some of them");
        }
    }

    /** Degrees over their sum, those of {@code (w_ij + w_ji) / 2}, with or without loops; 0 for a node without edges. */
    @Test
    void lawsOfGraphsAreTheirDegrees() {
        DirectedGraph graph = DirectedGraph.ofMatrix(new double[][] {{3, 1, 0}, {2, 0, 0}, {0, 0, 0}});
        assertArrayEquals(new double[] {0.75, 0.25, 0},
                MagneticMap.of(graph, 0.1, MagneticConvention.EIGENMAPS, Eigenpairs.largest(2)).stationary(), 1e-15);
        assertArrayEquals(new double[] {0.5, 0.5, 0},
                MagneticMap.of(graph, 0.1, MagneticConvention.MAGNET, Eigenpairs.largest(2)).stationary(), 1e-15);
    }

    @Test
    void timesAreRefusedThatAreNone() {
        try (Arena arena = Arena.ofConfined()) {
            Matrix q = TOKENS.queries(arena);
            Matrix k = TOKENS.keys(arena);
            MagneticMap magnetic = MagneticMap.of(TOKENS.scores(arena).magnetic(0.3), 0, Eigenpairs.largest(2));
            DiffusionMap diffusion = DiffusionMap.of(TOKENS.scores(arena).diffusion(), 0, Eigenpairs.largest(2));
            for (double time : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
                refused("time must be at least 0 and finite, not " + time, () -> magnetic.coordinates(time));
                refused("time must be at least 0 and finite, not " + time, () -> magnetic.extend(q, k, time));
                refused("time must be at least 0 and finite, not " + time, () -> diffusion.coordinates(time));
                refused("time must be at least 0 and finite, not " + time, () -> diffusion.extend(q, k, time));
                refused("time must be at least 0 and finite, not " + time, () -> diffusion.distance(0, 1, time));
            }
            assertEquals(diffusion.eigenfunction(1)[5], diffusion.coordinates(0)[5][0]);
        }
    }

    @Test
    void whatIsAskedForIsChecked() {
        DirectedGraph two = DirectedGraph.ofMatrix(new double[][] {{0, 1}, {0, 0}});
        refused("3 eigenpairs were asked for, and there are 2",
                () -> MagneticMap.of(two, 0, MagneticConvention.MAGNET, Eigenpairs.largest(3)));
        refused("edges need as many starts, ends and weights; there are 1, 1 and 2",
                () -> DirectedGraph.ofEdges(2, new int[1], new int[1], new double[2]));
        refused("the tolerance must be positive and finite, not Infinity",
                () -> Eigenpairs.largest(1).withTolerance(Double.POSITIVE_INFINITY));
    }

    /** Recomputed entries give the same products; a single product gives an approximation. */
    @Test
    void mapsWithoutMemoryAreTheSame() {
        try (Arena arena = Arena.ofConfined()) {
            Eigenpairs options = Eigenpairs.largest(3).withCloseness(0.5);
            MagneticMap kept = MagneticMap.of(TOKENS.scores(arena).magnetic(0.3), 0, options);
            MagneticMap formed = MagneticMap.of(TOKENS.scores(arena).magnetic(0.3), 0, options.withMemory(0));
            assertArrayEquals(kept.spectrum().values(), formed.spectrum().values());
            assertArrayEquals(kept.eigenfunction(2), formed.eigenfunction(2));
            double[] values = kept.spectrum().values();
            assertEquals(values[0] - values[1] <= 0.5 ? 2 : 1, Math.min(2, kept.spectrum().groups().getFirst().dimension()));
            assertEquals(3, MagneticMap.of(TOKENS.scores(arena).magnetic(0.3), 0, options.withMaxProducts(1)).spectrum().count());
        }
    }

    private static void refused(String why, Executable call) {
        assertEquals(why, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
