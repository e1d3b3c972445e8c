package dev.gatun.io;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a file whose ending does not tell its format. */
@Timeout(10)
class TensorFileFuzzTest {

    private static FuzzedReader reader;

    @BeforeAll
    static void open() {
        reader = new FuzzedReader("m.bin");
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    static Stream<byte[]> seeds() {
        return Stream.concat(NpyFuzzTest.seeds(), SafeTensorsFuzzTest.seeds());
    }

    @MethodSource("seeds")
    @DictionaryEntries({"\u0093NUMPY", "{", "\0\0\0\0\0\0\0{"})
    @FuzzTest
    void file(byte[] bytes) {
        reader.file().either(bytes);
    }
}
