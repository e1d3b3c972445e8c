package dev.gatun.bench;

import dev.gatun.Heads;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Tensors of standard normal entries outside the heap. */
final class NormalInputs {

    private final Arena arena;
    private final Random random;

    /** Of one stream of numbers, the same for the same seed. */
    NormalInputs(Arena arena, long seed) {
        this.arena = arena;
        this.random = new Random(seed);
    }

    /** The next tensor. */
    Heads next(int... shape) {
        Heads heads = Heads.allocate(arena, shape);
        MemorySegment memory = heads.segment();
        for (long at = 0; at < memory.byteSize(); at += Float.BYTES) {
            memory.set(ValueLayout.JAVA_FLOAT, at, (float) random.nextGaussian());
        }
        return heads;
    }
}
