package dev.gatun.hopfield;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Scores;
import dev.gatun.property.Tokens;
import dev.gatun.reference.ReferenceHopfield;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention with a changed circulation, blended or not, against its definition in float64. */
class CirculationTest {

    private static final int COLUMNS = 5;

    /** The largest error of {@code H_1} and {@code H_c} for values of some units. */
    private static final double RETRIEVED = 5e-6;

    private static double[][] values(int n) {
        return ReferenceMatrix.of(Tokens.normal(new Random(n), n * COLUMNS, 1), n, COLUMNS);
    }

    private static double[][] truth(Tokens tokens, double c, double b, boolean causal) {
        double[][] s = tokens.scores64();
        double[][] attended = retrieved(s, 1, causal);
        double[][] turned = retrieved(s, c, causal);
        return b == 1 ? turned : ReferenceHopfield.blend(attended, turned, b);
    }

    private static double[][] retrieved(double[][] s, double c, boolean causal) {
        double[][] logits = ReferenceScores.circulation(s, c);
        return ReferenceMatrix.multiply(ReferenceSoftmax.rowSoftmax(causal ? ReferenceScores.causal(logits) : logits),
                values(s.length));
    }

    /** A blend multiplies errors by {@code |b| + |1 - b|}, a factor by 4, and that has the error of two lengths. */
    private static double bound(double b) {
        return RETRIEVED * (1 + 8 * (Math.abs(b) + Math.abs(1 - b)));
    }

