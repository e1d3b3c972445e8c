package dev.gatun.internal.onnx;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Precision;
import dev.gatun.internal.format.Source;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Entries that are converted at once. */
    private static final int RUN = 4096;

    /** Rows that are transposed at once: a cache line of the result. */
    private static final int STRIP = 16;

    /** Writes {@code count} entries from entry {@code first} on, as float32, to {@code target[at]} and on. */
    public void read(long first, int count, float[] target, int at) {
        switch (precision) {
            case FLOAT32 -> MemorySegment.copy(bytes, FLOAT, first * Float.BYTES, target, at, count);
            case FLOAT64 -> narrow(first, count, target, at);
            case FLOAT16, BFLOAT16 -> widen(first, count, target, at);
            default -> throw new IllegalStateException(name + " holds " + precision);
        }
    }

    private void widen(long first, int count, float[] target, int at) {
        short[] run = new short[Math.min(RUN, count)];
        for (int done = 0; done < count; done += run.length) {
            int length = Math.min(run.length, count - done);
            MemorySegment.copy(bytes, SHORT, (first + done) * Short.BYTES, run, 0, length);
            if (precision == Precision.FLOAT16) {
                for (int i = 0; i < length; i++) {
                    target[at + done + i] = Float.float16ToFloat(run[i]);
                }
            } else {
                for (int i = 0; i < length; i++) {
                    target[at + done + i] = Float.intBitsToFloat(run[i] << Short.SIZE);
                }
            }
        }
    }

    private void narrow(long first, int count, float[] target, int at) {
        double[] run = new double[Math.min(RUN, count)];
        for (int done = 0; done < count; done += run.length) {
            int length = Math.min(run.length, count - done);
            MemorySegment.copy(bytes, DOUBLE, (first + done) * Double.BYTES, run, 0, length);
            for (int i = 0; i < length; i++) {
                target[at + done + i] = rounded(run[i], first + done + i);
            }
        }
    }

    private float rounded(double value, long index) {
        float rounded = (float) value;
        if (Float.isInfinite(rounded) && !Double.isInfinite(value)) {
            throw file.fault("tensor %s: entry %d is %s, beyond the float32 range", Names.quote(name), index, value);
        }
        return rounded;
    }

    /**
     * Writes the transpose of a matrix of {@code rows} and {@code columns} to {@code target}: entry (i, j) to
     * {@code target[j * rows + i]}.
     */
    public void readTransposed(int rows, int columns, float[] target) {
        float[] strip = new float[Math.min(STRIP, rows) * columns];
        for (int top = 0; top < rows; top += STRIP) {
            int height = Math.min(STRIP, rows - top);
            read((long) top * columns, height * columns, strip, 0);
            for (int j = 0; j < columns; j++) {
                int at = j * rows + top;
                for (int i = 0; i < height; i++) {
                    target[at + i] = strip[i * columns + j];
                }
            }
        }
    }
}
