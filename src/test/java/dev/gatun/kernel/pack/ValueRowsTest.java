package dev.gatun.kernel.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.StoredRows;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values in rows give the bits of values in fours of components, and of plain loops in the documented order of arithmetic. */
class ValueRowsTest {

    private static final float UNTOUCHED = 77f;
    private static final float[] ONES = ones();

    private final Random random = new Random(23);

    @Test
    void rowsFitWhereComponentsFillVectors() {
        int lanes = Lanes.FLOATS.length();
        assertTrue(ValueRows.fits(lanes));
        assertTrue(ValueRows.fits(5 * lanes));
        assertFalse(ValueRows.fits(lanes - 1));
        assertFalse(ValueRows.fits(lanes + lanes / 2));
    }

    /** Two tiles, sums that shrink between them, and rows written with factors. */
    @ParameterizedTest
    @CsvSource({"1, 16", "3, 32", "4, 48", "7, 64", "8, 16", "13, 32", "16, 80", "31, 32", "48, 64", "63, 16", "64, 128"})
    void productsAreTheSameBits(int count, int components) {
        int columns = 29;
        int first = 3;
        float[] values = normal((first + 2 * columns) * components);
        float[] one = normal(columns * Lanes.BLOCK);
        float[] two = normal(columns * Lanes.BLOCK);
        float[] shrink = normal(Lanes.BLOCK);
        float[] factor = normal(Lanes.BLOCK);
        float[] expected = new float[2 + count * components];
        Arrays.fill(expected, UNTOUCHED);
        for (int r = 0; r < count; r++) {
            for (int k = 0; k < components; k++) {
                float sum = (0f + chain(one, r, columns, values, first, k, components)) * shrink[r];
                sum += chain(two, r, columns, values, first + columns, k, components);
                expected[1 + r * components + k] = sum * factor[r];
            }
        }
        StoredRows rows = StoredRows.of(values, components);
        for (PackedValues packed : both(first + 2 * columns, components)) {
            packed.pack(rows, first + 2 * columns, StoredRows.chunk(components));
            float[] sums = new float[packed.sums(count)];
            packed.accumulate(one, 0, columns, first, sums, 0, count);
            packed.shrink(sums, shrink, count);
            packed.accumulate(two, 0, columns, first + columns, sums, 0, count);
            float[] out = new float[expected.length];
            Arrays.fill(out, UNTOUCHED);
            packed.write(sums, 0, factor, count, out, 1);
            assertArrayEquals(expected, out, packed.getClass().getSimpleName());
        }
    }

    /** The last tile written at once, as the only one and after another, gives what accumulating and writing give; nothing beyond it. */
    @ParameterizedTest
    @CsvSource({"1, 16, 29", "3, 32, 0", "4, 48, 64", "7, 64, 1", "8, 16, 64", "13, 32, 29", "16, 80, 64", "31, 32, 64", "63, 16, 5",
        "64, 128, 64"})
    void theLastTileIsWrittenAtOnce(int count, int components, int columns) {
        int first = 64;
        float[] values = normal((first + columns) * components);
        float[] one = normal(first * Lanes.BLOCK);
        float[] last = normal(columns * Lanes.BLOCK);
        float[] factor = normal(Lanes.BLOCK);
        StoredRows rows = StoredRows.of(values, components);
        for (PackedValues packed : both(first + columns, components)) {
            packed.pack(rows, first + columns, StoredRows.chunk(components));
            for (boolean only : new boolean[] {true, false}) {
                float[] sums = new float[packed.sums(count)];
                float[] left = normal(sums.length);
                if (!only) {
                    packed.accumulate(one, 0, first, 0, sums, 0, count);
                    left = sums.clone();
                }
                packed.accumulate(last, 0, columns, first, sums, 0, count);
                float[] expected = new float[2 + count * components];
                Arrays.fill(expected, UNTOUCHED);
                float[] out = expected.clone();
                packed.write(sums, 0, factor, count, expected, 1);
                packed.finish(last, columns, first, left, only, factor, count, out, 1);
                assertArrayEquals(expected, out, packed.getClass().getSimpleName() + ", only " + only);
            }
        }
    }

    /** Rows times factors, a part of them, numerators that begin inside an array, and components of a result that lie apart. */
    @ParameterizedTest
    @CsvSource({"1, 16", "5, 32", "37, 48", "64, 16"})
    void scaledRowsAreTheSameBits(int count, int components) {
        int rows = 31;
        int first = 7;
        int columns = 20;
        int from = 3 * Lanes.BLOCK;
        float[] values = normal(rows * components);
        float[] numerators = normal(from + columns * Lanes.BLOCK);
        float[] before = normal(rows);
        float[] factor = normal(Lanes.BLOCK);
        float[] expected = new float[3 + 2 * count * components];
        Arrays.fill(expected, UNTOUCHED);
        float[] scaled = new float[columns * components];
        for (int j = 0; j < columns; j++) {
            for (int k = 0; k < components; k++) {
                scaled[j * components + k] = values[(first + j) * components + k] * before[first + j] * factor[j];
            }
        }
        float[] placed = Arrays.copyOfRange(numerators, from, numerators.length);
        for (int r = 0; r < count; r++) {
            for (int k = 0; k < components; k++) {
                float sum = 0f + chain(placed, r, columns, scaled, 0, k, components);
                expected[1 + 2 * (r * components + k)] = sum * factor[r];
            }
        }
        for (PackedValues packed : both(rows, components)) {
            packed.pack(StoredRows.of(values, components), rows, StoredRows.chunk(components));
            PackedValues part = packed instanceof ValueRows ? new ValueRows(columns, components) : new ValuePanel(columns, components);
            part.packRows(packed.times(before), first, columns, factor);
            float[] sums = new float[5 + part.sums(count)];
            part.accumulate(numerators, from, columns, 0, sums, 0, count);
            float[] out = new float[expected.length];
            Arrays.fill(out, UNTOUCHED);
            part.writeApart(sums, factor, count, out, 1, 2);
            assertArrayEquals(expected, out, packed.getClass().getSimpleName());
        }
    }

