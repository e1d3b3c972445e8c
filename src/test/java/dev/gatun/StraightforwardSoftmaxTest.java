package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.attention.AttentionOptions;
import dev.gatun.attention.AttentionPlan;
import dev.gatun.attention.AttentionShape;
import dev.gatun.model.MiniLm;
import dev.gatun.reference.ReferenceMatrix;
import dev.gatun.reference.ReferenceSoftmax;
import java.lang.foreign.Arena;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Attention errs no more than the same sums written down in float32 with no cleverness: inner products, a scale, the
 * largest taken off, exponentials, their sum, and the weighted mean of the values, each rounded as it comes.
 *
 * <p>Errors are against float64, the largest of a head; compared are their mean and their largest over many heads, for one
 * head alone may be lucky on either side.
 */
class StraightforwardSoftmaxTest {

    private final Errors ours = new Errors();
    private final Errors straightforward = new Errors();

    /** The errors of one way to compute. */
    private static final class Errors {
        private double sum;
        private double largest;
        private int heads;

        void add(double error) {
            sum += error;
            largest = Math.max(largest, error);
            heads++;
        }

        double mean() {
            return sum / heads;
        }
    }

    @ParameterizedTest
    @CsvSource({"128, 32, 1", "200, 64, 1", "100, 128, 1", "150, 80, 2", "96, 32, 4", "70, 64, 30"})
    void onRandomHeads(int tokens, int d, double spread) {
        Random random = new Random(tokens + d);
        for (int head = 0; head < 24; head++) {
            add(normal(random, tokens * d, spread), normal(random, tokens * d, spread),
                    normal(random, tokens * d, 1), tokens, d);
        }
        compare("random, %d tokens, d %d, spread %.0f".formatted(tokens, d, spread));
    }

    /** On all texts together: for short ones alone the means are within a tenth of each other, on either side. */
    @Test
    void onRealHeads() {
        for (int tokens : new int[] {16, 64, 128}) {
            addRealHeads(tokens);
        }
        compare("MiniLM");
    }

    private void addRealHeads(int tokens) {
        MiniLm.Heads model = MiniLm.shared().run(tokens);
        for (int layer = 0; layer < model.layers(); layer++) {
            for (int head = 0; head < model.heads(); head++) {
                add(model.queries(layer, head), model.keys(layer, head), model.values(layer, head), tokens,
                        MiniLm.DIMENSION);
            }
        }
    }

    private void add(float[] q, float[] k, float[] v, int tokens, int d) {
        double[][] truth = ReferenceMatrix.multiply(ReferenceSoftmax.attention(ReferenceMatrix.of(q, tokens, d),
                ReferenceMatrix.of(k, tokens, d), 1 / Math.sqrt(d), 1, false), ReferenceMatrix.of(v, tokens, d));
        ours.add(error(truth, library(q, k, v, tokens, d), tokens, d));
        straightforward.add(error(truth, straightforward(q, k, v, tokens, d), tokens, d));
    }

    private static double error(double[][] truth, float[] out, int tokens, int d) {
        return ReferenceMatrix.maxAbsDifference(truth, ReferenceMatrix.of(out, tokens, d));
    }

    private void compare(String what) {
        System.out.printf(Locale.ROOT, "%-32s mean %.2g against %.2g, largest %.2g against %.2g%n", what, ours.mean(),
                straightforward.mean(), ours.largest, straightforward.largest);
        assertTrue(ours.mean() <= straightforward.mean(), what + ": the mean error is larger");
        assertTrue(ours.largest <= straightforward.largest, what + ": the largest error is larger");
    }

    private static float[] library(float[] q, float[] k, float[] v, int tokens, int d) {
        try (Arena arena = Arena.ofConfined()) {
            Matrix out = Matrix.allocate(arena, tokens, d);
            AttentionPlan.of(AttentionShape.of(1, tokens, d), AttentionOptions.defaults()).run(
                    Heads.of(Matrix.copyOf(arena, q, tokens, d)), Heads.of(Matrix.copyOf(arena, k, tokens, d)),
                    Heads.of(Matrix.copyOf(arena, v, tokens, d)), Heads.of(out));
            return out.toArray();
        }
    }

    private static float[] straightforward(float[] q, float[] k, float[] v, int tokens, int d) {
        float scale = (float) (1 / Math.sqrt(d));
        float[] out = new float[tokens * d];
        float[] weights = new float[tokens];
        for (int i = 0; i < tokens; i++) {
            float greatest = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < tokens; j++) {
                float product = 0;
                for (int c = 0; c < d; c++) {
                    product += q[i * d + c] * k[j * d + c];
                }
                weights[j] = product * scale;
                greatest = Math.max(greatest, weights[j]);
            }
            float sum = 0;
            for (int j = 0; j < tokens; j++) {
                weights[j] = (float) Math.exp(weights[j] - greatest);
                sum += weights[j];
            }
            for (int j = 0; j < tokens; j++) {
                for (int c = 0; c < d; c++) {
                    out[i * d + c] += weights[j] / sum * v[j * d + c];
                }
            }
        }
        return out;
    }

    private static float[] normal(Random random, int count, double spread) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) (spread * random.nextGaussian());
        }
        return entries;
    }
}
