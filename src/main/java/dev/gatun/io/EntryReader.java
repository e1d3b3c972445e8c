package dev.gatun.io;

import dev.gatun.internal.format.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Decodes runs of at most {@value #RUN} consecutive stored entries to float32 or float64. A bulk copy puts bytes into the native order,
 * then a loop over arrays converts; both compile to vector code. One thread at a time: the scratch arrays are reused.
 */
final class EntryReader {

    static final int RUN = 4096;

    private final StoredTensor tensor;
    private final MemorySegment data;
    private final IntegerReader integers;
    private final ValueLayout layout;
    private final short[] float16;
    private final float[] float32;
    private final double[] float64;

    EntryReader(StoredTensor tensor, MemorySegment data) {
        this.tensor = tensor;
        this.data = data;
        this.integers = new IntegerReader(tensor, data);
        this.layout = layout(tensor.precision()).withOrder(tensor.order());
        int run = run(tensor.shape().bytes(1));
        boolean half = tensor.precision() == Precision.FLOAT16 || tensor.precision() == Precision.BFLOAT16;
        this.float16 = new short[half ? run : 0];
        this.float32 = new float[half || tensor.precision() == Precision.FLOAT32 ? run : 0];
        this.float64 = new double[tensor.precision() == Precision.FLOAT64 ? run : 0];
    }

    /** The run length for {@code count} entries: small tensors need little scratch memory. */
    static int run(long count) {
        return (int) Math.min(RUN, count);
    }

    private static ValueLayout layout(Precision precision) {
        return switch (precision) {
            case FLOAT16, BFLOAT16 -> ValueLayout.JAVA_SHORT_UNALIGNED;
            case FLOAT32 -> ValueLayout.JAVA_FLOAT_UNALIGNED;
            case FLOAT64 -> ValueLayout.JAVA_DOUBLE_UNALIGNED;
            case BOOLEAN, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> ValueLayout.JAVA_BYTE;
        };
    }

    /**
     * Writes entries {@code first .. first + count - 1} in file order as float32 from {@code target[at]} on.
     *
     * @throws TensorFileException if a finite float64 is infinite as float32, or float32 cannot hold an integer exactly
     */
    void floats(long first, int count, float[] target, int at) {
        switch (tensor.precision()) {
            case FLOAT16 -> {
                copy(first, count, float16, 0);
                for (int i = 0; i < count; i++) {
                    target[at + i] = Float.float16ToFloat(float16[i]);
                }
            }
            case BFLOAT16 -> {
                copy(first, count, float16, 0);
                for (int i = 0; i < count; i++) {
                    target[at + i] = Float.intBitsToFloat(float16[i] << 16);
                }
            }
            case FLOAT32 -> copy(first, count, target, at);
            case FLOAT64 -> {
                copy(first, count, float64, 0);
                round(first, count, target, at);
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    target[at + i] = integers.asFloat(first + i);
                }
            }
        }
    }

    /**
     * Writes entries {@code first .. first + count - 1} in file order as float64 from {@code target[at]} on.
     *
     * @throws TensorFileException if float64 cannot hold an integer exactly
     */
    void float64(long first, int count, double[] target, int at) {
        if (tensor.precision() == Precision.FLOAT64) {
            copy(first, count, target, at);
            return;
        }
        if (tensor.precision().integral()) {
            for (int i = 0; i < count; i++) {
                target[at + i] = integers.asDouble(first + i);
            }
            return;
        }
        floats(first, count, float32, 0);
        for (int i = 0; i < count; i++) {
            target[at + i] = float32[i];
        }
    }

    private void copy(long first, int count, Object target, int at) {
        MemorySegment.copy(data, layout, first * tensor.precision().bytes(), target, at, count);
    }

    private void round(long first, int count, float[] target, int at) {
        for (int i = 0; i < count; i++) {
            double value = float64[i];
            float rounded = (float) value;
            if (Float.isInfinite(rounded) && !Double.isInfinite(value)) {
                throw tensor.fault("entry %d (in file order) is %s, beyond the float32 range", first + i, value);
            }
            target[at + i] = rounded;
        }
    }
}