    private static float chain(float[] numerators, int row, int columns, float[] values, int first, int component, int components) {
        float sum = 0;
        for (int c = 0; c < columns; c++) {
            sum = Math.fma(numerators[c * Lanes.BLOCK + row], values[(first + c) * components + component], sum);
        }
        return sum;
    }

    /** Every register tile computes the same sums, whichever this machine chooses. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33, 64})
    void tilesAreTheSameBits(int columns) {
        int components = 2 * Lanes.FLOATS.length();
        float[] numerators = normal(columns * Lanes.BLOCK);
        float[] values = normal(columns * components);
        float[] expected = normal(8 * components);
        float[] start = expected.clone();
        ValueRows.tile8x2(numerators, 5, columns, values, 0, components, expected, 0, components, ONES, expected, 0);
        float[] sums = start.clone();
        for (int c = 0; c < components; c += Lanes.FLOATS.length()) {
            ValueRows.tile8x1(numerators, 5, columns, values, c, components, sums, c, components, ONES, sums, c);
        }
        assertArrayEquals(expected, sums);
        sums = start.clone();
        for (int r = 0; r < 8; r += 4) {
            int at = r * components;
            ValueRows.tile4x2(numerators, 5 + r, columns, values, 0, components, sums, at, components, ONES, sums, at);
        }
        assertArrayEquals(expected, sums);
        sums = start.clone();
        for (int r = 0; r < 8; r += 4) {
            for (int c = 0; c < components; c += Lanes.FLOATS.length()) {
                int at = r * components + c;
                ValueRows.tile4x1(numerators, 5 + r, columns, values, c, components, sums, at, components, ONES, sums, at);
            }
        }
        assertArrayEquals(expected, sums);
    }

    /** Rows of any memory, side by side or apart, and their largest magnitude. */
    @ParameterizedTest
    @CsvSource({"1, 16", "5, 48", "64, 32", "130, 64"})
    void rowsMayLieInAnyMemory(int count, int components) {
        float[] values = normal(count * components);
        values[values.length / 2] = -9;
        try (Arena arena = Arena.ofConfined()) {
            for (int stride : new int[] {components, components + 3}) {
                List<Function<Integer, MemorySegment>> kinds = List.of(
                        entries -> MemorySegment.ofArray(new float[entries]), entries -> arena.allocate(4L * entries + 4, 4).asSlice(4));
                for (Function<Integer, MemorySegment> kind : kinds) {
                    MemorySegment memory = kind.apply(count * stride);
                    for (int j = 0; j < count; j++) {
                        MemorySegment.copy(values, j * components, memory, ValueLayout.JAVA_FLOAT, 4L * j * stride, components);
                    }
                    StoredRows rows = new StoredRows();
                    rows.bind(StoredType.FLOAT32, memory, 0, 4L * stride);
                    ValueRows packed = new ValueRows(count, components);
                    assertEquals(9f, packed.pack(rows, count, StoredRows.chunk(components)));
                    assertArrayEquals(values, packed.entries());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void valuesThatAreNotFiniteAreSeen(float strange) {
        for (int place : new int[] {0, 37, 20 * 32 - 1}) {
            float[] values = normal(20 * 32);
            values[place] = strange;
            try (Arena arena = Arena.ofConfined()) {
                StoredRows rows = new StoredRows();
                rows.bind(StoredType.FLOAT32, arena.allocateFrom(ValueLayout.JAVA_FLOAT, values), 0, 4L * 32);
                for (StoredRows stored : List.of(rows, StoredRows.of(values, 32))) {
                    assertFalse(Float.isFinite(new ValueRows(20, 32).pack(stored, 20, StoredRows.chunk(32))), "place " + place);
                }
            }
        }
    }

    /** Hidden rows become zeros and do not count; what is left can be divided. */
    @Test
    void hiddenRowsAreZeros() {
        int count = 6;
        int components = 16;
        float[] values = normal(count * components);
        values[0] = Float.NaN;
        values[2 * components + 3] = 5;
        VisibleVectors seen = new VisibleVectors(1, count).of(1, count, new Band(2, 3), null);
        for (PackedValues packed : both(count, components)) {
            packed.pack(StoredRows.of(values, components), count, StoredRows.chunk(components));
            assertTrue(packed.largestVisible(seen) > 0);
            assertEquals(5, packed.replaceHidden(seen));
            packed.divide(2);
            float[] ones = new float[count * Lanes.BLOCK];
            Arrays.fill(ones, 1f);
            float[] sums = new float[packed.sums(1)];
            packed.accumulate(ones, 0, count, 0, sums, 0, 1);
            float[] out = new float[components];
            packed.write(sums, 0, ones, 1, out, 0);
            for (int k = 0; k < components; k++) {
                float sum = 0;
                for (int j = 2; j < 4; j++) {
                    sum = Math.fma(1f, values[j * components + k] / 2, sum);
                }
                assertEquals(sum, out[k]);
            }
        }
    }

    private static List<PackedValues> both(int rows, int components) {
        return List.of(new ValuePanel(rows, components), new ValueRows(rows, components));
    }

    private static float[] ones() {
        float[] ones = new float[Lanes.BLOCK];
        Arrays.fill(ones, 1f);
        return ones;
    }

    private float[] normal(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }
}
