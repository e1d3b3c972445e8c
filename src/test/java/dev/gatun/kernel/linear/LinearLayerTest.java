package dev.gatun.kernel.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dense layers, against one chain of multiply-adds after the other and against float64. */
class LinearLayerTest {

    private static final int CHUNK = LinearWeights.CHUNK;
    private static final int PANEL = LinearWeights.PANEL;

    /** What must not be written. */
    private static final float UNTOUCHED = 1234.5f;

    private static final int[] ROWS = {1, 2, 4, 5, 7, 8, 9, 12, 16, 20, 31, 40, 63, 64, 65, 69, 104, 128, 133};

    /** Inputs and outputs. */
    private static Stream<Arguments> sizes() {
        return Stream.of(Arguments.of(1, 1), Arguments.of(3, 5), Arguments.of(CHUNK - 1, PANEL - 1), Arguments.of(CHUNK, PANEL),
                Arguments.of(CHUNK + 1, PANEL + 1), Arguments.of(312, 100), Arguments.of(384, 130), Arguments.of(40, 2 * PANEL + 7));
    }

    /** A layer and its inputs, rows apart. */
    private record Case(int inputs, int outputs, int rows, float[] weights, float[] bias, float[] x, int xAt, int xStride, int yAt,
            int yStride) {

        static Case of(int inputs, int outputs, int rows) {
            Random random = new Random(31L * inputs + 7L * outputs + rows);
            int xAt = random.nextInt(5);
            int xStride = inputs + random.nextInt(4);
            return new Case(inputs, outputs, rows, normal(random, inputs * outputs), normal(random, outputs),
                    normal(random, xAt + rows * xStride), xAt, xStride, random.nextInt(5), outputs + random.nextInt(4));
        }

        LinearWeights float32() {
            return LinearWeights.float32(weights, inputs, outputs, bias);
        }

        LinearWeights bfloat16() {
            return LinearWeights.bfloat16(weights, inputs, outputs, bias);
        }

        float[] untouched() {
            float[] y = new float[yAt + rows * yStride];
            Arrays.fill(y, UNTOUCHED);
            return y;
        }

        float[] computed(LinearWeights packed, Activation activation) {
            float[] y = untouched();
            LinearLayer.apply(packed, x, xAt, xStride, rows, y, yAt, yStride, 0, packed.panels(), activation,
                    new LinearScratch(rows, inputs));
            return y;
        }

        /** The same, sum by sum. */
        float[] expected() {
            float[] y = untouched();
            for (int t = 0; t < rows; t++) {
                for (int o = 0; o < outputs; o++) {
                    y[yAt + t * yStride + o] = sum(t, o) + bias[o];
                }
            }
            return y;
        }

        float sum(int t, int o) {
            float sum = 0;
            for (int first = 0; first < inputs; first += CHUNK) {
                float chain = 0;
                for (int k = first; k < Math.min(first + CHUNK, inputs); k++) {
                    chain = Math.fma(weights[k * outputs + o], x[xAt + t * xStride + k], chain);
                }
                sum += chain;
            }
            return sum;
        }
    }

