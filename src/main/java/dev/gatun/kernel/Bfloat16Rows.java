package dev.gatun.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Rows of a plan's entries in half the room: two rows lie in one, an entry of the first in the upper half of 32 bits, one of
 * the second in the lower half, as bfloat16.
 *
 * <p>An entry of the first row is all 32 bits as a float: its upper half is chosen for the whole to be nearest to what it is
 * to be, so that nothing need be cleared. Rounding is to 8 significant bits for both, a part of 2^-9 at most; a zero of the
 * first row may be read as up to 5e-41. Entries are not negative. Otherwise as {@link CouplingRows}: eight rows at a time, rows
 * of the plan are here pairs.
 */
public final class Bfloat16Rows {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int HALF = Short.SIZE;

    private Bfloat16Rows() {
    }

    /** The chunk of {@link CouplingRows#products}: four pairs times {@code x}, lane by lane. */
    static void chunk(MemorySegment plan, long start, long stride, int width, float[] x, int from, float[] lanes) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s4 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s5 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s6 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s7 = FloatVector.zero(Lanes.FLOATS);
        long pair1 = start + stride;
        long pair2 = start + 2 * stride;
        long pair3 = start + 3 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector factor = FloatVector.fromArray(Lanes.FLOATS, x, from + j);
            FloatVector e0 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, start + at, ORDER);
            FloatVector e1 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, pair1 + at, ORDER);
            FloatVector e2 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, pair2 + at, ORDER);
            FloatVector e3 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, pair3 + at, ORDER);
            s0 = e0.fma(factor, s0);
            s1 = second(e0).fma(factor, s1);
            s2 = e1.fma(factor, s2);
            s3 = second(e1).fma(factor, s3);
            s4 = e2.fma(factor, s4);
            s5 = second(e2).fma(factor, s5);
            s6 = e3.fma(factor, s6);
            s7 = second(e3).fma(factor, s7);
        }
        s0.intoArray(lanes, 0);
        s1.intoArray(lanes, FLOATS);
        s2.intoArray(lanes, 2 * FLOATS);
        s3.intoArray(lanes, 3 * FLOATS);
        s4.intoArray(lanes, 4 * FLOATS);
        s5.intoArray(lanes, 5 * FLOATS);
        s6.intoArray(lanes, 6 * FLOATS);
        s7.intoArray(lanes, 7 * FLOATS);
    }

    private static FloatVector second(FloatVector pair) {
        return pair.reinterpretAsInts().lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats();
    }

    /** As {@link CouplingRows#add}, of four pairs. */
    public static void add(MemorySegment plan, long start, long stride, int width, float[] factors, float[] sums) {
        FloatVector f0 = FloatVector.broadcast(Lanes.FLOATS, factors[0]);
        FloatVector f1 = FloatVector.broadcast(Lanes.FLOATS, factors[1]);
        FloatVector f2 = FloatVector.broadcast(Lanes.FLOATS, factors[2]);
        FloatVector f3 = FloatVector.broadcast(Lanes.FLOATS, factors[3]);
        FloatVector f4 = FloatVector.broadcast(Lanes.FLOATS, factors[4]);
        FloatVector f5 = FloatVector.broadcast(Lanes.FLOATS, factors[5]);
        FloatVector f6 = FloatVector.broadcast(Lanes.FLOATS, factors[6]);
        FloatVector f7 = FloatVector.broadcast(Lanes.FLOATS, factors[7]);
        long pair1 = start + stride;
        long pair2 = start + 2 * stride;
        long pair3 = start + 3 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector even = FloatVector.fromArray(Lanes.FLOATS, sums, j);
            FloatVector e0 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, start + at, ORDER);
            FloatVector e1 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, pair1 + at, ORDER);
            FloatVector e2 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, pair2 + at, ORDER);
            FloatVector e3 = FloatVector.fromMemorySegment(Lanes.FLOATS, plan, pair3 + at, ORDER);
            even = e0.fma(f0, even);
            FloatVector odd = second(e0).mul(f1);
            even = e1.fma(f2, even);
            odd = second(e1).fma(f3, odd);
            even = e2.fma(f4, even);
            odd = second(e2).fma(f5, odd);
            even = e3.fma(f6, even);
            odd = second(e3).fma(f7, odd);
            even.add(odd).intoArray(sums, j);
        }
    }

    /**
     * Copies a tile of {@link Lanes#DEPTH} columns, row after row, {@code rows} rounded up to pairs, to pairs of a plan: the second
     * rounded to nearest, ties to even, the first to the nearest float that ends with it.
     *
     * <p>Four vectors at a time, so that it is too long to be inlined: where it was, callers had no nodes left for it and boxed
     * every vector, in one JVM of two.
     */
    public static void store(float[] tile, int rows, MemorySegment plan, long start, long stride) {
        for (int r = 0, from = 0; r < rows; r += 2, from += 2 * Lanes.DEPTH) {
            long to = start + r / 2 * stride;
            for (int c = 0; c < Lanes.DEPTH; c += 4 * FLOATS) {
                int at = from + c;
                IntVector first0 = FloatVector.fromArray(Lanes.FLOATS, tile, at).reinterpretAsInts();
                IntVector first1 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * FLOATS).reinterpretAsInts();
                IntVector first2 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS).reinterpretAsInts();
                IntVector first3 = FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS).reinterpretAsInts();
                int next = at + Lanes.DEPTH;
                IntVector second0 = FloatVector.fromArray(Lanes.FLOATS, tile, next).reinterpretAsInts();
                IntVector second1 = FloatVector.fromArray(Lanes.FLOATS, tile, next + 1 * FLOATS).reinterpretAsInts();
                IntVector second2 = FloatVector.fromArray(Lanes.FLOATS, tile, next + 2 * FLOATS).reinterpretAsInts();
                IntVector second3 = FloatVector.fromArray(Lanes.FLOATS, tile, next + 3 * FLOATS).reinterpretAsInts();
                IntVector last0 = second0.lanewise(VectorOperators.LSHR, HALF).lanewise(VectorOperators.AND, 1);
                IntVector last1 = second1.lanewise(VectorOperators.LSHR, HALF).lanewise(VectorOperators.AND, 1);
                IntVector last2 = second2.lanewise(VectorOperators.LSHR, HALF).lanewise(VectorOperators.AND, 1);
                IntVector last3 = second3.lanewise(VectorOperators.LSHR, HALF).lanewise(VectorOperators.AND, 1);
                IntVector lower0 = second0.add(0x7FFF).add(last0).lanewise(VectorOperators.LSHR, HALF);
                IntVector lower1 = second1.add(0x7FFF).add(last1).lanewise(VectorOperators.LSHR, HALF);
                IntVector lower2 = second2.add(0x7FFF).add(last2).lanewise(VectorOperators.LSHR, HALF);
                IntVector lower3 = second3.add(0x7FFF).add(last3).lanewise(VectorOperators.LSHR, HALF);
                IntVector upper0 = first0.sub(lower0).add(0x8000).lanewise(VectorOperators.AND, 0xFFFF0000);
                IntVector upper1 = first1.sub(lower1).add(0x8000).lanewise(VectorOperators.AND, 0xFFFF0000);
                IntVector upper2 = first2.sub(lower2).add(0x8000).lanewise(VectorOperators.AND, 0xFFFF0000);
                IntVector upper3 = first3.sub(lower3).add(0x8000).lanewise(VectorOperators.AND, 0xFFFF0000);
                long place = to + 4L * c;
                upper0.lanewise(VectorOperators.OR, lower0).reinterpretAsFloats().intoMemorySegment(plan, place, ORDER);
                upper1.lanewise(VectorOperators.OR, lower1).reinterpretAsFloats().intoMemorySegment(plan, place + 4L * FLOATS, ORDER);
                upper2.lanewise(VectorOperators.OR, lower2).reinterpretAsFloats().intoMemorySegment(plan, place + 8L * FLOATS, ORDER);
                upper3.lanewise(VectorOperators.OR, lower3).reinterpretAsFloats().intoMemorySegment(plan, place + 12L * FLOATS, ORDER);
            }
        }
    }

    /** An entry of the first row of a pair, or of the second. */
    public static float entry(int pair, boolean first) {
        return Float.intBitsToFloat(first ? pair : pair << HALF);
    }
}
