package dev.gatun.kernel.probe;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Bytes that the calling thread has allocated on the heap, if the virtual machine was started with the module {@code jdk.management}. */
public final class AllocatedBytes {

    /** What is returned where bytes are not counted. */
    public static final long UNKNOWN = -1;

    private static final boolean MANAGED = ModuleLayer.boot().findModule("jdk.management").isPresent();

    private AllocatedBytes() {
    }

    /** Bytes allocated so far; {@link #UNKNOWN} if they are not counted. */
    public static long soFar() {
        return MANAGED ? Management.bytes() : UNKNOWN;
    }

    /** Bytes that a run of {@code call} allocates; {@link #UNKNOWN} if they are not counted. */
    public static long of(Runnable call) {
        long counting = -soFar();
        long before = soFar();
        counting += before;
        call.run();
        return before < 0 ? UNKNOWN : Math.max(0, soFar() - before - counting);
    }

    /** A separate class, loaded only if the module is there. */
    private static final class Management {

        static long bytes() {
            return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
                    && threads.isThreadAllocatedMemorySupported() && threads.isThreadAllocatedMemoryEnabled()
                    ? threads.getCurrentThreadAllocatedBytes() : UNKNOWN;
        }
    }
}
