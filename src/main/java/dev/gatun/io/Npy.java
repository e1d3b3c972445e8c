package dev.gatun.io;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Reads and writes NumPy's {@code .npy} files, format versions 1.0, 2.0 and 3.0, of Python 2 and 3.
 *
 * <p>Entries may be float16, float32, float64, integers or booleans of either byte order, in C or Fortran order, and their type in any
 * spelling that {@code numpy.dtype} accepts. Infinities and NaNs are kept. A finite float64 beyond the float32 range is a fault, and so
 * is an integer that the result cannot hold exactly. If a file holds several arrays, as repeated calls of {@code numpy.save} leave
 * them, the first is read, as by {@code numpy.load}; nothing but arrays may follow.
 */
public final class Npy {

    private Npy() {
    }

    /**
     * Reads a tensor as float32.
     *
     * <p>A float32 file in C order and the native byte order is mapped read-only, at the alignment that its header leaves; any other
     * file is converted into new memory. Both live as long as {@code arena}.
     *
     * @param path  a file of shape {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}, no dimension zero
     * @param arena the owner of the memory
     * @return the tensor
     * @throws TensorFileException if the file cannot be read or holds no such tensor
     */
    public static Heads readHeads(Path path, Arena arena) {
        try (InputFile file = InputFile.open(path)) {
            return NpyHeader.read(file).heads(arena);
        }
    }

    /**
     * Reads a matrix as float32, mapped or converted as by {@link #readHeads}.
     *
     * @param path  a file of shape {@code (N, d)}, no dimension zero
     * @param arena the owner of the memory
     * @return the matrix
     * @throws TensorFileException if the file cannot be read or holds no such matrix
     */
    public static Matrix map(Path path, Arena arena) {
        try (InputFile file = InputFile.open(path)) {
            StoredTensor tensor = NpyHeader.read(file);
            if (tensor.shape().dimensions() != 2) {
                throw tensor.fault("shape %s has %d dimensions; expected (N, d)",
                        tensor.shape(), tensor.shape().dimensions());
            }
            return tensor.heads(arena).matrix(0);
        }
    }

    /**
     * Reads vectors as float64 on the heap.
     *
     * @param path a file of shape {@code (N)}, {@code (H, N)} or {@code (B, H, N)}, no dimension zero
     * @return the vectors
     * @throws TensorFileException if the file cannot be read or holds no such vectors
     */
    public static Vectors readVectors(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return NpyHeader.read(file).vectors();
        }
    }

    /**
     * Writes a tensor as float32 in C order, and replaces a file at {@code path} only when all of it is written.
     *
     * @param path  the file
     * @param heads the tensor
     * @throws TensorFileException if the file cannot be written
     */
    public static void write(Path path, Heads heads) {
        try (NpyOutput output = NpyOutput.create(path, NpyType.FLOAT32, heads.shape())) {
            Heads target = output.heads();
            for (int i = 0; i < heads.count(); i++) {
                copy(heads.matrix(i), target.matrix(i));
            }
            output.commit();
        }
    }

    /**
     * Writes vectors as float64, and replaces a file at {@code path} only when all of them are written.
     *
     * @param path    the file
     * @param vectors the vectors
     * @throws TensorFileException if the file cannot be written
     */
    public static void write(Path path, Vectors vectors) {
        try (NpyOutput output = NpyOutput.create(path, NpyType.FLOAT64, vectors.shape())) {
            long at = 0;
            for (double[] vector : vectors.values()) {
                MemorySegment.copy(vector, 0, output.segment(), ValueLayout.JAVA_DOUBLE_UNALIGNED, at, vector.length);
                at += (long) Double.BYTES * vector.length;
            }
            output.commit();
        }
    }

    private static void copy(Matrix source, Matrix target) {
        long rowBytes = (long) Float.BYTES * source.columns();
        for (int i = 0; i < source.rows(); i++) {
            MemorySegment.copy(source.segment(), source.offset() + Float.BYTES * (i * source.rowStride()),
                    target.segment(), target.offset() + i * rowBytes, rowBytes);
        }
    }
}
