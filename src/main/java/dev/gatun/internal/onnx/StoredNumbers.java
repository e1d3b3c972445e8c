package dev.gatun.internal.onnx;

import dev.gatun.internal.format.FloatReader;
import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Precision;
import dev.gatun.internal.format.Source;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * Consecutive little-endian floating-point numbers at any alignment: the entries of one tensor.
 *
 * @param file      the file that holds them, for faults
 * @param name      the tensor's name in the file
 * @param precision float16, bfloat16, float32 or float64
 * @param bytes     exactly the entries
 */
public record StoredNumbers(Source file, String name, Precision precision, MemorySegment bytes) {

    /** Rows that are transposed at once: a cache line of the result. */
    private static final int STRIP = 16;

    /** Writes {@code count} entries from entry {@code first} on, as float32, to {@code target[at]} and on. */
    public void read(long first, int count, float[] target, int at) {
        read(reader(count), first, count, target, at);
    }

    private FloatReader reader(int longest) {
        return new FloatReader(precision, ByteOrder.LITTLE_ENDIAN, bytes, longest);
    }

    private void read(FloatReader reader, long first, int count, float[] target, int at) {
        reader.read(first, count, target, at, (index, value) -> file.fault("tensor %s: entry %d is %s, beyond the float32 range",
                Names.quote(name), index, value));
    }

    /**
     * Writes the transpose of a matrix of {@code rows} and {@code columns} to {@code target}: entry (i, j) to
     * {@code target[j * rows + i]}.
     */
    public void readTransposed(int rows, int columns, float[] target) {
        float[] strip = new float[Math.min(STRIP, rows) * columns];
        FloatReader reader = reader(strip.length);
        for (int top = 0; top < rows; top += STRIP) {
            int height = Math.min(STRIP, rows - top);
            read(reader, (long) top * columns, height * columns, strip, 0);
            for (int j = 0; j < columns; j++) {
                int at = j * rows + top;
                for (int i = 0; i < height; i++) {
                    target[at + i] = strip[i * columns + j];
                }
            }
        }
    }
}
