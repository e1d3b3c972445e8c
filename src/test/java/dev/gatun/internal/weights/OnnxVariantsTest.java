package dev.gatun.internal.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.internal.weights.SmallEncoder.Option;
import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph.Element;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One encoder in the graphs of different exporters: each gives the tensors it was made of, and computes what ONNX Runtime computes. */
@Tag("any-width")
class OnnxVariantsTest {

    private static final long[] IDS = {3, 0, 10, 7, 7, 1};
    private static final long[] TYPES = {0, 0, 0, 1, 1, 1};

    @TempDir
    Path folder;

    static Stream<Set<Option>> single() {
        return Stream.concat(Stream.of(Set.of()), Stream.of(Option.values()).map(Set::of));
    }

    @ParameterizedTest
    @MethodSource("single")
    void formsOfExporters(Set<Option> options) throws IOException {
        check(new SmallEncoder(1, options, Element.FLOAT, OnnxConstant.Form.RAW));
    }

    static Stream<Set<Option>> mixtures() {
        Random random = new Random(2);
        return Stream.generate(() -> {
            Set<Option> options = EnumSet.noneOf(Option.class);
            for (Option option : Option.values()) {
                if (random.nextInt(3) == 0) {
                    options.add(option);
                }
            }
            return options;
        }).limit(12);
    }

    @ParameterizedTest
    @MethodSource("mixtures")
    void mixturesOfForms(Set<Option> options) throws IOException {
        check(new SmallEncoder(3, options, Element.FLOAT, OnnxConstant.Form.PACKED));
    }

    static Stream<Object[]> storages() {
        return Stream.of(Element.FLOAT, Element.FLOAT16, Element.BFLOAT16, Element.DOUBLE).flatMap(element ->
                Stream.of(OnnxConstant.Form.values()).map(form -> new Object[] {element, form}));
    }

    @ParameterizedTest
    @MethodSource("storages")
    void typesAndFields(Element element, OnnxConstant.Form form) throws IOException {
        check(new SmallEncoder(4, Set.of(), element, form));
    }

    /** The graph follows a field of 2.5 GB that nobody knows, most of it a hole in the file. */
    @Test
    void behindTwoGibibytes() throws IOException {
        SmallEncoder encoder = SmallEncoder.plain();
        long length = 2_500_000_000L;
        Path path = folder.resolve("large.onnx");
        ByteBuffer start = ByteBuffer.allocate(16);
        start.put((byte) (15 << 3 | 2));
        long rest = length;
        for (; rest > 0x7f; rest >>>= 7) {
            start.put((byte) (rest & 0x7f | 0x80));
        }
        start.put((byte) rest).flip();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            long end = start.remaining() + length;
            channel.write(start);
            channel.write(ByteBuffer.wrap(encoder.toOnnx()), end);
        }
        try (EncoderFile file = EncoderFile.open(path)) {
            TensorsByRole.of(file).forEach((role, values) -> assertArrayEquals(encoder.tensors.get(role), values, role));
        }
    }

    private void check(SmallEncoder encoder) throws IOException {
        Path path = folder.resolve("small.onnx");
        Files.write(path, encoder.toOnnx());
        Files.write(folder.resolve(SmallEncoder.OTHER_FILE), encoder.other());
        try (EncoderFile file = EncoderFile.open(path)) {
            EncoderSizes sizes = file.sizes();
            assertEquals(new EncoderSizes(SmallEncoder.LAYERS, SmallEncoder.HEADS, SmallEncoder.HIDDEN, SmallEncoder.INTERMEDIATE,
                    SmallEncoder.VOCABULARY, SmallEncoder.POSITIONS, encoder.tensors.get("type").length / SmallEncoder.HIDDEN, 1e-6,
                    encoder.activation()), sizes);
            TensorsByRole.of(file).forEach((role, values) -> assertArrayEquals(encoder.tensors.get(role), values, role));
            assertEquals(encoder.tensors.keySet(), TensorsByRole.of(file).keySet());
            long[] types = sizes.types() > 1 ? TYPES : new long[IDS.length];
            float[][] expected = OnnxRun.states(path, IDS, types);
            double[][] states = EncoderForward.states(file, IDS, types);
            for (int t = 0; t < IDS.length; t++) {
                for (int i = 0; i < SmallEncoder.HIDDEN; i++) {
                    assertTrue(Math.abs(expected[t][i] - states[t][i]) < 1e-4, "%s and %s".formatted(expected[t][i], states[t][i]));
                }
            }
        }
    }
}
