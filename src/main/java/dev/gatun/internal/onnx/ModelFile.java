package dev.gatun.internal.onnx;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Source;
import dev.gatun.io.TensorFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** A file of a model, mapped whole until it is closed. Its faults are {@link TensorFileException}s that name it. */
public final class ModelFile implements Source, AutoCloseable {

    /** What a repository holds in place of a large file that was not fetched. */
    private static final byte[] POINTER = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

    /** The names of files beside one that it may refer to: they lead out of no folder. */
    private static final String PLAIN_NAME = "(?!\\.\\.?$)[^/\\\\:\\p{Cntrl}]+";

    private static final int MAX_OTHERS = 1000;

    private final Path path;
    private final Arena arena;
    private final MemorySegment content;
    private final Map<String, ModelFile> others = new HashMap<>();

    private ModelFile(Path path, Arena arena, MemorySegment content) {
        this.path = path;
        this.arena = arena;
        this.content = content;
    }

    public static ModelFile open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            ModelFile file = new ModelFile(path, arena, map(path, arena));
            file.requireContent();
            return file;
        } catch (IOException failure) {
            arena.close();
            throw unreadable(path, failure);
        } catch (RuntimeException fault) {
            arena.close();
            throw fault;
        }
    }

    /** The kind of file is checked before opening: opening a pipe would wait for its writer. */
    private static MemorySegment map(Path path, Arena arena) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        if (!attributes.isRegularFile()) {
            throw new TensorFileException(path.toString(), attributes.isDirectory() ? "is a directory" : "is not a regular file");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    /** The fault of a path that cannot be read. */
    public static TensorFileException unreadable(Path path, IOException failure) {
        return new TensorFileException(path.toString(), switch (failure) {
            case NoSuchFileException missing -> "no such file";
            case AccessDeniedException denied -> "cannot be read: permission denied";
            default -> "cannot be read: "
                    + (failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage());
        }, failure);
    }

    private void requireContent() {
        if (size() == 0) {
            throw fault("is empty");
        }
        if (size() > POINTER.length && content.asSlice(0, POINTER.length).mismatch(MemorySegment.ofArray(POINTER)) < 0) {
            throw fault("is the pointer that Git LFS leaves in place of a file: fetch the file itself, as by git lfs pull");
        }
    }

    public Path path() {
        return path;
    }

    /** All bytes. */
    public MemorySegment content() {
        return content;
    }

    /** The path of the file called {@code name} in the folder of {@code file}; null if {@code name} is no name of a file there. */
    public static Path beside(Path file, String name) {
        try {
            return name.matches(PLAIN_NAME) ? file.resolveSibling(name) : null;
        } catch (InvalidPathException unknown) {
            return null;
        }
    }

    /** The file called {@code name} in the same folder, open as long as this one is. One thread at a time. */
    ModelFile beside(String name) {
        Path place = beside(path, name);
        if (place == null) {
            throw fault("refers to the file %s, which is not in its folder", Names.quote(name));
        }
        ModelFile other = others.get(name);
        if (other == null) {
            if (others.size() == MAX_OTHERS) {
                throw fault("refers to more than %d files", MAX_OTHERS);
            }
            other = open(place);
            others.put(name, other);
        }
        return other;
    }

    @Override
    public long size() {
        return content.byteSize();
    }

    @Override
    public byte[] bytes(long at, int count) {
        return content.asSlice(at, Math.clamp(size() - at, 0, count)).toArray(ValueLayout.JAVA_BYTE);
    }

    @Override
    public MemorySegment map(long at, long length, Arena owner) {
        return content.asSlice(at, length);
    }

    @Override
    public TensorFileException fault(Throwable cause, String format, Object... arguments) {
        return new TensorFileException(path.toString(), String.format(Locale.ROOT, format, arguments), cause);
    }

    @Override
    public TensorFileException fault(String format, Object... arguments) {
        return fault((Throwable) null, format, arguments);
    }

    @Override
    public void close() {
        for (ModelFile other : others.values()) {
            other.close();
        }
        arena.close();
    }
}
