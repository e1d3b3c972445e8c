package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Entries as they are stored in memory of any alignment, in the native byte order, and how they come from there:
 * widened to float32, which rounds nothing.
 *
 * <p>Whatever comes from far is first touched by a loop that takes cache line after cache line with the same
 * instructions: rows that can be used as they are by {@link #fetch}, others by the loop that widens them. Only so does
 * one core take what memory can give, for the prefetchers follow the strides of single instructions and stop at the
 * end of a page. Arithmetic that loads from far itself, by unrolled loops of several rows or vectors, got half to four
 * fifths of it.
 */
public final class Stored {

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    private static final int FLOATS = Lanes.FLOATS.length();

    /** As many shorts as there are floats in a float vector. */
    private static final VectorSpecies<Short> HALF_SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOATS.vectorBitSize() / 2));

    /** Bytes of a cache line; not final, as {@code step}. */
    private static int line = 64;

    /** Entries of a step. Not final, so that the loops stay rolled: with a constant step the compiler unrolls them. */
    private static int step = FLOATS;

    /** Bits by which the significands of a float16 and of a float32 lie apart. */
    private static final int HALF_SHIFT = 13;

    /** Where the bits of a float16 are then, what its exponent lacks, and the exponent of infinity and NaN. */
    private static final int HALF_BITS = 0x8FFFE000;
    private static final float HALF_SCALE = 0x1p112f;
    private static final int HALF_EXPONENT = 0x0F800000;

    private Stored() {
    }

    /** One entry, {@code at} bytes from the start of the segment. */
    public static float entry(StoredType type, MemorySegment memory, long at) {
        return switch (type) {
            case FLOAT32 -> memory.get(FLOAT, at);
            case FLOAT16 -> Float.float16ToFloat(memory.get(SHORT, at));
            case BFLOAT16 -> Float.intBitsToFloat(memory.get(SHORT, at) << 16);
        };
    }

    /**
     * Loads a byte of each cache line.
     *
     * @return a figure that keeps the compiler from dropping the work
     */
    public static int fetch(MemorySegment memory, long start, long bytes) {
        return fetch(memory, start, (int) bytes, line);
    }

    private static int fetch(MemorySegment memory, long start, int bytes, int stride) {
        int bits = 0;
        for (int at = 0; at < bytes; at += stride) {
            bits |= memory.get(ValueLayout.JAVA_BYTE, start + at);
        }
        return bits;
    }

    /**
     * Rows of entries, widened.
     *
     * @param rows    where they lie
     * @param first   the first of them
     * @param count   how many
     * @param columns entries of each
     * @param widened receives {@code count x width} floats; what lies beyond the columns of a row stays as it is
     */
    public static void widen(StoredRows rows, int first, int count, int columns, float[] widened, int width) {
        if (rows.rowBytes() == (long) columns * rows.type().bytes() && width == columns) {
            widen(rows.type(), rows.memory(), rows.at(first), count * columns, widened, 0);
            return;
        }
        for (int r = 0; r < count; r++) {
            widen(rows.type(), rows.memory(), rows.at(first + r), columns, widened, r * width);
        }
    }

    /** {@code count} entries that lie side by side, widened: to {@code widened} from {@code to} on. */
    public static void widen(StoredType type, MemorySegment memory, long start, int count, float[] widened, int to) {
        switch (type) {
            case FLOAT32 -> MemorySegment.copy(memory, FLOAT, start, widened, to, count);
            case FLOAT16 -> widenHalves(memory, start, count, widened, to, step);
            case BFLOAT16 -> widenBrains(memory, start, count, widened, to, step);
        }
    }

    /** Whole vectors of float32. */
    public static FloatVector floats(MemorySegment memory, long at) {
        return FloatVector.fromMemorySegment(Lanes.FLOATS, memory, at, ORDER);
    }

    /** As many float32 as make a vector of doubles. */
    public static DoubleVector float64(MemorySegment memory, long at) {
        return (DoubleVector) FloatVector.fromMemorySegment(Lanes.HALF_FLOATS, memory, at, ORDER)
                .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0);
    }

    private static void widenBrains(MemorySegment memory, long start, int count, float[] widened, int to, int step) {
        int c = 0;
        for (; c + 2 * FLOATS <= count; c += 2 * step) {
            bfloat16s(memory, start + 2L * c).intoArray(widened, to + c);
            bfloat16s(memory, start + 2L * c + 2 * FLOATS).intoArray(widened, to + c + FLOATS);
        }
        for (; c < count; c++) {
            widened[to + c] = entry(StoredType.BFLOAT16, memory, start + 2L * c);
        }
    }

    /** Whole vectors of bfloat16, the upper halves of floats. */
    public static FloatVector bfloat16s(MemorySegment memory, long at) {
        return ((IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, memory, at, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0))
                .lanewise(VectorOperators.LSHL, 16).viewAsFloatingLanes();
    }

    /**
     * Float16: the bits are moved to their places in a float32 and the exponent is set right by a multiplication, which
     * subnormal numbers survive. Infinity and NaN would come out as numbers from 65536 on: where there are any, all are
     * widened one by one.
     */
    private static void widenHalves(MemorySegment memory, long start, int count, float[] widened, int to, int step) {
        IntVector greatest = IntVector.zero(Lanes.INTS);
        int c = 0;
        for (; c + 2 * FLOATS <= count; c += 2 * step) {
            IntVector bits0 = halves(memory, start + 2L * c);
            IntVector bits1 = halves(memory, start + 2L * c + 2 * FLOATS);
            greatest = bits0.and(HALF_EXPONENT).max(bits1.and(HALF_EXPONENT)).max(greatest);
            bits0.viewAsFloatingLanes().mul(HALF_SCALE).intoArray(widened, to + c);
            bits1.viewAsFloatingLanes().mul(HALF_SCALE).intoArray(widened, to + c + FLOATS);
        }
        if (greatest.reduceLanes(VectorOperators.MAX) >= HALF_EXPONENT) {
            c = 0;
        }
        for (; c < count; c++) {
            widened[to + c] = entry(StoredType.FLOAT16, memory, start + 2L * c);
        }
    }

    private static IntVector halves(MemorySegment memory, long at) {
        return ((IntVector) ShortVector.fromMemorySegment(HALF_SHORTS, memory, at, ORDER)
                .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                .lanewise(VectorOperators.LSHL, HALF_SHIFT).and(HALF_BITS);
    }
}
