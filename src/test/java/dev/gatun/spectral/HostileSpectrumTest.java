package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Conjugate;
import dev.gatun.Divergence;
import dev.gatun.Extension;
import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.property.Tokens;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spectra of degenerate and invalid inputs: a result, or a refusal in one sentence. */
class HostileSpectrumTest {

    private static final double ROUNDING = 5e-6;

    private static void refused(String part, Executable call) {
        String message = assertThrows(RuntimeException.class, call).getMessage();
        assertTrue(message.contains(part), () -> "says: " + message);
        assertTrue(!message.contains("\n"), () -> "says: " + message);
    }

    @Test
    void anAllEqualKernel() {
        try (Arena arena = Arena.ofConfined()) {
            for (int n : new int[] {1, 2, 7, 65, 700}) {
                Matrix zeros = Matrix.allocate(arena, n, 3);
                Scores scores = Scores.of(zeros, zeros);
                int count = Math.min(n, 4);
                DiffusionMap map = DiffusionMap.of(scores.diffusion(1), 0, Eigenpairs.largest(count));
                MagneticMap magnetic = MagneticMap.of(scores.magnetic(0.3), 0, Eigenpairs.largest(count));
                for (int k = 0; k < count; k++) {
                    assertEquals(k == 0 ? 1 : 0, map.spectrum().value(k), ROUNDING);
                    assertEquals(k == 0 ? 1 : 0, magnetic.spectrum().value(k), ROUNDING);
                }
                assertEquals(1, map.spectrum().components());
                assertTrue(map.spectrum().converged() && magnetic.spectrum().converged());
                assertFinite(map.coordinates(1));
            }
        }
    }

    /** Only ratios of edge weights count: weights near the end of float64 give the spectrum of the same graph in other units. */
    @ParameterizedTest
    @ValueSource(doubles = {1.5e308, 0x1p1023, 1e155, 1e-300, 0x1p-1040})
    void graphsOfAnyUnit(double unit) {
        int[] from = {0, 0, 1, 2, 3, 3};
        int[] to = {1, 2, 2, 3, 0, 3};
        double[] weights = {1, 0.5, 0.25, 1, 0.5, 1};
        MagneticMap expected = MagneticMap.of(DirectedGraph.ofEdges(5, from, to, weights), 0, MagneticConvention.EIGENMAPS,
                Eigenpairs.largest(5));
        double[] scaled = Arrays.stream(weights).map(weight -> weight * unit).toArray();
        MagneticMap map = MagneticMap.of(DirectedGraph.ofEdges(5, from, to, scaled), 0, MagneticConvention.EIGENMAPS,
                Eigenpairs.largest(5));
        assertArrayEquals(expected.spectrum().values(), map.spectrum().values(), 1e-12);
        assertArrayEquals(expected.stationary(), map.stationary(), 1e-12);
    }

    /** The phase of an edge is 0 if float64 holds no fraction of its turns. */
    @Test
    void hugeCharges() {
        DirectedGraph graph = DirectedGraph.ofEdges(2, new int[] {0}, new int[] {1}, new double[] {1e308});
        for (double charge : new double[] {1, 1e300, -1e300}) {
            MagneticMap map = MagneticMap.of(graph, charge, MagneticConvention.MAGNET, Eigenpairs.largest(2));
            assertArrayEquals(new double[] {1, -1}, map.spectrum().values(), 1e-12);
        }
    }

    @Test
    void weightsOfAnEdgeThatAddUpToInfinity() {
        refused("the weights of edge 0 -> 1 add up to more than a float64 holds",
                () -> DirectedGraph.ofEdges(2, new int[] {0, 0}, new int[] {1, 1}, new double[] {1e308, 1e308}));
    }

