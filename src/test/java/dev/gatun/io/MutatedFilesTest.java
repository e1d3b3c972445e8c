package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of small damages to good files: each is read, or refused in one line. A seed is named where one fails. */
class MutatedFilesTest {

    private static final int MUTATIONS = 3000;

    private static final byte[][] NPY = {
        NpyBytes.file(NpyBytes.dictionary("<f4", false, "(2, 3)"), NpyBytes.data("<f4", 1, 2, 3, 4, 5, 6)),
        NpyBytes.file(2, NpyBytes.dictionary(">f2", true, "(2, 1, 3)"), NpyBytes.data(">f2", 1, 2, 3, 4, 5, 6)),
        NpyBytes.file(3, NpyBytes.dictionary("<f8", true, "(1, 2, 1, 3)"), NpyBytes.data("<f8", 1, 2, 3, 4, 5, 6)),
    };

    /** Bytes that matter to one grammar or the other. */
    private static final byte[] TELLING = "{}[]()',:\"\\#0123456789-+.eE<>|=fbiucOSUVTF \n\t\0\u007f".getBytes(
            StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    @Test
    void npyHeads() {
        mutate("x.npy", NPY, (file, arena) -> Npy.readHeads(file, arena));
    }

    @Test
    void npyVectors() {
        mutate("x.npy", NPY, (file, arena) -> Npy.readVectors(file));
    }

    @Test
    void safeTensors() {
        mutate("m.safetensors", new byte[][] {SafeTensorsBytes.sample()},
                (file, arena) -> SafeTensors.readHeads(file, "q", arena));
    }

    @Test
    void eitherByMagic() {
        mutate("m.bin", new byte[][] {NPY[0], NPY[1], SafeTensorsBytes.sample()},
                (file, arena) -> TensorFile.readHeads(file + "#q", arena));
    }

    private void mutate(String name, byte[][] originals, BiConsumer<Path, Arena> reader) {
        Path file = folder.resolve(name);
        int refused = 0;
        for (int seed = 0; seed < MUTATIONS; seed++) {
            Random random = new Random(seed);
            NpyBytes.write(file, damaged(originals[random.nextInt(originals.length)], random));
            try (Arena arena = Arena.ofConfined()) {
                reader.accept(file, arena);
            } catch (TensorFileException fault) {
                refused++;
                assertTrue(fault.getMessage().startsWith(file + ": "), fault.getMessage());
                assertTrue(fault.getMessage().chars().noneMatch(Character::isISOControl), fault.getMessage());
            } catch (Throwable other) {
                fail("seed " + seed, other);
            }
        }
        assertTrue(refused > MUTATIONS / 2, "only " + refused + " refused");
    }

    private static byte[] damaged(byte[] original, Random random) {
        byte[] bytes = original.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = TELLING[random.nextInt(TELLING.length)];
                case 3 -> bytes = random.nextBoolean() ? Arrays.copyOf(bytes, at + 1) : without(bytes, at);
                default -> bytes = with(bytes, at, TELLING[random.nextInt(TELLING.length)]);
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

    private static byte[] with(byte[] bytes, int at, byte added) {
        byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
        System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
        longer[at] = added;
        return longer;
    }
}
