package dev.gatun.internal.format;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** Bytes in memory as a file called {@code x.json}; their faults are {@link IllegalArgumentException}s. */
record MemorySource(byte[] content, long size) implements Source {

    static MemorySource of(String text) {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        return new MemorySource(content, content.length);
    }

    @Override
    public byte[] bytes(long at, int count) {
        return Arrays.copyOfRange(content, (int) at, (int) Math.min(content.length, at + count));
    }

    @Override
    public MemorySegment map(long at, long length, Arena arena) {
        throw new AssertionError("JSON is not mapped");
    }

    @Override
    public RuntimeException fault(Throwable cause, String format, Object... arguments) {
        return new IllegalArgumentException("x.json: " + String.format(Locale.ROOT, format, arguments), cause);
    }
}
