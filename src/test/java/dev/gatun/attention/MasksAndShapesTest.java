package dev.gatun.attention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.Heads;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What masks and shapes of calls say of themselves, and of what they cannot be. */
class MasksAndShapesTest {

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

    @Test
    void masksHaveTheirBytesWhereTheyLie() {
        MemorySegment memory = MemorySegment.ofArray(new byte[200]);
        AttentionMask mask = AttentionMask.strided(memory, 3, new int[] {2, 3}, 4, 5, 80, 25, 6);
        assertEquals(2, mask.batch());
        assertEquals(3, mask.heads());
        assertEquals(4, mask.rows());
        assertEquals(5, mask.columns());
        assertEquals(6, AttentionMask.viewOf(mask).rowStride());
        assertSame(memory, mask.segment());
        assertEquals(3 + 80 + 2 * 25, AttentionMask.viewOf(mask).start(AttentionMask.viewOf(mask).broadcast(5, 3)));
        assertEquals(3, AttentionMask.viewOf(mask).begin());
        assertEquals(3 + 80 + 2 * 25 + 3 * 6 + 5, AttentionMask.viewOf(mask).end());
        assertEquals("AttentionMask[2, 3, 4, 5]", mask.toString());
        AttentionMask one = AttentionMask.of(memory, 7, 4, 5);
        assertEquals("AttentionMask[1, 1, 4, 5]", one.toString());
        assertEquals(7, AttentionMask.viewOf(one).start(AttentionMask.viewOf(one).broadcast(5, 3)));
        assertEquals(27, AttentionMask.viewOf(one).end());
        AttentionMask dense = AttentionMask.of(memory, 0, 2, 3, 4, 5);
        assertEquals(60 + 2 * 20, AttentionMask.viewOf(dense).start(AttentionMask.viewOf(dense).broadcast(5, 3)));
        assertEquals(120, AttentionMask.viewOf(dense).end());
        assertEquals(2 * 20, AttentionMask.viewOf(AttentionMask.of(memory, 0, 3, 4, 5)).start(2));
    }

    @Test
    void masksAreOpenToAllUnlessAnArenaIsConfined() {
        assertTrue(AttentionMask.viewOf(AttentionMask.of(MemorySegment.ofArray(new byte[4]), 0, 2, 2)).openToAll());
        try (Arena arena = Arena.ofConfined()) {
            assertFalse(AttentionMask.viewOf(AttentionMask.of(arena.allocate(4), 0, 2, 2)).openToAll());
        }
    }

    /** Side by side is apart, and one byte more is not; on the heap as outside it. */
    @Test
    void outputsMayLieBesideAMask() {
        try (Arena arena = Arena.ofConfined()) {
            for (MemorySegment memory : new MemorySegment[] {arena.allocate(200), MemorySegment.ofArray(new byte[200])}) {
                Heads out = Heads.of(memory, 60, 2, 3);
                Checks.distinct(TensorView.of(out), AttentionMask.viewOf(AttentionMask.of(memory, 40, 4, 5)), "mask");
                Checks.distinct(TensorView.of(out), AttentionMask.viewOf(AttentionMask.of(memory, 84, 4, 5)), "mask");
                for (int offset : new int[] {41, 62, 83}) {
                    assertRefused("out shares memory with mask",
                            () -> Checks.distinct(TensorView.of(out), AttentionMask.viewOf(AttentionMask.of(memory, offset, 4, 5)), "mask"));
                }
            }
            Checks.distinct(TensorView.of(Heads.of(counted(10), 0, 2, 3)), AttentionMask.viewOf(AttentionMask.of(MemorySegment.ofArray(new byte[40]), 0, 4, 5)), "mask");
            Checks.distinct(TensorView.of(Heads.of(counted(10), 0, 2, 3)), AttentionMask.viewOf(AttentionMask.of(arena.allocate(40), 0, 4, 5)), "mask");
            Checks.distinct(TensorView.of(Heads.of(arena.allocate(40), 0, 2, 3)),
                    AttentionMask.viewOf(AttentionMask.of(MemorySegment.ofArray(new byte[40]), 0, 4, 5)), "mask");
        }
    }

