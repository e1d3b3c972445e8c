package dev.gatun.internal.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A sequence of bytes that holds tensors: a file, or a member of an archive. Its faults name it. */
public interface Source {

    /** The number of bytes. */
    long size();

    /** The {@code count} bytes from byte {@code at} on, or fewer if the source ends before. */
    byte[] bytes(long at, int count);

    /**
     * The {@code length} bytes from byte {@code at} on, mapped read-only if they are stored as they are, otherwise in new memory. The
     * segment lives as long as {@code arena}. The caller has compared both numbers with {@link #size()}.
     */
    MemorySegment map(long at, long length, Arena arena);

    /** An exception that states a fault of these bytes; {@code cause} may be {@code null}. */
    RuntimeException fault(Throwable cause, String format, Object... arguments);

    /** An exception that states a fault of these bytes. */
    default RuntimeException fault(String format, Object... arguments) {
        return fault((Throwable) null, format, arguments);
    }
}
