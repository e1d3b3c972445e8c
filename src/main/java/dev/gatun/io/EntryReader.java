package dev.gatun.io;

import dev.gatun.internal.format.FloatReader;
import dev.gatun.internal.format.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Decodes runs of at most {@value #RUN} consecutive stored entries, integers as well, to float32 or float64. One thread at a time: the
 * scratch arrays are reused.
 */
final class EntryReader {

    static final int RUN = FloatReader.RUN;

    private final StoredTensor tensor;
    private final MemorySegment data;
    private final IntegerReader integers;
    private final FloatReader reader;
    private final float[] float32;

    EntryReader(StoredTensor tensor, MemorySegment data) {
        this.tensor = tensor;
        this.data = data;
        this.integers = new IntegerReader(tensor, data);
        int run = run(tensor.shape().bytes(1));
        boolean integral = tensor.precision().integral();
        this.reader = integral ? null : new FloatReader(tensor.precision(), tensor.order(), data, run);
        this.float32 = new float[integral || tensor.precision() == Precision.FLOAT64 ? 0 : run];
    }

    /** The run length for {@code count} entries: small tensors need little scratch memory. */
    static int run(long count) {
        return (int) Math.min(RUN, count);
    }

    /**
     * Writes entries {@code first .. first + count - 1} in file order as float32 from {@code target[at]} on.
     *
     * @throws TensorFileException if a finite float64 is infinite as float32, or float32 cannot hold an integer exactly
     */
    void floats(long first, int count, float[] target, int at) {
        if (!tensor.precision().integral()) {
            reader.read(first, count, target, at, this::overflow);
            return;
        }
        for (int i = 0; i < count; i++) {
            target[at + i] = integers.asFloat(first + i);
        }
    }

    private RuntimeException overflow(long index, double value) {
        return tensor.fault("entry %d (in file order) is %s, beyond the float32 range", index, value);
    }

    /**
     * Writes entries {@code first .. first + count - 1} in file order as float64 from {@code target[at]} on.
     *
     * @throws TensorFileException if float64 cannot hold an integer exactly
     */
    void float64(long first, int count, double[] target, int at) {
        if (tensor.precision() == Precision.FLOAT64) {
            MemorySegment.copy(data, ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(tensor.order()), first * Double.BYTES, target, at, count);
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
}
