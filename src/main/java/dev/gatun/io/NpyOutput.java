package dev.gatun.io;

import dev.gatun.Heads;
import dev.gatun.internal.format.Shape;
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
 * A {@code .npy} file that is written in place through a mapping, in C order and the native byte order, its data 64-byte aligned.
 *
 * <p>The file has a temporary name in the folder of its target. All its bytes are written as zeros before the mapping exists, because
 * a write to a mapping cannot report a full disk. {@link #commit} moves the file to its target in one atomic step; {@link #close}
 * without {@code commit} deletes it. So the target is at every moment either the old file or the complete new one, and a tensor that is
 * still mapped from the old file stays intact. A target that is a symbolic link is followed.
 *
 * {@snippet :
 * try (NpyOutput output = NpyOutput.create(path, NpyType.FLOAT32, 8, 1024, 64)) {
 *     operator.apply(values, output.heads());
 *     output.commit();
 * }
 * }
 *
 * <p>Several threads may write to the mapping. One of them commits and closes when no other still writes.
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
     * Creates a file of zeros.
     *
     * @param target the path of the committed file, in an existing folder; a regular file there is replaced
     * @param type   the type of its entries
     * @param shape  its dimensions, each at least 1
     * @return the file, not committed
     * @throws TensorFileException      if the target cannot be written, or the disk has too little space
     * @throws IllegalArgumentException if there are no dimensions or one is not positive
     */
    public static NpyOutput create(Path target, NpyType type, int... shape) {
        requireShape(shape);
        long bytes = dataBytes(target, type, shape);
        byte[] header = NpyHeader.write(type, Shape.of(shape));
        Path place = place(target);
        requireSpace(target, place, bytes + header.length);
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

    /** {@return the data, {@code product(shape) * type.bytes()} bytes that live until {@link #commit} or {@link #close}} */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * The data as float32 matrices. Complex numbers double the last dimension: real and imaginary part alternate.
     *
     * @return a view of {@link #segment()}
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
     * Moves the finished file to its target and replaces a file there. The mapping ends.
     *
     * @throws TensorFileException   if the move fails; the new file is then deleted
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

    /** The path of the committed file, symbolic links resolved, after a check that a file may be written there. */
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

    /** Reports too little space before {@link #claim} fills the disk. Zero free bytes may mean "unknown". */
    private static void requireSpace(Path target, Path place, long bytes) {
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

    /** Writes the header and zeros, {@code total} bytes together, so that the whole file has its space on the disk. */
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
            // It stays on the list: the exit hook tries again.
        }
    }
}
