package dev.gatun.kernel.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A kernel is waited for as long as it allocates, and no longer than the limit. */
@Tag("any-width")
class CompiledPaceTest {

    private static final long MINUTE = 60_000_000_000L;

    private static Object kept;
    private boolean ran;

    @Test
    void whatAllocatesForGoodIsNotCompiled() {
        CompiledPace pace = CompiledPace.await(() -> kept = new byte[100], 1_000_000, 1);
        assertFalse(pace.compiled());
        assertTrue(pace.allocated() >= 100, pace.toString());
        assertTrue(pace.seconds() > 0);
    }

    /** More runs than one measurement of a speed takes before it settles. */
    @Test
    void whatStopsAllocatingIsWaitedFor() {
        long start = System.nanoTime();
        CompiledPace pace = CompiledPace.await(() -> kept = System.nanoTime() - start < 500_000_000 ? new byte[1] : null, MINUTE, 1);
        assertTrue(System.nanoTime() - start >= 500_000_000);
        assertTrue(pace.compiled());
        assertEquals(0, pace.allocated());
    }

    @Test
    void whatNeverAllocatesIsNotWaitedFor() {
        CompiledPace pace = CompiledPace.await(() -> ran = true, MINUTE, 1);
        assertTrue(pace.compiled() && ran);
        assertEquals(0, pace.allocated());
    }

    @Test
    void bytesOfOneCallAreCounted() {
        assertEquals(0, AllocatedBytes.of(() -> ran = true));
        long bytes = AllocatedBytes.of(() -> kept = new byte[1000]);
        assertTrue(bytes >= 1000 && bytes < 2000, () -> bytes + " bytes");
    }
}
