package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.gatun.internal.weights.SmallEncoder.Option;
import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph.Element;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thousands of small damages to good models, and files that claim or repeat much: each is read, or refused in one line. */
@Tag("slow")
@Tag("any-width")
class MutatedEncodersTest {

    private static final int MUTATIONS = 1000;

    @TempDir
    Path folder;

    @Test
    void onnx() {
        byte[][] models = {
            SmallEncoder.plain().toOnnx(),
            new SmallEncoder(2, Set.of(Option.GEMM_TRANSPOSED, Option.NORM_NODE, Option.GELU_NODE, Option.JOINED_SHAPE), Element.FLOAT16,
                    OnnxConstant.Form.SINGLE).toOnnx(),
            new SmallEncoder(3, Set.of(Option.CONSTANT_NODES, Option.TRANSPOSE_NODE, Option.COPIES, Option.GELU_TANH), Element.FLOAT,
                    OnnxConstant.Form.PACKED).toOnnx(),
        };
        Path path = folder.resolve("m.onnx");
        try (WatchedEncoder encoder = new WatchedEncoder(path, path)) {
            mutate(encoder, 0, models);
        }
    }

    @Test
    void safeTensors() throws IOException {
        byte[] model = SafeTensorsFiles.written(SmallEncoder.plain(), "F16").toBytes();
        Files.writeString(folder.resolve("config.json"), SafeTensorsFiles.CONFIG);
        Path path = folder.resolve("model.safetensors");
        try (WatchedEncoder encoder = new WatchedEncoder(path, folder)) {
            mutate(encoder, SafeTensorsFiles.CONFIG.length(), model);
        }
    }

    @Test
    void configuration() throws IOException {
        byte[] model = SafeTensorsFiles.written(SmallEncoder.plain(), "F16").toBytes();
        Files.write(folder.resolve("model.safetensors"), model);
        Path path = folder.resolve("config.json");
        try (WatchedEncoder encoder = new WatchedEncoder(path, folder)) {
            // What does not fit is a fault of the weights, or of the configuration.
            mutateText(encoder, model.length, SafeTensorsFiles.CONFIG);
        }
    }

    /** Many of what costs more memory than bytes, or time with their number squared. */
    @ParameterizedTest
    @ValueSource(strings = {"0a 03 22 01 41", "0a 05 22 01 41 0a 00", "0a 05 22 01 41 2a 00", "0a 07 22 01 41 2a 02 2a 00", "5a 00",
        "2a 00", "0a 06 22 01 41 0a 01 61", "0a 0f 22 07 53 6f 66 74 6d 61 78 0a 01 61 12 01 62"})
    void repetitions(String field) {
        byte[] repeated = bytes(field);
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        IntStream.range(0, 20000).forEach(i -> graph.writeBytes(repeated));
        check(graph.toByteArray());
    }

    /** A node with a long list of attributes, inputs, pieces of a tensor or integers. */
    @ParameterizedTest
    @ValueSource(strings = {"2a 00", "0a 00", "2a 02 2a 00", "2a 02 40 01"})
    void longNodes(String field) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        IntStream.range(0, 20000).forEach(i -> content.writeBytes(bytes(field)));
        content.writeBytes(bytes("22 01 41"));
        check(field(1, content.toByteArray()));
    }

    /** One attribute whose tensor has many pieces. */
    @Test
    void pieces() {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        IntStream.range(0, 20000).forEach(i -> content.writeBytes(bytes("2a 00")));
        check(field(1, field(5, content.toByteArray())));
    }

    /** Copies of copies, a circle of them, and softmaxes of one another. */
    @ParameterizedTest
    @ValueSource(strings = {"Identity", "Softmax", "Add", "Reshape", "Transpose", "MatMul", "Mul"})
    void chains(String operator) {
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        for (int i = 0; i < 3000; i++) {
            ByteArrayOutputStream node = new ByteArrayOutputStream();
            node.writeBytes(field(1, ascii("t" + i)));
            node.writeBytes(field(1, ascii("t" + (i + 1) % 3000)));
            node.writeBytes(field(2, ascii("t" + (i + 2) % 3000)));
            node.writeBytes(field(4, ascii(i % 100 == 0 ? "Softmax" : operator)));
            graph.writeBytes(field(1, node.toByteArray()));
        }
        check(graph.toByteArray());
    }

    /** Names of thousands of characters that must be escaped are cut in messages. */
    @Test
    void longNames() {
        byte[] name = "\u0001".repeat(4000).getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream node = new ByteArrayOutputStream();
        node.writeBytes(field(1, name));
        node.writeBytes(field(1, name));
        node.writeBytes(field(2, name));
        node.writeBytes(field(4, ascii("QAttention")));
        check(field(1, node.toByteArray()));
        ByteArrayOutputStream graph = new ByteArrayOutputStream();
        graph.writeBytes(field(1, field(4, ascii("Softmax"))));
        graph.writeBytes(field(11, field(1, ("past_key" + "\u0001".repeat(4000)).getBytes(StandardCharsets.US_ASCII))));
        check(graph.toByteArray());
    }

    private void check(byte[] graph) {
        Path path = folder.resolve("m.onnx");
        try (WatchedEncoder encoder = new WatchedEncoder(path, path)) {
            encoder.open(field(7, graph), 0);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] field(int number, byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(number << 3 | 2);
        int length = content.length;
        for (; length > 0x7f; length >>>= 7) {
            bytes.write(length & 0x7f | 0x80);
        }
        bytes.write(length);
        bytes.writeBytes(content);
        return bytes.toByteArray();
    }

    private static byte[] bytes(String digits) {
        byte[] bytes = new byte[digits.split(" ").length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(digits.split(" ")[i], 16);
        }
        return bytes;
    }

    private static void mutate(WatchedEncoder encoder, long beside, byte[]... originals) {
        for (int seed = 0; seed < MUTATIONS; seed++) {
            // Generators of neighbouring seeds begin with almost the same number.
            Random random = new Random(0x9E3779B97F4A7C15L * seed);
            open(encoder, damaged(originals[random.nextInt(originals.length)], random), beside, seed);
        }
        long accepted = encoder.watch().accepted();
        assertTrue(accepted > 0 && accepted < encoder.watch().reads() * 0.9, encoder.watch()::toString);
    }

    private static void mutateText(WatchedEncoder encoder, long beside, String original) {
        for (int seed = 0; seed < MUTATIONS; seed++) {
            // Generators of neighbouring seeds begin with almost the same number.
            Random random = new Random(0x9E3779B97F4A7C15L * seed);
            open(encoder, damaged(original.getBytes(StandardCharsets.UTF_8), random), beside, seed);
        }
    }

    private static void open(WatchedEncoder encoder, byte[] bytes, long beside, int seed) {
        try {
            encoder.open(bytes, beside);
        } catch (Throwable failure) {
            fail("seed " + seed, failure);
        }
    }

    private static byte[] damaged(byte[] original, Random random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            int from = random.nextInt(bytes.length);
            int count = Math.min(1 + random.nextInt(32), bytes.length - Math.max(at, from));
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> System.arraycopy(bytes, from, bytes, at, count);
                case 3 -> bytes[at] += (byte) (random.nextBoolean() ? 1 : -1);
                default -> bytes = random.nextInt(4) == 0 ? Arrays.copyOf(bytes, at + 1) : swapped(bytes, at, from, count);
            }
        }
        return bytes;
    }

    private static byte[] swapped(byte[] bytes, int at, int from, int count) {
        byte[] result = bytes.clone();
        System.arraycopy(bytes, from, result, at, count);
        System.arraycopy(bytes, at, result, from, count);
        return result;
    }
}
