package dev.gatun.internal.tokenizer;

import dev.gatun.internal.format.JsonValue;
import dev.gatun.internal.format.Source;
import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** The bytes of a tokenizer's file, read whole. */
final class TokenizerSource implements Source {

    /** The largest file that is read, in bytes. */
    static final int MAX_BYTES = (int) JsonValue.MAX_BYTES;

    private final String name;
    private final byte[] bytes;

    private TokenizerSource(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
        if (bytes.length > MAX_BYTES) {
            throw fault("has more than %d bytes; no more are read", MAX_BYTES);
        }
    }

    static TokenizerSource of(Path file) {
        String name = file.toString();
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new TensorFileException(name, Files.isDirectory(file) ? "is a directory" : "is not a regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return of(in, name);
        } catch (IOException failure) {
            throw unread(name, failure);
        }
    }

    /** @param name for messages */
    static TokenizerSource of(InputStream in, String name) {
        try {
            return new TokenizerSource(name, in.readNBytes(MAX_BYTES + 1));
        } catch (IOException failure) {
            throw unread(name, failure);
        }
    }

    private static TensorFileException unread(String name, IOException failure) {
        String fault = switch (failure) {
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "cannot be read: permission denied";
            default -> "cannot be read: "
                    + (failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
        };
        return new TensorFileException(name, fault, failure);
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public byte[] bytes(long at, int count) {
        return at == 0 && count == bytes.length ? bytes
                : Arrays.copyOfRange(bytes, (int) Math.min(at, bytes.length), (int) Math.min(at + count, bytes.length));
    }

    @Override
    public MemorySegment map(long at, long length, Arena arena) {
        throw new UnsupportedOperationException("a tokenizer's file is read whole");
    }

    @Override
    public TensorFileException fault(Throwable cause, String format, Object... arguments) {
        return new TensorFileException(name, String.format(Locale.ROOT, format, arguments), cause);
    }
}
