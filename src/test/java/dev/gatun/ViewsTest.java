package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.attention.AttentionMask;
import dev.gatun.internal.view.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Views of memory have their entries where offset and strides say, and name what they are and why they cannot be. */
class ViewsTest {

    /** Entry i is i. */
    private static MemorySegment counted(int entries) {
        float[] values = new float[entries];
        for (int i = 0; i < entries; i++) {
            values[i] = i;
        }
        return MemorySegment.ofArray(values);
    }

    private static void assertRefused(String message, Executable view) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, view).getMessage());
    }

    private static void assertAbsent(String message, Executable access) {
        assertEquals(message, assertThrows(IndexOutOfBoundsException.class, access).getMessage());
    }

    @Test
    void matricesHaveTheirEntriesWhereTheyLie() {
        MemorySegment memory = counted(100);
        Matrix matrix = Matrix.of(memory, 8, 3, 4, 10);
        assertArrayEquals(new float[] {2, 3, 4, 5, 12, 13, 14, 15, 22, 23, 24, 25}, matrix.toArray());
        assertEquals("Matrix[3 x 4]", matrix.toString());
        assertEquals(8, matrix.offset());
        assertEquals(10, matrix.rowStride());
        assertSame(memory, matrix.segment());
        assertArrayEquals(new float[] {12, 13, 14, 15, 22, 23, 24, 25}, matrix.rows(1, 2).toArray());
        assertArrayEquals(new float[] {4, 5, 14, 15, 24, 25}, matrix.columns(2, 2).toArray());
        matrix.set(2, 3, -1);
        assertEquals(-1, matrix.get(2, 3));
        assertEquals(-1, Matrix.of(memory, 10, 10).get(2, 5));
        float[] longer = new float[13];
        matrix.copyTo(longer);
        assertEquals(-1, longer[11]);
        assertEquals(0, longer[12]);
    }

    @Test
    void rowsAreSetWhereTheyLie() {
        MemorySegment memory = counted(30);
        Matrix matrix = Matrix.of(memory, 4, 3, 2, 10);
        matrix.set(new float[] {-1, -2, -3, -4}, 1, 2);
        assertArrayEquals(new float[] {1, 2, -1, -2, -3, -4}, matrix.toArray());
        matrix.set(new float[] {-5, -6, -7, -8, -9, -10});
        assertArrayEquals(new float[] {-5, -6, -7, -8, -9, -10}, matrix.toArray());
        assertEquals(3, Matrix.of(memory, 3, 10).get(0, 3));
    }

    @Test
    void entriesOutsideAMatrixAreAbsent() {
        Matrix matrix = Matrix.of(counted(100), 0, 2, 3, 10);
        int[][] places = {{-1, 0}, {2, 0}, {0, -1}, {0, 3}};
        for (int[] place : places) {
            String message = "entry (%d, %d) of a 2 x 3 matrix".formatted(place[0], place[1]);
            assertAbsent(message, () -> matrix.get(place[0], place[1]));
            assertAbsent(message, () -> matrix.set(place[0], place[1], 0));
        }
        assertAbsent("2 rows from 1 do not exist: there are 2", () -> matrix.rows(1, 2));
        assertAbsent("0 columns from 1 do not exist: there are 3", () -> matrix.columns(1, 0));
        assertAbsent("2 columns from -1 do not exist: there are 3", () -> matrix.columns(-1, 2));
        assertEquals(3, matrix.columns(0, 3).columns());
        assertEquals(1, matrix.rows(1, 1).rows());
    }

    @Test
    void headsHaveTheirMatricesWhereTheyLie() {
        Heads heads = Heads.strided(counted(100), 4, new int[] {2, 3}, 2, 2, 40, 10, 5);
        assertEquals(6, heads.count());
        for (int b = 0; b < 2; b++) {
            for (int h = 0; h < 3; h++) {
                int first = 1 + 40 * b + 10 * h;
                assertArrayEquals(new float[] {first, first + 1, first + 5, first + 6}, heads.matrix(b, h).toArray());
                assertArrayEquals(heads.matrix(b, h).toArray(), heads.matrix(3 * b + h).toArray());
            }
        }
        assertArrayEquals(new int[] {2, 3, 2, 2}, heads.shape());
        assertArrayEquals(new int[] {2, 3, 7}, heads.shapeWith(7));
        heads.leading()[0] = 5;
        assertArrayEquals(new int[] {2, 3}, heads.leading());
        assertEquals("Heads[2, 3, 2, 2]", heads.toString());
        assertAbsent("batch entry 2 does not exist: there are 2", () -> heads.matrix(2, 0));
        assertAbsent("head 3 does not exist: there are 3", () -> heads.matrix(0, 3));
        assertAbsent("head -1 does not exist: there are 3", () -> heads.matrix(0, -1));
    }

    @Test
    void headsAreCopiedAndSetWhereTheyLie() {
        Heads padded = Heads.strided(counted(100), 4, new int[] {2, 2}, 3, 2, 40, 20, 5);
        Heads dense = Heads.of(counted(100), 4, 2, 2, 3, 2);
        assertEquals(4 * (1 + 40 + 20 + 2 * 5 + 2), padded.view().end());
        assertEquals(4 * (1 + 4 * 6), dense.view().end());
        assertEquals(4, padded.view().begin());
        float[] entries = new float[6];
        float[] row = new float[2];
        for (int index = 0; index < 4; index++) {
            int first = 1 + 40 * (index / 2) + 20 * (index % 2);
            padded.view().copyTo(index, entries);
            assertArrayEquals(new float[] {first, first + 1, first + 5, first + 6, first + 10, first + 11}, entries);
            padded.view().copyRowTo(index, 2, row);
            assertArrayEquals(new float[] {first + 10, first + 11}, row);
            assertEquals(first + 6, padded.view().get(index, 1, 1));
            dense.view().copyTo(index, entries);
            assertArrayEquals(dense.matrix(index).toArray(), entries);
            for (Heads heads : new Heads[] {padded, dense}) {
                float before = heads.view().get(index, 0, 1);
                heads.view().set(index, new float[] {-1, -2, -3, -4, -5, -6}, 1, 2);
                assertArrayEquals(new float[] {before - 1, before, -3, -4, -5, -6}, heads.matrix(index).toArray());
            }
            assertEquals(first + 7, padded.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * (first + 7)));
        }
    }

    @Test
    void narrowHeadsSaySo() {
        Heads heads = Heads.of(MemorySegment.ofArray(new short[12]), 0, ElementType.BFLOAT16, 3, 2, 2);
        assertEquals("Heads[3, 2, 2] of bfloat16", heads.toString());
        assertRefused("the tensor of this matrix is Heads[3, 2, 2] of bfloat16; expected float32", () -> heads.matrix(0));
        assertRefused("states is Heads[3, 2, 2] of bfloat16; expected float32", () -> heads.requireFinite("states"));
        assertRefused("out is Heads[3, 2, 2] of bfloat16; expected float32", () -> Checks.writable(heads.view(), "out"));
        assertRefused("the view covers bytes 2 to 26 of a segment of 24 bytes",
                () -> Heads.of(heads.segment(), 2, ElementType.BFLOAT16, 3, 2, 2));
    }

    /** Of heads side by side, of one matrix, and of matrices that run into each other. */
    @Test
    void headsThatAreNotNestedMaySharePlaces() {
        MemorySegment memory = counted(100);
        assertTrue(Heads.of(memory, 0, 2, 2, 5, 5).view().nested());
        assertTrue(Heads.of(memory, 0, 5, 5).view().nested());
        assertTrue(Heads.strided(memory, 0, new int[] {2, 1}, 5, 5, 25, 0, 5).view().nested());
        assertFalse(Heads.strided(memory, 0, new int[] {2}, 5, 5, 0, 24, 5).view().nested());
        assertFalse(Heads.strided(memory, 0, new int[] {2, 1}, 5, 5, 24, 0, 5).view().nested());
        assertFalse(Heads.strided(memory, 0, new int[] {2, 2}, 2, 2, 7, 4, 2).view().nested());
        assertFalse(Heads.strided(memory, 0, new int[] {2}, 5, 2, 0, 2, 10).view().nested());
    }

    /** Rows interleave without sharing, of one stride or of two. */
    @Test
    void rowsWithinEachOtherAreToldApart() {
        MemorySegment memory = counted(100);
        Heads out = Heads.of(Matrix.of(memory, 0, 3, 2, 10));
        Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 8, 3, 8, 10)).view(), "v");
        Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 8, 1, 8, 11)).view(), "v");
        Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 88, 3, 2, 11)).view(), "v");
        Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 8, 3, 2, 11)).view(), "v");
        assertRefused("out shares memory with v", () -> Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 36, 3, 2, 11)).view(), "v"));
        assertRefused("out shares memory with v", () -> Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 8, 3, 9, 10)).view(), "v"));
        assertRefused("out shares memory with v", () -> Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 36, 3, 2, 10)).view(), "v"));
        assertRefused("out shares memory with v", () -> Checks.distinct(out.view(), Heads.of(Matrix.of(memory, 44, 1, 1, 11)).view(), "v"));
    }

    @Test
    void memoryIsOpenToAllUnlessAnArenaIsConfined() {
        assertTrue(Heads.of(counted(4), 0, 2, 2).view().openToAll());
        try (Arena arena = Arena.ofConfined()) {
            assertFalse(Heads.allocate(arena, 2, 2).view().openToAll());
        }
    }

    @Test
    void viewsThatCannotBeSayWhy() {
        MemorySegment memory = counted(100);
        assertRefused("rows must be at least 1, not 0", () -> Matrix.of(memory, 0, 1));
        assertRefused("columns must be at least 1, not -2", () -> Matrix.of(memory, 1, -2));
        assertRefused("row stride must be at least 10, not 9", () -> Matrix.of(memory, 0, 2, 10, 9));
        assertRefused("the view covers bytes 4 to 404 of a segment of 400 bytes", () -> Matrix.of(memory, 4, 10, 10, 10));
        assertRefused("the view covers bytes -4 to 0 of a segment of 400 bytes", () -> Matrix.of(memory, -4, 1, 1, 1));
        assertRefused("the view is larger than any memory", () -> Matrix.of(memory, 0, 5, 1, 1L << 62));
        assertRefused("5 entries given for a 2 x 3 matrix", () -> Matrix.copyOf(Arena.ofAuto(), new float[5], 2, 3));
        assertRefused("rows must be at least 1, not 0", () -> Matrix.allocate(Arena.ofAuto(), 0, 1));
        assertRefused("columns must be at least 1, not 0", () -> Matrix.allocate(Arena.ofAuto(), 1, 0));
        assertRefused("shape [3] has 1 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)", () -> Heads.of(memory, 0, 3));
        assertRefused("shape [0, 5, 5] is empty: every dimension must be at least 1", () -> Heads.of(memory, 0, 0, 5, 5));
        assertRefused("shape [0, 5] is empty: every dimension must be at least 1", () -> Heads.allocate(Arena.ofAuto(), 0, 5));
        assertRefused("shape [-1, 5] is empty: every dimension must be at least 1", () -> Heads.allocate(Arena.ofAuto(), -1, 5));
        assertRefused("shape [1] has 1 dimensions; expected (N, d), (H, N, d) or (B, H, N, d)",
                () -> AttentionMask.of(memory, 0, 1));
        assertRefused("3 leading dimensions; expected none, (H) or (B, H)", () -> strided(memory, new int[3], 2, 2, 0, 4, 2));
        assertRefused("every leading dimension must be at least 1, not 0", () -> strided(memory, new int[1], 2, 2, 0, 4, 2));
        assertRefused("leading dimensions [65536, 65536] make too many heads",
                () -> strided(memory, new int[] {1 << 16, 1 << 16}, 2, 2, 0, 0, 2));
        assertRefused("rows must be at least 1, not 0", () -> strided(memory, new int[] {2}, 0, 2, 0, 4, 2));
        assertRefused("columns must be at least 1, not 0", () -> strided(memory, new int[] {2}, 2, 0, 0, 4, 2));
        assertRefused("row stride must be at least 2, not 1", () -> strided(memory, new int[] {2}, 2, 2, 0, 4, 1));
        assertRefused("head stride must be at least 0, not -1", () -> strided(memory, new int[] {1}, 2, 2, 0, -1, 2));
        assertRefused("batch stride must be at least 0, not -1", () -> strided(memory, new int[] {1}, 2, 2, -1, 4, 2));
        assertRefused("row stride must be at least 2, not 1",
                () -> AttentionMask.strided(memory, 0, new int[] {2}, 2, 2, 0, 4, 1));
        int huge = Integer.MAX_VALUE;
        assertEquals(huge, Heads.strided(memory, 0, new int[] {huge}, 1, 1, 0, 0, 1).count());
        assertRefused("shape [%1$d, %1$d, %1$d] is larger than any memory".formatted(huge),
                () -> Heads.of(memory, 0, huge, huge, huge));
        assertRefused("shape [1073741824, 1073741824, 2] is larger than any memory",
                () -> Heads.allocate(Arena.ofAuto(), 1 << 30, 1 << 30, 2));
    }

    private static void strided(MemorySegment memory, int[] leading, int rows, int columns, long batchStride, long headStride,
                                long rowStride) {
        Heads.strided(memory, 0, leading, rows, columns, batchStride, headStride, rowStride);
    }
}
