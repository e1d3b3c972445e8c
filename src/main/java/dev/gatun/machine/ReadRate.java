package dev.gatun.machine;

import dev.gatun.kernel.probe.CompiledPace;
import dev.gatun.kernel.probe.StreamRead;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The rate at which one core reads memory that its caches do not hold, unless one of them is larger than what is read. */
final class ReadRate {

    /** Bytes to read, more than most caches hold; fewer only if so much memory is not available. */
    private static final long MAX_BYTES = 256L << 20;
    private static final long MIN_BYTES = 64L << 20;

    /** Bytes between two readings of the clock. */
    private static final int PART = 1 << 14;

    /** Bytes of a short read, so that the loop is compiled soon, and a bound of its time once it is. */
    private static final int SHORT = 1 << 10;
    private static final double SHORT_SECONDS = 1e-6;

    private static final long BOUND_NANOS = 200_000_000;
    private static final int PASSES = 5;

    private static volatile long kept;

    private ReadRate() {
    }

    /**
     * The rate of the fastest of a few passes, in GB/s; NaN if there is not enough memory, or the loop was not compiled.
     *
     * @param compiled whether to wait until the loop is compiled
     */
    static double measure(boolean compiled) {
        for (long bytes = MAX_BYTES; bytes >= MIN_BYTES; bytes /= 2) {
            try (Arena arena = Arena.ofConfined()) {
                // Allocation fills the memory with zeros, so that all of its pages are mapped.
                return measure(arena.allocate(bytes, SHORT), compiled);
            } catch (OutOfMemoryError tooLarge) {
                // Half as much may still be available.
            }
        }
        return Double.NaN;
    }

    private static double measure(MemorySegment memory, boolean compiled) {
        if (compiled && !CompiledPace.await(() -> kept = StreamRead.part(memory, 0, SHORT), VectorCheck.COMPILED_NANOS, SHORT_SECONDS)
                .compiled()) {
            return Double.NaN;
        }
        long start = System.nanoTime();
        double best = 0;
        for (int pass = 0; pass < PASSES && System.nanoTime() - start < BOUND_NANOS; pass++) {
            best = Math.max(best, pass(memory, start + BOUND_NANOS));
        }
        return best;
    }

    /** Bytes per nanosecond of one pass, which ends at the deadline at the latest. */
    private static double pass(MemorySegment memory, long deadline) {
        long bits = 0;
        long at = 0;
        long start = System.nanoTime();
        long now = start;
        while (at < memory.byteSize() && now < deadline) {
            bits |= StreamRead.part(memory, at, PART);
            at += PART;
            now = System.nanoTime();
        }
        kept = bits;
        return (double) at / (now - start);
    }
}
