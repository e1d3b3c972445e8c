package dev.gatun.kernel.decode;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.Stored;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Sums of values in {@link FetchedRows} times their numerators, {@code out += sum_j p_j v_j}.
 *
 * <p><b>Layout.</b> Components lie on lanes, in strips of eight vectors, or four of bfloat16, then in single vectors. Memory and arrays may
 * have any alignment.
 *
 * <p><b>Error.</b> Each component is one chain of fused multiply-adds over the values, from the first on: one rounding per value. Results
 * do not depend on the vector width.
 */
final class ValueSums {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private ValueSums() {
    }

    /**
     * Adds values times their numerators. A value that is infinite or NaN makes its component so, whatever its numerator.
     *
     * @param numerators one for each row, from {@code from} on
     * @param sums    added to: as many entries as the values have, from {@code at} on
     */
    static void add(FetchedRows values, int rows, float[] numerators, int from, float[] sums, int at) {
        MemorySegment memory = values.memory();
        long rowBytes = values.rowBytes();
        int width = values.width();
        int c = 0;
        if (values.bfloat16()) {
            for (; c + 4 * FLOATS <= width; c += 4 * FLOATS) {
                bfloat16Strip(memory, values.start() + 2L * c, rowBytes, rows, numerators, from, sums, at + c);
            }
            for (; c < width; c += FLOATS) {
                bfloat16Vector(memory, values.start() + 2L * c, rowBytes, rows, numerators, from, sums, at + c);
            }
            return;
        }
        for (; c + 8 * FLOATS <= width; c += 8 * FLOATS) {
            strip(memory, values.start() + 4L * c, rowBytes, rows, numerators, from, sums, at + c);
        }
        for (; c < width; c += FLOATS) {
            vector(memory, values.start() + 4L * c, rowBytes, rows, numerators, from, sums, at + c);
        }
    }

    private static void bfloat16Strip(MemorySegment values, long start, long rowBytes, int rows, float[] numerators,
                                    int from, float[] sums, int at) {
        FloatVector o0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector o1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + FLOATS);
        FloatVector o2 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * FLOATS);
        FloatVector o3 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * FLOATS);
        long v = start;
        for (int r = 0; r < rows; r++, v += rowBytes) {
            FloatVector p = Lanes.FLOAT_ZEROS.broadcast(numerators[from + r]);
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, v, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            o0 = Lanes.FLOAT_VECTOR.cast(bits0.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0)).fma(p, o0);
            IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, v + 2 * FLOATS, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            o1 = Lanes.FLOAT_VECTOR.cast(bits1.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0)).fma(p, o1);
            IntVector bits2 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, v + 4 * FLOATS, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            o2 = Lanes.FLOAT_VECTOR.cast(bits2.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0)).fma(p, o2);
            IntVector bits3 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, v + 6 * FLOATS, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            o3 = Lanes.FLOAT_VECTOR.cast(bits3.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0)).fma(p, o3);
        }
        Lanes.FLOAT_VECTOR.cast(o0).intoArray(sums, at);
        Lanes.FLOAT_VECTOR.cast(o1).intoArray(sums, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o2).intoArray(sums, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o3).intoArray(sums, at + 3 * FLOATS);
    }

    private static void bfloat16Vector(MemorySegment values, long start, long rowBytes, int rows, float[] numerators,
                                     int from, float[] sums, int at) {
        FloatVector o = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        long v = start;
        for (int r = 0; r < rows; r++, v += rowBytes) {
            IntVector bits = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, v, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
            FloatVector p = Lanes.FLOAT_ZEROS.broadcast(numerators[from + r]);
            o = Lanes.FLOAT_VECTOR.cast(bits.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0)).fma(p, o);
        }
        Lanes.FLOAT_VECTOR.cast(o).intoArray(sums, at);
    }

    private static void strip(MemorySegment values, long start, long rowBytes, int rows, float[] numerators, int from,
                              float[] sums, int at) {
        FloatVector o0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector o1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + FLOATS);
        FloatVector o2 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * FLOATS);
        FloatVector o3 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * FLOATS);
        FloatVector o4 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 4 * FLOATS);
        FloatVector o5 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 5 * FLOATS);
        FloatVector o6 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 6 * FLOATS);
        FloatVector o7 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 7 * FLOATS);
        long v = start;
        for (int r = 0; r < rows; r++, v += rowBytes) {
            FloatVector p = Lanes.FLOAT_ZEROS.broadcast(numerators[from + r]);
            o0 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v, ORDER).fma(p, o0);
            o1 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 4 * FLOATS, ORDER).fma(p, o1);
            o2 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 8 * FLOATS, ORDER).fma(p, o2);
            o3 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 12 * FLOATS, ORDER).fma(p, o3);
            o4 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 16 * FLOATS, ORDER).fma(p, o4);
            o5 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 20 * FLOATS, ORDER).fma(p, o5);
            o6 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 24 * FLOATS, ORDER).fma(p, o6);
            o7 = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v + 28 * FLOATS, ORDER).fma(p, o7);
        }
        Lanes.FLOAT_VECTOR.cast(o0).intoArray(sums, at);
        Lanes.FLOAT_VECTOR.cast(o1).intoArray(sums, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o2).intoArray(sums, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o3).intoArray(sums, at + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o4).intoArray(sums, at + 4 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o5).intoArray(sums, at + 5 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o6).intoArray(sums, at + 6 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o7).intoArray(sums, at + 7 * FLOATS);
    }

    private static void vector(MemorySegment values, long start, long rowBytes, int rows, float[] numerators, int from,
                               float[] sums, int at) {
        FloatVector o = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        long v = start;
        for (int r = 0; r < rows; r++, v += rowBytes) {
            FloatVector p = Lanes.FLOAT_ZEROS.broadcast(numerators[from + r]);
            o = FloatVector.fromMemorySegment(Lanes.FLOATS, values, v, ORDER).fma(p, o);
        }
        Lanes.FLOAT_VECTOR.cast(o).intoArray(sums, at);
    }
}
