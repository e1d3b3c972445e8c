package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.attention.DecodePlan;
import dev.gatun.reference.ReferenceDiffusion;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceScores;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The units of queries and keys do not matter where the scores stay the same: queries times a power of two, keys times another,
 * and a scale that makes up for both, whatever of the three float32 alone could not hold with the others.
 */
class UnitsOfScoresTest {

    private static final int N = 70;
    private static final int D = 20;
    private static final int C = 3;
    private static final double SCALE = 0.3;

    /** Oracle in float64, of the same entries: powers of two change none of their bits. Mild scores, and harsh ones in double. */
    @ParameterizedTest
    @CsvSource({"0, 0", "116, 33", "33, 116", "120, -120", "-120, 120", "11, -11", "60, -60", "-110, 30", "-115, -115",
            "120, 118", "40, 100", "-60, -60", "122, -10"})
    void onlyTheScoresMatter(int ofQueries, int ofKeys) {
        for (double spread : new double[] {0.5, 1.3, 6}) {
            Random random = new Random(5);
            float[] q = normal(random, spread, D);
            float[] k = normal(random, spread, D);
            float[] v = normal(random, 1, C);
            double[][] s = ReferenceScores.scores(ReferenceMatrix.of(q, N, D), ReferenceMatrix.of(k, N, D), SCALE);
            try (Arena arena = Arena.ofConfined()) {
                Heads queries = heads(arena, times(q, ofQueries), D);
                Heads keys = heads(arena, times(k, ofKeys), D);
                Heads values = heads(arena, v, C);
                double scale = Math.scalb(SCALE, -ofQueries - ofKeys);
                Scores scores = Scores.of(queries, keys).withScale(scale);
                assertNear(ReferenceSoftmax.rowSoftmax(s), v, apply(scores, values, Scores::attention, arena));
                assertNear(ReferenceSoftmax.columnSoftmax(negated(ReferenceScores.forward(s))), v,
                        apply(scores, values, Scores::attentionColumn, arena));
                assertNear(ReferenceSoftmax.rowSoftmax(negated(ReferenceScores.backward(s))), v,
                        apply(scores, values, Scores::backward, arena));
                assertNear(ReferenceDiffusion.transition(negated(ReferenceScores.symmetric(s)), 0), v,
                        apply(scores, values, Scores::diffusion, arena));
                assertNear(ReferenceSoftmax.rowSoftmax(ReferenceScores.circulation(s, 0.3)), v,
                        apply(scores, values, of -> of.circulation(0.3), arena));
                plans(queries, keys, values, scale, s, v, arena);
            }
        }
    }

    private static void plans(Heads queries, Heads keys, Heads values, double scale, double[][] s, float[] v, Arena arena) {
        AttentionShape shape = new AttentionShape(1, 1, 1, N, N, D, C);
        AttentionOptions options = AttentionOptions.defaults().withScale(scale);
        Heads out = Heads.allocate(arena, 1, N, C);
        AttentionPlan.of(shape, options).run(queries, keys, values, out);
        assertNear(ReferenceSoftmax.rowSoftmax(s), v, out);
        DecodePlan.of(shape, options).run(queries, keys, values, N, out);
        assertNear(ReferenceSoftmax.rowSoftmax(s), v, out);
        double[][] capped = ReferenceMatrix.copy(s);
        for (double[] row : capped) {
            for (int j = 0; j < N; j++) {
                row[j] = 2 * Math.tanh(row[j] / 2);
            }
        }
        AttentionPlan.of(shape, options.withSoftCap(2)).run(queries, keys, values, out);
        assertNear(ReferenceSoftmax.rowSoftmax(capped), v, out);
    }

    private static Heads apply(Scores scores, Heads values, Function<Scores, Operator> regime, Arena arena) {
        Heads out = Heads.allocate(arena, 1, N, C);
        regime.apply(scores).apply(values, out);
        return out;
    }

    private static double[][] negated(double[][] divergence) {
        return ReferenceMatrix.scale(-1, divergence);
    }

    private static void assertNear(double[][] operator, float[] v, Heads out) {
        double[][] expected = ReferenceMatrix.multiply(operator, ReferenceMatrix.of(v, N, C));
        for (int i = 0; i < N; i++) {
            for (int c = 0; c < C; c++) {
                assertEquals(expected[i][c], out.matrix(0).get(i, c), 1e-5, "row " + i);
            }
        }
    }

    private static float[] times(float[] entries, int exponent) {
        float[] scaled = new float[entries.length];
        for (int at = 0; at < entries.length; at++) {
            scaled[at] = Math.scalb(entries[at], exponent);
        }
        return scaled;
    }

    private static Heads heads(Arena arena, float[] entries, int columns) {
        Heads heads = Heads.allocate(arena, 1, N, columns);
        heads.matrix(0).set(entries);
        return heads;
    }

    /** Normal entries, none below a thousandth of the spread: none is subnormal in any of the units. */
    private static float[] normal(Random random, double spread, int columns) {
        float[] entries = new float[N * columns];
        for (int at = 0; at < entries.length; at++) {
            double entry = random.nextGaussian();
            entries[at] = (float) (spread * Math.copySign(Math.clamp(Math.abs(entry), 1e-3, 4), entry));
        }
        return entries;
    }
}
