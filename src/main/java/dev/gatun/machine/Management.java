package dev.gatun.machine;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * What HotSpot's management beans tell. Their modules are optional: nothing in here may be touched unless
 * {@link VirtualMachine} has found them.
 */
final class Management {

    private Management() {
    }

    /** The value of a flag of the virtual machine, or "" where there is no such flag. */
    static String flag(String name) {
        HotSpotDiagnosticMXBean diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        try {
            return diagnostics == null ? "" : diagnostics.getVMOption(name).getValue();
        } catch (IllegalArgumentException unknown) {
            return "";
        }
    }

    /** Bytes that the calling thread has allocated on the heap so far, or -1 where nobody counts them. */
    static long allocatedBytes() {
        return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
                && threads.isThreadAllocatedMemorySupported() && threads.isThreadAllocatedMemoryEnabled()
                ? threads.getCurrentThreadAllocatedBytes() : -1;
    }
}
