package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spectra that are known in closed form. */
@Tag("any-width")
class AnalyticTruthTest {

    /**
     * The kernel of points on a circle, {@code exp(kappa cos(theta - theta'))} but for a factor, has the eigenvalues
     * {@code I_m(kappa) / I_0(kappa)}, twice each from m = 1 on.
     */
    @ParameterizedTest
    @ValueSource(ints = {64, 200, 1500})
    void pointsOnACircle(int n) {
        double kappa = 10;
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = points(arena, n, 2, i -> Math.cos(2 * Math.PI * i / n), i -> Math.sin(2 * Math.PI * i / n));
            Scores scores = Scores.of(points, points).withScale(1).withBeta(kappa / 2);
            Spectrum diffusion = DiffusionMap.of(scores.diffusion(), 0, Eigenpairs.largest(9)).spectrum();
            Spectrum bistochastic = DiffusionMap.of(scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-6))
                    .requireConverged().operator(), 0, Eigenpairs.largest(9)).spectrum();
            for (int k = 0; k < 9; k++) {
                double truth = bessel((k + 1) / 2, kappa) / bessel(0, kappa);
                assertEquals(truth, diffusion.value(k), 1e-5);
                assertEquals(truth, bistochastic.value(k), 1e-5);
            }
            assertEquals(java.util.List.of(1, 2, 2, 2, 2),
                    diffusion.groups().stream().map(Spectrum.Group::dimension).toList());
            assertTrue(diffusion.groups().getLast().complete());
            Spectrum cut = DiffusionMap.of(scores.diffusion(), 0, Eigenpairs.largest(8)).spectrum();
            assertEquals(new Spectrum.Group(7, 8, false), cut.groups().getLast());
        }
    }

    /**
     * Noise in directions of their own moves points apart by {@code e_i^2 + e_j^2}: the bistochastic map without self entries
     * does not see it (Landa, Coifman and Kluger 2021), the diffusion map does.
     */
    @Test
    void noiseDoesNotReachTheZeroDiagonalMap() {
        int n = 80;
        Random random = new Random(3);
        float[] clean = new float[n * (n + 2)];
        for (int i = 0; i < n; i++) {
            clean[i * (n + 2)] = (float) Math.cos(2 * Math.PI * i / n);
            clean[i * (n + 2) + 1] = (float) Math.sin(2 * Math.PI * i / n);
        }
        float[] noisy = clean.clone();
        for (int i = 0; i < n; i++) {
            noisy[i * (n + 2) + 2 + i] = (float) (1.5 * random.nextDouble());
        }
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = Matrix.copyOf(arena, clean, n, n + 2);
            Matrix moved = Matrix.copyOf(arena, noisy, n, n + 2);
            double[] truth = zeroDiagonal(points);
            assertArrayEquals(truth, zeroDiagonal(moved), 1e-5);
            double[] plain = DiffusionMap.of(scores(moved).diffusion(), 0, Eigenpairs.largest(5)).spectrum().values();
            double[] plainTruth = DiffusionMap.of(scores(points).diffusion(), 0, Eigenpairs.largest(5)).spectrum().values();
            assertTrue(plainTruth[1] - plain[1] < -0.01);
        }
    }

    private static Scores scores(Matrix points) {
        return Scores.of(points, points).withScale(1).withBeta(5);
    }

    private static double[] zeroDiagonal(Matrix points) {
        return DiffusionMap.of(scores(points).withZeroDiagonal().sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-6))
                .requireConverged().operator(), 0, Eigenpairs.largest(5)).spectrum().values();
    }

    /**
     * The corners of a cube in m dimensions have the eigenvalues {@code tanh(2 beta)^k}, sides of 2 being {@code exp(-4 beta)}
     * apart: the second comes m times.
     */
    @Test
    void theCornersOfACube() {
        int m = 9;
        int n = 1 << m;
        float[] corners = new float[n * m];
        for (int i = 0; i < n * m; i++) {
            corners[i] = (i / m >> i % m & 1) == 0 ? -1 : 1;
        }
        double beta = 0.3;
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = Matrix.copyOf(arena, corners, n, m);
            Scores scores = Scores.of(points, points).withScale(1).withBeta(beta);
            for (int count : new int[] {4, 8, 10, 12}) {
                Spectrum spectrum = DiffusionMap.of(scores.diffusion(), 0, Eigenpairs.largest(count)).spectrum();
                Spectrum magnetic = MagneticMap.of(scores.magnetic(0.7), 0, Eigenpairs.largest(count)).spectrum();
                for (int k = 0; k < count; k++) {
                    double truth = Math.pow(Math.tanh(2 * beta), k == 0 ? 0 : k <= m ? 1 : 2);
                    assertEquals(truth, spectrum.value(k), 1e-5);
                    assertEquals(truth, magnetic.value(k), 1e-5);
                }
                assertEquals(count == 10, spectrum.groups().getLast().complete());
            }
        }
    }

    /** {@code I_m(x)} by its series. */
    private static double bessel(int m, double x) {
        double term = 1;
        for (int i = 1; i <= m; i++) {
            term *= x / 2 / i;
        }
        double sum = 0;
        for (int i = 1; term > 1e-20 * sum; i++) {
            sum += term;
            term *= x * x / 4 / i / (i + m);
        }
        return sum;
    }

    /** A directed cycle has the eigenvalues {@code cos(2 pi k / n + 2 pi g)} in either convention. */
    @ParameterizedTest
    @EnumSource
    void directedCycles(MagneticConvention convention) {
        for (int n : new int[] {3, 5, 8, 64, 300}) {
            for (double charge : n == 300 ? new double[] {1.0 / 3} : new double[] {0, 0.1, 0.25, 1.0 / 3}) {
                DirectedGraph cycle = DirectedGraph.ofEdges(n, range(n, i -> i), range(n, i -> (i + 1) % n), null);
                int count = Math.min(n, 6);
                MagneticMap map = MagneticMap.of(cycle, charge, convention, Eigenpairs.largest(count).withTolerance(1e-8));
                double[] truth = new double[n];
                Arrays.setAll(truth, k -> -Math.cos(2 * Math.PI * k / n + 2 * Math.PI * charge));
                Arrays.sort(truth);
                for (int k = 0; k < count; k++) {
                    assertEquals(-truth[k], map.spectrum().value(k), 1e-6);
                }
                assertEquals(1 + truth[0], map.frustration(), 1e-6);
                assertTrue(map.spectrum().converged());
            }
        }
    }

    /** The phases of the first eigenvector go round a cycle once as the charge is a whole turn over n. */
    @ParameterizedTest
    @EnumSource
    void phasesGoRoundACycle(MagneticConvention convention) {
        int n = 12;
        DirectedGraph cycle = DirectedGraph.ofEdges(n, range(n, i -> i), range(n, i -> (i + 1) % n), null);
        MagneticMap map = MagneticMap.of(cycle, 1.0 / n, convention, Eigenpairs.largest(1));
        assertEquals(0, map.frustration(), 1e-6);
        double[] phases = map.phases(0);
        double step = (convention == MagneticConvention.EIGENMAPS ? 1 : -1) * 2 * Math.PI / n;
        for (int i = 0; i < n; i++) {
            assertEquals(0, Math.IEEEremainder(phases[(i + 1) % n] - phases[i] - step, 2 * Math.PI), 1e-5);
        }
    }

    /** On a tree all phases can be gauged away: no frustration, and the spectrum of the tree without directions. */
    @Test
    void trees() {
        Random random = new Random(7);
        for (int n : new int[] {2, 3, 17, 100, 400}) {
            int[] child = range(n - 1, i -> i + 1);
            int[] parent = range(n - 1, i -> random.nextInt(i + 1));
            boolean[] up = new boolean[n - 1];
            for (int e = 0; e < n - 1; e++) {
                up[e] = random.nextBoolean();
            }
            DirectedGraph tree = DirectedGraph.ofEdges(n, range(n - 1, e -> up[e] ? child[e] : parent[e]),
                    range(n - 1, e -> up[e] ? parent[e] : child[e]), null);
            int count = Math.min(n, 5);
            Eigenpairs options = Eigenpairs.largest(count).withTolerance(1e-8);
            Spectrum plain = MagneticMap.of(tree, 0, MagneticConvention.MAGNET, options).spectrum();
            MagneticMap charged = MagneticMap.of(tree, 0.37, MagneticConvention.MAGNET, options);
            assertArrayEquals(plain.values(), charged.spectrum().values(), 1e-6);
            assertEquals(0, charged.frustration(), 1e-6);
            assertEquals(1, plain.components());
        }
    }

    /** On the sphere eigenvalues are {@code exp(-l (l + 1) epsilon / 4)} for short lengths, 2 l + 1 times each. */
    @Test
    void harmonicsOfTheSphere() {
        int n = 3000;
        double golden = Math.PI * (3 - Math.sqrt(5));
        try (Arena arena = Arena.ofConfined()) {
            IntToDoubleFunction height = i -> 1 - (2 * i + 1.0) / n;
            Matrix points = points(arena, n, 3,
                    i -> Math.sqrt(1 - height.applyAsDouble(i) * height.applyAsDouble(i)) * Math.cos(golden * i),
                    i -> Math.sqrt(1 - height.applyAsDouble(i) * height.applyAsDouble(i)) * Math.sin(golden * i), height);
            Scores scores = Scores.of(points, points).withScale(1).withBeta(20);
            Spectrum spectrum = DiffusionMap.of(scores.diffusion(1), 0, Eigenpairs.largest(16)).spectrum();
            double unit = rate(spectrum, 1, 4) / 2;
            assertEquals(6 * unit, rate(spectrum, 4, 9), 0.05 * 6 * unit);
            assertEquals(12 * unit, rate(spectrum, 9, 16), 0.05 * 12 * unit);
            assertEquals(java.util.List.of(1, 3, 5, 7),
                    spectrum.groups().stream().map(Spectrum.Group::dimension).toList());
            assertEquals(2, Bandwidth.of(points).dimension(), 0.2);
        }
    }

    /** The mean of {@code -log lambda} over eigenvalues first .. end - 1, each within 5% of it. */
    private static double rate(Spectrum spectrum, int first, int end) {
        double mean = 0;
        for (int k = first; k < end; k++) {
            mean -= Math.log(spectrum.value(k)) / (end - first);
        }
        for (int k = first; k < end; k++) {
            assertEquals(mean, -Math.log(spectrum.value(k)), 0.05 * mean);
        }
        return mean;
    }

    /** The slowest function on a swiss roll is monotone along the strip. */
    @Test
    void theSwissRollIsUnrolled() {
        int n = 2400;
        Random random = new Random(5);
        // Evenly spread along the spiral r = t: s(t) = (t sqrt(1 + t^2) + asinh t) / 2.
        double start = 1.5 * Math.PI;
        double[] t = new double[n];
        double total = arc(4.5 * Math.PI) - arc(start);
        for (int i = 0; i < n; i++) {
            t[i] = inverseArc(arc(start) + total * random.nextDouble());
        }
        Arrays.sort(t);
        double[] width = random.doubles(n, 0, 10).toArray();
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = points(arena, n, 3, i -> t[i] * Math.cos(t[i]), i -> t[i] * Math.sin(t[i]), i -> width[i]);
            Scores scores = Scores.of(points, points).withScale(1).withBeta(1 / 4.0);
            DiffusionMap map = DiffusionMap.of(scores.diffusion(1), 0, Eigenpairs.largest(3));
            double[] psi = map.eigenfunction(1);
            double sign = Math.signum(psi[n - 1] - psi[0]);
            int bins = 24;
            double[] means = new double[bins];
            for (int i = 0; i < n; i++) {
                means[i * bins / n] += sign * psi[i] * bins / n;
            }
            for (int b = 1; b < bins; b++) {
                assertTrue(means[b] > means[b - 1], () -> "not monotone: " + Arrays.toString(means));
            }
            // cos(pi s / L) but for its ends: the correlation with the coordinate along the strip.
            double[] truth = new double[n];
            Arrays.setAll(truth, i -> -Math.cos(Math.PI * (arc(t[i]) - arc(start)) / total));
            assertTrue(sign * correlation(psi, truth) > 0.99);
        }
    }

    private static double arc(double t) {
        double root = Math.sqrt(1 + t * t);
        return (t * root + Math.log(t + root)) / 2;
    }

    private static double inverseArc(double s) {
        double t = Math.sqrt(2 * s);
        for (int step = 0; step < 50; step++) {
            t -= (arc(t) - s) / Math.sqrt(1 + t * t);
        }
        return t;
    }

    private static double correlation(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElseThrow();
        double meanB = Arrays.stream(b).average().orElseThrow();
        double product = 0;
        double squareA = 0;
        double squareB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (a[i] - meanA) * (b[i] - meanB);
            squareA += (a[i] - meanA) * (a[i] - meanA);
            squareB += (b[i] - meanB) * (b[i] - meanB);
        }
        return product / Math.sqrt(squareA * squareB);
    }

    /**
     * Normally distributed points with alpha = 1/2 diffuse as the process of Ornstein and Uhlenbeck, whose rates are 0, 1, 2, ... and whose
     * functions are the polynomials of Hermite.
     */
    @Test
    void theProcessOfOrnsteinAndUhlenbeck() {
        int n = 2000;
        double[] x = new double[n];
        Arrays.setAll(x, i -> normalQuantile((i + 0.5) / n));
        try (Arena arena = Arena.ofConfined()) {
            Matrix points = points(arena, n, 1, i -> x[i]);
            Scores scores = Scores.of(points, points).withScale(1).withBeta(1 / 0.05);
            DiffusionMap map = DiffusionMap.of(scores.diffusion(0.5), 0, Eigenpairs.largest(5));
            double unit = -Math.log(map.spectrum().value(1));
            for (int k = 2; k < 5; k++) {
                assertEquals(k * unit, -Math.log(map.spectrum().value(k)), 0.05 * k * unit);
            }
            double[] first = map.eigenfunction(1);
            double[] second = map.eigenfunction(2);
            double[] hermite = new double[n];
            Arrays.setAll(hermite, i -> x[i] * x[i] - 1);
            assertTrue(Math.abs(correlation(first, x)) > 0.99);
            assertTrue(Math.abs(correlation(second, hermite)) > 0.98);
        }
    }

    /** By bisection of the distribution function. */
    private static double normalQuantile(double p) {
        double low = -6;
        double high = 6;
        for (int step = 0; step < 60; step++) {
            double middle = (low + high) / 2;
            if (normalDistribution(middle) < p) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    private static double normalDistribution(double x) {
        double term = x;
        double sum = x;
        for (int k = 1; k < 200; k++) {
            term *= x * x / (2 * k + 1);
            sum += term;
        }
        return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    private static int[] range(int n, java.util.function.IntUnaryOperator of) {
        int[] range = new int[n];
        Arrays.setAll(range, of);
        return range;
    }

    private static Matrix points(Arena arena, int n, int d, IntToDoubleFunction... coordinates) {
        float[] entries = new float[n * d];
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < d; c++) {
                entries[i * d + c] = (float) coordinates[c].applyAsDouble(i);
            }
        }
        return Matrix.copyOf(arena, entries, n, d);
    }
}
