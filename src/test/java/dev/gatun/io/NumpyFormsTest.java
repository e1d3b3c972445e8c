package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.gatun.reference.ReferenceNpy;
import java.lang.foreign.Arena;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms of {@code .npy} files that {@code numpy.load} of NumPy 2.4 accepts but NumPy does not write. */
@Tag("any-width")
class NumpyFormsTest {

    /** Each type's code in the files that NumPy writes, then all spellings that {@code numpy.dtype} takes for it. */
    private static final String[] SPELLINGS = {
        "f2 e float16 half", "f4 f float32 single", "f8 d float64 double float", "b1 ? bool bool_", "i1 b int8 byte",
        "u1 B uint8 ubyte", "i2 h int16 short", "u2 H uint16 ushort", "i4 i int32 intc", "u4 I uint32 uintc",
        "i8 l q p n int64 int int_ intp long longlong", "u8 L Q P N uint64 uint uintp ulong ulonglong",
    };

    /** NumPy wrote three arrays to one file: float32 (2, 3), strings of two characters (2,), and int64 (1, 2). */
    private static final String THREE_ARRAYS = """
            k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEAAAIBAAACgQAAA
            wECTTlVNUFkBAHYAeydkZXNjcic6ICc8VTInLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMiwpLCB9ICAgICAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCmEAAAAAAAAAYgAAAGMAAACTTlVN
            UFkBAHYAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwgMiksIH0gICAgICAgICAg
            ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgEAAAAAAAAA/v////////8=""";

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

    static Stream<String> spellings() {
        return Stream.of(SPELLINGS);
    }

