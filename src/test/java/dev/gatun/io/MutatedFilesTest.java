package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of small damages to good files, and headers with large claims: each is read as the reference reads it, or refused in one
 * line. A failure names its seed.
 */
@Tag("slow")
@Tag("any-width")
class MutatedFilesTest {

    private static final int MUTATIONS = 3000;

    private static final byte[][] NPY = {
        NpyBytes.file(NpyBytes.dictionary("<f4", false, "(2, 3)"), NpyBytes.data("<f4", 1, 2, 3, 4, 5, 6)),
        NpyBytes.file(2, NpyBytes.dictionary(">f2", true, "(2, 1, 3)"), NpyBytes.data(">f2", 1, 2, 3, 4, 5, 6)),
        NpyBytes.file(3, NpyBytes.dictionary("<f8", true, "(2, 1, 2, 3)"), NpyBytes.data("<f8", NpyBytes.count(1, 12))),
        NpyBytes.file("{u'descr': u'>i8', u'fortran_order': False, u'shape': (2L, 2L)}", NpyBytes.data(">i8", -1, 2, 0x1p40, 0)),
        NpyBytes.joined(NpyBytes.file(NpyBytes.dictionary("|b1", false, "(1, 2)"), NpyBytes.data("|b1", 1, 0)),
                NpyBytes.file(NpyBytes.dictionary("float32", false, "(1, 1)"), NpyBytes.data("<f4", 5))),
    };

    /** Bytes with a meaning in one of the grammars. */
    private static final byte[] TELLING = "{}[]()',:\"\\#0123456789-+.eE<>|=fbiucOSUVTF \n\t\0\u007f".getBytes(
            StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    @Test
    void npy() {
        try (WatchedFile file = new WatchedFile(folder.resolve("x.npy"))) {
            mutate(file.watch(), file::npy, NPY);
        }
    }

    @Test
    void safeTensors() {
        try (WatchedFile file = new WatchedFile(folder.resolve("m.safetensors"))) {
            mutate(file.watch(), file::safeTensors, SafeTensorsBytes.sample());
        }
    }

    @Test
    void npz() {
        try (WatchedFile file = new WatchedFile(folder.resolve("x.npz"))) {
            mutate(file.watch(), file::npz, ZipBytes.samples());
        }
    }

    @Test
    void eitherByMagic() {
        try (WatchedFile file = new WatchedFile(folder.resolve("m.bin"))) {
            mutate(file.watch(), file::either, NPY[0], NPY[1], SafeTensorsBytes.sample());
        }
    }

    @Test
    void headers() {
        try (WatchedHeader header = new WatchedHeader(folder.resolve("header"))) {
            mutate(header.watch(), header::npy, NpyBytes.dictionary("<f4", false, "(2, 3)").getBytes(StandardCharsets.UTF_8));
            mutate(header.watch(), header::safeTensors,
                    ("{" + SafeTensorsBytes.entry("q\u00e9\\n", "F32", "[2,2]", 0, 16) + "}").getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Where a header holds as much as it can in few bytes. */
    @ParameterizedTest
    @ValueSource(strings = {"{'shape': (%s)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"})
    void longShapes(String dictionary) {
        try (WatchedFile file = new WatchedFile(folder.resolve("x.npy"))) {
            file.npy(NpyBytes.file(dictionary.formatted("1,".repeat(30000)), new byte[4]));
        }
    }

    @Test
    void shortVectors() {
        try (WatchedFile file = new WatchedFile(folder.resolve("x.npy"))) {
            file.npy(NpyBytes.file(NpyBytes.dictionary("<f2", false, "(30000, 1)"), new byte[60000]));
        }
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '^', delimiter = '|', value = {
        "{\"__metadata__\":{\"\":\"\"                                | ,\"\":\"\" | }}",
        "{\"__metadata__\":{\"\":\"                                  | \\na       | \"}}",
        "{\"__metadata__\":{\"\":\"                                  | \\u00e9    | \"}}",
        "{\"q\":{\"\":\"\"                                               | ,\"\":\"\" | }}",
        "{\"q\":{\"x\":[[]                                             | ,[]       | ]}}",
        "{\"                                                         | \u00e9      | \":1}",
        "{\"q\":{\"data_offsets\":[0,4],\"dtype\":\"F32\",\"shape\":[1 | ,1         | ]}}",
        "{                                                          | {\"q\":     | }",
    })
    void repetitions(String before, String repeated, String after) {
        try (WatchedFile file = new WatchedFile(folder.resolve("m.safetensors"))) {
            file.safeTensors(SafeTensorsBytes.file(before + repeated.repeat(20000) + after, new byte[4]));
        }
    }

    @Test
    void manyTensors() {
        String header = IntStream.range(0, 2000).mapToObj(i -> SafeTensorsBytes.entry("" + i, "", "[]", 0, 0))
                .collect(Collectors.joining(",", "{", "}"));
        try (WatchedFile file = new WatchedFile(folder.resolve("m.safetensors"))) {
            file.safeTensors(SafeTensorsBytes.file(header, new byte[4]));
        }
    }

    @Test
    void messageOfEscapes() {
        String header = IntStream.range(0, 8).mapToObj(i -> SafeTensorsBytes.entry("\u007f".repeat(59) + i, "", "[]", 0, 0))
                .collect(Collectors.joining(",", "{", "}"));
        try (WatchedFile file = new WatchedFile(folder.resolve("m.safetensors"))) {
            file.safeTensors(SafeTensorsBytes.file(header, new byte[0]));
        }
    }

    private static void mutate(Watch watch, Consumer<byte[]> reader, byte[]... originals) {
        long reads = watch.reads();
        long accepted = watch.accepted();
        for (int seed = 0; seed < MUTATIONS; seed++) {
            // Generators of neighbouring seeds begin with almost the same number.
            Random random = new Random(0x9E3779B97F4A7C15L * seed);
            byte[] bytes = damaged(originals[random.nextInt(originals.length)], random);
            try {
                reader.accept(bytes);
            } catch (Throwable failure) {
                fail("seed " + seed, failure);
            }
        }
        accepted = watch.accepted() - accepted;
        reads = watch.reads() - reads;
        assertTrue(accepted > 0 && accepted < reads / 2, accepted + " of " + reads + " accepted");
    }

    private static byte[] damaged(byte[] original, Random random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = TELLING[random.nextInt(TELLING.length)];
                case 3 -> bytes = random.nextBoolean() ? Arrays.copyOf(bytes, at + 1) : without(bytes, at);
                case 4 -> bytes = with(bytes, at, 1, TELLING[random.nextInt(TELLING.length)]);
                default -> bytes = with(bytes, at, 1 + random.nextInt(18), bytes[at]);
            }
        }
        return bytes;
    }

    private static byte[] without(byte[] bytes, int at) {
        if (bytes.length == 1) {
            return bytes;
        }
        byte[] shorter = Arrays.copyOf(bytes, bytes.length - 1);
        System.arraycopy(bytes, at + 1, shorter, at, shorter.length - at);
        return shorter;
    }

    /** With {@code count} times {@code added} before byte {@code at}: a digit so repeated claims much. */
    private static byte[] with(byte[] bytes, int at, int count, byte added) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + count);
        System.arraycopy(bytes, at, longer, at + count, bytes.length - at);
        Arrays.fill(longer, at, at + count, added);
        return longer;
    }
}
