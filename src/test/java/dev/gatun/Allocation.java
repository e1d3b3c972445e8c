package dev.gatun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.IntConsumer;

/** What calls leave on the heap once they are compiled. */
final class Allocation {

    private static final int CALLS = 20;

    /** How long the compiler has to get there. */
    private static final double PATIENCE_NANOS = 60e9;

    private Allocation() {
    }

    /**
     * Fails unless some {@value #CALLS} runs in a row allocate nothing.
     *
     * @param calls is given the number of the run, from 0 on
     */
    static void assertSettlesAtNothing(IntConsumer calls) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long start = System.nanoTime();
        long allocated = Long.MAX_VALUE;
        while (allocated > 0 && System.nanoTime() - start < PATIENCE_NANOS) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int call = 0; call < CALLS; call++) {
                calls.accept(call);
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, allocated, "bytes allocated by " + CALLS + " runs");
    }
}
