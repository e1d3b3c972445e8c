package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Stored rows of a coupling as bfloat16, two rows in the memory of one: the entry of the first row is the upper half of 32 bits, and
 * that of the second row the lower half.
 *
 * <p>All 32 bits are read as the float32 entry of the first row; its upper half is chosen so that the 32 bits are nearest to the entry.
 * Error: at most 2^-9 relative for both rows; a zero of the first row may be read as up to 5e-41. Domain: entries that are not negative.
 * Layout and sums are otherwise those of {@link CouplingRows}, eight rows at a time, with a pair in place of a row.
 */
public final class Bfloat16Rows {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int HALF = Short.SIZE;

    private Bfloat16Rows() {
    }

    /** The chains of a chunk of {@link CouplingRows#products}, four pairs times {@code x}: to {@code lanes} row after row. */
    static void chunk(MemorySegment coupling, long start, long stride, int width, float[] x, int from, float[] lanes) {
        if (FLOATS == CouplingRows.CHAINS) {
            fourPairs(coupling, start, stride, width, x, from, lanes);
            return;
        }
        for (int r = 0; r < CouplingRows.GROUP; r += 4) {
            for (int chain = 0; chain < CouplingRows.CHAINS; chain += 2 * FLOATS) {
                twoPairs(coupling, start + r / 2 * stride + 4L * chain, stride, width, x, from + chain, lanes,
                        r * CouplingRows.CHAINS + chain);
            }
        }
    }