    private static double[][] applied(Circulation circulation, int n, Arena arena) {
        Matrix out = Matrix.allocate(arena, n, COLUMNS);
        circulation.apply(Matrix.copyOf(arena, ReferenceMatrix.toFloats(values(n)), n, COLUMNS), out);
        return ReferenceMatrix.of(out.toArray(), n, COLUMNS);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0.5, 0.5", "2, 3, -1, 2", "31, 7, 0, 0.3", "64, 32, 0.3, -0.7", "65, 5, 2.5, 1", "129, 16, -3, 0.5",
        "200, 64, 0.7, 1.5", "90, 8, 0, 0", "90, 8, 1, 0.4", "40, 4, 0.5, 60"})
    void blendsAgreeWithTheirDefinition(int n, int d, double c, double b) {
        Tokens tokens = Tokens.random(n + d, n, n, d, 1.5);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = tokens.scores(arena);
            for (boolean causal : new boolean[] {false, true}) {
                Circulation circulation = Circulation.of(causal ? scores.withCausalMask() : scores, c).withBlend(b);
                double error = ReferenceMatrix.maxAbsDifference(truth(tokens, c, b, causal), applied(circulation, n, arena));
                assertTrue(error <= bound(b), "is off by " + error);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"31, 7, 0, 0.3", "64, 32, 0.3, 1", "129, 16, -3, 0.5"})
    void adaptiveCirculationsFollowEta(int n, int d, double c, double b) {
        Tokens tokens = Tokens.random(n + d, n, n, d, 1);
        float[] k = tokens.k().clone();
        for (int i = 0; i < k.length; i++) {
            k[i] += 0.6f * tokens.q()[i];
        }
        Tokens mixed = new Tokens(n, n, d, tokens.q(), k);
        double eta = ReferenceHopfield.eta(mixed.scores64());
        assertTrue(eta > 0.1 && eta < 0.9, "eta is " + eta);
        try (Arena arena = Arena.ofConfined()) {
            Circulation plain = Circulation.of(mixed.scores(arena), c).withBlend(b);
            assertNear(truth(mixed, 1 + (c - 1) * eta, b, false), applied(plain.adaptive(Adaptation.DEVIATION), n, arena), b);
            assertNear(truth(mixed, c * eta, b, false), applied(plain.adaptive(Adaptation.SCALE), n, arena), b);
            assertNear(truth(mixed, c, b * (1 - eta), false), applied(plain.withAdaptiveBlend(), n, arena), b);
            assertNear(truth(mixed, c * eta, b * (1 - eta), false),
                    applied(plain.withAdaptiveBlend().adaptive(Adaptation.SCALE), n, arena), b);
            Matrix matrix = Matrix.allocate(arena, n, n);
            plain.adaptive(Adaptation.SCALE).withAdaptiveBlend().operator().matrix(matrix);
            assertNear(ReferenceSoftmax.rowSoftmax(ReferenceScores.circulation(mixed.scores64(), c * eta)),
                    ReferenceMatrix.of(matrix.toArray(), n, n), 1);
        }
    }

    private static void assertNear(double[][] truth, double[][] found, double b) {
        double error = ReferenceMatrix.maxAbsDifference(truth, found);
        assertTrue(error <= bound(b), "is off by " + error);
    }

    /** Eta is each head's own: one head is symmetric, another skew. */
    @Test
    void everyHeadHasACirculationOfItsOwn() {
        Tokens tokens = Tokens.random(3, 50, 50, 8, 1);
        float[] q = new float[3 * 400];
        float[] k = new float[3 * 400];
        for (int head = 0; head < 3; head++) {
            System.arraycopy(tokens.q(), 0, q, 400 * head, 400);
        }
        System.arraycopy(tokens.q(), 0, k, 0, 400);
        System.arraycopy(tokens.k(), 0, k, 400, 400);
        for (int i = 0; i < 400; i += 2) {
            k[800 + i] = -tokens.q()[i + 1];
            k[800 + i + 1] = tokens.q()[i];
        }
        try (Arena arena = Arena.ofConfined()) {
            Heads queries = Heads.of(Matrix.copyOf(arena, q, 1, 1200).segment(), 0, 3, 50, 8);
            Heads keys = Heads.of(Matrix.copyOf(arena, k, 1, 1200).segment(), 0, 3, 50, 8);
            Heads v = Heads.of(Matrix.copyOf(arena, Tokens.normal(new Random(5), 450, 1), 1, 450).segment(), 0, 3, 50, 3);
            Heads out = Heads.allocate(arena, 3, 50, 3);
            Scores scores = Scores.of(queries, keys);
            double[] eta = Hopfield.of(queries, keys).eta();
            assertEquals(1, eta[0], 1e-15);
            assertEquals(-1, eta[2], 1e-15);
            Circulation.of(scores, 0.25).withBlend(0.5).adaptive(Adaptation.SCALE).apply(v, out);
            for (int head = 0; head < 3; head++) {
                Matrix alone = Matrix.allocate(arena, 50, 3);
                Circulation.of(Scores.of(queries.matrix(head), keys.matrix(head)), 0.25 * eta[head]).withBlend(0.5)
                        .apply(v.matrix(head), alone);
                assertArrayEquals(alone.toArray(), out.matrix(head).toArray());
            }
            scores.circulation(new double[] {0.5, 1, -2}).apply(v, out);
            for (int head = 0; head < 3; head++) {
                Matrix alone = Matrix.allocate(arena, 50, 3);
                Scores.of(queries.matrix(head), keys.matrix(head)).circulation(List.of(0.5, 1.0, -2.0).get(head))
                        .apply(v.matrix(head), alone);
                assertArrayEquals(alone.toArray(), out.matrix(head).toArray());
            }
        }
    }

    /** Zero values have zero results, and a row whose blend is zero stays zero. */
    @Test
    void rowsOfZerosStayZeros() {
        Tokens tokens = Tokens.random(8, 20, 20, 4, 1);
        try (Arena arena = Arena.ofConfined()) {
            Circulation blended = Circulation.of(tokens.scores(arena), 0).withBlend(0.5);
            Matrix out = Matrix.allocate(arena, 20, 2);
            blended.apply(Matrix.allocate(arena, 20, 2), out);
            assertArrayEquals(new float[40], out.toArray());
            // The first token sees nothing: its row is zero in both.
            Matrix v = Matrix.copyOf(arena, Tokens.normal(new Random(2), 40, 1), 20, 2);
            Circulation.of(tokens.scores(arena).withCausalMask().withZeroDiagonal(), 0).withBlend(0.5).apply(v, out);
            assertEquals(0, out.get(0, 0));
            assertTrue(out.get(1, 0) != 0);
        }
    }

    /** Entries that float32 cannot hold count as 0, and nothing else becomes infinite or NaN. */
    @Test
    void entriesThatOverflowAreZero() {
        Tokens tokens = Tokens.random(9, 30, 30, 4, 1);
        float[] values = Tokens.normal(new Random(3), 60, 1);
        for (int i = 0; i < 60; i += 2) {
            values[i] *= 5e37f;
        }
        try (Arena arena = Arena.ofConfined()) {
            Matrix v = Matrix.copyOf(arena, values, 30, 2);
            Matrix out = Matrix.allocate(arena, 30, 2);
            int zeros = 0;
            for (double b : new double[] {-1e3, 0.5, 50, 1e300, Double.MAX_VALUE}) {
                Circulation.of(tokens.scores(arena), -1).withBlend(b).apply(v, out);
                Heads.of(out).requireFinite("out");
                for (int i = 0; i < 30; i++) {
                    zeros += out.get(i, 0) == 0 ? 1 : 0;
                }
            }
            assertTrue(zeros >= 60, zeros + " zeros");
        }
    }
}
