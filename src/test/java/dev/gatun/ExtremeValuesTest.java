package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights are at most 1, so values of any size in float32 give results of that size: nothing overflows on the way. */
class ExtremeValuesTest {

    private static final int N = 70;
    private static final int D = 8;
    private static final int C = 5;

    /** A power of two in the values is one in the result, but for a last bit; scores reach what single precision takes. */
    @ParameterizedTest
    @ValueSource(ints = {-100, -60, -41, -39, 0, 39, 41, 60, 100, 124})
    void powersOfTwoPassThrough(int exponent) {
        float unit = Math.scalb(1f, exponent);
        for (double spread : new double[] {1, 2.5, 30}) {
            assertScaled(spread, unit, scores -> scores.attention());
            assertScaled(spread, unit, scores -> scores.attentionColumn());
            assertScaled(spread, unit, scores -> scores.diffusion(0.5));
        }
    }

    private static void assertScaled(double spread, float unit, Function<Scores, Operator> regime) {
        float[] plain = product(spread, 1, regime);
        float[] scaled = product(spread, unit, regime);
        for (int i = 0; i < plain.length; i++) {
            plain[i] *= unit;
            assertTrue(Float.isFinite(scaled[i]), "entry " + i + " is " + scaled[i]);
        }
        assertArrayEquals(plain, scaled, Math.ulp(4 * unit));
    }

    private static float[] product(double spread, float unit, Function<Scores, Operator> regime) {
        Random random = new Random(1);
        try (Arena arena = Arena.ofConfined()) {
            Scores scores = Scores.of(normal(arena, random, spread, D), normal(arena, random, spread, D));
            Matrix out = Matrix.allocate(arena, N, C);
            regime.apply(scores).apply(normal(arena, random, unit, C), out);
            return out.toArray();
        }
    }

    /** Normal entries of at most 4 units. */
    private static Matrix normal(Arena arena, Random random, double unit, int columns) {
        float[] entries = new float[N * columns];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = (float) (unit * Math.clamp(random.nextGaussian(), -4, 4));
        }
        return Matrix.copyOf(arena, entries, N, columns);
    }
}
