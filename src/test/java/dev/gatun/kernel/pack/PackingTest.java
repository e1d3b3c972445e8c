package dev.gatun.kernel.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.SquareTranspose;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is packed lies where it should, with the arithmetic that is documented, at every width. */
class PackingTest {

    private static final float UNTOUCHED = 77f;
    private static final float WEIGHT = 0.3f;
    private static final float REST = 1.3e-9f;

    private final Random random = new Random(17);

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 15, 16, 17, 31, 32, 40, 64, 80})
    void placesAreAnOrderOfTheComponents(int d) {
        int[] places = IntStream.range(0, d).map(c -> Packing.place(c, d)).sorted().toArray();
        assertArrayEquals(IntStream.range(0, d).toArray(), places);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "4, 16", "17, 16", "64, 32", "65, 33", "70, 64", "128, 80", "130, 23", "16, 256"})
    void rowsAreWeightedAndLieByBlock(int count, int d) {
        int at = 3;
        int inner = d + 5;
        float[] vectors = normal(count * d);
        rowsAreWeightedAndLieByBlock(vectors, StoredRows.of(vectors, d), count, d, inner, at);
        try (Arena arena = Arena.ofConfined()) {
            for (int stride : new int[] {d, d + 3}) {
                rowsAreWeightedAndLieByBlock(vectors, native32(arena, vectors, count, d, stride), count, d, inner, at);
            }
        }
    }

    /** The rows in native memory, {@code stride} entries apart. */
    private static StoredRows native32(Arena arena, float[] vectors, int count, int d, int stride) {
        MemorySegment memory = arena.allocate((long) Float.BYTES * (count * stride + 1), Float.BYTES);
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(vectors, i * d, memory, ValueLayout.JAVA_FLOAT, (long) Float.BYTES * (1 + i * stride), d);
        }
        StoredRows rows = new StoredRows();
        rows.bind(StoredType.FLOAT32, memory, Float.BYTES, (long) Float.BYTES * stride);
        return rows;
    }

    private static void rowsAreWeightedAndLieByBlock(float[] vectors, StoredRows stored, int count, int d, int inner, int at) {
        Panel panel = filled(Panel.float32(count, inner, Lanes.BLOCK));
        float[] squares = new float[Packing.squares(count)];
        for (int first = 0; first < count; first += SquareTranspose.SIDE) {
            int read = Math.min(SquareTranspose.SIDE, count - first);
            float[] part = new float[SquareTranspose.SIDE * d];
            Arrays.fill(part, read * d, part.length, UNTOUCHED);
            Packing.readScaled(stored, first, read, d, WEIGHT, REST, part);
            Packing.byBlock(part, first, Packing.pad(part, read, d), d, panel.float32(), inner, at);
        }
        for (int first = 0; first < count; first += Lanes.BLOCK) {
            Packing.addSquares(panel.float32(), first, Math.min(Lanes.BLOCK, count - first), d, inner, at, squares);
        }
        for (int i = 0; i < count; i++) {
            float square = 0;
            float[] inPlaces = new float[d];
            for (int c = 0; c < d; c++) {
                float v = vectors[i * d + c];
                inPlaces[Packing.place(c, d)] = Math.fma(v, WEIGHT, v * REST);
            }
            for (int place = 0; place < d; place++) {
                assertEquals(inPlaces[place], panel.entry(i, at + place, inner));
                square = Math.fma(inPlaces[place], inPlaces[place], square);
            }
            assertEquals(square, squares[i], "square of row " + i);
            assertEquals(UNTOUCHED, panel.entry(i, at - 1, inner));
            assertEquals(UNTOUCHED, panel.entry(i, at + d, inner));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "4, 16", "17, 16", "64, 32", "65, 33", "70, 64", "128, 80", "130, 23", "16, 256"})
    void columnsLieByFour(int count, int d) {
        int at = 2;
        int inner = d + 4;
        float[] vectors = normal(count * d);
        Panel panel = filled(Panel.float32(count, inner, Lanes.QUAD));
        float[] squares = new float[Packing.squares(count)];
        int part = Math.min(8, count);
        Packing.byFour(rows(vectors, 0, part, d), 0, part, d, panel.float32(), inner, at, squares);
        Packing.byFour(rows(vectors, part, count - part, d), part, count - part, d, panel.float32(), inner, at, squares);
        for (int i = 0; i < count; i++) {
            double square = 0;
            for (int c = 0; c < d; c++) {
                float v = vectors[i * d + c];
                assertEquals(v, panel.entry(i, at + Packing.place(c, d), inner));
                square += (double) v * v;
            }
            assertEquals(square, squares[i], (d + 1) * 0x1p-24 * square);
            assertEquals(UNTOUCHED, panel.entry(i, at - 1, inner));
            assertEquals(UNTOUCHED, panel.entry(i, at + d, inner));
        }
    }

    /** The squares of one vector alone and of four at a time are the same to the last bit. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16, 23, 32, 64, 80})
    void squaresDoNotDependOnTheNeighbours(int d) {
        float[] vectors = normal(4 * d);
        float[] together = new float[Packing.squares(4)];
        Packing.byFour(vectors, 0, 4, d, new float[4 * d], d, 0, together);
        for (int i = 0; i < 4; i++) {
            float[] alone = new float[Packing.squares(1)];
            Packing.byFour(rows(vectors, i, 1, d), 0, 1, d, new float[4 * d], d, 0, alone);
            assertEquals(alone[0], together[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 7", "64, 16", "65, 33", "130, 64"})
    void repackingKeepsTheEntries(int count, int inner) {
        Panel panel = Panel.float32(count, inner, Lanes.BLOCK);
        float[] vectors = Arrays.copyOf(normal(count * inner), Packing.squares(count) * inner);
        Packing.byBlock(vectors, 0, Packing.pad(vectors, count, inner), inner, panel.float32(), inner, 0);
        Panel other = panel.repacked(count, inner, Lanes.QUAD);
        Panel again = other.repacked(count, inner, Lanes.BLOCK);
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < inner; c++) {
                assertEquals(panel.entry(i, c, inner), other.entry(i, c, inner));
            }
        }
        assertArrayEquals(panel.float32(), again.float32());
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "64, 16", "63, 32", "17, 33", "64, 80", "33, 18", "1, 16", "4, 32", "6, 20", "15, 48"})
    void sumsAreWrittenAsRows(int rows, int components) {
        int from = 128;
        int at = 7;
        float[] sums = normal(from + (components + 3) / 4 * 4 * Lanes.BLOCK);
        float[] factor = normal(Lanes.BLOCK);
        float[] out = new float[at + rows * components + 3];
        Arrays.fill(out, UNTOUCHED);
        float[] expected = out.clone();
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < components; c++) {
                expected[at + r * components + c] = sums[from + c * Lanes.BLOCK + r] * factor[r];
            }
        }
        Packing.writeRows(sums, from, factor, components, rows, out, at);
        assertArrayEquals(expected, out);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 5", "64, 16", "65, 33", "200, 6", "67, 36"})
    void valuesLieByFourComponents(int rows, int components) {
        float[] values = normal(rows * components);
        ValuePanel panel = ValuePanel.of(values, rows, components);
        float[] factor = normal(rows);
        ValuePanel part = new ValuePanel(rows, components);
        part.packRows(panel, 1, rows - 1, factor);
        for (int j = 0; j < rows; j++) {
            for (int c = 0; c < components; c++) {
                int place = (c / 4 * rows + j) * 4 + c % 4;
                assertEquals(values[j * components + c], panel.entries()[place]);
                if (j > 0) {
                    assertEquals(values[j * components + c] * factor[j - 1], part.entries()[place - 4]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 65, 200})
    void theGreatestSquareIsFoundAndNothingPassesForIt(int count) {
        float[] squares = new float[Packing.squares(count)];
        for (int i = 0; i < count; i++) {
            squares[i] = random.nextFloat();
        }
        squares[count - 1] = 2;
        assertEquals(2, Packing.greatest(squares, count));
        squares[count / 2] = Float.NaN;
        assertTrue(Float.isNaN(Packing.greatest(squares, count)));
    }

    /** Memory of every kind, of rows that lie apart or not: what comes of them is the same to the last bit. */
    @ParameterizedTest
    @CsvSource({"4, 16", "64, 32", "128, 80", "36, 48", "17, 16", "33, 20", "1, 3", "200, 256"})
    void rowsMayLieInAnyMemory(int count, int d) throws IOException {
        float[] vectors = normal(count * d);
        int stride = d + 3;
        Panel expected = Panel.float32(count, d, Lanes.QUAD);
        Packing.byFour(vectors, 0, count, d, expected.float32(), d, 0, new float[Packing.squares(count)]);
        ValuePanel expectedValues = ValuePanel.of(vectors, count, d);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment heap = MemorySegment.ofArray(new float[1 + count * stride]);
            MemorySegment mapped = mapped(arena, heap.byteSize());
            for (MemorySegment memory : List.of(heap, mapped, arena.allocate(heap.byteSize(), Float.BYTES))) {
                StoredRows rows = stored(memory, vectors, count, d, stride);
                ValuePanel values = new ValuePanel(count, d);
                assertEquals(largest(vectors), values.pack(rows, count, StoredRows.chunk(d)));
                assertArrayEquals(expectedValues.entries(), values.entries());
                assertArrayEquals(vectors, rows.all(count, d, count));
                LogKernel kernel = new LogKernelBuilder(count, count, d).addScores(rows, rows, d, 1e-3)
                        .build(Normalised.ROWS);
                assertArrayEquals(expected.float32(), kernel.y().float32());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void whatIsNotFiniteAmongValuesIsSeen(float strange) {
        for (int place : new int[] {0, 37, 128 * 32 - 1}) {
            float[] values = normal(128 * 32);
            values[place] = strange;
            try (Arena arena = Arena.ofConfined()) {
                StoredRows native32 = stored(arena.allocate(4 * values.length, 64), values, 128, 32, 32);
                for (StoredRows rows : List.of(StoredRows.of(values, 32), native32)) {
                    float largest = new ValuePanel(128, 32).pack(rows, 128, StoredRows.chunk(32));
                    assertFalse(Float.isFinite(largest), "place " + place);
                }
            }
        }
    }

    private static StoredRows stored(MemorySegment memory, float[] vectors, int count, int d, int stride) {
        long start = memory.byteSize() - Float.BYTES * ((count - 1L) * stride + d);
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(vectors, i * d, memory, ValueLayout.JAVA_FLOAT_UNALIGNED,
                    start + (long) Float.BYTES * i * stride, d);
        }
        StoredRows rows = new StoredRows();
        rows.bind(StoredType.FLOAT32, memory, start, (long) Float.BYTES * stride);
        return rows;
    }

    private static MemorySegment mapped(Arena arena, long bytes) throws IOException {
        Path file = Files.createTempFile("rows", ".bin");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
        }
    }

    private static float largest(float[] entries) {
        float largest = 0;
        for (float entry : entries) {
            largest = Math.max(largest, Math.abs(entry));
        }
        return largest;
    }

    private static float[] rows(float[] vectors, int first, int count, int d) {
        return Arrays.copyOfRange(vectors, first * d, (first + count) * d);
    }

    private static Panel filled(Panel panel) {
        Arrays.fill(panel.float32(), UNTOUCHED);
        return panel;
    }

    private float[] normal(int count) {
        float[] entries = new float[count];
        for (int i = 0; i < count; i++) {
            entries[i] = (float) random.nextGaussian();
        }
        return entries;
    }
}
