package dev.gatun.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.gatun.Heads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Fortran order, for any shape: entry (b, h, i, j) lies at b + B (h + H (i + N j)). */
@Tag("any-width")
class ColumnMajorTest {

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void readsTheEntryTheIndexNames(@ForAll @Size(max = 2) List<@IntRange(min = 1, max = 5) Integer> leadingSizes,
                                    @ForAll @IntRange(min = 1, max = 150) int rows,
                                    @ForAll @IntRange(min = 1, max = 140) int columns,
                                    @ForAll boolean bigEndian) throws IOException {
        int[] leading = leadingSizes.stream().mapToInt(Integer::intValue).toArray();
        int[] shape = Arrays.copyOf(leading, leading.length + 2);
        shape[leading.length] = rows;
        shape[leading.length + 1] = columns;
        String tuple = Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(", ", "(", ")"));
        int count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        String type = bigEndian ? ">f4" : "<f4";
        Path file = Files.createTempFile("column-major", ".npy");
        try (Arena arena = Arena.ofConfined()) {
            NpyBytes.write(file, NpyBytes.file(NpyBytes.dictionary(type, true, tuple),
                    NpyBytes.data(type, NpyBytes.count(0, count))));
            check(Npy.readHeads(file, arena), shape);
            checkVectors(file, leading, rows, columns);
        } finally {
            Files.delete(file);
        }
    }

    private static void check(Heads heads, int[] shape) {
        assertArrayEquals(shape, heads.shape());
        for (int b = 0; b < heads.batch(); b++) {
            for (int h = 0; h < heads.heads(); h++) {
                float[] expected = new float[heads.rows() * heads.columns()];
                for (int i = 0; i < heads.rows(); i++) {
                    for (int j = 0; j < heads.columns(); j++) {
                        expected[i * heads.columns() + j] = b + heads.batch() * (h + heads.heads() * (i + heads.rows() * j));
                    }
                }
                assertArrayEquals(expected, heads.matrix(b, h).toArray());
            }
        }
    }

    /** The same file as vectors, where it has no more than three dimensions. */
    private static void checkVectors(Path file, int[] leading, int rows, int columns) {
        if (leading.length == 2) {
            return;
        }
        double[][] vectors = Npy.readVectors(file).values();
        int heads = leading.length == 0 ? 1 : leading[0];
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < rows; i++) {
                double[] expected = new double[columns];
                for (int j = 0; j < columns; j++) {
                    expected[j] = h + heads * (i + rows * j);
                }
                assertArrayEquals(expected, vectors[h * rows + i]);
            }
        }
    }
}
