package dev.gatun.kernel.stored;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads stored entries, float32, float16, bfloat16 or int8 in the native byte order, from memory of any alignment, and widens them to
 * float32. Exact, but for the product of an int8 and its scale, which is rounded once.
 *
 * <p>Rows from main memory are read first by a loop that takes one cache line after the other with the same instructions: {@link #fetch}
 * for rows used in place, the widening loop for others. This is how one core reaches the bandwidth of the memory, because prefetchers
 * follow the strides of single instructions and stop at the end of a page. Arithmetic that loads from main memory itself, in unrolled loops
 * of several rows or vectors, reached half to four fifths of it.
 */
public final class Stored {

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    private static final int FLOATS = Lanes.FLOATS.length();

    /** As many shorts as there are floats in a float vector. */
    public static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOATS.vectorBitSize() / 2));

    /** Of 256 bits at most: rows of {@code 16 n} entries are whole vectors. */
    private static final VectorSpecies<Short> ENTRIES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Math.min(256, Lanes.FLOATS.vectorBitSize())));

    /** Bytes of a cache line. */
    private static final int LINE = 64;

    /** Entries of a step. Not final, because the compiler unrolls loops with a constant step. */
    private static int step = FLOATS;

    /** As many bytes, or eight where there are fewer floats. */
    public static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(Lanes.FLOATS.vectorBitSize() / 4, Long.SIZE)));

    /** Distance in bits between the significands of a float16 and of a float32. */
    public static final int HALF_SHIFT = 13;

    /** The bits of a float16 after that shift, the factor that corrects its exponent, and the exponent of infinity and NaN. */
    public static final int HALF_BITS = 0x8FFFE000;
    public static final float HALF_SCALE = 0x1p112f;
    private static final int HALF_EXPONENT = 0x0F800000;

    /** The bits of the exponent of a float16, all set for infinity and NaN. */
    private static final short FLOAT16_EXPONENT = 0x7C00;

    private Stored() {
    }

    /** One entry, {@code at} bytes from the start of the segment; an int8 without its scale. */
    public static float entry(StoredType type, MemorySegment memory, long at) {
        return switch (type) {
            case FLOAT32 -> memory.get(FLOAT, at);
            case FLOAT16 -> Float.float16ToFloat(memory.get(SHORT, at));
            case BFLOAT16 -> Float.intBitsToFloat(memory.get(SHORT, at) << 16);
            case INT8 -> memory.get(ValueLayout.JAVA_BYTE, at);
        };
    }

    /**
     * Loads a vector of each cache line, to bring the lines into the cache.
     *
     * @return a value that keeps the compiler from removing the loads
     */
    public static int fetch(MemorySegment memory, long start, int bytes) {
        IntVector bits0 = IntVector.zero(Lanes.INTS);
        IntVector bits1 = IntVector.zero(Lanes.INTS);
        int at = 0;
        for (; at <= bytes - 2 * LINE; at += 2 * LINE) {
            bits0 = IntVector.fromMemorySegment(Lanes.INTS, memory, start + at, ORDER).or(bits0);
            bits1 = IntVector.fromMemorySegment(Lanes.INTS, memory, start + at + LINE, ORDER).or(bits1);
        }
        int bits = bits0.or(bits1).lane(0);
        for (; at < bytes; at += LINE) {
            bits |= memory.get(ValueLayout.JAVA_BYTE, start + at);
        }
        return bits;
    }

    /**
     * Widens rows.
     *
     * @param first   the first row
     * @param count   the number of rows
     * @param columns entries of a row
     * @param widened receives {@code count x width} floats; entries of a row beyond its columns are not written
     */
    public static void widen(StoredRows rows, int first, int count, int columns, float[] widened, int width) {
        widenEntries(rows, first, count, columns, widened, width);
        if (rows.type() == StoredType.INT8) {
            for (int r = 0; r < count; r++) {
                scale(widened, r * width, columns, rows.scale(first + r));
            }
        }
    }

    private static void scale(float[] row, int from, int columns, float scale) {
        for (int c = from; c < from + columns; c++) {
            row[c] *= scale;
        }
    }

    /** Widens rows as {@link #widen}, int8 without their scales. */
    public static void widenEntries(StoredRows rows, int first, int count, int columns, float[] widened, int width) {
        for (int r = 0; r < count; ) {
            int together = rows.together(first + r, count - r);
            widenTogether(rows, first + r, together, columns, widened, r * width, width);
            r += together;
        }
    }

    private static void widenTogether(StoredRows rows, int first, int count, int columns, float[] widened, int to, int width) {
        MemorySegment memory = rows.memory(first);
        long start = rows.at(first);
        if (rows.rowBytes() == (long) columns * rows.type().bytes() && width == columns) {
            widen(rows.type(), memory, start, count * columns, widened, to);
            return;
        }
        for (int r = 0; r < count; r++) {
            widen(rows.type(), memory, start + rows.rowBytes() * r, columns, widened, to + r * width);
        }
    }

    /** Widens {@code count} contiguous entries, int8 without their scales, to {@code widened}, from {@code to} on. */
    public static void widen(StoredType type, MemorySegment memory, long start, int count, float[] widened, int to) {
        switch (type) {
            case FLOAT32 -> MemorySegment.copy(memory, FLOAT, start, widened, to, count);
            case FLOAT16 -> widenFloat16(memory, start, count, widened, to, step);
            case BFLOAT16 -> widenBfloat16(memory, start, count, widened, to, step);
            case INT8 -> widenInt8(memory, start, count, widened, to);
        }
    }

    private static void widenInt8(MemorySegment memory, long start, int count, float[] widened, int to) {
        for (int c = 0; c < count; c++) {
            widened[to + c] = memory.get(ValueLayout.JAVA_BYTE, start + c);
        }
    }

    private static void widenBfloat16(MemorySegment memory, long start, int count, float[] widened, int to, int step) {
        int c = 0;
        for (; c + 2 * FLOATS <= count; c += 2 * step) {
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(SHORTS, memory, start + 2L * c, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(SHORTS, memory, start + 2L * c + 2 * FLOATS, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            Lanes.FLOAT_VECTOR.cast(bits0.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0)).intoArray(widened, to + c);
            Lanes.FLOAT_VECTOR.cast(bits1.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0))
                    .intoArray(widened, to + c + FLOATS);
        }
        for (; c < count; c++) {
            widened[to + c] = entry(StoredType.BFLOAT16, memory, start + 2L * c);
        }
    }

    /**
     * Widens float16: moves the bits to their places in a float32 and corrects the exponent by a multiplication, which is exact for
     * subnormal numbers too. Infinity and NaN would become numbers from 65536 on: if there are any, all entries are widened one by one.
     */
    private static void widenFloat16(MemorySegment memory, long start, int count, float[] widened, int to, int step) {
        IntVector greatest = IntVector.zero(Lanes.INTS);
        int c = 0;
        for (; c + 2 * FLOATS <= count; c += 2 * step) {
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(SHORTS, memory, start + 2L * c, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0));
            IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(SHORTS, memory, start + 2L * c + 2 * FLOATS, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0));
            bits0 = bits0.lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
            bits1 = bits1.lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
            greatest = bits0.and(HALF_EXPONENT).max(bits1.and(HALF_EXPONENT)).max(greatest);
            Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(HALF_SCALE).intoArray(widened, to + c);
            Lanes.FLOAT_VECTOR.cast(bits1.reinterpretShape(Lanes.FLOATS, 0)).mul(HALF_SCALE).intoArray(widened, to + c + FLOATS);
        }
        if (Lanes.INT_VECTOR.cast(greatest).reduceLanes(VectorOperators.MAX) >= HALF_EXPONENT) {
            c = 0;
        }
        for (; c < count; c++) {
            widened[to + c] = entry(StoredType.FLOAT16, memory, start + 2L * c);
        }
    }

    /** Whether float16 entries, a multiple of 16, are all finite. */
    public static boolean finiteFloat16(MemorySegment memory, long start, int count) {
        ShortVector greatest = ShortVector.zero(ENTRIES);
        for (int c = 0; c < count; c += ENTRIES.length()) {
            greatest = ShortVector.fromMemorySegment(ENTRIES, memory, start + 2L * c, ORDER).and(FLOAT16_EXPONENT).max(greatest);
        }
        return greatest.reduceLanes(VectorOperators.MAX) < FLOAT16_EXPONENT;
    }
}
