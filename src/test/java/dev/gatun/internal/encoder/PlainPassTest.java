package dev.gatun.internal.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.encoder.RandomEncoder;
import dev.gatun.internal.work.Crew;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What plain loops compute until the kernels are compiled has the bits of the kernels. */
class PlainPassTest {

    @ParameterizedTest
    @CsvSource({"8,false", "32,false", "24,true"})
    void statesHaveTheSameBits(int dimension, boolean bfloat16) {
        RandomEncoder encoder = RandomEncoder.of(2, 3, dimension, 70, 40, dimension);
        ForwardPass pass = new ForwardPass(EncoderWeights.of(encoder.sizes(), encoder, bfloat16), 60, HeadOperations.NONE, Crew.CALLER, false);
        int[] ids = RandomEncoder.ids(new Random(1), 60);
        int[] offsets = {0, 1, 6, 40, 60};
        pass.runPlainly(ids, offsets, 4);
        float[] plain = pass.states().clone();
        Arrays.fill(pass.states(), 0f);
        pass.runByVectors(ids, offsets, 4);
        assertArrayEquals(pass.states(), plain);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 15, 16, 17, 31, 40, 63, 64})
    void headsHaveTheSameBits(int tokens) {
        Random random = new Random(tokens);
        for (int dimension : new int[] {1, 7, 16, 32, 40, 64, 80}) {
            double weight = LogTwo.fromNatural(1 / Math.sqrt(dimension));
            float[] heads = new float[tokens * 3 * dimension];
            for (int i = 0; i < heads.length; i++) {
                heads[i] = (float) random.nextGaussian();
            }
            HeadAttention attention = new HeadAttention(64, dimension, true);
            float[] plain = new float[tokens * dimension];
            float[] out = new float[tokens * dimension];
            attention.apply(heads, 0, 3 * dimension, dimension, tokens, weight, true, plain, 0, dimension);
            attention.apply(heads, 0, 3 * dimension, dimension, tokens, weight, false, out, 0, dimension);
            assertArrayEquals(out, plain, "dimension " + dimension);
        }
    }

    /** Scores beyond 32 in units of log 2 are centred. The heads are plain at the first scales and left to the kernels at the last. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 13, 16, 33, 64})
    void largeScoresHaveTheSameBits(int tokens) {
        Random random = new Random(tokens);
        int plainHeads = 0;
        for (int dimension : new int[] {1, 7, 16, 32, 40, 64, 80}) {
            for (double scale = 1; scale < 8; scale *= 1.3) {
                double weight = scale * LogTwo.fromNatural(1 / Math.sqrt(dimension));
                float[] q = vectors(random, tokens, dimension, 1);
                float[] k = vectors(random, tokens, dimension, 2);
                float[] v = vectors(random, tokens, dimension, 0);
                float[] out = new float[tokens * dimension];
                new VectorHead(64, dimension).apply(q, k, v, tokens, weight, out);
                float[] plain = new float[tokens * dimension];
                if (new PlainHead(dimension).apply(q, k, v, tokens, weight, plain)) {
                    assertArrayEquals(out, plain, "dimension " + dimension + ", scale " + scale);
                    plainHeads += bound(q, k, tokens, dimension, weight) > 33 ? 1 : 0;
                }
            }
        }
        assertTrue(plainHeads > 8, plainHeads + " heads were centred");
    }

    private static float[] vectors(Random random, int tokens, int dimension, double mean) {
        float[] vectors = new float[tokens * dimension];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = (float) (mean + random.nextGaussian());
        }
        return vectors;
    }

    private static double bound(float[] q, float[] k, int tokens, int dimension, double weight) {
        double query = 0;
        double key = 0;
        for (int i = 0; i < tokens; i++) {
            double squareOfQuery = 0;
            double squareOfKey = 0;
            for (int c = i * dimension; c < (i + 1) * dimension; c++) {
                squareOfQuery += (double) q[c] * q[c];
                squareOfKey += (double) k[c] * k[c];
            }
            query = Math.max(query, squareOfQuery);
            key = Math.max(key, squareOfKey);
        }
        return weight * Math.sqrt(query * key);
    }

    /** Scores that are large even if centred, and values that are not finite or far from 1, are left to the kernels. */
    @Test
    void plainHeadsAreThoseOfSmallScores() {
        float[] ones = {1, 1, 1, 1};
        PlainHead head = new PlainHead(2);
        assertTrue(head.apply(ones, ones, ones, 2, 1, new float[4]));
        float[] out = {9, 9, 9, 9};
        for (float[] refused : new float[][] {{8, 0, 8, 0}, {Float.NaN, 1, 1, 1}, {1, 1, Float.POSITIVE_INFINITY, 1}}) {
            assertFalse(head.apply(refused, refused, ones, 2, 1, out));
        }
        for (float[] refused : new float[][] {{0, 0, 0, 0}, {1e20f, 1, 1, 1}, {Float.NaN, 1, 1, 1}, {1e-20f, 0, 0, 0}}) {
            assertFalse(head.apply(ones, ones, refused, 2, 1, out));
        }
        assertFalse(head.apply(new float[130], new float[130], new float[130], 65, 1, out));
        assertEquals(36, out[0] + out[1] + out[2] + out[3]);
    }
}