    /**
     * As {@link #chunk} for two pairs, with {@code 2 * FLOATS} of the chains in two vectors a row. The loop counts bytes, 64 a step: the
     * compiler unrolls a loop of so long a step not at all, and one of 16 columns until their factors are on the stack.
     */
    private static void twoPairs(MemorySegment coupling, long start, long stride, int width, float[] x, int from, float[] lanes, int to) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = FloatVector.zero(Lanes.FLOATS);
        long pair1 = start + stride;
        long next0 = start + 4L * FLOATS;
        long next1 = pair1 + 4L * FLOATS;
        int fromNext = from + FLOATS;
        for (int at = 0, j = 0; at < 4 * width; at += 4 * CouplingRows.CHAINS, j += CouplingRows.CHAINS) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from + j);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, fromNext + j);
            FloatVector e00 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER);
            FloatVector e01 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, next0 + at, ORDER);
            s00 = e00.fma(x0, s00);
            s01 = e01.fma(x1, s01);
            s10 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e00.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(x0, s10);
            s11 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e01.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(x1, s11);
            FloatVector e10 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair1 + at, ORDER);
            FloatVector e11 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, next1 + at, ORDER);
            s20 = e10.fma(x0, s20);
            s21 = e11.fma(x1, s21);
            s30 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e10.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(x0, s30);
            s31 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e11.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(x1, s31);
        }
        Lanes.FLOAT_VECTOR.cast(s00).intoArray(lanes, to);
        Lanes.FLOAT_VECTOR.cast(s01).intoArray(lanes, to + FLOATS);
        Lanes.FLOAT_VECTOR.cast(s10).intoArray(lanes, to + CouplingRows.CHAINS);
        Lanes.FLOAT_VECTOR.cast(s11).intoArray(lanes, to + CouplingRows.CHAINS + FLOATS);
        Lanes.FLOAT_VECTOR.cast(s20).intoArray(lanes, to + 2 * CouplingRows.CHAINS);
        Lanes.FLOAT_VECTOR.cast(s21).intoArray(lanes, to + 2 * CouplingRows.CHAINS + FLOATS);
        Lanes.FLOAT_VECTOR.cast(s30).intoArray(lanes, to + 3 * CouplingRows.CHAINS);
        Lanes.FLOAT_VECTOR.cast(s31).intoArray(lanes, to + 3 * CouplingRows.CHAINS + FLOATS);
    }

    /** As {@link #chunk}, with all chains of a row in a vector. */
    private static void fourPairs(MemorySegment coupling, long start, long stride, int width, float[] x, int from, float[] lanes) {
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
            FloatVector e0 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER);
            FloatVector e1 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair1 + at, ORDER);
            FloatVector e2 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair2 + at, ORDER);
            FloatVector e3 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair3 + at, ORDER);
            s0 = e0.fma(factor, s0);
            s1 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e0.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(factor, s1);
            s2 = e1.fma(factor, s2);
            s3 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e1.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(factor, s3);
            s4 = e2.fma(factor, s4);
            s5 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e2.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(factor, s5);
            s6 = e3.fma(factor, s6);
            s7 = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e3.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(factor, s7);
        }
        Lanes.FLOAT_VECTOR.cast(s0).intoArray(lanes, 0);
        Lanes.FLOAT_VECTOR.cast(s1).intoArray(lanes, FLOATS);
        Lanes.FLOAT_VECTOR.cast(s2).intoArray(lanes, 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(s3).intoArray(lanes, 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(s4).intoArray(lanes, 4 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(s5).intoArray(lanes, 5 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(s6).intoArray(lanes, 6 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(s7).intoArray(lanes, 7 * FLOATS);
    }

    /**
     * {@link CouplingRows#add} for four pairs. With 16 registers the chains follow each other, since eight factors leave no registers for
     * pairs of entries.
     */
    public static void add(MemorySegment coupling, long start, long stride, int width, float[] factors, float[] sums) {
        if (!RegisterTile.MANY_REGISTERS) {
            addFirst(coupling, start, stride, width, factors, sums);
            addSecond(coupling, start, stride, width, factors, sums);
        } else {
            addBoth(coupling, start, stride, width, factors, sums);
        }
    }

    /** Adds the first rows of the pairs. */
    private static void addFirst(MemorySegment coupling, long start, long stride, int width, float[] factors, float[] sums) {
        FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(factors[0]);
        FloatVector f1 = Lanes.FLOAT_ZEROS.broadcast(factors[2]);
        FloatVector f2 = Lanes.FLOAT_ZEROS.broadcast(factors[4]);
        FloatVector f3 = Lanes.FLOAT_ZEROS.broadcast(factors[6]);
        long pair1 = start + stride;
        long pair2 = start + 2 * stride;
        long pair3 = start + 3 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, sums, j);
            sum = f0.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER), sum);
            sum = f1.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair1 + at, ORDER), sum);
            sum = f2.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair2 + at, ORDER), sum);
            sum = f3.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair3 + at, ORDER), sum);
            sum.intoArray(sums, j);
        }
    }

    /** Adds the second rows of the pairs. */
    private static void addSecond(MemorySegment coupling, long start, long stride, int width, float[] factors, float[] sums) {
        FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(factors[1]);
        FloatVector f1 = Lanes.FLOAT_ZEROS.broadcast(factors[3]);
        FloatVector f2 = Lanes.FLOAT_ZEROS.broadcast(factors[5]);
        FloatVector f3 = Lanes.FLOAT_ZEROS.broadcast(factors[7]);
        long pair1 = start + stride;
        long pair2 = start + 2 * stride;
        long pair3 = start + 3 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector sum = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(FloatVector
                    .fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER).reinterpretShape(Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, HALF).reinterpretShape(Lanes.FLOATS, 0)).mul(f0);
            sum = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(FloatVector
                    .fromMemorySegment(Lanes.FLOATS, coupling, pair1 + at, ORDER).reinterpretShape(Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, HALF).reinterpretShape(Lanes.FLOATS, 0)).fma(f1, sum);
            sum = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(FloatVector
                    .fromMemorySegment(Lanes.FLOATS, coupling, pair2 + at, ORDER).reinterpretShape(Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, HALF).reinterpretShape(Lanes.FLOATS, 0)).fma(f2, sum);
            sum = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(FloatVector
                    .fromMemorySegment(Lanes.FLOATS, coupling, pair3 + at, ORDER).reinterpretShape(Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, HALF).reinterpretShape(Lanes.FLOATS, 0)).fma(f3, sum);
            Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, sums, j).add(sum)).intoArray(sums, j);
        }
    }

    /** Both chains at once. */
    private static void addBoth(MemorySegment coupling, long start, long stride, int width, float[] factors, float[] sums) {
        FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(factors[0]);
        FloatVector f1 = Lanes.FLOAT_ZEROS.broadcast(factors[1]);
        FloatVector f2 = Lanes.FLOAT_ZEROS.broadcast(factors[2]);
        FloatVector f3 = Lanes.FLOAT_ZEROS.broadcast(factors[3]);
        FloatVector f4 = Lanes.FLOAT_ZEROS.broadcast(factors[4]);
        FloatVector f5 = Lanes.FLOAT_ZEROS.broadcast(factors[5]);
        FloatVector f6 = Lanes.FLOAT_ZEROS.broadcast(factors[6]);
        FloatVector f7 = Lanes.FLOAT_ZEROS.broadcast(factors[7]);
        long pair1 = start + stride;
        long pair2 = start + 2 * stride;
        long pair3 = start + 3 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector even = FloatVector.fromArray(Lanes.FLOATS, sums, j);
            FloatVector e0 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER);
            FloatVector e1 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair1 + at, ORDER);
            FloatVector e2 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair2 + at, ORDER);
            FloatVector e3 = FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, pair3 + at, ORDER);
            even = e0.fma(f0, even);
            FloatVector odd = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e0.reinterpretShape(Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).mul(f1);
            even = e1.fma(f2, even);
            odd = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e1.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(f3, odd);
            even = e2.fma(f4, even);
            odd = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e2.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(f5, odd);
            even = e3.fma(f6, even);
            odd = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(e3.reinterpretShape(Lanes.INTS, 0)).lanewise(VectorOperators.LSHL, HALF)
                    .reinterpretShape(Lanes.FLOATS, 0)).fma(f7, odd);
            even.add(odd).intoArray(sums, j);
        }
    }

    /**
     * Copies a tile of {@link Lanes#DEPTH} columns, row after row, to stored pairs; {@code rows} is rounded up to pairs. The second row is
     * rounded to nearest, ties to even, the first to the nearest float32 with the second in its lower half.
     *
     * <p>Four vectors per step make the method too long to be inlined: shorter, it exceeded the node budget of its callers and was boxed in
     * every other JVM.
     */
    public static void store(float[] tile, int rows, MemorySegment coupling, long start, long stride) {
        for (int r = 0, from = 0; r < rows; r += 2, from += 2 * Lanes.DEPTH) {
            long to = start + r / 2 * stride;
            for (int c = 0; c < Lanes.DEPTH; c += 4 * FLOATS) {
                int at = from + c;
                IntVector first0 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at).reinterpretShape(Lanes.INTS, 0));
                IntVector first1 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * FLOATS)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector first2 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector first3 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS)
                        .reinterpretShape(Lanes.INTS, 0));
                int next = at + Lanes.DEPTH;
                IntVector second0 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, next).reinterpretShape(Lanes.INTS, 0));
                IntVector second1 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, next + 1 * FLOATS)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector second2 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, next + 2 * FLOATS)
                        .reinterpretShape(Lanes.INTS, 0));
                IntVector second3 = Lanes.INT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, next + 3 * FLOATS)
                        .reinterpretShape(Lanes.INTS, 0));
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
                Lanes.FLOAT_VECTOR.cast(upper0.lanewise(VectorOperators.OR, lower0).reinterpretShape(Lanes.FLOATS, 0))
                        .intoMemorySegment(coupling, place, ORDER);
                Lanes.FLOAT_VECTOR.cast(upper1.lanewise(VectorOperators.OR, lower1).reinterpretShape(Lanes.FLOATS, 0))
                        .intoMemorySegment(coupling, place + 4L * FLOATS, ORDER);
                Lanes.FLOAT_VECTOR.cast(upper2.lanewise(VectorOperators.OR, lower2).reinterpretShape(Lanes.FLOATS, 0))
                        .intoMemorySegment(coupling, place + 8L * FLOATS, ORDER);
                Lanes.FLOAT_VECTOR.cast(upper3.lanewise(VectorOperators.OR, lower3).reinterpretShape(Lanes.FLOATS, 0))
                        .intoMemorySegment(coupling, place + 12L * FLOATS, ORDER);
            }
        }
    }

    /** An entry of the first row of a pair, or of the second. */
    public static float entry(int pair, boolean first) {
        return Float.intBitsToFloat(first ? pair : pair << HALF);
    }
}
