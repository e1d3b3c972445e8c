package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of stored rows of a coupling, eight at a time: {@code s_i = sum_j e_ij x_j} along the rows, and {@code t_j += sum_i f_i e_ij}
 * along the columns.
 *
 * <p><b>Layout.</b> Rows lie one after the other in native memory, 64-byte aligned, with a multiple of {@link Lanes#DEPTH} entries each, so
 * there are no tails. Columns lie on lanes.
 *
 * <p><b>Error.</b> A row's product runs over {@value #CHAINS} chains of fused multiply-adds, column j in chain {@code j mod 16}, which are
 * folded every {@link #CHUNK} columns and added in float64: at most {@code CHUNK / CHAINS + 5} roundings of the partial sum. A vector of
 * 512 bits has the chains of a row, so eight rows are multiplied at a time; narrower ones have two of theirs for each of four rows, eight
 * sums as well, which 16 registers hold. Results do not depend on the vector width.
 *
 * <p>Entries are the second factor of a multiply-add, which alone may be in memory: as the first one each takes an instruction and a
 * register of its own, and with 16 registers sums and factors are on the stack.
 */
public final class CouplingRows {

    /** Rows of a group. */
    public static final int GROUP = 8;

    /** Chains of a row's sum: as many as the widest vector has lanes. */
    static final int CHAINS = 16;

    /** Columns summed in float32. */
    static final int CHUNK = 4096;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private CouplingRows() {
    }

    /**
     * {@code s_i = sum_j e_ij x_j} for eight rows.
     *
     * @param start  bytes to the first row
     * @param stride bytes from one row to the next
     * @param width  entries of a row, a multiple of {@link Lanes#DEPTH}
     * @param bfloat16 whether the rows are the pairs of {@link Bfloat16Rows}
     * @param lanes  scratch, {@code GROUP * CHAINS} long
     * @param sums   receives the products
     */
    public static void products(MemorySegment coupling, long start, long stride, int width, boolean bfloat16, float[] x, float[] lanes,
                         double[] sums) {
        for (int r = 0; r < GROUP; r++) {
            sums[r] = 0;
        }
        for (int from = 0; from < width; from += CHUNK) {
            int columns = Math.min(CHUNK, width - from);
            if (bfloat16) {
                Bfloat16Rows.chunk(coupling, start + 4L * from, stride, columns, x, from, lanes);
            } else {
                chunk(coupling, start + 4L * from, stride, columns, x, from, lanes);
            }
            fold(lanes, sums);
        }
    }

    /** The chains of eight rows, to {@code lanes} row after row. */
    private static void chunk(MemorySegment coupling, long start, long stride, int width, float[] x, int from, float[] lanes) {
        if (FLOATS == CHAINS) {
            eightRows(coupling, start, stride, width, x, from, lanes);
            return;
        }
        for (int r = 0; r < GROUP; r += 4) {
            for (int chain = 0; chain < CHAINS; chain += 2 * FLOATS) {
                fourRows(coupling, start + r * stride + 4L * chain, stride, width, x, from + chain, lanes, r * CHAINS + chain);
            }
        }
    }

    /** As {@link #chunk} for four rows, with {@code 2 * FLOATS} of the chains in two vectors a row. */
    private static void fourRows(MemorySegment coupling, long start, long stride, int width, float[] x, int from, float[] lanes, int to) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = FloatVector.zero(Lanes.FLOATS);
        long row1 = start + stride;
        long row2 = start + 2 * stride;
        long row3 = start + 3 * stride;
        long next0 = start + 4L * FLOATS;
        long next1 = row1 + 4L * FLOATS;
        long next2 = row2 + 4L * FLOATS;
        long next3 = row3 + 4L * FLOATS;
        int fromNext = from + FLOATS;
        for (int j = 0; j < width; j += CHAINS) {
            long at = 4L * j;
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from + j);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, fromNext + j);
            s00 = x0.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER), s00);
            s01 = x1.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, next0 + at, ORDER), s01);
            s10 = x0.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row1 + at, ORDER), s10);
            s11 = x1.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, next1 + at, ORDER), s11);
            s20 = x0.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row2 + at, ORDER), s20);
            s21 = x1.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, next2 + at, ORDER), s21);
            s30 = x0.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row3 + at, ORDER), s30);
            s31 = x1.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, next3 + at, ORDER), s31);
        }
        Lanes.FLOAT_VECTOR.cast(s00).intoArray(lanes, to);
        Lanes.FLOAT_VECTOR.cast(s01).intoArray(lanes, to + FLOATS);
        Lanes.FLOAT_VECTOR.cast(s10).intoArray(lanes, to + CHAINS);
        Lanes.FLOAT_VECTOR.cast(s11).intoArray(lanes, to + CHAINS + FLOATS);
        Lanes.FLOAT_VECTOR.cast(s20).intoArray(lanes, to + 2 * CHAINS);
        Lanes.FLOAT_VECTOR.cast(s21).intoArray(lanes, to + 2 * CHAINS + FLOATS);
        Lanes.FLOAT_VECTOR.cast(s30).intoArray(lanes, to + 3 * CHAINS);
        Lanes.FLOAT_VECTOR.cast(s31).intoArray(lanes, to + 3 * CHAINS + FLOATS);
    }

    /** As {@link #chunk}, with all chains of a row in a vector. */
    private static void eightRows(MemorySegment coupling, long start, long stride, int width, float[] x, int from, float[] lanes) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s4 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s5 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s6 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s7 = FloatVector.zero(Lanes.FLOATS);
        long row1 = start + stride;
        long row2 = start + 2 * stride;
        long row3 = start + 3 * stride;
        long row4 = start + 4 * stride;
        long row5 = start + 5 * stride;
        long row6 = start + 6 * stride;
        long row7 = start + 7 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector factor = FloatVector.fromArray(Lanes.FLOATS, x, from + j);
            s0 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER), s0);
            s1 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row1 + at, ORDER), s1);
            s2 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row2 + at, ORDER), s2);
            s3 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row3 + at, ORDER), s3);
            s4 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row4 + at, ORDER), s4);
            s5 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row5 + at, ORDER), s5);
            s6 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row6 + at, ORDER), s6);
            s7 = factor.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row7 + at, ORDER), s7);
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

    /** Adds up the chains of eight rows: quarters in float32, then the remaining four sums in float64. */
    private static void fold(float[] lanes, double[] sums) {
        for (int r = 0; r < GROUP; r++) {
            FloatVector four = FloatVector.fromArray(FOUR, lanes, r * CHAINS);
            for (int l = 4; l < CHAINS; l += 4) {
                four = FloatVector.fromArray(FOUR, lanes, r * CHAINS + l).add(four);
            }
            Lanes.FOUR_FLOATS_VECTOR.cast(four).intoArray(lanes, r * 4);
        }
        for (int r = 0, l = 0; r < GROUP; r++, l += 4) {
            sums[r] += ((double) lanes[l] + lanes[l + 2]) + ((double) lanes[l + 1] + lanes[l + 3]);
        }
    }

    /**
     * {@code t_j += sum_i f_i e_ij} over eight rows, in two chains of four rows.
     *
     * @param factors f, {@link #GROUP} of them
     * @param sums    t, {@code width} long, added to
     */
    public static void add(MemorySegment coupling, long start, long stride, int width, float[] factors, float[] sums) {
        FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(factors[0]);
        FloatVector f1 = Lanes.FLOAT_ZEROS.broadcast(factors[1]);
        FloatVector f2 = Lanes.FLOAT_ZEROS.broadcast(factors[2]);
        FloatVector f3 = Lanes.FLOAT_ZEROS.broadcast(factors[3]);
        FloatVector f4 = Lanes.FLOAT_ZEROS.broadcast(factors[4]);
        FloatVector f5 = Lanes.FLOAT_ZEROS.broadcast(factors[5]);
        FloatVector f6 = Lanes.FLOAT_ZEROS.broadcast(factors[6]);
        FloatVector f7 = Lanes.FLOAT_ZEROS.broadcast(factors[7]);
        long row1 = start + stride;
        long row2 = start + 2 * stride;
        long row3 = start + 3 * stride;
        long row4 = start + 4 * stride;
        long row5 = start + 5 * stride;
        long row6 = start + 6 * stride;
        long row7 = start + 7 * stride;
        for (int j = 0; j < width; j += FLOATS) {
            long at = 4L * j;
            FloatVector even = FloatVector.fromArray(Lanes.FLOATS, sums, j);
            even = f0.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, start + at, ORDER), even);
            FloatVector odd = f1.mul(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row1 + at, ORDER));
            even = f2.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row2 + at, ORDER), even);
            odd = f3.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row3 + at, ORDER), odd);
            even = f4.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row4 + at, ORDER), even);
            odd = f5.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row5 + at, ORDER), odd);
            even = f6.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row6 + at, ORDER), even);
            odd = f7.fma(FloatVector.fromMemorySegment(Lanes.FLOATS, coupling, row7 + at, ORDER), odd);
            even.add(odd).intoArray(sums, j);
        }
    }

    /** Copies a tile of {@link Lanes#DEPTH} columns, row after row, to the stored rows. */
    public static void store(float[] tile, int rows, MemorySegment coupling, long start, long stride) {
        for (int r = 0, from = 0; r < rows; r++, from += Lanes.DEPTH) {
            long to = start + r * stride;
            for (int c = 0; c < Lanes.DEPTH; c += 4 * FLOATS) {
                int at = from + c;
                long place = to + 4L * c;
                FloatVector e0 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at));
                FloatVector e1 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * FLOATS));
                FloatVector e2 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS));
                FloatVector e3 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS));
                e0.intoMemorySegment(coupling, place, ORDER);
                e1.intoMemorySegment(coupling, place + 4L * FLOATS, ORDER);
                e2.intoMemorySegment(coupling, place + 8L * FLOATS, ORDER);
                e3.intoMemorySegment(coupling, place + 12L * FLOATS, ORDER);
            }
        }
    }
}
