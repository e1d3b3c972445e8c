package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-width")
class SafeTensorsTest {

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("m.safetensors");
    }

    @AfterEach
    void release() {
        arena.close();
    }

    @Test
    void readsEachTensorOfAFile() {
        NpyBytes.write(file, SafeTensorsBytes.sample());
        assertEquals(List.of("q", "ids", "k"), SafeTensors.names(file));
        Heads q = SafeTensors.readHeads(file, "q", arena);
        Heads k = SafeTensors.readHeads(file, "k", arena);
        assertArrayEquals(new int[] {2, 2}, q.shape());
        assertArrayEquals(new float[] {1, 2, 3, 4}, NpyBytes.values(q));
        assertArrayEquals(new int[] {1, 2, 1}, k.shape());
        assertArrayEquals(new float[] {5, 6}, NpyBytes.values(k));
    }

    @Test
    void mapsFloat32AtAnyAlignment() {
        for (int padding = 0; padding < 8; padding++) {
            String header = "{" + SafeTensorsBytes.entry("q", "F32", "[2,2]", 0, 16) + "}" + " ".repeat(padding);
            NpyBytes.write(file, SafeTensorsBytes.file(header, NpyBytes.data("<f4", 1, 2, 3, 4)));
            Heads heads = SafeTensors.readHeads(file, "q", arena);
            assertTrue(heads.segment().isMapped());
            assertArrayEquals(new float[] {1, 2, 3, 4}, NpyBytes.values(heads));
        }
    }

    @Test
    void convertsHalfDoubleAndBrainFloat() {
        float[] expected = {1.5f, -2, Float.POSITIVE_INFINITY, 0.0078125f};
        double[] values = {1.5, -2, Double.POSITIVE_INFINITY, 0.0078125};
        ByteBuffer brain = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : expected) {
            brain.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
        assertArrayEquals(expected, only("BF16", brain.array()));
        assertArrayEquals(expected, only("F16", NpyBytes.data("<f2", values)));
        assertArrayEquals(expected, only("F64", NpyBytes.data("<f8", values)));
    }

    /** More entries than are decoded at once. */
    @Test
    void convertsLongRuns() {
        ByteBuffer brain = ByteBuffer.allocate(2 * 5000).order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[5000];
        float[] expected = new float[5000];
        for (int i = 0; i < 5000; i++) {
            values[i] = expected[i] = i % 256;
            brain.putShort((short) (Float.floatToRawIntBits(expected[i]) >>> 16));
        }
        assertArrayEquals(expected, only("BF16", "[2,2500]", brain.array()));
        assertArrayEquals(expected, only("F16", "[2,2500]", NpyBytes.data("<f2", values)));
        assertArrayEquals(expected, only("F64", "[2,2500]", NpyBytes.data("<f8", values)));
    }

    private float[] only(String type, byte[] data) {
        return only(type, "[2,2]", data);
    }

    private float[] only(String type, String shape, byte[] data) {
        NpyBytes.write(file, SafeTensorsBytes.file(
                "{" + SafeTensorsBytes.entry("x", type, shape, 0, data.length) + "}", data));
        return NpyBytes.values(SafeTensors.readHeads(file, "x", arena));
    }

    @Test
    void readsEscapedAndForeignNames() {
        String header = """
                { "a \\u00ef\\"\\\\\\/\\u00e9\\n\\ud83d\\ude00" : { "shape" : [ 1 , 1 ] , "data_offsets" : [ 0 , 4 ] ,
                "dtype" : "F32" } , "schlüssel": {"dtype":"F32","shape":[1,1],"data_offsets":[4,8]} }""";
        NpyBytes.write(file, SafeTensorsBytes.file(header, NpyBytes.data("<f4", 7, 8)));
        assertArrayEquals(new float[] {7},
                NpyBytes.values(SafeTensors.readHeads(file, "a \u00ef\"\\/\u00e9\n\ud83d\ude00", arena)));
        assertArrayEquals(new float[] {8}, NpyBytes.values(SafeTensors.readHeads(file, "schlüssel", arena)));
    }

    @Test
    void missingTensorNamesAFew() {
        NpyBytes.write(file, SafeTensorsBytes.sample());
        assertFault("v", "has no tensor 'v'; it has 'q', 'ids', 'k'");
        String header = IntStream.range(0, 20).mapToObj(i -> SafeTensorsBytes.entry("t" + i, "F32", "[1,1]", 4 * i, 4 * i + 4))
                .collect(Collectors.joining(",", "{", "}"));
        NpyBytes.write(file, SafeTensorsBytes.file(header, new byte[80]));
        assertFault("v", "has no tensor 'v'; it has 't0', 't1', 't2', 't3', 't4', 't5', 't6', 't7' and 12 more");
        NpyBytes.write(file, SafeTensorsBytes.file("{}", new byte[0]));
        assertFault("v", "has no tensor 'v'; it has none");
    }

    @Test
    void eightTensorsAreAllNamed() {
        String header = IntStream.range(0, 8).mapToObj(i -> SafeTensorsBytes.entry("t" + i, "F32", "[1,1]", 4 * i, 4 * i + 4))
                .collect(Collectors.joining(",", "{", "}"));
        NpyBytes.write(file, SafeTensorsBytes.file(header, new byte[32]));
        assertFault("v", "has no tensor 'v'; it has 't0', 't1', 't2', 't3', 't4', 't5', 't6', 't7'");
    }

    @Test
    void longNamesAreCutInMessages() {
        NpyBytes.write(file, SafeTensorsBytes.file("{}", new byte[0]));
        assertFault("n".repeat(60), "has no tensor '" + "n".repeat(60) + "'; it has none");
        assertFault("n".repeat(61), "has no tensor '" + "n".repeat(60) + "...'; it has none");
    }

    @Test
    void wrongTensorsAreNamed() {
        NpyBytes.write(file, SafeTensorsBytes.sample());
        assertFault("ids", "tensor 'ids': shape (1,) has 1 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)");
    }

    @Test
    void shortFiles() {
        NpyBytes.write(file, new byte[0]);
        assertFault("q", "is empty");
        NpyBytes.write(file, new byte[5]);
        assertFault("q", "is not a safetensors file: it has only 5 bytes");
        NpyBytes.write(file, Arrays.copyOf(SafeTensorsBytes.sample(), 60));
        assertFault("q", "claims a header of 204 bytes, but has only 52 bytes after it starts");
        NpyBytes.write(file, Arrays.copyOf(SafeTensorsBytes.sample(), 8 + 203));
        assertFault("q", "claims a header of 204 bytes, but has only 203 bytes after it starts");
        NpyBytes.write(file, new byte[8]);
        assertFault("q", "its header is malformed at byte 8: expected '{'");
    }

    @Test
    void absurdHeaderLengths() {
        byte[] bytes = SafeTensorsBytes.sample();
        Arrays.fill(bytes, 0, 8, (byte) 0xff);
        NpyBytes.write(file, bytes);
        assertFault("q", "claims a header of 18446744073709551615 bytes, but has only 236 bytes after it starts");
    }

    @Test
    void headerLongerThanTheFormatAllows() throws IOException {
        byte[] start = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_001).array();
        NpyBytes.write(file, start);
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(200_000_000);
        }
        assertFault("q", "has a header of 100000001 bytes; at most 100000000 are read");
    }

    @Test
    void truncatedData() {
        byte[] bytes = SafeTensorsBytes.sample();
        NpyBytes.write(file, Arrays.copyOf(bytes, bytes.length - 1));
        assertFault("q", "tensor 'k': its data end at byte 32, but the file holds 31 bytes of data");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "F32 | [2,2] | 16 | 0  | its data end at 0, before they begin at 16",
        "F32 | [2,2] | 8  | 24 | its data end at byte 24, but the file holds 16 bytes of data",
        "F32 | [2,2] | 0  | 12 | shape (2, 2) of F32 needs 16 bytes, but its offsets hold 12",
        "F16 | [2,2] | 0  | 16 | shape (2, 2) of F16 needs 8 bytes, but its offsets hold 16",
        "F32 | [2,2] | 4  | 16 | shape (2, 2) of F32 needs 16 bytes, but its offsets hold 12",
        "F16 | [1,1,1,1,8] | 0 | 16 "
                + "| shape (1, 1, 1, 1, 8) has 5 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
        "F16 | [1,1,1,1,1,1,1,1,8] | 0 | 16 "
                + "| shape (1, 1, 1, 1, 1, 1, 1, 1, ...) has 9 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
        "F32 | [4]   | 0  | 16 | shape (4,) has 1 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
        "F32 | [4294967296,4294967296] | 0 | 16 | shape (4294967296, 4294967296) is larger than any file",
        "F8_E4M3 | [4,4] | 0 | 16 | has dtype 'F8_E4M3'; expected F32, F16, BF16, F64, integers or BOOL",
        "F9      | [4,4] | 0 | 16 | has dtype 'F9'; expected F32, F16, BF16, F64, integers or BOOL",
        "F4      | [31]  | 0 | 16 | shape (31,) of F4 does not fill whole bytes",
    })
    void wrongEntries(String type, String shape, long begin, long end, String fault) {
        String header = "{" + SafeTensorsBytes.entry("q", type, shape, begin, end) + "}";
        NpyBytes.write(file, SafeTensorsBytes.file(header, new byte[16]));
        assertFault("q", "tensor 'q': " + fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[0,4] | 0 | shape (0, 4) is empty: every dimension must be at least 1",
        "[]    | 4 | shape () has 0 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
    })
    void withoutMatrices(String shape, int bytes, String fault) {
        String header = "{" + SafeTensorsBytes.entry("q", "F32", shape, 0, bytes) + "}";
        NpyBytes.write(file, SafeTensorsBytes.file(header, new byte[bytes]));
        assertFault("q", "tensor 'q': " + fault);
    }

    /** Files that the format's own reader refuses: each byte of the data must belong to one tensor. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "0 | 4 | 8  | 12 | 12 | bytes 4 to 8 of its data belong to no tensor",
        "4 | 8 | 8  | 12 | 12 | bytes 0 to 4 of its data belong to no tensor",
        "0 | 4 | 4  | 8  | 12 | has 4 bytes behind its last tensor",
        "0 | 4 | 0  | 4  | 4  | tensor 'b': its data begin at byte 0, before the tensor ahead of it ends at 4",
        "2 | 6 | 0  | 4  | 6  | tensor 'a': its data begin at byte 2, before the tensor ahead of it ends at 4",
    })
    void holesOverlapsAndRests(long a, long endOfA, long b, long endOfB, int bytes, String fault) {
        String header = "{" + SafeTensorsBytes.entry("a", "F32", "[1,1]", a, endOfA) + ","
                + SafeTensorsBytes.entry("b", "F32", "[1,1]", b, endOfB) + "}";
        NpyBytes.write(file, SafeTensorsBytes.file(header, new byte[bytes]));
        assertFault("a", fault);
    }

    @Test
    void aTensorOfAnotherSizeMakesTheFileMalformed() {
        String header = "{" + SafeTensorsBytes.entry("q", "F32", "[1,1]", 0, 4) + ","
                + SafeTensorsBytes.entry("ids", "I64", "[1]", 4, 8) + "}";
        NpyBytes.write(file, SafeTensorsBytes.file(header, new byte[8]));
        assertFault("q", "tensor 'ids': shape (1,) of I64 needs 8 bytes, but its offsets hold 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"__metadata__\":null,\"q\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}",
        "{\"q\":{\"alignment\":64,\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}",
        "{\"q\":{\"dtype\":\"F32\",\"note\":{\"a\":[true,false,null,-0.5e+3,\"\\u00e9\",[],{}]},\"shape\":[1,2],"
                + "\"note\":0,\"data_offsets\":[0,8]}}",
        "{\"empty\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]},"
                + "\"q\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"rest\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[8,8]}}",
    })
    void formsThatTheReferenceReaderTakes(String header) {
        NpyBytes.write(file, SafeTensorsBytes.file(header, NpyBytes.data("<f4", 8, 9)));
        assertArrayEquals(new float[] {8, 9}, NpyBytes.values(SafeTensors.readHeads(file, "q", arena)));
    }

    @Test
    void integersAreExactOrRefused() {
        byte[] data = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN).putLong(-3).putLong(1L << 40).put((byte) 1)
                .put((byte) 2).array();
        NpyBytes.write(file, SafeTensorsBytes.file("{" + SafeTensorsBytes.entry("i", "I64", "[1,2]", 0, 16) + ","
                + SafeTensorsBytes.entry("b", "BOOL", "[1,1]", 16, 17) + ","
                + SafeTensorsBytes.entry("c", "BOOL", "[1,1]", 17, 18) + "}", data));
        assertArrayEquals(new float[] {-3, 1L << 40}, NpyBytes.values(SafeTensors.readHeads(file, "i", arena)));
        assertArrayEquals(new float[] {1}, NpyBytes.values(SafeTensors.readHeads(file, "b", arena)));
        assertFault("c", "tensor 'c': entry 0 (in file order) is the byte 2; a boolean is 0 or 1");
        data[0] = 1;
        data[6] = 1;
        data[7] = 0;
        NpyBytes.write(file, SafeTensorsBytes.file("{" + SafeTensorsBytes.entry("i", "U64", "[1,2]", 0, 16) + ","
                + SafeTensorsBytes.entry("b", "BOOL", "[2]", 16, 18) + "}", data));
        assertFault("i", "tensor 'i': entry 0 (in file order) is 562949953421057, which float32 cannot hold exactly");
    }

    @Test
    void beyondFloat32() {
        String header = "{" + SafeTensorsBytes.entry("q", "F64", "[1,2]", 0, 16) + "}";
        NpyBytes.write(file, SafeTensorsBytes.file(header, NpyBytes.data("<f8", 1, 1e300)));
        assertFault("q", "tensor 'q': entry 1 (in file order) is 1.0E300, beyond the float32 range");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "[]                                 | its header is malformed at byte 8: expected '{'",
        "{                                  | its header is malformed at byte 9: expected '\"'",
        "{}x                                | its header is malformed at byte 10: expected nothing more",
        "{\"q\"}                            | its header is malformed at byte 12: expected ':'",
        "{\"q\":{}}                         | its header is malformed at byte 14: expected '\"'",
        "{\"q\":{\"dtype\":\"F32\",}}       | its header is malformed at byte 28: expected '\"'",
        "{\"q\":[1]}                        | its header is malformed at byte 13: expected '{'",
        "{\"q\":{\"shape\":[1,]}}           | its header is malformed at byte 25: expected a dimension",
        "{\"q\":{\"shape\":[1.0]}}          | its header is malformed at byte 24: expected ']'",
        "{\"q\":{\"shape\":[01]}}           | its header is malformed at byte 23: expected a dimension",
        "{\"q\":{\"shape\":[-1]}}           | its header has a dimension that is negative, at byte 23",
        "{\"q\":{\"data_offsets\":[0,-1]}}  | its header has an offset that is negative, at byte 32",
        "{\"q\":{\"data_offsets\":[0,9223372036854775808]}} | its header has an offset beyond any file, at byte 32",
        "{\"q                               | its header is malformed at byte 11: expected the rest of a string",
        "{\"\\q\":1}                        | its header is malformed at byte 12: expected an escape before",
        "{\"\\\0\":1}                       | its header is malformed at byte 12: expected an escape before",
        "{\"\\u12g4\":1}                    | its header is malformed at byte 14: expected four hexadecimal digits",
        "{\"\\ud83d\":1}      | its header is malformed at byte 17: expected paired surrogates in the string before",
        "{\"q\":{\"dtype\":\"F32\"}}        | tensor 'q': 'shape' is lacking",
        "{\"q\":{\"shape\":[1]}}            | tensor 'q': 'dtype' is lacking",
        "{\"q\":{\"dtype\":\"F32\",\"shape\":[1]}}    | tensor 'q': 'data_offsets' is lacking",
        "{\"q\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}} | tensor 'q': 'dtype' stands there twice",
        "{\"q\":{\"shape\":[1],\"shape\":[1]}} | tensor 'q': 'shape' stands there twice",
        "{\"q\":{\"data_offsets\":[0,4],\"data_offsets\":[0,4]}} | tensor 'q': 'data_offsets' stands there twice",
        "{\"q\":{\"order\":\"C\"}}          | tensor 'q': 'dtype' is lacking",
        "{\"q\":{\"order\":nul}}            | its header is malformed at byte 22: expected a value",
        "{\"q\":{\"order\":[1,]}}           | its header is malformed at byte 25: expected a value",
        "{\"q\":{\"order\":{1:2}}}          | its header is malformed at byte 23: expected '\"'",
        "{\"q\":{\"order\":1.}}             | its header is malformed at byte 24: expected a digit",
        "{\"q\":{\"order\":01}}             | its header is malformed at byte 23: expected '}'",
        "{\"q\":{\"order\":1e}}             | its header is malformed at byte 24: expected a digit",
        "{\"q\":{\"dtype\":\"\",\"shape\":[],\"data_offsets\":[0]}} | tensor 'q': 'data_offsets' has 1 numbers, not 2",
        "{\"__metadata__\":{},\"__metadata__\":{}}   | its header has '__metadata__' twice",
        "{\"__metadata__\":{\"a\":1}}       | its header is malformed at byte 29: expected '\"'",
    })
    void malformedHeaders(String header, String fault) {
        NpyBytes.write(file, SafeTensorsBytes.file(header.strip(), new byte[0]));
        assertFault("q", fault);
    }

    @Test
    void duplicateNames() {
        String entry = SafeTensorsBytes.entry("q", "F32", "[1,1]", 0, 4);
        NpyBytes.write(file, SafeTensorsBytes.file("{" + entry + "," + entry + "}", new byte[4]));
        assertFault("q", "its header has 'q' twice");
    }

    @Test
    void namesThatAreNotUtf8() {
        byte[] bytes = SafeTensorsBytes.file("{\"q\":1}", new byte[0]);
        bytes[new String(bytes, StandardCharsets.ISO_8859_1).indexOf('q')] = (byte) 0xff;
        NpyBytes.write(file, bytes);
        assertFault("q", "its header is malformed at byte 11: expected UTF-8 in the string before");
    }

    private void assertFault(String tensor, String fault) {
        TensorFileException failure = assertThrows(TensorFileException.class,
                () -> SafeTensors.readHeads(file, tensor, arena));
        assertEquals(file + ": " + fault, failure.getMessage());
    }
}
