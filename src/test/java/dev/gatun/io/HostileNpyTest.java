package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that must be refused, each with its line. */
@Tag("any-width")
class HostileNpyTest {

    private static final String READABLE = "expected real numbers: float16, float32, float64, integers or booleans";

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();
    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("x.npy");
    }

    @AfterEach
    void release() {
        arena.close();
    }

    @Test
    void missing() {
        TensorFileException fault = assertFault("no such file");
        assertNotNull(fault.getCause());
    }

    @Test
    void missingFolder() {
        file = folder.resolve("no").resolve("x.npy");
        assertFault("no such file");
    }

    @Test
    void directory() {
        file = folder;
        assertFault("is a directory");
    }

    @Test
    void device() {
        file = Path.of("/dev/null");
        Assumptions.assumeTrue(Files.exists(file));
        assertFault("is not a regular file");
    }

    @Test
    void unreadable() {
        write(NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[4]));
        Assumptions.assumeTrue(file.toFile().setReadable(false) && !Files.isReadable(file));
        assertFault("cannot be read: permission denied");
    }

    @Test
    void empty() {
        write(new byte[0]);
        assertFault("is empty");
    }

    @Test
    void notNpy() {
        write("PK\3\4 an archive of arrays, not an array".getBytes(StandardCharsets.US_ASCII));
        assertFault("is not a .npy file: it does not start with \\x93NUMPY");
        write(new byte[] {(byte) 0x93, 'N', 'U'});
        assertFault("is not a .npy file: it does not start with \\x93NUMPY");
    }

    @Test
    void endsInHeader() {
        write(Arrays.copyOf(NpyBytes.file("{}", new byte[0]), 9));
        assertFault("ends inside its header");
        write(Arrays.copyOf(NpyBytes.file("{}", new byte[0]), 6));
        assertFault("ends inside its header");
    }

    @Test
    void version() {
        write(NpyBytes.file(4, NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[4]));
        assertFault("has format version 4.0; readable are 1.0, 2.0 and 3.0");
        byte[] bytes = NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[4]);
        bytes[7] = 1;
        write(bytes);
        assertFault("has format version 1.1; readable are 1.0, 2.0 and 3.0");
    }

    @Test
    void headerBeyondFile() {
        write(Arrays.copyOf(NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[0]), 40));
        assertFault("claims a header of 60 bytes, but has only 30 bytes after it starts");
        write(Arrays.copyOf(NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[0]), 69));
        assertFault("claims a header of 60 bytes, but has only 59 bytes after it starts");
        byte[] bytes = NpyBytes.file(2, NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[4]);
        Arrays.fill(bytes, 8, 12, (byte) 0xff);
        write(bytes);
        assertFault("claims a header of 4294967295 bytes, but has only 64 bytes after it starts");
    }

    @Test
    void headerEndsInsideAWord() {
        byte[] bytes = NpyBytes.file("{'fortran_order': Tru", new byte[0]);
        bytes[8]--;
        write(bytes);
        assertFault("its header is malformed at byte 28: expected True or False");
    }

    @Test
    void headerTooLong() {
        write(NpyBytes.file(2, NpyBytes.dictionary("<f4", false, "(1, 1)") + " ".repeat(70000), new byte[4]));
        assertFault("has a header of 70060 bytes; at most 65535 are read");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "['descr']                                              | byte 10: expected '{'",
        "{descr: 1}                                             | byte 11: expected '''",
        "{'descr' '<f4'}                                        | byte 19: expected ':'",
        "{'descr': '<f4'                                        | byte 26: expected '}'",
        "{'descr': '<f4                                         | byte 24: expected the rest of a string",
        "{'descr': '<f\\x34'}                                   | byte 23: expected the rest of a string",
        "{'shape': 3}                                           | byte 20: expected '('",
        "{'shape': [1, 2]}                                      | byte 20: expected '('",
        "{'shape': (3)}                                         | byte 22: expected ','",
        "{'shape': (,)}                                         | byte 21: expected a dimension",
        "{'shape': (1 2)}                                       | byte 23: expected ','",
        "{'shape': (1, 2}                                       | byte 25: expected ')'",
        "{'shape': (1.0, 2)}                                    | byte 22: expected ','",
        "{'shape': (007, 2)}                                    | byte 21: expected a dimension",
        "{'shape': (+1, 2)}                                     | byte 21: expected a dimension",
        "{'shape': (True, 2)}                                   | byte 21: expected a dimension",
        "{'fortran_order': 1}                                   | byte 28: expected True or False",
        "{'fortran_order': true}                                | byte 28: expected True or False",
        "{'fortran_order': Truest}                              | byte 32: expected '}'",
        "{,}                                                    | byte 11: expected '''",
        "{'fortran_order': True,, }                             | byte 33: expected '''",
        "{} {}                                                  | byte 13: expected nothing more",
    })
    void malformedHeader(String dictionary, String fault) {
        write(NpyBytes.file(dictionary, new byte[8]));
        assertFault("its header is malformed at " + fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "{}                                                     | its header lacks 'descr'",
        "{'descr': '<f4'}                                       | its header lacks 'fortran_order'",
        "{'descr': '<f4', 'fortran_order': False}               | its header lacks 'shape'",
        "{'descr': '<f4', 'descr': '<f4'}                       | its header has 'descr' twice",
        "{'fortran_order': True, 'fortran_order': True}         | its header has 'fortran_order' twice",
        "{'shape': (1, 2), 'shape': (1, 2)}                     | its header has 'shape' twice",
        "{'order': 'C'}                                         | its header has an unknown key 'order'",
        "{' ~': 'C'}                                            | its header has an unknown key ' ~'",
        "{'shape': (-1, 2)}                                | its header has a dimension that is negative, at byte 21",
        "{'shape': (1, 9999999999999999999)}          | its header has a dimension beyond any file, at byte 24",
    })
    void incompleteHeader(String dictionary, String fault) {
        write(NpyBytes.file(dictionary, new byte[8]));
        assertFault(fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "(3000000000, 4000000000)             | shape (3000000000, 4000000000) is larger than any file",
        "(4294967296, 4294967296)             | shape (4294967296, 4294967296) is larger than any file",
        "(2305843009213693952, 1)             | its header has a dimension beyond any file, at byte 61",
        "(2, 3)            | shape (2, 3) of float32 needs 24 bytes of data, but 8 follow its header",
        "(1000000, 10000) | shape (1000000, 10000) of float32 needs 40000000000 bytes of data, but 8 follow its header",
        "(1, 1)            | has 4 bytes more than its shape (1, 1) needs, and they are no further array",
        "(0, 64)           | has 8 bytes more than its shape (0, 64) needs, and they are no further array",
        "(2,)              | shape (2,) has 1 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
        "(1, 1, 1, 1, 2)   | shape (1, 1, 1, 1, 2) has 5 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
        "(1, 1, 1, 1, 1, 1, 1, 1, 2) | shape (1, 1, 1, 1, 1, 1, 1, 1, ...) has 9 dimensions; "
                + "expected (N, d), (H, N, d) or (B, H, N, d)",
    })
    void wrongShape(String shape, String fault) {
        write(NpyBytes.file(NpyBytes.dictionary("<f4", false, shape), new byte[8]));
        assertFault(fault);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"(0, 64)", "(64, 0)", "(0, 4, 4)", "(4, 0, 4, 4)", "(0, 99999999999)"})
    void emptyShape(String shape) {
        write(NpyBytes.file(NpyBytes.dictionary("<f4", false, shape), new byte[0]));
        assertFault("shape " + shape + " is empty: every dimension must be at least 1");
    }

    @Test
    void scalar() {
        write(NpyBytes.file(NpyBytes.dictionary("<f4", false, "()"), new byte[4]));
        assertFault("shape () has 0 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)");
    }

    @Test
    void tooManyEntriesInARow() {
        byte[] header = NpyBytes.file(NpyBytes.dictionary("<f2", false, "(1, 2147483648)"), new byte[0]);
        write(header);
        sparse(header.length + 2L * 2147483648L);
        assertFault("shape (1, 2147483648) has a dimension of more than 2147483647");
    }

    @Test
    void tooManyHeads() {
        byte[] header = NpyBytes.file(NpyBytes.dictionary("<f2", false, "(65536, 65536, 1, 1)"), new byte[0]);
        write(header);
        sparse(header.length + 2L * 65536 * 65536);
        assertFault("shape (65536, 65536, 1, 1) has more than 2147483647 heads");
    }

    @Test
    void tooManyVectors() {
        byte[] header = NpyBytes.file(NpyBytes.dictionary("<f2", false, "(65536, 32768, 1)"), new byte[0]);
        write(header);
        sparse(header.length + 2L * 65536 * 32768);
        assertEquals(file + ": shape (65536, 32768, 1) has more than 2147483647 vectors",
                assertThrows(TensorFileException.class, () -> Npy.readVectors(file)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({"|O,objects", "object,objects", "<U8,strings", "|S4,strings", "str,strings", "<c8,complex", "complex64,complex",
        "D,complex", "|V8,raw bytes", "<M8[s],times", "timedelta64[ns],times", "<f16,floats of another size",
        "longdouble,floats of another size", "<i16,integers of another size", "int128,integers of another size", "<,unknown",
        "<float32,a name behind a byte order", "Float32,unknown", "' f4',unknown", "b2,unknown", "'',unknown"})
    void wrongType(String type, String kind) {
        write(NpyBytes.file(NpyBytes.dictionary(type, false, "(1, 1)"), new byte[8]));
        assertFault("has dtype '" + type + "' (" + kind + "); " + READABLE);
    }

    @Test
    void structuredType() {
        write(NpyBytes.file("{'descr': [('x', '<f4'), ('y', '<f4')], 'fortran_order': False, 'shape': (1, 1)}",
                new byte[8]));
        assertFault("has a structured dtype; " + READABLE);
    }

    @Test
    void beyondFloat32() {
        for (boolean columnMajor : new boolean[] {false, true}) {
            write(NpyBytes.file(NpyBytes.dictionary("<f8", columnMajor, "(1, 3)"),
                    NpyBytes.data("<f8", 1, 2, -1e39)));
            assertFault("entry 2 (in file order) is -1.0E39, beyond the float32 range");
        }
    }

    @Test
    void matrixOfThreeDimensions() {
        write(NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1, 1)"), new byte[4]));
        assertEquals(file + ": shape (1, 1, 1) has 3 dimensions; expected (N, d)",
                assertThrows(TensorFileException.class, () -> Npy.map(file, arena)).getMessage());
    }

    @Test
    void vectorsOfFourDimensions() {
        write(NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1, 1, 1)"), new byte[4]));
        assertEquals(file + ": shape (1, 1, 1, 1) has 4 dimensions; expected (N), (H, N) or (B, H, N)",
                assertThrows(TensorFileException.class, () -> Npy.readVectors(file)).getMessage());
    }

    @Test
    void nothingFromTheFileBreaksTheLine() {
        file = folder.resolve("a\nb\u001b[31m.npy");
        write(NpyBytes.file("{'descr': '<i4', 'fortran_order': False, 'shape': ()}", new byte[4]));
        String message = assertThrows(TensorFileException.class, () -> Npy.readHeads(file, arena)).getMessage();
        assertFalse(message.contains("\n") || message.contains("\u001b"), message);
    }

    private void write(byte[] bytes) {
        NpyBytes.write(file, bytes);
    }

    /** Lengthens the file to {@code length} without writing; where the file system cannot, the test is skipped. */
    private void sparse(long length) {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(length);
        } catch (IOException tooLong) {
            Assumptions.abort("no sparse files here");
        }
    }

    private TensorFileException assertFault(String fault) {
        TensorFileException failure = assertThrows(TensorFileException.class, () -> Npy.readHeads(file, arena));
        assertEquals(file + ": " + fault, failure.getMessage());
        return failure;
    }
}
