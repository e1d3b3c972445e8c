package dev.gatun.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Bytes of known number that hold tensors: a file, or a member of an archive. Its failures name it. */
interface Source {

    /** How many bytes there are. */
    long size();

    /** The {@code count} bytes from byte {@code at} on, or fewer where the source ends. */
    byte[] bytes(long at, int count);

    /**
     * Memory that holds {@code length} bytes from byte {@code at} on, which the caller has compared with {@link #size()},
     * and lives as long as {@code arena}: mapped read-only where the bytes lie in a file as they are.
     */
    MemorySegment map(long at, long length, Arena arena);

    /** A fault of these bytes, with the failure behind it or {@code null}. */
    TensorFileException fault(Throwable cause, String format, Object... arguments);

    /** A fault of these bytes. */
    default TensorFileException fault(String format, Object... arguments) {
        return fault((Throwable) null, format, arguments);
    }
}