    @Test
    void shapesOfCallsSayWhatTheyLack() {
        String[] names = {"batch", "heads", "key heads", "queries", "keys", "dimension", "value dimension"};
        for (int i = 0; i < names.length; i++) {
            int[] s = {1, 1, 1, 1, 1, 1, 1};
            s[i] = 0;
            assertRefused(names[i] + " must be at least 1, not 0",
                    () -> new AttentionShape(s[0], s[1], s[2], s[3], s[4], s[5], s[6]));
        }
        assertRefused("3 key heads do not divide 4 heads", () -> new AttentionShape(1, 4, 3, 1, 1, 1, 1));
        AttentionShape grouped = new AttentionShape(2, 6, 3, 1, 1, 1, 1);
        assertEquals(12, grouped.sizes().count());
        int[] keys = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5};
        for (int i = 0; i < keys.length; i++) {
            assertEquals(keys[i], grouped.sizes().keyIndex(i));
        }
    }

    @Test
    void callsThatCannotBeSayWhichMemoryIsWrong() {
        AttentionShape shape = new AttentionShape(1, 2, 1, 3, 4, 2, 2);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4 * 100);
            Heads q = Heads.of(memory, 0, 2, 3, 2);
            Heads k = Heads.of(memory, 48, 1, 4, 2);
            Heads v = Heads.of(memory, 80, 1, 4, 2);
            Heads out = Heads.of(memory, 112, 2, 3, 2);
            Heads logSumExp = Heads.of(memory, 160, 2, 3, 1);
            require(shape, q, k, v, out, logSumExp);
            require(shape, q, k, v, out, null);
            assertRefused("out shares memory with q", () -> require(shape, q, k, v, q, null));
            assertRefused("out shares memory with k", () -> require(shape, out, k, v, Heads.of(memory, 32, 2, 3, 2), null));
            assertRefused("out shares memory with v", () -> require(shape, q, k, v, Heads.of(memory, 108, 2, 3, 2), null));
            assertRefused("logSumExp shares memory with q", () -> require(shape, q, k, v, out, Heads.of(memory, 0, 2, 3, 1)));
            assertRefused("logSumExp shares memory with out", () -> require(shape, q, k, v, out, Heads.of(memory, 156, 2, 3, 1)));
            assertRefused("heads of out share memory with each other",
                    () -> require(shape, q, k, v, Heads.strided(memory, 112, new int[] {2}, 3, 2, 0, 5, 2), null));
            assertRefused("heads of logSumExp share memory with each other",
                    () -> require(shape, q, k, v, out, Heads.strided(memory, 160, new int[] {2}, 3, 1, 0, 2, 1)));
            assertRefused("out is read-only", () -> require(shape, q, k, v, Heads.of(memory.asReadOnly(), 112, 2, 3, 2), null));
            assertRefused("logSumExp is read-only",
                    () -> require(shape, q, k, v, out, Heads.of(memory.asReadOnly(), 160, 2, 3, 1)));
            assertRefused("k is Heads[2, 3, 2]; the plan was made for at most (1, 1, 4, 2)", () -> require(shape, q, q, v, out, null));
        }
        Heads heads = Heads.of(counted(100), 0, 2, 3, 2);
        Arena shortLived = Arena.ofConfined();
        Heads closed = Heads.allocate(shortLived, 1, 4, 2);
        shortLived.close();
        assertEquals("the memory of v is closed", assertThrows(IllegalStateException.class,
                () -> require(shape, heads, Heads.of(counted(8), 0, 1, 4, 2), closed, heads, null)).getMessage());
    }

    private static void require(AttentionShape shape, Heads q, Heads k, Heads v, Heads out, Heads logSumExp) {
        AttentionPlan.of(shape, AttentionOptions.defaults()).run(q, k, v, out, logSumExp);
    }
}
