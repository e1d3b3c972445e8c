package dev.gatun.internal.format;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Decodes consecutive stored floating-point numbers at any alignment to float32. A bulk copy puts bytes into the native order, then a loop
 * over arrays converts; both compile to vector code. One thread at a time: the scratch arrays are reused.
 */
public final class FloatReader {

    /** Numbers that are converted at once. */
    public static final int RUN = 4096;

    private final MemorySegment data;
    private final Precision precision;
    private final ValueLayout layout;
    private final short[] halves;
    private final double[] doubles;

    /** Makes the exception for a finite float64 that is infinite as float32. */
    public interface Overflow {

        /**
         * The exception.
         *
         * @param index the place of the number
         */
        RuntimeException fault(long index, double value);
    }

    /**
     * A reader.
     *
     * @param precision float16, bfloat16, float32 or float64
     * @param data      exactly the numbers
     * @param longest   the most numbers of a read, for the size of scratch arrays; longer reads take several runs
     */
    public FloatReader(Precision precision, ByteOrder order, MemorySegment data, long longest) {
        this.data = data;
        this.precision = precision;
        this.layout = switch (precision) {
            case FLOAT16, BFLOAT16 -> ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
            case FLOAT32 -> ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order);
            case FLOAT64 -> ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order);
            default -> throw new IllegalArgumentException(precision + " is no floating-point format");
        };
        int run = (int) Math.min(RUN, longest);
        this.halves = new short[precision == Precision.FLOAT16 || precision == Precision.BFLOAT16 ? run : 0];
        this.doubles = new double[precision == Precision.FLOAT64 ? run : 0];
    }

    /**
     * Writes {@code count} numbers from number {@code first} on, as float32, to {@code target[at]} and on.
     *
     * @param overflow throws for a finite float64 beyond the float32 range
     */
    public void read(long first, int count, float[] target, int at, Overflow overflow) {
        if (precision == Precision.FLOAT32) {
            copy(first, count, target, at);
            return;
        }
        int run = Math.max(halves.length, doubles.length);
        for (int done = 0; done < count; done += run) {
            int length = Math.min(run, count - done);
            if (precision == Precision.FLOAT64) {
                narrow(first + done, length, target, at + done, overflow);
            } else {
                widen(first + done, length, target, at + done);
            }
        }
    }

    private void copy(long first, int count, Object target, int at) {
        MemorySegment.copy(data, layout, first * precision.bytes(), target, at, count);
    }

    private void widen(long first, int count, float[] target, int at) {
        copy(first, count, halves, 0);
        if (precision == Precision.FLOAT16) {
            for (int i = 0; i < count; i++) {
                target[at + i] = Float.float16ToFloat(halves[i]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                target[at + i] = Float.intBitsToFloat(halves[i] << Short.SIZE);
            }
        }
    }

    private void narrow(long first, int count, float[] target, int at, Overflow overflow) {
        copy(first, count, doubles, 0);
        for (int i = 0; i < count; i++) {
            float rounded = (float) doubles[i];
            if (Float.isInfinite(rounded) && !Double.isInfinite(doubles[i])) {
                throw overflow.fault(first + i, doubles[i]);
            }
            target[at + i] = rounded;
        }
    }
}
