package dev.gatun.kernel.probe;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Reads memory in sequence with vector loads, at the bandwidth of one core. */
public final class StreamRead {

    private static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, Lanes.FLOATS.vectorShape());
    private static final int STEP = LONGS.vectorByteSize();

    private StreamRead() {
    }

    /**
     * Reads part of a segment. Four chains do not wait for each other: with two the loop is slower than the first-level cache.
     *
     * @param start bytes from the start of the segment to the part
     * @param bytes the length of the part, a multiple of 256
     * @return a value that keeps the compiler from removing the loads
     */
    public static long part(MemorySegment memory, long start, int bytes) {
        LongVector bits0 = LongVector.zero(LONGS);
        LongVector bits1 = LongVector.zero(LONGS);
        LongVector bits2 = LongVector.zero(LONGS);
        LongVector bits3 = LongVector.zero(LONGS);
        for (int at = 0; at < bytes; at += 4 * STEP) {
            bits0 = LongVector.fromMemorySegment(LONGS, memory, start + at, ByteOrder.nativeOrder()).or(bits0);
            bits1 = LongVector.fromMemorySegment(LONGS, memory, start + at + STEP, ByteOrder.nativeOrder()).or(bits1);
            bits2 = LongVector.fromMemorySegment(LONGS, memory, start + at + 2 * STEP, ByteOrder.nativeOrder()).or(bits2);
            bits3 = LongVector.fromMemorySegment(LONGS, memory, start + at + 3 * STEP, ByteOrder.nativeOrder()).or(bits3);
        }
        return bits0.or(bits1).or(bits2.or(bits3)).reduceLanes(VectorOperators.OR);
    }
}
