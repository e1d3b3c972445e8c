package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.ElementType;
import dev.gatun.Heads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("any-width")
class NpyOutputTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void layoutIsNumpys(NpyType type) throws IOException {
        Path file = folder.resolve("x.npy");
        try (NpyOutput output = NpyOutput.create(file, type, 2, 3)) {
            assertEquals(6L * type.bytes(), output.segment().byteSize());
            output.segment().set(ValueLayout.JAVA_BYTE, 6L * type.bytes() - 1, (byte) 77);
            output.commit();
        }
        byte[] bytes = Files.readAllBytes(file);
        String header = "{'descr': '" + type.descriptor() + "', 'fortran_order': False, 'shape': (2, 3), }";
        assertEquals(128 + 6 * type.bytes(), bytes.length);
        assertEquals(header, new String(bytes, 10, 118, StandardCharsets.US_ASCII).strip());
        assertEquals('\n', bytes[127]);
        assertEquals(0, bytes[128]);
        assertEquals(77, bytes[bytes.length - 1]);
        assertEquals(List.of(file), files());
    }

    /** Memory that cannot be read leaves the file that was there, and nothing beside it. */
    @Test
    void whatCannotBeReadIsNotWritten() throws IOException, InterruptedException {
        Path file = folder.resolve("x.npy");
        Files.writeString(file, "as it was");
        Arena shortLived = Arena.ofConfined();
        Heads closed = Heads.allocate(shortLived, 5, 4);
        shortLived.close();
        try (Arena arena = Arena.ofConfined()) {
            Heads own = Heads.allocate(arena, 5, 4);
            Heads narrow = Heads.of(own.segment(), 0, ElementType.BFLOAT16, 5, 4);
            assertThrows(IllegalStateException.class, () -> Npy.write(file, closed));
            assertThrows(IllegalArgumentException.class, () -> Npy.write(file, narrow));
            assertThrows(NullPointerException.class, () -> Npy.write(file, (Heads) null));
            Thread other = new Thread(() -> assertThrows(WrongThreadException.class, () -> Npy.write(file, own)));
            AtomicReference<Throwable> failure = new AtomicReference<>();
            other.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
            other.start();
            other.join();
            assertNull(failure.get());
        }
        assertEquals("as it was", Files.readString(file));
        assertEquals(List.of(file), files());
    }

    @Test
    void longShapesKeepTheDataAligned() throws IOException {
        Path file = folder.resolve("x.npy");
        int[] shape = new int[30];
        Arrays.fill(shape, 1);
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT64, shape)) {
            output.commit();
        }
        assertEquals(8, Files.size(file) % 64);
    }

    @Test
    void oneDimensionIsAPythonTuple() throws IOException {
        Path file = folder.resolve("x.npy");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT64, 3)) {
            output.commit();
        }
        assertTrue(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains("'shape': (3,), }"));
        assertArrayEquals(new double[3], Npy.readVectors(file).values()[0]);
    }

    @Test
    void headsAreTheSegment() {
        Path file = folder.resolve("x.npy");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 2, 3, 4)) {
            Heads heads = output.heads();
            assertArrayEquals(new int[] {2, 3, 4}, heads.shape());
            heads.matrix(1).set(2, 3, 5);
            output.commit();
        }
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(5, Npy.readHeads(file, arena).matrix(1).get(2, 3));
        }
    }

    @Test
    void complexHeadsHaveRealAndImaginaryPartSideBySide() {
        try (NpyOutput output = NpyOutput.create(folder.resolve("x.npy"), NpyType.COMPLEX64, 3, 4)) {
            assertArrayEquals(new int[] {3, 8}, output.heads().shape());
        }
    }

    @Test
    void headsOnlyOfFloat32Matrices() {
        try (NpyOutput output = NpyOutput.create(folder.resolve("x.npy"), NpyType.FLOAT64, 3, 4)) {
            assertThrows(IllegalStateException.class, output::heads);
        }
        try (NpyOutput output = NpyOutput.create(folder.resolve("x.npy"), NpyType.FLOAT32, 3)) {
            assertThrows(IllegalStateException.class, output::heads);
        }
    }

    @Test
    void filesOfSeveralBlocksAreAsLongAsTheirData() throws IOException {
        Path file = folder.resolve("x.npy");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 3, 100_000)) {
            output.commit();
        }
        assertEquals(128 + 1_200_000, Files.size(file));
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 128; i < bytes.length; i++) {
            assertEquals(0, bytes[i]);
        }
    }

    @Test
    void closingEndsTheMapping() {
        NpyOutput output = NpyOutput.create(folder.resolve("x.npy"), NpyType.FLOAT32, 3);
        output.close();
        assertFalse(output.segment().scope().isAlive());
        output.close();
    }

    @Test
    void nothingIsLeftWhereTheMoveFails() throws IOException {
        Path file = folder.resolve("x.npy");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 3)) {
            Files.createDirectory(file);
            String message = assertThrows(TensorFileException.class, output::commit).getMessage();
            assertTrue(message.startsWith(file + ": cannot be written: "), message);
        }
        assertEquals(List.of(file), files());
    }

    @Test
    void nothingIsLeftWithoutCommit() throws IOException {
        Path file = Files.writeString(folder.resolve("x.npy"), "before");
        assertThrows(ArithmeticException.class, () -> {
            try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 100, 100)) {
                output.segment().fill((byte) 1);
                throw new ArithmeticException("the computation failed");
            }
        });
        assertEquals("before", Files.readString(file));
        assertEquals(List.of(file), files());
    }

    @Test
    void theOldFileStandsUntilCommit() throws IOException {
        Path file = Files.writeString(folder.resolve("x.npy"), "before");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 2)) {
            assertEquals("before", Files.readString(file));
            output.commit();
            assertEquals(136, Files.size(file));
            assertThrows(IllegalStateException.class, output::commit);
            assertFalse(output.segment().scope().isAlive());
        }
        assertEquals(List.of(file), files());
    }

    @Test
    void severalThreadsMayWrite() throws InterruptedException {
        Path file = folder.resolve("x.npy");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 4, 1000)) {
            Heads heads = output.heads();
            List<Thread> threads = Stream.of(0, 1, 2, 3).map(row -> Thread.ofPlatform().start(() -> {
                for (int j = 0; j < 1000; j++) {
                    heads.matrix(0).set(row, j, row * 1000 + j);
                }
            })).toList();
            for (Thread thread : threads) {
                thread.join();
            }
            output.commit();
        }
        try (Arena arena = Arena.ofConfined()) {
            float[] read = Npy.map(file, arena).toArray();
            for (int i = 0; i < read.length; i++) {
                assertEquals(i, read[i]);
            }
        }
    }

    @Test
    void symbolicLinksAreFollowed() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path real = Files.writeString(elsewhere.resolve("real.npy"), "before");
        Path link = Files.createSymbolicLink(folder.resolve("link.npy"), real);
        try (NpyOutput output = NpyOutput.create(link, NpyType.FLOAT32, 1)) {
            output.commit();
        }
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(132, Files.size(real));
    }

    @Test
    void missingFolder() {
        assertFault(folder.resolve("no").resolve("x.npy"), "the folder " + folder.resolve("no") + " does not exist");
    }

    @Test
    void folderIsAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "text");
        String message = assertThrows(TensorFileException.class,
                () -> NpyOutput.create(file.resolve("x.npy"), NpyType.FLOAT32, 1)).getMessage();
        assertTrue(message.startsWith(file.resolve("x.npy") + ": cannot be written: "), message);
        assertEquals("text", Files.readString(file));
    }

    @Test
    void targetIsADirectory() {
        assertFault(folder, "is a directory");
    }

    @Test
    void targetIsADevice() {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/null")));
        assertFault(Path.of("/dev/null"), "is not a regular file");
    }

    @Test
    void readOnlyFolder() throws IOException {
        Path locked = Files.createDirectory(folder.resolve("locked"));
        Assumptions.assumeTrue(locked.toFile().setWritable(false) && !Files.isWritable(locked));
        assertFault(locked.resolve("x.npy"), "the folder " + locked + " is not writable");
    }

    @Test
    void readOnlyFile() throws IOException {
        Path locked = Files.writeString(folder.resolve("locked.npy"), "before");
        Assumptions.assumeTrue(locked.toFile().setWritable(false) && !Files.isWritable(locked));
        assertFault(locked, "the file is read-only");
        assertEquals("before", Files.readString(locked));
    }

    @Test
    void nameTooLong() {
        Path file = folder.resolve("x".repeat(300) + ".npy");
        String message = assertThrows(TensorFileException.class,
                () -> NpyOutput.create(file, NpyType.FLOAT32, 1)).getMessage();
        assertTrue(message.startsWith(file + ": cannot be written: "), message);
    }

    @Test
    void longestName() throws IOException {
        Path file = folder.resolve("x".repeat(251) + ".npy");
        try (NpyOutput output = NpyOutput.create(file, NpyType.FLOAT32, 1)) {
            output.commit();
        }
        assertEquals(List.of(file), files());
    }

    @Test
    void diskTooSmall() throws IOException {
        Path file = folder.resolve("x.npy");
        String message = assertThrows(TensorFileException.class,
                () -> NpyOutput.create(file, NpyType.FLOAT32, Integer.MAX_VALUE, 1 << 20)).getMessage();
        String expected = file + ": cannot be written: needs 9007199250546816 bytes, the disk has ";
        assertTrue(message.startsWith(expected), message);
        assertEquals(List.of(), files());
    }

    @Test
    void largerThanAnyFile() throws IOException {
        Path file = folder.resolve("x.npy");
        int most = Integer.MAX_VALUE;
        String message = assertThrows(TensorFileException.class,
                () -> NpyOutput.create(file, NpyType.FLOAT32, most, most, most)).getMessage();
        assertEquals(file + ": cannot be written: shape (2147483647, 2147483647, 2147483647) is larger than any file",
                message);
        assertEquals(List.of(), files());
    }

    @ParameterizedTest
    @CsvSource({"0", "-1"})
    void emptyShapes(int size) throws IOException {
        Path file = folder.resolve("x.npy");
        assertThrows(IllegalArgumentException.class, () -> NpyOutput.create(file, NpyType.FLOAT32, 3, size));
        assertThrows(IllegalArgumentException.class, () -> NpyOutput.create(file, NpyType.FLOAT32));
        assertEquals(List.of(), files());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private static void assertFault(Path file, String fault) {
        TensorFileException failure = assertThrows(TensorFileException.class,
                () -> NpyOutput.create(file, NpyType.FLOAT32, 2, 2));
        assertEquals(file + ": cannot be written: " + fault, failure.getMessage());
    }
}