    @Test
    void disconnectedAndDuplicatedPoints() {
        // Three far corners, of which the first has five points, the second three and the third one.
        float[] x = new float[9 * 2];
        for (int i = 5; i < 9; i++) {
            x[2 * i] = i < 8 ? 1000 : 0;
            x[2 * i + 1] = i < 8 ? 0 : 1000;
        }
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = Matrix.copyOf(arena, x, 9, 2);
            DiffusionMap map = DiffusionMap.of(Scores.of(points, points).diffusion(), 0, Eigenpairs.largest(5));
            assertEquals(3, map.spectrum().components());
            double[] truth = {1, 1, 1, 0, 0};
            for (int k = 0; k < 5; k++) {
                assertEquals(truth[k], map.spectrum().value(k), ROUNDING);
            }
            assertEquals(new Spectrum.Group(0, 3, true), map.spectrum().groups().getFirst());
            assertEquals(0, map.distance(0, 4, 1), 1e-4);
            // Between clusters it is (1 / pi_a + 1 / pi_b)^1/2, for stationary probabilities of 25, 9 and 1 in 35.
            assertEquals(Math.sqrt(35 / 25.0 + 35 / 9.0), map.distance(0, 5, 1), 1e-3);
            assertEquals(1, map.eigenfunction(0)[8]);
        }
    }

    /** Tokens whose stationary probabilities differ by hundreds of orders of magnitude: entries that underflow in float32 are replaced. */
    @ParameterizedTest
    @ValueSource(doubles = {5, 10, 20, 60, 400})
    void underflowingRows(double spread) {
        Tokens tokens = Tokens.random(8, 90, 90, 4, spread);
        try (Arena arena = Arena.ofConfined()) {
            DiffusionMap map = DiffusionMap.of(tokens.scores(arena).diffusion(), 0, Eigenpairs.largest(6));
            MagneticMap magnetic = MagneticMap.of(tokens.scores(arena).magnetic(0.5), 0, Eigenpairs.largest(6));
            assertTrue(map.spectrum().converged() && magnetic.spectrum().converged());
            assertFinite(map.coordinates(1));
            assertFinite(magnetic.coordinates(1));
            requireEigenfunction(map, tokens.scores(arena).diffusion().extension(0));
        }
    }

    /** Most tokens see one other token alone: most eigenvalues are 1, -1 or 0, and all are requested. */
    @Test
    void tokensInPairs() {
        Tokens tokens = Tokens.random(20678, 63, 63, 33, 60);
        try (Arena arena = Arena.ofConfined()) {
            Spectrum spectrum = MagneticMap.of(tokens.scores(arena).magnetic(-0.91), 0, Eigenpairs.largest(63)).spectrum();
            assertTrue(spectrum.converged());
            for (int k = 0; k < 63; k++) {
                for (int j = 0; j <= k; j++) {
                    assertEquals(j == k ? 1 : 0, Mirrored.inner(spectrum.vector(j), spectrum.vector(k)), 1e-12);
                }
            }
        }
    }

    /**
     * {@code P psi = lambda psi} at every common token, and at every token whose entries underflow in float32, because these are replaced.
     * In between, the error of the eigenvector is divided by a small number.
     */
    private static void requireEigenfunction(DiffusionMap map, Extension transitions) {
        double[] pi = map.stationary();
        for (int k = 1; k < map.spectrum().count(); k++) {
            double value = map.spectrum().value(k);
            double[] psi = map.eigenfunction(k);
            double[] image = transitions.apply(new double[][] {psi})[0];
            double largest = Arrays.stream(psi).map(Math::abs).max().orElseThrow();
            for (int i = 0; i < psi.length; i++) {
                if (pi[i] > 1e-6) {
                    assertEquals(value * psi[i], image[i], ROUNDING / Math.sqrt(pi[i]));
                } else if (pi[i] < 1e-60 && Math.abs(value) > 0.1) {
                    assertEquals(image[i] / value, psi[i], ROUNDING * largest);
                }
            }
        }
    }

    @Test
    void packedSequencesAreComponents() {
        Tokens tokens = Tokens.random(9, 50, 50, 4, 0.5);
        try (Arena arena = Arena.ofConfined()) {
            Scores packed = tokens.scores(arena).withSequences(20, 1, 29);
            DiffusionMap map = DiffusionMap.of(packed.diffusion(), 0, Eigenpairs.largest(4));
            assertEquals(3, map.spectrum().components());
            assertEquals(1, map.spectrum().value(2), ROUNDING);
            assertTrue(map.spectrum().value(3) < 0.999);
            Tokens others = Tokens.random(10, 2, 2, 4, 0.5);
            refused("new token 0 belongs to none of the packed sequences", () ->
                    map.extend(others.queries(arena), others.keys(arena), 1));
        }
    }

    /** With a zero diagonal, a token alone in its sequence sees no token. */
    @Test
    void tokensThatSeeNothing() {
        Tokens tokens = Tokens.random(13, 40, 40, 4, 0.5);
        Tokens one = Tokens.random(13, 1, 1, 4, 0.5);
        try (Arena arena = Arena.ofConfined()) {
            Scores packed = tokens.scores(arena).withSequences(20, 1, 19).withZeroDiagonal();
            DiffusionMap map = DiffusionMap.of(packed.diffusion(1), 0, Eigenpairs.largest(5));
            MagneticMap magnetic = MagneticMap.of(packed.magnetic(0.5), 0, Eigenpairs.largest(5));
            assertTrue(map.spectrum().converged() && magnetic.spectrum().converged());
            assertEquals(1, map.spectrum().value(1), ROUNDING);
            assertTrue(map.spectrum().value(2) < 0.999);
            assertEquals(3, map.spectrum().components());
            assertEquals(0, map.stationary()[20]);
            assertFinite(map.coordinates(1));
            assertFinite(magnetic.coordinates(1));
            refused("no token sees another", () -> DiffusionMap.of(one.scores(arena).withZeroDiagonal().diffusion(), 0,
                    Eigenpairs.largest(1)));
            MagneticMap alone = MagneticMap.of(one.scores(arena).withZeroDiagonal().magnetic(1), 0, Eigenpairs.largest(1));
            assertEquals(0, alone.spectrum().value(0));
            assertFinite(alone.coordinates(1));
        }
    }

    @Test
    void oneSentenceForWhatCannotBe() {
        Tokens tokens = Tokens.random(10, 12, 12, 4, 1);
        Tokens wide = Tokens.random(10, 12, 13, 4, 1);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            refused("13 eigenpairs were asked for, and there are 12",
                    () -> DiffusionMap.of(scores.diffusion(), 0, Eigenpairs.largest(13)));
            refused("must be at least 1, not 0", () -> Eigenpairs.largest(0));
            refused("tolerance must be positive", () -> Eigenpairs.largest(1).withTolerance(0));
            refused("closeness must be positive", () -> Eigenpairs.largest(1).withCloseness(Double.NaN));
            refused("memory must not be negative", () -> Eigenpairs.largest(1).withMemory(-1));
            refused("at least 1 product", () -> Eigenpairs.largest(1).withMaxProducts(0));
            refused("not of attention", () -> DiffusionMap.of(scores.attention(), 0, Eigenpairs.largest(1)));
            refused("not of bistochastic", () -> DiffusionMap.of(scores.sinkhorn(Divergence.FORWARD, Sinkhorn.tolerance(1e-5))
                    .operator(), 0, Eigenpairs.largest(1)));
            refused("a causal mask hides one of the two",
                    () -> DiffusionMap.of(scores.withCausalMask().diffusion(), 0, Eigenpairs.largest(1)));
            refused("a backward pair of its own makes them differ", () -> MagneticMap.of(scores.withBackward(
                    Heads.of(tokens.queries(arena)), Heads.of(tokens.keys(arena))).magnetic(1), 0, Eigenpairs.largest(1)));
            refused("sequences with other queries than keys", () -> DiffusionMap.of(scores.withSequences(new int[] {5, 7},
                    new int[] {6, 6}).diffusion(), 0, Eigenpairs.largest(1)));
            refused("as many queries as keys", () -> wide.scores(arena).diffusion());
            refused("head 1 does not exist", () -> DiffusionMap.of(scores.diffusion(), 1, Eigenpairs.largest(1)));
            Matrix equal = Matrix.allocate(arena, 12, 4);
            DiffusionMap flat = DiffusionMap.of(Scores.of(equal, equal).diffusion(), 0, Eigenpairs.largest(2));
            refused("eigenvalue 1 is", () -> flat.extend(equal, equal, 1));
            DiffusionMap map = DiffusionMap.of(scores.diffusion(), 0, Eigenpairs.largest(12));
            refused("time must be at least 0", () -> map.coordinates(-1));
            refused("components of new q", () -> map.extend(Matrix.allocate(arena, 2, 3), Matrix.allocate(arena, 2, 3), 1));
            refused("rows of new k", () -> map.extend(Matrix.allocate(arena, 2, 4), Matrix.allocate(arena, 3, 4), 1));
            Matrix same = Matrix.allocate(arena, 5, 2);
            refused("all points are the same", () -> Bandwidth.of(same));
        }
    }

    @Test
    void negativeEigenvaluesHaveWholePowersOnly() {
        // Keys against queries: the kernel is largest far from the diagonal, and the spectrum reaches down to -1.
        Tokens tokens = Tokens.random(11, 6, 6, 3, 3);
        Tokens against = new Tokens(6, 6, 3, tokens.q(), tokens.q()).scaled(1, -1);
        try (Arena arena = Arena.ofConfined()) {
            DiffusionMap map = DiffusionMap.of(against.scores(arena).diffusion(), 0, Eigenpairs.largest(6));
            assertTrue(map.spectrum().value(5) < -0.5);
            refused("time must be an integer", () -> map.coordinates(0.5));
            assertFinite(map.coordinates(3));
        }
    }

    @Test
    void vectorsOfAnotherLength() {
        Tokens tokens = Tokens.random(12, 12, 12, 4, 1);
        try (Arena arena = Arena.ofConfined()) {
            Conjugate conjugate = tokens.scores(arena).diffusion().conjugate(0);
            refused("entries of a vector", () -> conjugate.apply(new double[1][11], new double[1][12], 1));
            refused("number of vectors", () -> conjugate.apply(new double[0][], new double[0][], 0));
            refused("memory must not be negative", () -> conjugate.withMemory(-1));
        }
    }

    @Test
    void graphs() {
        refused("at least 1 node", () -> DirectedGraph.ofEdges(0, new int[0], new int[0], null));
        refused("leaves the graph of 2 nodes", () -> DirectedGraph.ofEdges(2, new int[] {0}, new int[] {2}, null));
        refused("as many starts, ends and weights", () -> DirectedGraph.ofEdges(2, new int[] {0}, new int[0], null));
        refused("must be at least 0 and finite", () -> DirectedGraph.ofMatrix(new double[][] {{-1}}));
        refused("row 0 has 2 weights", () -> DirectedGraph.ofMatrix(new double[][] {{0, 1}}));
        DirectedGraph lonely = DirectedGraph.ofEdges(3, new int[] {0}, new int[] {1}, null);
        MagneticMap map = MagneticMap.of(lonely, 0.25, MagneticConvention.MAGNET, Eigenpairs.largest(3));
        // Tokens 0 and 1 have 1 and -1, the one without edges 0.
        assertEquals(1, map.spectrum().value(0), ROUNDING);
        assertEquals(0, map.spectrum().value(1), ROUNDING);
        assertEquals(-1, map.spectrum().value(2), ROUNDING);
        assertEquals(2, map.spectrum().components());
        assertFinite(map.coordinates(1));
        refused("cannot be extended to new tokens", () -> map.extend(null, null, 0));
        refused("charge must be finite",
                () -> MagneticMap.of(lonely, Double.NaN, MagneticConvention.MAGNET, Eigenpairs.largest(1)));
        DirectedGraph loop = DirectedGraph.ofMatrix(new double[][] {{3, 1}, {0, 0}});
        // Without the loop the two tokens are a path; with it, D = (3.5, 0.5) and H_00 = 3.
        assertEquals(1, MagneticMap.of(loop, 0.1, MagneticConvention.MAGNET, Eigenpairs.largest(2)).spectrum().value(0), ROUNDING);
        assertEquals(-1, MagneticMap.of(loop, 0.1, MagneticConvention.MAGNET, Eigenpairs.largest(2)).spectrum().value(1), ROUNDING);
        assertEquals(3 / 3.5 - 1,
                MagneticMap.of(loop, 0.1, MagneticConvention.EIGENMAPS, Eigenpairs.largest(2)).spectrum().value(1), ROUNDING);
    }

    private static void assertFinite(double[][] coordinates) {
        for (double[] row : coordinates) {
            assertTrue(Arrays.stream(row).allMatch(Double::isFinite), () -> Arrays.toString(row));
        }
    }

    /** Rare tokens that keep to each other for longer than an eigenvalue lasts: {@code sum_i pi_i psi_k(i)^2 = 1} bounds every entry. */
    @ParameterizedTest
    @CsvSource({"64, 7, 139", "64, 16, 1", "64, 16, 203", "128, 2, 219", "128, 16, 125", "128, 16, 187"})
    void eigenfunctionsOfRareTokensStayWithinTheirNorm(int n, int d, long seed) {
        try (Arena arena = Arena.ofConfined()) {
            Tokens tokens = Tokens.random(seed, n, n, d, 60);
            DiffusionMap map = DiffusionMap.of(tokens.scores(arena).diffusion(), 0, Eigenpairs.largest(n));
            double[] pi = map.stationary();
            for (int k = 0; k < n; k++) {
                double[] psi = map.eigenfunction(k);
                for (int i = 0; i < n; i++) {
                    String entry = "entry " + psi[i] + " of a token of mass " + pi[i];
                    assertTrue(Double.isFinite(psi[i]) && Math.abs(psi[i]) * Math.sqrt(pi[i]) <= 1.01, entry);
                }
            }
        }
    }
}
