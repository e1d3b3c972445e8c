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
     * Reads part of a segment.
     *
     * @param start bytes from the start of the segment to the part
     * @param bytes the length of the part, a multiple of 128
     * @return a value that keeps the compiler from removing the loads
     */
    public static long part(MemorySegment memory, long start, int bytes) {
        LongVector bits0 = LongVector.zero(LONGS);
        LongVector bits1 = LongVector.zero(LONGS);
        for (int at = 0; at < bytes; at += 2 * STEP) {
            bits0 = LongVector.fromMemorySegment(LONGS, memory, start + at, ByteOrder.nativeOrder()).or(bits0);
            bits1 = LongVector.fromMemorySegment(LONGS, memory, start + at + STEP, ByteOrder.nativeOrder()).or(bits1);
        }
        return bits0.or(bits1).reduceLanes(VectorOperators.OR);
    }
}