    /** A code may follow a byte order; a name may not. */
    @ParameterizedTest
    @MethodSource("spellings")
    void spellingsOfTypes(String line) {
        String[] spellings = line.split(" ");
        boolean bytes = spellings[0].endsWith("1");
        float[] values = spellings[0].equals("b1") ? new float[] {1, 0} : new float[] {100, 3};
        for (String spelling : spellings) {
            for (String order : spelling.length() < 3 && !spelling.equals("int") ? new String[] {"", "<", ">", "=", "|"}
                    : new String[] {""}) {
                boolean big = order.equals(">") || !order.equals("<") && ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
                byte[] data = NpyBytes.data((bytes ? "|" : big ? ">" : "<") + spellings[0], values[0], values[1]);
                NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary(order + spelling, false, "(1, 2)"), data));
                assertArrayEquals(values, NpyBytes.values(Npy.readHeads(file, arena)), order + spelling);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 2L), }",
        "{u'descr': u'<f4', u'fortran_order': False, u'shape': (1L, 2L)}",
        "{U\"descr\": U'<f4', 'shape': (1, 2L,), 'fortran_order': False}",
    })
    void headersOfPython2(String dictionary) {
        NpyBytes.write(file, NpyBytes.file(dictionary, NpyBytes.data("<f4", 8, 9)));
        assertArrayEquals(new float[] {8, 9}, NpyBytes.values(Npy.readHeads(file, arena)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "{b'descr': '<f4'}                                           | byte 11: expected '''",
        "{u 'descr': '<f4'}                                          | byte 12: expected '''",
        "{uu'descr': '<f4'}                                          | byte 12: expected '''",
        "{'shape': (1l, 2)}                                          | byte 22: expected ','",
        "{'shape': (1LL, 2)}                                         | byte 23: expected ','",
        "{'shape': (L, 2)}                                           | byte 21: expected a dimension",
    })
    void nearlyPython2(String dictionary, String fault) {
        NpyBytes.write(file, NpyBytes.file(dictionary, new byte[8]));
        assertFault(": its header is malformed at " + fault, () -> Npy.readHeads(file, arena));
    }

    /** A representable integer is exact; the fault of any other names its value. */
    @ParameterizedTest
    @CsvSource({
        "i8, -1099511627776,        true, true",
        "i8, -9223372036854775808,  true, true",
        "u8, 9223372036854775808,   true, true",
        "u8, 18446742974197923840,  true, true",
        "u4, 4294967040,            true, true",
        "u4, 4294967295,            false, true",
        "i4, 16777216,              true, true",
        "i4, 16777217,              false, true",
        "i4, -16777217,             false, true",
        "i8, 9007199254740993,      false, false",
        "i8, 9223372036854775807,   false, false",
        "u8, 18446744073709551615,  false, false",
        "u8, 18446744073709549568,  false, true",
    })
    void integersAreExactOrRefused(String type, String value, boolean single, boolean twice) {
        long bits = new BigInteger(value).longValue();
        byte[] data = new byte[2 * (type.charAt(1) - '0')];
        for (int k = 0; k < data.length / 2; k++) {
            data[data.length / 2 + k] = (byte) (bits >> 8 * k);
        }
        NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary("<" + type, false, "(1, 2)"), data));
        String fault = ": entry 1 (in file order) is " + value + ", which %s cannot hold exactly";
        if (single) {
            assertArrayEquals(new float[] {0, Float.parseFloat(value)}, NpyBytes.values(Npy.readHeads(file, arena)));
        } else {
            assertFault(fault.formatted("float32"), () -> Npy.readHeads(file, arena));
        }
        if (twice) {
            assertArrayEquals(new double[] {0, Double.parseDouble(value)}, Npy.readVectors(file).values()[0]);
        } else {
            assertFault(fault.formatted("float64"), () -> Npy.readVectors(file));
        }
    }

    @Test
    void booleansAreNoOtherBytes() {
        NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary("|b1", true, "(2, 2)"), new byte[] {1, 0, 0, 1}));
        assertArrayEquals(new float[] {1, 0, 0, 1}, NpyBytes.values(Npy.readHeads(file, arena)));
        NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary("|b1", true, "(2, 2)"), new byte[] {1, 0, -1, 1}));
        assertFault(": entry 2 (in file order) is the byte 255; a boolean is 0 or 1", () -> Npy.readHeads(file, arena));
    }

    @Test
    void severalArraysInOneFile() {
        NpyBytes.write(file, Base64.getMimeDecoder().decode(THREE_ARRAYS));
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, NpyBytes.values(Npy.readHeads(file, arena)));
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, NpyBytes.values(TensorFile.readHeads(file + "#0", arena)));
        assertArrayEquals(new float[] {1, -2}, NpyBytes.values(TensorFile.readHeads(file + "#2", arena)));
        assertArrayEquals(new double[] {1, -2}, TensorFile.readVectors(file + "#2").values()[0]);
        assertFault(": has dtype '<U2' (strings); expected real numbers: float16, float32, float64, integers or booleans",
                () -> TensorFile.readHeads(file + "#1", arena));
        assertFault(": has no array 3: the last one is 2", () -> TensorFile.readHeads(file + "#3", arena));
        assertFault(": has no array 999999999999999999: the last one is 2",
                () -> TensorFile.readHeads(file + "#999999999999999999", arena));
        assertFault(": is a .npy file, whose arrays have numbers, #0 the first, and no names such as '01'",
                () -> TensorFile.readHeads(file + "#01", arena));
    }

    /** An array of unknown size ends the search for those after it. */
    @Test
    void whatFollowsAnUnknownSizeIsNotFound() {
        byte[] first = NpyBytes.file(NpyBytes.dictionary("|O", false, "(1, 1)"), new byte[8]);
        NpyBytes.write(file, NpyBytes.joined(first, NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[4])));
        assertFault(": array 0 has dtype '|O', of unknown size: what follows it cannot be found",
                () -> TensorFile.readHeads(file + "#1", arena));
        byte[] cut = NpyBytes.file(NpyBytes.dictionary("<c8", false, "(9, 9)"), new byte[8]);
        NpyBytes.write(file, cut);
        assertFault(": array 0, shape (9, 9) of '<c8', needs 648 bytes of data, but 8 follow its header",
                () -> TensorFile.readHeads(file + "#1", arena));
    }

    /** The oracle of the fuzzers knows the same spellings. */
    @ParameterizedTest
    @MethodSource("spellings")
    void theReferenceTakesTheSame(String line) {
        String[] spellings = line.split(" ");
        for (String spelling : spellings) {
            byte[] bytes = NpyBytes.file(NpyBytes.dictionary(spelling, false, "(1, 2)"), NpyBytes.data("<" + spellings[0], 1, 0));
            assertEquals(spellings[0], ReferenceNpy.tensor(bytes).orElseThrow().type());
        }
    }

    private void assertFault(String message, Runnable read) {
        assertEquals(file + message, assertThrows(TensorFileException.class, read::run).getMessage());
    }
}
