package dev.gatun.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** Exponentials of a tile outside the heap, on cache lines of its own. */
final class SegmentExponentials implements Exponentials {

    private static final long CACHE_LINE = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments;
    private final MemorySegment tile;
    private final Consumer<MemorySegment> kernel;

    SegmentExponentials(float[] arguments, Consumer<MemorySegment> kernel) {
        long bytes = (long) arguments.length * Float.BYTES;
        this.arguments = arena.allocate(bytes, CACHE_LINE).copyFrom(MemorySegment.ofArray(arguments));
        tile = arena.allocate(bytes, CACHE_LINE);
        this.kernel = kernel;
    }

    @Override
    public void refill() {
        tile.copyFrom(arguments);
    }

    @Override
    public void run() {
        kernel.accept(tile);
    }

    @Override
    public float[] result() {
        return tile.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        arena.close();
    }
}
