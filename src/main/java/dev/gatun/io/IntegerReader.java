package dev.gatun.io;

import dev.gatun.internal.format.Precision;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Decodes stored integers and booleans, one by one, to the floating-point numbers that equal them. */
final class IntegerReader {

    private static final int FLOAT_DIGITS = 24;
    private static final int DOUBLE_DIGITS = 53;

    private final StoredTensor tensor;
    private final MemorySegment data;
    private final ValueLayout.OfShort shorts;
    private final ValueLayout.OfInt ints;
    private final ValueLayout.OfLong longs;

    IntegerReader(StoredTensor tensor, MemorySegment data) {
        this.tensor = tensor;
        this.data = data;
        this.shorts = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(tensor.order());
        this.ints = ValueLayout.JAVA_INT_UNALIGNED.withOrder(tensor.order());
        this.longs = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(tensor.order());
    }

    /** @throws TensorFileException if float32 cannot hold the entry exactly */
    float asFloat(long index) {
        return (float) exact(index, FLOAT_DIGITS, "float32");
    }

    /** @throws TensorFileException if float64 cannot hold the entry exactly */
    double asDouble(long index) {
        return exact(index, DOUBLE_DIGITS, "float64");
    }

    /** A number is exact if {@code digits} bits hold its highest and its lowest bit. */
    private double exact(long index, int digits, String target) {
        long value = entry(index);
        boolean unsigned = tensor.precision() == Precision.UINT64;
        long magnitude = unsigned ? value : Math.abs(value);
        if (Long.SIZE - Long.numberOfLeadingZeros(magnitude) - Long.numberOfTrailingZeros(magnitude) > digits) {
            throw tensor.fault("entry %d (in file order) is %s, which %s cannot hold exactly", index,
                    unsigned ? Long.toUnsignedString(value) : Long.toString(value), target);
        }
        return unsigned && value < 0 ? 2.0 * (value >>> 1) : value;
    }

    private long entry(long index) {
        long at = index * tensor.precision().bytes();
        return switch (tensor.precision()) {
            case BOOLEAN -> truth(index, data.get(ValueLayout.JAVA_BYTE, at));
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case UINT8 -> data.get(ValueLayout.JAVA_BYTE, at) & 0xff;
            case INT16 -> data.get(shorts, at);
            case UINT16 -> data.get(shorts, at) & 0xffff;
            case INT32 -> data.get(ints, at);
            case UINT32 -> data.get(ints, at) & 0xffffffffL;
            case INT64, UINT64 -> data.get(longs, at);
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> throw new IllegalStateException("not integers");
        };
    }

    private long truth(long index, byte entry) {
        if (entry != 0 && entry != 1) {
            throw tensor.fault("entry %d (in file order) is the byte %d; a boolean is 0 or 1", index, entry & 0xff);
        }
        return entry;
    }
}
