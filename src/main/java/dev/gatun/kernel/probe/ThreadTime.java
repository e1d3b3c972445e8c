package dev.gatun.kernel.probe;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * A clock that runs while the calling thread does: a limit by it is as long on a busy machine, or where the virtual machine is suspended,
 * as on an idle one. Where the virtual machine has no such clock, it is {@link System#nanoTime()}.
 */
final class ThreadTime {

    private static final boolean MANAGED = ModuleLayer.boot().findModule("java.management").isPresent();

    private ThreadTime() {
    }

    /** Nanoseconds since some moment. */
    static long nanos() {
        return MANAGED ? Management.nanos() : System.nanoTime();
    }

    /** A separate class, loaded only if the module is there. */
    private static final class Management {

        private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
        private static final boolean COUNTED = THREADS.isCurrentThreadCpuTimeSupported() && THREADS.isThreadCpuTimeEnabled();

        static long nanos() {
            return COUNTED ? THREADS.getCurrentThreadCpuTime() : System.nanoTime();
        }
    }
}
