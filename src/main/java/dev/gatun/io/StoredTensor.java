package dev.gatun.io;

import dev.gatun.Heads;
import dev.gatun.internal.format.Precision;
import dev.gatun.internal.format.SafeTensorsHeader;
import dev.gatun.internal.format.Shape;
import dev.gatun.internal.format.Source;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/**
 * A dense real tensor in a file or in a member of an archive, as its header describes it.
 *
 * @param file        the bytes that hold it
 * @param prefix      the start of messages: empty, or the name of the tensor
 * @param precision   the format of an entry
 * @param order       the byte order of an entry
 * @param columnMajor whether the first dimension varies fastest (Fortran order), not the last
 * @param shape       its shape
 * @param offset      the position of the first entry in {@code file}, in bytes
 */
record StoredTensor(Source file, String prefix, Precision precision, ByteOrder order, boolean columnMajor,
                    Shape shape, long offset) {

    /** Rows and columns of a transposition tile, small enough for its cache lines to stay in the cache. */
    private static final int TILE = 64;

    /** The tensor called {@code name} of a safetensors file. */
    static StoredTensor of(SafeTensorsHeader header, String name) {
        SafeTensorsHeader.Entry entry = header.entry(name);
        return new StoredTensor(header.file(), SafeTensorsHeader.prefix(name), header.precision(name), ByteOrder.LITTLE_ENDIAN, false,
                entry.shape(), header.dataStart() + entry.begin());
    }

    /** The bytes of all entries. */
    long bytes() {
        try {
            return shape.bytes(precision.bytes());
        } catch (ArithmeticException overflow) {
            throw fault("shape %s is larger than any file", shape);
        }
    }

    /** The tensor as float32: mapped if it is stored so, otherwise converted into {@code arena}. */
    Heads heads(Arena arena) {
        requireShape(2, 4, "(N, d), (H, N, d) or (B, H, N, d)");
        requireCount(shape.dimensions() - 2, "heads");
        if (precision == Precision.FLOAT32 && order == ByteOrder.nativeOrder() && !columnMajor) {
            return Heads.of(file.map(offset, bytes(), arena), 0, shape.toInts());
        }
        Heads heads = allocate(arena);
        try (Arena scratch = Arena.ofConfined()) {
            EntryReader entries = new EntryReader(this, file.map(offset, bytes(), scratch));
            if (columnMajor) {
                transpose(entries, heads.segment());
            } else {
                stream(entries, heads.segment());
            }
        }
        return heads;
    }

    /** The tensor as float64 vectors along its last dimension. */
    Vectors vectors() {
        requireShape(1, 3, "(N), (H, N) or (B, H, N)");
        requireCount(shape.dimensions() - 1, "vectors");
        int[] sizes = shape.toInts();
        int length = sizes[sizes.length - 1];
        double[][] values = allocate((int) shape.rows(), length);
        try (Arena scratch = Arena.ofConfined()) {
            EntryReader entries = new EntryReader(this, file.map(offset, bytes(), scratch));
            if (columnMajor) {
                transpose(entries, values, length);
            } else {
                stream(entries, values, length);
            }
        }
        return new Vectors(Arrays.copyOf(sizes, sizes.length - 1), values);
    }

    RuntimeException fault(String format, Object... arguments) {
        return file.fault("%s", prefix + String.format(Locale.ROOT, format, arguments));
    }

    private void requireShape(int min, int max, String expected) {
        if (shape.dimensions() < min || shape.dimensions() > max) {
            throw fault("shape %s has %d dimensions; expected %s", shape, shape.dimensions(), expected);
        }
        for (long size : shape.sizes()) {
            if (size == 0) {
                throw fault("shape %s is empty: every dimension must be at least 1", shape);
            }
            if (size > Integer.MAX_VALUE) {
                throw fault("shape %s has a dimension of more than %d", shape, Integer.MAX_VALUE);
            }
        }
    }

    /** Heads and vectors are counted by an int. */
    private void requireCount(int leading, String counted) {
        long count = 1;
        for (int i = 0; i < leading; i++) {
            count *= shape.sizes()[i];
        }
        if (count > Integer.MAX_VALUE) {
            throw fault("shape %s has more than %d %s", shape, Integer.MAX_VALUE, counted);
        }
    }

    private Heads allocate(Arena arena) {
        try {
            return Heads.allocate(arena, shape.toInts());
        } catch (OutOfMemoryError full) {
            throw tooLarge(Float.BYTES, full);
        }
    }

    private double[][] allocate(int count, int length) {
        try {
            return new double[count][length];
        } catch (OutOfMemoryError full) {
            throw tooLarge(Double.BYTES, full);
        }
    }

    private RuntimeException tooLarge(int bytesPerEntry, OutOfMemoryError full) {
        return file.fault(full, "%sshape %s takes %d bytes once converted, more than the memory allowed",
                prefix, shape, shape.bytes(bytesPerEntry));
    }

    private void stream(EntryReader entries, MemorySegment target) {
        long count = shape.bytes(1);
        float[] run = new float[EntryReader.run(count)];
        for (long first = 0; first < count; first += run.length) {
            int length = (int) Math.min(run.length, count - first);
            entries.floats(first, length, run, 0);
            MemorySegment.copy(run, 0, target, ValueLayout.JAVA_FLOAT, first * Float.BYTES, length);
        }
    }

    /**
     * In column-major order the entries of one column are consecutive. The first dimension of the row index varies fastest, so that
     * {@link #row} permutes rows.
     */
    private void transpose(EntryReader entries, MemorySegment target) {
        long rows = shape.rows();
        int columns = (int) shape.sizes()[shape.dimensions() - 1];
        float[] tile = new float[Math.min(TILE, columns) * TILE];
        for (long top = 0; top < rows; top += TILE) {
            int height = (int) Math.min(TILE, rows - top);
            for (int left = 0; left < columns; left += TILE) {
                int width = Math.min(TILE, columns - left);
                for (int j = 0; j < width; j++) {
                    entries.floats((left + j) * rows + top, height, tile, j * TILE);
                }
                for (int i = 0; i < height; i++) {
                    scatter(tile, i, width, target, Float.BYTES * (row(top + i) * columns + left));
                }
            }
        }
    }

    /** Row {@code i} of a tile stored column after column, to byte {@code start} of the target. */
    private static void scatter(float[] tile, int i, int width, MemorySegment target, long start) {
        for (int j = 0; j < width; j++) {
            target.set(ValueLayout.JAVA_FLOAT, start + (long) Float.BYTES * j, tile[j * TILE + i]);
        }
    }

    private void stream(EntryReader entries, double[][] values, int length) {
        for (int i = 0; i < values.length; i++) {
            for (int first = 0; first < length; first += EntryReader.RUN) {
                int count = Math.min(EntryReader.RUN, length - first);
                entries.float64((long) i * length + first, count, values[i], first);
            }
        }
    }

    private void transpose(EntryReader entries, double[][] values, int length) {
        double[] run = new double[EntryReader.run(values.length)];
        for (int j = 0; j < length; j++) {
            for (int first = 0; first < values.length; first += run.length) {
                int count = Math.min(run.length, values.length - first);
                entries.float64((long) j * values.length + first, count, run, 0);
                for (int i = 0; i < count; i++) {
                    values[(int) row(first + i)][j] = run[i];
                }
            }
        }
    }

    /** The index with the last leading dimension fastest of the row whose index with the first one fastest is {@code index}. */
    private long row(long index) {
        long row = 0;
        for (int i = 0; i < shape.dimensions() - 1; i++) {
            long size = shape.sizes()[i];
            row = row * size + index % size;
            index /= size;
        }
        return row;
    }
}
