package dev.gatun;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** Memory outside the heap that this virtual machine has given out and not got back. */
final class NativeMemory {

    private static final Pattern OTHER = Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");
    private static final int LOOKS = 100;

    /** So many looks without a change mean that the collector is done. */
    private static final int UNCHANGED_LOOKS = 10;

    private NativeMemory() {
    }

    /** Bytes of arenas that the collector closes, and of direct buffers. */
    static long collected() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }

    /** Bytes of arenas of all kinds, to the next 1024; 0 where the machine was not started to track them. */
    static long tracked() {
        try {
            String summary = (String) ManagementFactory.getPlatformMBeanServer().invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"), "vmNativeMemory",
                    new Object[] {new String[] {"summary"}}, new String[] {String[].class.getName()});
            Matcher other = OTHER.matcher(summary);
            return other.find() ? 1024 * Long.parseLong(other.group(1)) : 0;
        } catch (JMException missing) {
            throw new IllegalStateException(missing);
        }
    }

    /** The figure before anything is measured: what the collector leaves of it, however much that is. */
    static long settled(LongSupplier figure) {
        long last = figure.getAsLong();
        int unchanged = 0;
        for (int look = 0; look < LOOKS && last > 0 && unchanged < UNCHANGED_LOOKS; look++) {
            collect(look);
            long next = figure.getAsLong();
            unchanged = next == last ? unchanged + 1 : 0;
            last = next;
        }
        return last;
    }

    /** The figure, once the collector has had time to bring it down to {@code least}. */
    static long settled(LongSupplier figure, long least) {
        for (int look = 0; look < LOOKS && figure.getAsLong() > least; look++) {
            collect(look);
        }
        return figure.getAsLong();
    }

    private static void collect(int look) {
        System.gc();
        try {
            Thread.sleep(Math.min(look, 20));
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }
}
