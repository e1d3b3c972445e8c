package dev.gatun.spectral;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Conjugate;
import dev.gatun.Divergence;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.Sinkhorn;
import dev.gatun.SinkhornResult;
import dev.gatun.model.MiniLm;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The eight largest eigenpairs of all 72 heads of a trained transformer, against a dense solver in float64. Prints the
 * largest deviations, one line per length of text.
 */
class RealHeadsSpectrumTest {

    private static final int COUNT = 8;
    private static final double TAU = 1 / Math.sqrt(MiniLm.DIMENSION);
    private static final double CHARGE = 0.5;

    private static final Map<String, Double> BOUNDS = Map.of("value", 2e-5, "residual", 1e-5, "subspace", 1e-4);

    private final Map<String, Double> largest = new TreeMap<>();

    @ParameterizedTest
    @ValueSource(ints = {64})
    void agreeWithADenseSolver(int tokens) {
        compare(tokens, 1);
    }

    /** Of each layer, every {@code stride}-th head. */
    private void compare(int tokens, int stride) {
        MiniLm.Heads model = MiniLm.shared().run(tokens);
        for (int layer = 0; layer < model.layers(); layer++) {
            for (int head = layer % stride; head < model.heads(); head += stride) {
                compare(model.queries(layer, head), model.keys(layer, head), tokens);
            }
        }
        largest.forEach((what, error) -> System.out.printf(Locale.ROOT, "%4d tokens %-32s %.2g%n", tokens, what, error));
        assertAll(largest.entrySet().stream().map(found -> () -> assertTrue(
                found.getValue() <= BOUNDS.get(found.getKey().substring(found.getKey().lastIndexOf(' ') + 1)),
                "%s is off by %s".formatted(found.getKey(), found.getValue()))));
    }

    @Tag("thorough")
    @Test
    void agreeWithADenseSolverOnALongText() {
        compare(128, MiniLm.LONG_TEXT_STRIDE);
    }

    private void compare(float[] q, float[] k, int n) {
        double[][] s = ReferenceScores.scores(ReferenceMatrix.of(q, n, MiniLm.DIMENSION),
                ReferenceMatrix.of(k, n, MiniLm.DIMENSION), TAU);
        double[][] logW = ReferenceScores.logKernel(ReferenceScores.symmetric(s), 1);
        double[][] normalised = ReferenceDiffusion.logNormalised(logW, 1);
        double[][] w = ReferenceScores.antisymmetric(s);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(Matrix.copyOf(arena, q, n, MiniLm.DIMENSION), Matrix.copyOf(arena, k, n, MiniLm.DIMENSION));
            compare("diffusion", scores.diffusion().conjugate(0), DenseSpectrum.of(symmetric(logW)));
            compare("diffusion, alpha 1", scores.diffusion(1).conjugate(0), DenseSpectrum.of(symmetric(normalised)));
            compare("magnetic", scores.magnetic(CHARGE).conjugate(0),
                    DenseSpectrum.of(ReferenceMagnetic.conjugate(logW, w, CHARGE)));
            SinkhornResult plan = scores.sinkhorn(Divergence.SYMMETRIC, Sinkhorn.tolerance(1e-5)).requireConverged();
            double[][] bistochastic = ReferenceMatrix.shift(logW, potential(plan), potential(plan));
            compare("bistochastic-diffusion", plan.operator().conjugate(0), DenseSpectrum.of(symmetric(bistochastic)));
        }
    }

    private static double[] potential(SinkhornResult plan) {
        double[] u = plan.heads().getFirst().u();
        double[] v = plan.heads().getFirst().v();
        double[] mean = new double[u.length];
        Arrays.setAll(mean, i -> (u[i] + v[i]) / 2);
        return mean;
    }

    private static double[][] symmetric(double[][] logW) {
        return ReferenceMagnetic.conjugate(logW, new double[logW.length][logW.length], 0).real();
    }

    private void compare(String name, Conjugate conjugate, DenseSpectrum truth) {
        Spectrum spectrum = Spectrum.of(conjugate, Eigenpairs.largest(COUNT));
        assertTrue(spectrum.converged(), () -> name + " has not converged");
        assertEquals(COUNT, spectrum.count());
        for (int k = 0; k < COUNT; k++) {
            note(name + " value", Math.abs(spectrum.value(k) - truth.value(k)));
            note(name + " residual", truth.residual(spectrum.vector(k), spectrum.value(k)));
        }
        for (Spectrum.Group group : spectrum.groups()) {
            for (int k = group.first(); k < group.end() && group.complete(); k++) {
                note(name + " subspace", truth.distance(spectrum.vector(k), group.first(), group.end()));
            }
        }
    }

    private void note(String what, double error) {
        largest.merge(what, error, Math::max);
    }
}
