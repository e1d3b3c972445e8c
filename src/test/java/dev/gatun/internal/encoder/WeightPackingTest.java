package dev.gatun.internal.encoder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.encoder.RandomEncoder;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.internal.work.Crew;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights are packed in parts by any number of threads, and none of their entries may be infinite or NaN. */
class WeightPackingTest {

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void threadsShareTheParts(boolean bfloat16) throws InterruptedException {
        RandomEncoder encoder = RandomEncoder.of(5, 3, 8, 70, 40, 2);
        WeightPacking packing = new WeightPacking(encoder.sizes(), encoder, bfloat16);
        Thread helper = new Thread(packing::run);
        helper.start();
        EncoderWeights shared = packing.weights();
        helper.join();
        assertArrayEquals(states(EncoderWeights.of(encoder.sizes(), encoder, bfloat16)), states(shared));
    }

    private static float[] states(EncoderWeights weights) {
        ForwardPass pass = new ForwardPass(weights, 20, HeadOperations.NONE, Crew.CALLER, false);
        pass.run(RandomEncoder.ids(new Random(1), 20), new int[] {0, 20}, 1);
        return pass.states();
    }

    /** A table of several blocks, the last one not full, read row by row at its ends and at the ends of blocks. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tablesHaveBlocks(boolean bfloat16) {
        int rows = 9000;
        int columns = 3;
        float[] entries = new float[rows * columns];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = i / 128 * 128;
        }
        EmbeddingTable table = new EmbeddingTable(MatrixRows.of(entries, columns), rows, columns, bfloat16, "words");
        for (int block = 0; block < table.blocks(); block++) {
            table.load(block);
        }
        for (int row : new int[] {0, 1, 4095, 4096, 8191, 8192, rows - 1}) {
            float[] sum = new float[columns];
            table.add(row, new float[columns], new float[columns], 0, sum, 0);
            for (int c = 0; c < columns; c++) {
                float entry = entries[row * columns + c];
                assertEquals(entry, sum[c], bfloat16 ? entry / 256 : 0, "row " + row);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"words,word embeddings", "query,the weights of query of layer 1", "output,the weights of output of layer 1",
        "bias,the bias of intermediate of layer 1"})
    void entriesMustBeFinite(String place, String name) {
        for (float entry : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Damaged damaged = new Damaged(RandomEncoder.of(2, 3, 8, 70, 40, 2), place, entry);
            assertEquals(name + ": an entry is not finite", assertThrows(IllegalArgumentException.class,
                    () -> EncoderWeights.of(damaged.encoder.sizes(), damaged, false)).getMessage());
        }
        EncoderWeights.of(RandomEncoder.of(2, 3, 8, 70, 40, 2).sizes(),
                new Damaged(RandomEncoder.of(2, 3, 8, 70, 40, 2), place, -Float.MAX_VALUE), false);
    }

    /** Of several faults the first counts, whichever thread finds it. */
    @Test
    void theFirstFaultCounts() throws InterruptedException {
        RandomEncoder encoder = RandomEncoder.of(2, 3, 8, 70, 40, 2);
        WeightPacking packing = new WeightPacking(encoder.sizes(),
                new Damaged(new Damaged(encoder, "query", Float.NaN), encoder, "words", Float.NaN), false);
        Thread helper = new Thread(packing::run);
        helper.start();
        assertEquals("word embeddings: an entry is not finite",
                assertThrows(IllegalArgumentException.class, packing::weights).getMessage());
        helper.join();
    }

    @Test
    void shapesAreCompared() {
        RandomEncoder encoder = RandomEncoder.of(2, 3, 8, 70, 40, 2);
        EncoderSizes sizes = RandomEncoder.of(2, 3, 8, 71, 40, 2).sizes();
        assertEquals("the weights of intermediate of layer 0: there are 24 rows of 70 entries, expected 24 of 71",
                assertThrows(IllegalArgumentException.class, () -> EncoderWeights.of(sizes, encoder, true)).getMessage());
    }

    /** A model with one other entry, near the end of a tensor. */
    private record Damaged(ModelTensors tensors, RandomEncoder encoder, String place, float entry) implements ModelTensors {

        private Damaged(RandomEncoder encoder, String place, float entry) {
            this(encoder, encoder, place, entry);
        }

        private MatrixRows damaged(MatrixRows rows, boolean here) {
            float[] all = rows.all();
            if (here) {
                all[all.length - 2] = entry;
            }
            return MatrixRows.of(all, rows.columns());
        }

        @Override
        public MatrixRows word() {
            return damaged(tensors.word(), place.equals("words"));
        }

        @Override
        public float[] position() {
            return tensors.position();
        }

        @Override
        public float[] type() {
            return tensors.type();
        }

        @Override
        public Norm embeddingNorm() {
            return tensors.embeddingNorm();
        }

        @Override
        public Linear linear(int layer, Role role) {
            Linear linear = tensors.linear(layer, role);
            boolean last = layer == 1;
            if (last && place.equals("bias") && role == Role.INTERMEDIATE) {
                linear.bias()[3] = entry;
            }
            return new Linear(damaged(linear.weights(), last && (place.equals("query") && role == Role.QUERY
                    || place.equals("output") && role == Role.OUTPUT)), linear.bias());
        }

        @Override
        public Norm attentionNorm(int layer) {
            return tensors.attentionNorm(layer);
        }

        @Override
        public Norm outputNorm(int layer) {
            return tensors.outputNorm(layer);
        }
    }
}
