package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("any-width")
class TensorFileTest {

    private static final byte[] NPY =
            NpyBytes.file(NpyBytes.dictionary("<f4", false, "(1, 2)"), NpyBytes.data("<f4", 8, 9));

    @TempDir
    Path folder;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void release() {
        arena.close();
    }

    @BeforeEach
    void files() throws IOException {
        NpyBytes.write(folder.resolve("x.npy"), NPY);
        NpyBytes.write(folder.resolve("X.NPY"), NPY);
        NpyBytes.write(folder.resolve("a#1.npy"), NPY);
        NpyBytes.write(folder.resolve("x.bin"), NPY);
        NpyBytes.write(folder.resolve("m.safetensors"), SafeTensorsBytes.sample());
        NpyBytes.write(folder.resolve("m.bin"), SafeTensorsBytes.sample());
        Path odd = Files.createDirectory(folder.resolve("odd#folder"));
        NpyBytes.write(odd.resolve("m.safetensors"), SafeTensorsBytes.sample());
        String header = "{" + SafeTensorsBytes.entry("a#b", "F32", "[1,2]", 0, 8) + "}";
        NpyBytes.write(folder.resolve("hash.safetensors"), SafeTensorsBytes.file(header, NpyBytes.data("<f4", 8, 9)));
        Files.writeString(folder.resolve("notes.txt"), "neither of the two");
        Files.writeString(folder.resolve("short.txt"), "8 bytes!");
        NpyBytes.write(folder.resolve("nothing"), new byte[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x.npy", "X.NPY", "a#1.npy", "x.bin", "hash.safetensors#a#b"})
    void readsOneRow(String argument) {
        assertArrayEquals(new float[] {8, 9}, read(argument));
    }

    @ParameterizedTest
    @ValueSource(strings = {"m.safetensors#q", "m.bin#q", "odd#folder/m.safetensors#q"})
    void readsANamedTensor(String argument) {
        assertArrayEquals(new float[] {1, 2, 3, 4}, read(argument));
    }

    @Test
    void explainsWhatIsWrong() {
        assertFault("y.npy", "y.npy: no such file");
        assertFault("b#1.npy", "b#1.npy: no such file");
        assertFault("y.safetensors#q", "y.safetensors: no such file");
        assertFault("x.npy#q", "x.npy: is a .npy file, whose arrays have numbers, #0 the first, and no names such as 'q'");
        assertFault("x.npy#1", "x.npy: has no array 1: the last one is 0");
        assertFault("m.safetensors",
                "m.safetensors: needs the name of a tensor, # and name behind the path; it has 'q', 'ids', 'k'");
        assertFault("m.safetensors#",
                "m.safetensors: needs the name of a tensor, # and name behind the path; it has 'q', 'ids', 'k'");
        assertFault("m.safetensors#v", "m.safetensors: has no tensor 'v'; it has 'q', 'ids', 'k'");
        assertFault("notes.txt", "notes.txt: is neither a .npy, a .npz nor a safetensors file");
        assertFault("short.txt", "short.txt: is neither a .npy, a .npz nor a safetensors file");
        assertFault("nothing", "nothing: is empty");
        assertFault("odd#folder", "odd#folder: is a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "#", "#q", "a\0b", "\0#q"})
    void survivesArgumentsThatAreNoPaths(String argument) {
        String message = assertThrows(TensorFileException.class,
                () -> TensorFile.readHeads(argument, arena)).getMessage();
        assertTrue(message.chars().noneMatch(Character::isISOControl), message);
    }

    /** Where the system tells which files a process has open. */
    @Test
    void filesAreClosedOnceRead() throws IOException {
        Path open = Path.of("/proc/self/fd");
        Assumptions.assumeTrue(Files.isDirectory(open));
        read("x.npy");
        read("m.safetensors#q");
        assertThrows(TensorFileException.class, () -> read("notes.txt"));
        try (Stream<Path> descriptors = Files.list(open)) {
            assertTrue(descriptors.noneMatch(descriptor -> target(descriptor).startsWith(folder)));
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException closed) {
            return link;
        }
    }

    private float[] read(String argument) {
        return NpyBytes.values(TensorFile.readHeads(folder + "/" + argument, arena));
    }

    private void assertFault(String argument, String message) {
        assertEquals(folder + "/" + message,
                assertThrows(TensorFileException.class, () -> read(argument)).getMessage());
    }
}
