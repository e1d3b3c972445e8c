package dev.gatun.machine;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * Figures of the management beans of HotSpot. Their modules are optional: this class must not be loaded unless {@link VirtualMachine}
 * has found them.
 */
final class Management {

    private Management() {
    }

    /** The value of a flag of the virtual machine; "" if there is no such flag. */
    static String flag(String name) {
        HotSpotDiagnosticMXBean diagnostics = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        try {
            return diagnostics == null ? "" : diagnostics.getVMOption(name).getValue();
        } catch (IllegalArgumentException unknown) {
            return "";
        }
    }

    /** Bytes that the calling thread has allocated on the heap so far; -1 if they are not counted. */
    static long allocatedBytes() {
        return ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads
                && threads.isThreadAllocatedMemorySupported() && threads.isThreadAllocatedMemoryEnabled()
                ? threads.getCurrentThreadAllocatedBytes() : -1;
    }
}
