package dev.gatun.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A confined arena that counts the bytes allocated in it; mappings do not count. */
final class CountingArena implements Arena {

    private final Arena arena = Arena.ofConfined();
    private long allocated;

    /** The bytes asked for since it was made, or last restarted. */
    long allocated() {
        return allocated;
    }

    /** Counts from here on. */
    void restart() {
        allocated = 0;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        allocated += byteSize;
        return arena.allocate(byteSize, byteAlignment);
    }

    @Override
    public MemorySegment.Scope scope() {
        return arena.scope();
    }

    @Override
    public void close() {
        arena.close();
    }
}