    private static float[] normal(Random random, int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void eachOutputIsItsChains(int inputs, int outputs) {
        for (int rows : ROWS) {
            Case layer = Case.of(inputs, outputs, rows);
            assertArrayEquals(layer.expected(), layer.computed(layer.float32(), Activation.NONE), inputs + " x " + outputs + " x " + rows);
        }
    }

    /** What is read ahead is no part of a result, whatever its bits. */
    @Test
    void weightsOfTheRarePatternAreWeights() {
        for (int rows : new int[] {8, 16, 69}) {
            Case layer = Case.of(300, 2 * PANEL + 7, rows);
            for (int k = 0; k < layer.inputs; k += 7) {
                layer.weights[k * layer.outputs + 70] = Float.intBitsToFloat(LinearWeights.RARE);
            }
            assertArrayEquals(layer.expected(), layer.computed(layer.float32(), Activation.NONE), "rows " + rows);
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void bfloat16GivesTheBitsOfRoundedWeights(int inputs, int outputs) {
        for (int rows : ROWS) {
            Case layer = Case.of(inputs, outputs, rows);
            float[] narrow = layer.computed(layer.bfloat16(), Activation.NONE);
            for (int i = 0; i < layer.weights.length; i++) {
                layer.weights[i] = Float.intBitsToFloat(LinearWeights.rounded(layer.weights[i]));
            }
            assertArrayEquals(layer.computed(layer.float32(), Activation.NONE), narrow, inputs + " x " + outputs + " x " + rows);
        }
    }

    /** The error that the order of the sums allows, with the roundings of each product's chain. */
    @Test
    void outputsAreAccurateToTheirRoundings() {
        Case layer = Case.of(1536, 70, 6);
        float[] y = layer.computed(layer.float32(), Activation.NONE);
        double squares = 0;
        for (int t = 0; t < layer.rows; t++) {
            for (int o = 0; o < layer.outputs; o++) {
                double sum = layer.bias[o];
                double magnitudes = Math.abs(sum);
                for (int k = 0; k < layer.inputs; k++) {
                    double product = (double) layer.x[layer.xAt + t * layer.xStride + k] * layer.weights[k * layer.outputs + o];
                    sum += product;
                    magnitudes += Math.abs(product);
                }
                double error = Math.abs(y[layer.yAt + t * layer.yStride + o] - sum);
                assertTrue(error <= (CHUNK + 1536 / CHUNK + 1) * 0x1p-24 * magnitudes, error + " of " + magnitudes);
                squares += error * error / (magnitudes * magnitudes);
            }
        }
        // random roundings cancel
        assertTrue(Math.sqrt(squares / (layer.rows * layer.outputs)) < 0x1p-24, Double.toString(squares));
    }

    @Test
    void blocksOfRowsGiveTheBitsOfRows() {
        Case layer = Case.of(130, 70, 2 * LinearScratch.MAX_ROWS + 13);
        assertArrayEquals(layer.expected(), layer.computed(layer.float32(), Activation.NONE));
    }

    @Test
    void panelsAndRowsMayBeShared() {
        Case layer = Case.of(300, 200, 37);
        for (LinearWeights packed : new LinearWeights[] {layer.float32(), layer.bfloat16()}) {
            float[] whole = layer.computed(packed, Activation.GELU);
            float[] y = layer.untouched();
            LinearScratch scratch = new LinearScratch(30, 400);
            for (int first : new int[] {0, 10, 31}) {
                int rows = first == 0 ? 10 : first == 10 ? 21 : 6;
                for (int panel = packed.panels() - 1; panel >= 0; panel--) {
                    LinearLayer.apply(packed, layer.x, layer.xAt + first * layer.xStride, layer.xStride, rows, y,
                            layer.yAt + first * layer.yStride, layer.yStride, panel, panel + 1, Activation.GELU, scratch);
                }
            }
            assertArrayEquals(whole, y);
        }
    }

    @Test
    void aResidualIsAddedLast() {
        for (int outputs : new int[] {PANEL, 77}) {
            Case layer = Case.of(200, outputs, 11);
            float[] y = normal(new Random(3), layer.yAt + layer.rows * layer.yStride);
            float[] expected = y.clone();
            float[] product = layer.expected();
            for (int t = 0; t < layer.rows; t++) {
                for (int o = 0; o < outputs; o++) {
                    int at = layer.yAt + t * layer.yStride + o;
                    expected[at] = product[at] + expected[at];
                }
            }
            LinearWeights packed = layer.float32();
            LinearLayer.add(packed, layer.x, layer.xAt, layer.xStride, layer.rows, y, layer.yAt, layer.yStride, 0, packed.panels(),
                    new LinearScratch(layer.rows, 200));
            assertArrayEquals(expected, y);
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void activationsAreThoseOfTheOutputs(int inputs, int outputs) {
        Case layer = Case.of(inputs, outputs, 9);
        float[] product = layer.computed(layer.float32(), Activation.NONE);
        for (Activation activation : Activation.values()) {
            float[] y = layer.computed(layer.float32(), activation);
            for (int t = 0; t < layer.rows; t++) {
                int at = layer.yAt + t * layer.yStride;
                float[] row = Arrays.copyOf(Arrays.copyOfRange(product, at, at + outputs), (outputs + PANEL - 1) / PANEL * PANEL);
                switch (activation) {
                    case GELU -> Gelu.erf(row, 0, row.length, 1, row.length);
                    case GELU_TANH -> Gelu.tanh(row, 0, row.length, 1, row.length);
                    case RELU -> Gelu.relu(row, 0, row.length, 1, row.length);
                    case NONE -> { }
                }
                assertArrayEquals(Arrays.copyOf(row, outputs), Arrays.copyOfRange(y, at, at + outputs), activation.toString());
            }
        }
    }

    /** Every tile, also those that this machine does not use. */
    @Test
    void allTilesGiveTheSameBits() {
        Random random = new Random(8);
        Case layer = new Case(CHUNK, PANEL, 8, normal(random, CHUNK * PANEL), new float[PANEL], normal(random, 8 * CHUNK), 0, CHUNK, 0,
                PANEL);
        float[] earlier = normal(random, 8 * PANEL);
        float[] bias = normal(random, PANEL);
        float[] wide = layer.float32().float32Panels();
        int[] narrow = layer.bfloat16().bfloat16Panels();
        float[][] sums = new float[4][8 * PANEL];
        int inner = 77;
        for (int o = 0; o < PANEL; o += LinearWeights.STRIP) {
            int w = LinearWeights.START + o * CHUNK;
            int n = LinearWeights.START + o * CHUNK / 2;
            Float32Tile.tile8x2(layer.x, 0, inner, wide, w, earlier, o, PANEL, bias, o, sums[0], o, PANEL, w, 1);
            Bfloat16Tile.tile8x2(layer.x, 0, inner, narrow, n, earlier, o, PANEL, bias, o, sums[1], o, PANEL, n, 1);
            for (int r = 0; r < 8; r += 4) {
                int s = r * PANEL + o;
                Float32Tile.tile4x2(layer.x, r * CHUNK, inner, wide, w, earlier, s, PANEL, bias, o, sums[2], s, PANEL);
                Bfloat16Tile.tile4x2(layer.x, r * CHUNK, inner, narrow, n, earlier, s, PANEL, bias, o, sums[3], s, PANEL);
            }
        }
        assertArrayEquals(sums[0], sums[2]);
        assertArrayEquals(sums[1], sums[3]);
    }

    @Test
    void roundingToBfloat16IsToNearestTiesToEven() {
        assertEquals(0x3F800000, LinearWeights.rounded(1f));
        assertEquals(0x3F800000, LinearWeights.rounded(Float.intBitsToFloat(0x3F808000)));
        assertEquals(0x3F820000, LinearWeights.rounded(Float.intBitsToFloat(0x3F818000)));
        assertEquals(0x3F810000, LinearWeights.rounded(Float.intBitsToFloat(0x3F808001)));
        assertEquals(0xBF800000, LinearWeights.rounded(Float.intBitsToFloat(0xBF807FFF)));
        assertEquals(0x7F800000, LinearWeights.rounded(Float.MAX_VALUE));
        assertTrue(Float.isNaN(Float.intBitsToFloat(LinearWeights.rounded(Float.NaN))));
    }

    @Test
    void sizesAreReported() {
        LinearWeights packed = Case.of(384, 130, 1).bfloat16();
        assertEquals(384, packed.inputs());
        assertEquals(130, packed.outputs());
        assertEquals(3, packed.panels());
        assertEquals(384 * 3 * PANEL * 2, packed.bytes());
    }

    @Test
    void arraysThatDoNotFitAreRefused() {
        for (int[] sizes : new int[][] {{5, 3, 2}, {6, 3, 3}, {6, 4, 2}, {0, 0, 3}}) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> LinearWeights.float32(new float[sizes[0]], sizes[1], 2, new float[sizes[2]])).getMessage();
            assertTrue(message.startsWith("a dense layer of " + sizes[1] + " inputs and 2 outputs"), message);
        }
        assertThrows(IllegalArgumentException.class, () -> LinearWeights.bfloat16(new float[0], 1 << 16, 1 << 16, new float[1]));
    }

    /** Rows of other texts have no part in a result, whatever they are. */
    @Test
    void rowsAreIndependent() {
        Case layer = Case.of(150, 70, 13);
        float[] before = layer.computed(layer.float32(), Activation.GELU);
        int spoilt = 6;
        Arrays.fill(layer.x, layer.xAt + spoilt * layer.xStride, layer.xAt + (spoilt + 1) * layer.xStride, Float.NaN);
        float[] after = layer.computed(layer.float32(), Activation.GELU);
        IntStream.range(0, 13).filter(t -> t != spoilt).forEach(t -> {
            int at = layer.yAt + t * layer.yStride;
            assertArrayEquals(Arrays.copyOfRange(before, at, at + 70), Arrays.copyOfRange(after, at, at + 70));
        });
        assertTrue(Float.isNaN(after[layer.yAt + spoilt * layer.yStride]));
    }
}
