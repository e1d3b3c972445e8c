package dev.gatun.io;

import dev.gatun.Heads;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A {@code .npy} file being written in place, through a mapping: C order, native byte order, the data 64-byte aligned.
 *
 * <p>The file grows under a temporary name in the folder of its target, all its bytes claimed from the disk (and zero)
 * before the mapping is handed out, since a disk that fills up later could only fault. {@link #commit} moves it to its
 * name in one step; {@link #close} without it deletes it. So the target is at every moment either what it was or
 * complete, and a tensor still mapped from the old file stays intact. A target that is a symbolic link is followed.
 *
 * {@snippet :
 * try (NpyOutput output = NpyOutput.create(path, NpyType.FLOAT32, 8, 1024, 64)) {
 *     operator.apply(values, output.heads());
 *     output.commit();
 * }
 * }
 *
 * <p>Several threads may write to the mapping; one of them, with none still writing, commits and closes.
 */
public final class NpyOutput implements AutoCloseable {

    private static final int CLAIM_BYTES = 1 << 20;

    private final Path target;
    private final Path temporary;
    private final NpyType type;
    private final int[] shape;
    private final Arena arena;
    private final MemorySegment segment;
    private boolean finished;

    private NpyOutput(Path target, Path temporary, NpyType type, int[] shape, Arena arena, MemorySegment segment) {
        this.target = target;
        this.temporary = temporary;
        this.type = type;
        this.shape = shape;
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Starts a file of zeros.
     *
     * @param target where it shall stand once committed: an existing folder, and no file or a regular one
     * @param shape  its dimensions, each at least 1
     * @throws TensorFileException      if the target cannot be written, or the disk has not room enough
     * @throws IllegalArgumentException if there are no dimensions or one is not positive
     */
    public static NpyOutput create(Path target, NpyType type, int... shape) {
        requireShape(shape);
        long bytes = dataBytes(target, type, shape);
        byte[] header = NpyHeader.write(type, Shape.of(shape));
        Path place = place(target);
        requireRoom(target, place, bytes + header.length);
        Path temporary = place.resolveSibling(
                String.format(Locale.ROOT, ".gatun-%016x.tmp", ThreadLocalRandom.current().nextLong()));
        UnfinishedFiles.add(temporary);
        Arena arena = Arena.ofShared();
        NpyOutput output = null;
        try {
            MemorySegment segment = map(temporary, header, bytes, arena);
            output = new NpyOutput(place, temporary, type, shape.clone(), arena, segment);
            return output;
        } catch (IOException failure) {
            throw TensorFileException.of(target, "written", failure);
        } finally {
            if (output == null) {
                arena.close();
                discard(temporary);
            }
        }
    }

    /** The data: {@code product(shape) * type.bytes()} bytes, alive until {@link #commit} or {@link #close}. */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * The data as float32 matrices. Of complex numbers the last dimension is doubled: real and imaginary part side by
     * side.
     *
     * @throws IllegalStateException if the entries are not made of float32, the dimensions are not 2 to 4, or the last of them
     *                               is beyond an int once doubled
     */
    public Heads heads() {
        if (type != NpyType.FLOAT32 && type != NpyType.COMPLEX64) {
            throw new IllegalStateException("entries of type " + type.descriptor() + " are not float32");
        }
        if (shape.length < 2 || shape.length > 4) {
            throw new IllegalStateException("shape " + Shape.of(shape) + " is not that of matrices");
        }
        int[] floats = shape.clone();
        if (type == NpyType.COMPLEX64) {
            if (floats[floats.length - 1] > Integer.MAX_VALUE / 2) {
                throw new IllegalStateException("shape " + Shape.of(shape) + " has too many columns of two parts");
            }
            floats[floats.length - 1] *= 2;
        }
        return Heads.of(segment, 0, floats);
    }

    /**
     * Moves the finished file to its target, replacing what stood there. The mapping ends.
     *
     * @throws TensorFileException   if the move fails; nothing is left of the new file then
     * @throws IllegalStateException if the file was committed or closed before, or a thread is still writing
     */
    public void commit() {
        if (finished) {
            throw new IllegalStateException("already committed or closed");
        }
        arena.close();
        finished = true;
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
            UnfinishedFiles.remove(temporary);
        } catch (IOException failure) {
            discard(temporary);
            throw TensorFileException.of(target, "written", failure);
        }
    }

    /** Deletes the file unless it was committed. */
    @Override
    public void close() {
        if (!finished) {
            arena.close();
            finished = true;
            discard(temporary);
        }
    }

    private static void requireShape(int[] shape) {
        if (shape.length == 0) {
            throw new IllegalArgumentException("a shape has at least one dimension");
        }
        for (int size : shape) {
            if (size < 1) {
                throw new IllegalArgumentException(
                        "shape %s is empty: every dimension must be at least 1".formatted(Shape.of(shape)));
            }
        }
    }

    private static long dataBytes(Path target, NpyType type, int[] shape) {
        try {
            return Shape.of(shape).bytes(type.bytes());
        } catch (ArithmeticException overflow) {
            throw new TensorFileException(target.toString(),
                    "cannot be written: shape " + Shape.of(shape) + " is larger than any file", overflow);
        }
    }

    /** Where the file shall stand, symbolic links resolved, once it is sure that a file may stand there. */
    private static Path place(Path target) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(target, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                throw new TensorFileException(target.toString(), "cannot be written: is a directory");
            }
            if (!attributes.isRegularFile()) {
                throw new TensorFileException(target.toString(), "cannot be written: is not a regular file");
            }
            if (!Files.isWritable(target)) {
                throw new TensorFileException(target.toString(), "cannot be written: the file is read-only");
            }
            Path place = target.toRealPath();
            requireFolder(target, place.getParent());
            return place;
        } catch (NoSuchFileException absent) {
            Path place = target.toAbsolutePath();
            requireFolder(target, place.getParent());
            return place;
        } catch (IOException failure) {
            throw TensorFileException.of(target, "written", failure);
        }
    }

    private static void requireFolder(Path target, Path folder) {
        String fault = !Files.exists(folder) ? "does not exist"
                : !Files.isDirectory(folder) ? "is not a folder"
                : !Files.isWritable(folder) ? "is not writable" : null;
        if (fault != null) {
            throw new TensorFileException(target.toString(), "cannot be written: the folder " + folder + " " + fault);
        }
    }

    /** Says early what {@link #claim} would find after filling the disk. Zero free bytes may mean "unknown". */
    private static void requireRoom(Path target, Path place, long bytes) {
        try {
            long free = Files.getFileStore(place.getParent()).getUsableSpace();
            if (free > 0 && bytes > free) {
                throw new TensorFileException(target.toString(),
                        "cannot be written: needs %s bytes, the disk has %s left".formatted(bytes, free));
            }
        } catch (IOException failure) {
            throw TensorFileException.of(target, "written", failure);
        }
    }

    private static MemorySegment map(Path temporary, byte[] header, long bytes, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(temporary,
                StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            claim(channel, header, header.length + bytes);
            return channel.map(MapMode.READ_WRITE, header.length, bytes, arena);
        }
    }

    /** Writes the header and zeros, {@code total} bytes together, so that the disk has given all that is needed. */
    private static void claim(FileChannel channel, byte[] header, long total) throws IOException {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment block = scratch.allocate(Math.min(total, CLAIM_BYTES));
            MemorySegment.copy(header, 0, block, ValueLayout.JAVA_BYTE, 0, header.length);
            for (long written = 0; written < total; ) {
                ByteBuffer bytes = block.asByteBuffer();
                bytes.limit((int) Math.min(bytes.limit(), total - written));
                while (bytes.hasRemaining()) {
                    written += channel.write(bytes);
                }
                block.asSlice(0, header.length).fill((byte) 0);
            }
        }
    }

    private static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
            UnfinishedFiles.remove(temporary);
        } catch (IOException kept) {
            // Stays on the list: tried again when the process ends.
        }
    }
}
