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

/** Any bytes as a {@code .safetensors} file, or as its header. */
@Timeout(10)
class SafeTensorsFuzzTest {

    private static FuzzedReader reader;

    @BeforeAll
    static void open() {
        reader = new FuzzedReader("m.safetensors");
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    /** Files of all types, one longer than the runs in which it is read, and headers that grow. */
    static Stream<byte[]> seeds() {
        return Stream.of(
                SafeTensorsBytes.sample(),
                SafeTensorsBytes.file("{" + SafeTensorsBytes.entry("q", "F16", "[1,2,3]", 0, 12) + "}  ",
                        NpyBytes.data("<f2", 1, 2, 3, 4, 5, Double.NaN)),
                SafeTensorsBytes.file("{" + SafeTensorsBytes.entry("a\\u00e9\\n\\ud83d\\ude00", "BF16", "[1,1,1,2]", 0, 4)
                        + "}", new byte[4]),
                SafeTensorsBytes.file("{" + SafeTensorsBytes.entry("q", "F64", "[2,1]", 0, 16) + "}",
                        NpyBytes.data("<f8", 1, 1e300)),
                SafeTensorsBytes.file("{" + SafeTensorsBytes.entry("q", "F16", "[2100,2]", 0, 8400) + "}",
                        NpyBytes.data("<f2", NpyBytes.count(-2000, 4200))),
                SafeTensorsBytes.file("{\"__metadata__\":null," + SafeTensorsBytes.entry("q", "I16", "[2,1]", 0, 4) + ",\"b\":{"
                        + "\"dtype\":\"BOOL\",\"shape\":[1,1],\"x\":[{\"y\":-1.5e3},true,null,\"\"],\"data_offsets\":[4,5]}}",
                        new byte[] {1, 0, -1, -1, 1}),
                SafeTensorsBytes.file("{\"__metadata__\":{" + "\"\":\"\",".repeat(30) + "\"\":\"\"}}", new byte[0]),
                SafeTensorsBytes.file("{\"q\":{\"shape\":[" + "1,".repeat(100) + "1]}}", new byte[0]),
                SafeTensorsBytes.file("{\"__metadata__\":{\"\":\"" + "\\na".repeat(60) + "\"}}", new byte[0]),
                SafeTensorsBytes.file("{}", new byte[0]));
    }

    static Stream<byte[]> headers() {
        return seeds().map(bytes -> Arrays.copyOfRange(bytes, 8, 8 + (bytes[0] & 0xff | (bytes[1] & 0xff) << 8)));
    }

    @Retention(RetentionPolicy.RUNTIME)
    @DictionaryEntries({"\"__metadata__\":{", "\"dtype\":", "\"shape\":", "\"data_offsets\":", "\"F16\"", "\"BF16\"", "\"F32\"",
        "\"F64\"", "\"I64\"", "\"BOOL\"", "\"U8\"", "null", "\"x\":", "[4,8]", "[1,1]", "[0,4]", "\\u", "\\ud83d\\ude00", "\\\"", "é", "\uD83D\uDE00", "999999999999999999",
        "4294967296", "},\"k\":{", ",\"q\":{"})
    @interface Tokens {
    }

    @Tokens
    @MethodSource("seeds")
    @FuzzTest
    void file(byte[] bytes) {
        reader.file().safeTensors(bytes);
    }

    @Tokens
    @MethodSource("headers")
    @FuzzTest
    void header(byte[] text) {
        reader.header().safeTensors(text);
    }
}
