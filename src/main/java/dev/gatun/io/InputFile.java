package dev.gatun.io;

import dev.gatun.internal.format.Source;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;

/** An open regular file of known size. Its faults are {@link TensorFileException}s that name it. */
final class InputFile implements Source, AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private InputFile(Path path, FileChannel channel, long size) {
        this.path = path;
        this.channel = channel;
        this.size = size;
    }

    static InputFile open(Path path) {
        try {
            requireRegular(path);
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            return new InputFile(path, channel, channel.size());
        } catch (IOException failure) {
            throw TensorFileException.of(path, "read", failure);
        }
    }

    /** Checked before opening: opening a pipe would wait for its writer. */
    private static void requireRegular(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new TensorFileException(path.toString(), "is a directory");
        }
        if (!attributes.isRegularFile()) {
            throw new TensorFileException(path.toString(), "is not a regular file");
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte[] bytes(long at, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.clamp(size - at, 0, count));
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, at + bytes.position()) < 0) {
                    throw fault("became shorter while it was read");
                }
            }
        } catch (IOException failure) {
            throw TensorFileException.of(path, "read", failure);
        }
        return bytes.array();
    }

    @Override
    public MemorySegment map(long at, long length, Arena arena) {
        try {
            return channel.map(MapMode.READ_ONLY, at, length, arena);
        } catch (IOException failure) {
            throw TensorFileException.of(path, "mapped into memory", failure);
        }
    }

    @Override
    public TensorFileException fault(Throwable cause, String format, Object... arguments) {
        return new TensorFileException(path.toString(), String.format(Locale.ROOT, format, arguments), cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw TensorFileException.of(path, "closed", failure);
        }
    }
}
