package dev.gatun.io;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * NumPy's {@code .npy} files, format versions 1.0, 2.0 and 3.0, as Python 2 and 3 write them.
 *
 * <p>Read are float16, float32, float64, integers and booleans of either byte order, in C or Fortran order, in any spelling of
 * their type that {@code numpy.dtype} takes. Infinities and NaNs are read as they stand; a finite float64 beyond the float32
 * range is a fault, and so is an integer that the result cannot hold exactly. Of several arrays that lie in a file one after
 * the other the first is read, as by {@code numpy.load}; a file must end with an array.
 */
public final class Npy {

    private Npy() {
    }

    /**
     * The tensor of a file as float32.
     *
     * <p>A float32 file in C order and the native byte order is mapped read-only, at whatever alignment its header
     * leaves; any other is converted into new memory. Either lives as long as {@code arena}.
     *
     * @param path a file of shape {@code (N, d)}, {@code (H, N, d)} or {@code (B, H, N, d)}, no dimension zero
     * @throws TensorFileException if the file cannot be read or is anything but such a tensor
     */
    public static Heads readHeads(Path path, Arena arena) {
        try (InputFile file = InputFile.open(path)) {
            return NpyHeader.read(file).heads(arena);
        }
    }

    /**
     * The matrix of a file of shape {@code (N, d)} as float32, mapped or converted as by {@link #readHeads}.
     *
     * @throws TensorFileException if the file cannot be read or is anything but such a matrix
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
     * The vectors of a file, widened to float64 on the heap.
     *
     * @param path a file of shape {@code (N)}, {@code (H, N)} or {@code (B, H, N)}, no dimension zero
     * @throws TensorFileException if the file cannot be read or is anything but such vectors
     */
    public static Vectors readVectors(Path path) {
        try (InputFile file = InputFile.open(path)) {
            return NpyHeader.read(file).vectors();
        }
    }

    /**
     * Writes a tensor as float32 in C order, replacing {@code path} only once all of it is written.
     *
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
     * Writes vectors as float64, replacing {@code path} only once all of them are written.
     *
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
