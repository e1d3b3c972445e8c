package dev.gatun.io;

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

/** An open regular file of known size, whose failures are {@link TensorFileException}s naming it. */
final class InputFile implements Source, AutoCloseable {

    private static final int QUOTE_LIMIT = 60;

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

    /** Before opening: to open a pipe would wait for its writer. */
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

    /** Text from the file for a message: in quotes, and cut where it is long. */
    static String quote(String text) {
        return "'" + (text.length() <= QUOTE_LIMIT ? text : text.substring(0, QUOTE_LIMIT) + "...") + "'";
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
