package dev.gatun.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plain loops have the bits of the vectors. */
class PlainLayerTest {

    @ParameterizedTest
    @CsvSource({"1,1,1", "3,5,7", "5,128,64", "2,129,65", "9,384,200", "4,300,96", "17,40,130"})
    void layersHaveTheSameBits(int rows, int inputs, int outputs) {
        Random random = new Random(rows + inputs);
        float[] weights = normal(random, inputs * outputs);
        float[] bias = normal(random, outputs);
        float[] x = normal(random, rows * (inputs + 3) + 2);
        for (boolean bfloat16 : new boolean[] {false, true}) {
            LinearWeights packed = bfloat16 ? LinearWeights.bfloat16(weights, inputs, outputs, bias)
                    : LinearWeights.float32(weights, inputs, outputs, bias);
            LinearScratch scratch = new LinearScratch(rows, inputs);
            float[] plainScratch = new float[PlainLayer.scratch()];
            for (Activation activation : new Activation[] {Activation.NONE, Activation.GELU}) {
                float[] y = normal(new Random(1), rows * (outputs + 5) + 1);
                float[] plain = y.clone();
                LinearLayer.apply(packed, x, 2, inputs + 3, rows, y, 1, outputs + 5, 0, packed.panels(), activation, scratch);
                PlainLayer.apply(packed, x, 2, inputs + 3, rows, plain, 1, outputs + 5, 0, packed.panels(), activation, false,
                        plainScratch);
                assertArrayEquals(y, plain);
            }
            float[] y = normal(new Random(2), rows * (outputs + 5) + 1);
            float[] plain = y.clone();
            int first = packed.panels() / 2;
            LinearLayer.add(packed, x, 2, inputs + 3, rows, y, 1, outputs + 5, first, packed.panels(), scratch);
            PlainLayer.apply(packed, x, 2, inputs + 3, rows, plain, 1, outputs + 5, first, packed.panels(), Activation.NONE, true,
                    plainScratch);
            assertArrayEquals(y, plain);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,31", "3,32", "4,33", "5,384", "2,100"})
    void normsHaveTheSameBits(int rows, int columns) {
        Random random = new Random(columns);
        float[] x = normal(random, rows * (columns + 2) + 1);
        float[] plain = x.clone();
        float[] gain = normal(random, columns);
        float[] shift = normal(random, columns);
        LayerNormalisation.apply(x, 1, columns + 2, rows, columns, gain, shift, 1e-12, new LinearScratch(rows, columns));
        PlainLayer.normalise(plain, 1, columns + 2, rows, columns, gain, shift, 1e-12, new float[PlainLayer.scratch()]);
        assertArrayEquals(x, plain);
    }

    @Test
    void activationsHaveTheSameBits() {
        Random random = new Random(5);
        float[] x = new float[1 << 16];
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 3 == 0 ? Float.intBitsToFloat(random.nextInt()) : (float) (4 * random.nextGaussian());
        }
        x[1] = Float.POSITIVE_INFINITY;
        x[2] = Float.NEGATIVE_INFINITY;
        x[4] = Float.NaN;
        x[5] = -0f;
        float[] y = x.clone();
        Gelu.erf(y, 0, y.length, 1, y.length);
        for (int i = 0; i < x.length; i++) {
            assertEquals(y[i], PlainLayer.gelu(x[i]), () -> "GELU");
        }
    }

    private static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }
}
