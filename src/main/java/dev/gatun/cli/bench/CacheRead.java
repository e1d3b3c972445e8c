package dev.gatun.cli.bench;

import dev.gatun.kernel.probe.StreamRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Reads a piece of memory again and again, so that it stays in the caches as far as they hold it. */
final class CacheRead implements Runnable {

    /** The least bytes between two readings of the clock. */
    private static final int MIN_BYTES = 1 << 20;

    private static volatile long kept;

    private final MemorySegment memory;
    private final int repeats;

    CacheRead(Arena arena, int bytes) {
        this.memory = arena.allocate(bytes, 64);
        this.repeats = Math.max(1, MIN_BYTES / bytes);
    }

    /** The name of the rate, as in {@code read of 16 KiB}. */
    static String name(int bytes) {
        return bytes < 1 << 20 ? "read of %s KiB".formatted(bytes >> 10) : "read of %s MiB".formatted(bytes >> 20);
    }

    @Override
    public void run() {
        long bits = 0;
        for (int repeat = 0; repeat < repeats; repeat++) {
            bits |= StreamRead.part(memory, 0, (int) memory.byteSize());
        }
        kept = bits;
    }

    /** The bytes that a run reads. */
    double bytes() {
        return (double) repeats * memory.byteSize();
    }
}
