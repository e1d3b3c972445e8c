package dev.gatun.machine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Figures of the management beans of HotSpot. Their modules are optional: this class must not be loaded unless {@link VirtualMachine}
 * has found them.
 */
final class Management {

    private Management() {
    }

    /** Bytes that the calling thread has allocated on the heap so far; -1 if they are not counted. */
    static long allocatedBytes() {
        return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
                && threads.isThreadAllocatedMemorySupported() && threads.isThreadAllocatedMemoryEnabled()
                ? threads.getCurrentThreadAllocatedBytes() : -1;
    }
}
