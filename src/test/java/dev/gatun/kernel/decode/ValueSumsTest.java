package dev.gatun.kernel.decode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.kernel.stored.Stored;
import dev.gatun.kernel.stored.StoredType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sums of values are those of one chain for each component, to the last bit, whatever the type, the tile and the number of values. */
class ValueSumsTest {

    private static final int FROM = 3;

    @ParameterizedTest
    @EnumSource
    void sumsAreThoseOfTheirChains(StoredType type) {
        try (Arena arena = Arena.ofConfined()) {
            for (int width : new int[] {16, 48, 80, 128, 272}) {
                for (int rows : new int[] {1, 2, 7, 8, 24, 32}) {
                    check(CachedRows.of(arena, type, rows, width, rows % 2 * 12, width));
                }
            }
        }
    }

    private static void check(CachedRows cached) {
        int rows = cached.entries().length;
        int width = cached.entries()[0].length;
        SplittableRandom random = new SplittableRandom(rows);
        float[][] p = new float[ValueSums.TILE + 1][FROM + rows];
        for (float[] row : p) {
            for (int j = 0; j < row.length; j++) {
                row[j] = (float) random.nextDouble();
            }
        }
        FetchedRows values = new FetchedRows(32, width);
        values.begin(0);
        values.load(cached.rows(), 0, rows, rows, -1);
        float[] sums = new float[width * (ValueSums.TILE + 1)];
        for (int at = 0; at < sums.length; at++) {
            sums[at] = (float) random.nextGaussian();
        }
        float[] expected = sums.clone();
        for (int i = 0; i <= ValueSums.TILE; i++) {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < width; c++) {
                    expected[i * width + c] = Math.fma(cached.entries()[r][c], p[i][FROM + r], expected[i * width + c]);
                }
            }
        }
        ValueSums.addToOne(values, rows, p[0], FROM, sums, 0);
        ValueSums.addToFour(values, rows, p, 1, FROM, sums, width);
        assertArrayEquals(expected, sums, "%s rows of %s".formatted(rows, width));
    }

    @Test
    void scaledRowsWidenToOneRoundingOfTheirProducts() {
        try (Arena arena = Arena.ofConfined()) {
            CachedRows cached = CachedRows.of(arena, StoredType.INT8, 9, 37, 3, 5);
            float[] widened = new float[9 * 40];
            Stored.widen(cached.rows(), 0, 9, 37, widened, 40);
            for (int r = 0; r < 9; r++) {
                for (int c = 0; c < 37; c++) {
                    assertEquals(cached.entries()[r][c] * cached.scales()[r], widened[r * 40 + c]);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "FLOAT16")
    void infiniteAndUndefinedFloat16EntriesReachTheSums(StoredType type) {
        try (Arena arena = Arena.ofConfined()) {
            for (float entry : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN}) {
                CachedRows cached = CachedRows.of(arena, type, 8, 48, 0, 1);
                MemorySegment memory = cached.rows().memory(0);
                memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, cached.rows().at(7) + 2 * 33, Float.floatToFloat16(entry));
                FetchedRows values = new FetchedRows(8, 48);
                values.begin(0);
                values.load(cached.rows(), 0, 8, 8, -1);
                float[] sums = new float[48];
                ValueSums.addToOne(values, 8, new float[] {1, 1, 1, 1, 1, 1, 1, 1}, 0, sums, 0);
                assertEquals(entry, sums[33]);
                assertTrue(Float.isFinite(sums[32]));
            }
        }
    }
}
