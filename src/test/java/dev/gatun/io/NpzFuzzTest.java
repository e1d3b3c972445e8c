package dev.gatun.io;

import com.code_intelligence.jazzer.junit.DictionaryEntries;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a {@code .npz} archive. */
@Timeout(10)
class NpzFuzzTest {

    private static FuzzedReader reader;

    @BeforeAll
    static void open() {
        reader = new FuzzedReader("x.npz");
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    static Stream<byte[]> seeds() {
        return Stream.of(ZipBytes.samples());
    }

    @MethodSource("seeds")
    @DictionaryEntries({"PK\1\2", "PK\3\4", "PK\5\6", "PK\6\6", "PK\6\7", "\u00ff\u00ff\u00ff\u00ff", "q.npy", "\u0093NUMPY", "'<f4'",
        "(1, 1)"})
    @FuzzTest
    void file(byte[] bytes) {
        reader.file().npz(bytes);
    }
}
