package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMagnetic;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Alphas, charges and temperatures far from 1, against their definitions in float64. */
class WideParametersTest {

    private static final double BOUND = 1e-5;

    /** The logarithm of a row sum of floats is good to 2e-7, and alpha is its factor, once for the row and once for the column. */
    private static final double OF_ALPHA = 4e-7;

    private final Arena arena = Arena.ofAuto();

    /** What tokens see of each other. */
    enum Visibility {
        ALL, ONE_APART, TWO_APART, CAUSAL, CAUSAL_APART, HOLLOW_APART;

        Scores scores(Scores all, int n) {
            return switch (this) {
                case ALL -> all;
                case ONE_APART -> all.withSequences(1, n - 1);
                case TWO_APART -> all.withSequences(2, n - 2);
                case CAUSAL -> all.withCausalMask();
                case CAUSAL_APART -> all.withSequences(1, n - 1).withCausalMask();
                case HOLLOW_APART -> all.withSequences(2, n - 2).withZeroDiagonal();
            };
        }

        boolean visible(int i, int j, int n) {
            int cut = this == ONE_APART || this == CAUSAL_APART ? 1 : this == TWO_APART || this == HOLLOW_APART ? 2 : 0;
            boolean ahead = this == CAUSAL || this == CAUSAL_APART;
            return i < cut == j < cut && (!ahead || j <= i) && (this != HOLLOW_APART || i != j);
        }

        double[][] masked(double[][] z) {
            double[][] masked = ReferenceMatrix.copy(z);
            for (int i = 0; i < z.length; i++) {
                for (int j = 0; j < z.length; j++) {
                    masked[i][j] = visible(i, j, z.length) ? z[i][j] : Double.NEGATIVE_INFINITY;
                }
            }
            return masked;
        }
    }

    @ParameterizedTest
    @CsvSource({"0.001, 30", "0.001, -30", "0.3, -30", "1, 30", "0.3, 100", "0.001, 1000"})
    void diffusionOfTokensThatSeeOtherNumbersOfTokens(double spread, double alpha) {
        int n = 130;
        Tokens tokens = Tokens.random(3, n, n, 4, spread);
        double[][] z = ReferenceScores.logKernel(ReferenceScores.symmetric(tokens.scores64()), 1);
        double bound = BOUND + Math.abs(alpha) * OF_ALPHA;
        Matrix v = Matrix.copyOf(arena, Tokens.random(4, n, n, 2, 1).q(), n, 2);
        for (Visibility sight : Visibility.values()) {
            Scores scores = sight.scores(tokens.scores(arena), n);
            double[][] truth = ReferenceDiffusion.transition(sight.masked(z), alpha);
            String what = sight + ", alpha " + alpha;
            near(truth, matrix(scores.diffusion(alpha), n), bound, what);
            Matrix out = Matrix.allocate(arena, n, 2);
            scores.diffusion(alpha).apply(v, out);
            near(ReferenceMatrix.multiply(truth, entries(v)), out, 4 * bound, what + ", applied");
            magnetic(scores.magnetic(0.3, alpha), sight.masked(ReferenceDiffusion.logNormalised(z, 0)), tokens, 0.3, alpha, bound, what);
        }
    }

    private void magnetic(MagneticOperator operator, double[][] logW, Tokens tokens, double charge, double alpha, double bound,
                          String what) {
        int n = tokens.rows();
        double[][] w = ReferenceScores.antisymmetric(tokens.scores64());
        ReferenceMagnetic.Complex truth = ReferenceMagnetic.transition(ReferenceDiffusion.logNormalised(logW, alpha), w, charge);
        Matrix out = Matrix.allocate(arena, n, 2 * n);
        operator.matrix(out);
        double[][] interleaved = new double[n][2 * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                interleaved[i][2 * j] = truth.real()[i][j];
                interleaved[i][2 * j + 1] = truth.imaginary()[i][j];
            }
        }
        near(interleaved, out, bound, what + ", magnetic");
        assertTrue(operator.sums(0).rowDeviation() < 4 * bound, what);
    }

    /** Moduli that are all alike, and phases that do not depend on beta. */
    @ParameterizedTest
    @ValueSource(doubles = {Double.MIN_VALUE, 1e-300, 1e-250, 1e-100, 1e-45, 1e-30, 1e-12, 1e-3})
    void magneticAtSmallBeta(double beta) {
        int n = 70;
        Tokens tokens = Tokens.random(5, n, n, 4, 1);
        double[][] z = ReferenceScores.logKernel(ReferenceScores.symmetric(tokens.scores64()), beta);
        for (double alpha : new double[] {0, 1}) {
            magnetic(tokens.scores(arena).withBeta(beta).magnetic(0.25, alpha), z, tokens, 0.25, alpha, BOUND, "beta " + beta);
        }
        Matrix v = Matrix.copyOf(arena, Tokens.random(4, n, n, 3, 1).q(), n, 3);
        Matrix out = Matrix.allocate(arena, n, 6);
        tokens.scores(arena).withBeta(beta).magnetic(0.25).apply(v, out);
        ReferenceMagnetic.Complex truth = ReferenceMagnetic.transition(z, ReferenceScores.antisymmetric(tokens.scores64()), 0.25);
        double[][] real = ReferenceMatrix.multiply(truth.real(), entries(v));
        for (int i = 0; i < n; i++) {
            assertEquals(real[i][1], out.get(i, 2), BOUND);
        }
    }

    /** A small scale makes phases small, not lost, where beta makes up for it. */
    @Test
    void magneticAtASmallScale() {
        int n = 20;
        Tokens tokens = Tokens.random(6, n, n, 4, 1);
        double[][] z = ReferenceScores.logKernel(ReferenceScores.symmetric(tokens.scores64()), 1);
        Scores scores = tokens.scores(arena).withScale(0.5e-200).withBeta(1e200);
        magnetic(scores.magnetic(0.25e200), z, tokens, 0.25, 0, BOUND, "scale 0.5e-200");
    }

    @Test
    void whatCannotBeToldApartIsRefusedAtTheDoor() {
        Scores scores = Tokens.random(6, 9, 9, 4, 1).scores(arena);
        for (double alpha : new double[] {1e12, -1e300}) {
            says("alpha of " + alpha + " is too large for 9 tokens", () -> scores.diffusion(alpha));
            says("alpha of " + alpha + " is too large for 9 tokens", () -> scores.magnetic(0.25, alpha));
        }
        says("charge / beta must be finite, not Infinity", () -> scores.withBeta(1e-10).magnetic(1e300));
        Scores nothing = Scores.of(Matrix.allocate(arena, 9, 4), Matrix.allocate(arena, 9, 4));
        Matrix out = Matrix.allocate(arena, 9, 18);
        nothing.magnetic(1e300).matrix(out);
        for (float entry : out.toArray()) {
            assertTrue(entry == 0 || Math.abs(entry - 1 / 9f) < 1e-7, "holds " + entry);
        }
    }

    private static void says(String part, org.junit.jupiter.api.function.Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }

    private Matrix matrix(Operator operator, int n) {
        Matrix out = Matrix.allocate(arena, n, n);
        operator.matrix(out);
        return out;
    }

    private static double[][] entries(Matrix matrix) {
        return ReferenceMatrix.of(matrix.toArray(), matrix.rows(), matrix.columns());
    }

    private static void near(double[][] truth, Matrix found, double bound, String what) {
        double[][] entries = entries(found);
        assertTrue(Arrays.stream(entries).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite), what);
        assertEquals(0, ReferenceMatrix.maxAbsDifference(truth, entries), bound, what);
    }
}
