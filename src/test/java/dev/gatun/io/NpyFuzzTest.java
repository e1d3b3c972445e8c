package dev.gatun.io;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a {@code .npy} file, or as its header: {@code -Dtest=NpyFuzzTest#file}, or {@code #header}. */
@Timeout(10)
class NpyFuzzTest {

    private static FuzzedReader reader;

    @BeforeAll
    static void open() {
        reader = new FuzzedReader("x.npy");
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    /** Files of all types and orders, some longer than the runs and tiles in which they are read, and headers that grow. */
    static Stream<byte[]> seeds() {
        return Stream.of(
                NpyBytes.file(NpyBytes.dictionary("<f4", false, "(2, 3)"), NpyBytes.data("<f4", 1, 2, 3, 4, 5, 6)),
                NpyBytes.file(2, NpyBytes.dictionary(">f2", true, "(2, 1, 3)"), NpyBytes.data(">f2", 1, 2, 3, 4, 5, 6)),
                NpyBytes.file(3, NpyBytes.dictionary("<f8", true, "(1, 2, 1, 3)"), NpyBytes.data("<f8", 1, 2, 3, 4, 5, 6)),
                NpyBytes.file(NpyBytes.dictionary("<f8", false, "(1, 2)"), NpyBytes.data("<f8", 1e39, Double.NaN)),
                NpyBytes.file(NpyBytes.dictionary(">f4", false, "(3,)"), NpyBytes.data(">f4", 1, 2, 3)),
                NpyBytes.file(NpyBytes.dictionary("<f2", false, "(2, 2100)"),
                        NpyBytes.data("<f2", NpyBytes.count(-2000, 4200))),
                NpyBytes.file(NpyBytes.dictionary("<f2", true, "(70, 65)"), NpyBytes.data("<f2", NpyBytes.count(0, 4550))),
                NpyBytes.file(NpyBytes.dictionary("<f2", true, "(2, 35, 1)"), NpyBytes.data("<f2", NpyBytes.count(0, 70))),
                NpyBytes.file("{'shape': (" + "1,".repeat(100) + ")}", new byte[4]),
                NpyBytes.file("{u'descr': u'>i8', u'fortran_order': False, u'shape': (2L, 2L)}",
                        NpyBytes.data(">i8", -1, 2, 0x1p40, 0x1p60)),
                NpyBytes.joined(NpyBytes.file(NpyBytes.dictionary("|b1", false, "(1, 2)"), NpyBytes.data("|b1", 1, 0)),
                        NpyBytes.file(NpyBytes.dictionary("uint16", false, "(1, 1)"), NpyBytes.data("<u2", 5))),
                NpyBytes.joined(NpyBytes.file(NpyBytes.dictionary("<U2", false, "(1,)"), new byte[8]),
                        NpyBytes.file(NpyBytes.dictionary("=d", false, "(1, 1)"), NpyBytes.data("<f8", 5))),
                NpyBytes.file(2, "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': ()}", new byte[4]),
                Arrays.copyOf(NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 1)"), new byte[4]), 11));
    }

    static Stream<byte[]> headers() {
        return seeds().filter(bytes -> bytes.length > 12).map(bytes -> {
            int start = bytes[6] == 1 ? 10 : 12;
            int length = bytes[8] & 0xff | (bytes[9] & 0xff) << 8;
            return Arrays.copyOfRange(bytes, start, start + length);
        });
    }

    @Retention(RetentionPolicy.RUNTIME)
    @DictionaryEntries({"'descr': ", "'fortran_order': ", "'shape': ", "True", "False", "'<f2'", "'<f4'", "'<f8'", "'>f2'",
        "'>f4'", "'>f8'", "'|O'", "'=f4'", "'float32'", "'<i8'", "'>u4'", "'|b1'", "'<c8'", "u'", "1L", "\u0093NUMPY", "\"", "\\", "(1, 1)", "(1,)", "999999999999999999", "4294967296", "2147483648", "\1\0",
        "\2\0", "\3\0", "}, "})
    @interface Tokens {
    }

    @Tokens
    @MethodSource("seeds")
    @FuzzTest
    void file(byte[] bytes) {
        reader.file().npy(bytes);
    }

    @Tokens
    @MethodSource("headers")
    @FuzzTest
    void header(byte[] text) {
        reader.header().npy(text);
    }
}
