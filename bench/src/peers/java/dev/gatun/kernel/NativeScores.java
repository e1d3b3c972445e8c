package dev.gatun.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.FloatPointer;

/** What the native products share: inputs and product outside the heap, each on a cache line of its own. */
abstract class NativeScores implements ScoreProduct {

    private static final long CACHE_LINE = 64;

    final int tokens;
    final int dimension;
    final FloatPointer q;
    final FloatPointer k;
    final FloatPointer product;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;

    NativeScores(float[] q, float[] k, int tokens, int dimension) {
        this.tokens = tokens;
        this.dimension = dimension;
        this.q = pointer(allocate(q.length).copyFrom(MemorySegment.ofArray(q)));
        this.k = pointer(allocate(k.length).copyFrom(MemorySegment.ofArray(k)));
        memory = allocate((long) tokens * tokens);
        product = pointer(memory);
    }

    private MemorySegment allocate(long entries) {
        return arena.allocate(entries * Float.BYTES, CACHE_LINE);
    }

    private static FloatPointer pointer(MemorySegment segment) {
        return new FloatPointer(segment.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer());
    }

    @Override
    public final float[] result() {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    @Override
    public void close() {
        arena.close();
    }
}
