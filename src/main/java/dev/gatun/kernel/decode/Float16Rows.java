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
 * The kernels of {@link KeyProducts} and {@link ValueSums} for rows of float16, which are finite, in plain memory. A vector is widened by
 * * a shift and a multiplication, which corrects the exponent and is exact; infinity and NaN would become numbers.
 */
final class Float16Rows {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private Float16Rows() {
    }

    /** As {@link KeyProducts#ofOne}, four keys at a time. */
    static void productsOfOne(MemorySegment keys, long start, long rowBytes, int width, int count, float[] queries, int from,
            float[] chains, int[] squares) {
        int step = KeyProducts.step();
        for (int chain = 0; chain < KeyProducts.CHAINS; chain += FLOATS) {
            IntVector greatest = IntVector.zero(Lanes.INTS);
            for (int r = 0; r < count; r += 4) {
                long at0 = start + rowBytes * r + 2L * chain;
                long at1 = start + rowBytes * Math.min(r + 1, count - 1) + 2L * chain;
                long at2 = start + rowBytes * Math.min(r + 2, count - 1) + 2L * chain;
                long at3 = start + rowBytes * Math.min(r + 3, count - 1) + 2L * chain;
                FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n1 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n2 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n3 = FloatVector.zero(Lanes.FLOATS);
                for (int c = 0; c < width; c += step) {
                    IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at0 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at1 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k1 = Lanes.FLOAT_VECTOR.cast(bits1.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits2 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at2 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k2 = Lanes.FLOAT_VECTOR.cast(bits2.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits3 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at3 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k3 = Lanes.FLOAT_VECTOR.cast(bits3.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    int q = from + chain + KeyProducts.TILE * c;
                    FloatVector q0 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q));
                    s00 = k0.fma(q0, s00);
                    s10 = k1.fma(q0, s10);
                    s20 = k2.fma(q0, s20);
                    s30 = k3.fma(q0, s30);
                    n0 = k0.fma(k0, n0);
                    n1 = k1.fma(k1, n1);
                    n2 = k2.fma(k2, n2);
                    n3 = k3.fma(k3, n3);
                }
                int to = r * KeyProducts.CHAINS + chain;
                Lanes.FLOAT_VECTOR.cast(s00).intoArray(chains, to);
                Lanes.FLOAT_VECTOR.cast(s10).intoArray(chains, to + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s20).intoArray(chains, to + 2 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s30).intoArray(chains, to + 3 * KeyProducts.CHAINS);
                greatest = Lanes.INT_VECTOR.cast(n0.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n1.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n2.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n3.reinterpretShape(Lanes.INTS, 0)).max(greatest);
            }
            Lanes.INT_VECTOR.cast(greatest).intoArray(squares, chain);
        }
    }

    /** As {@link KeyProducts#ofFour}, two keys at a time. */
    static void productsOfFourByTwo(MemorySegment keys, long start, long rowBytes, int width, int count, float[] queries, int from,
            float[] chains, int[] squares) {
        int step = KeyProducts.step();
        for (int chain = 0; chain < KeyProducts.CHAINS; chain += FLOATS) {
            IntVector greatest = IntVector.zero(Lanes.INTS);
            for (int r = 0; r < count; r += 2) {
                long at0 = start + rowBytes * r + 2L * chain;
                long at1 = start + rowBytes * Math.min(r + 1, count - 1) + 2L * chain;
                FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s02 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s03 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s12 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s13 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n1 = FloatVector.zero(Lanes.FLOATS);
                for (int c = 0; c < width; c += step) {
                    IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at0 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at1 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k1 = Lanes.FLOAT_VECTOR.cast(bits1.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    int q = from + chain + KeyProducts.TILE * c;
                    FloatVector q0 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q));
                    s00 = k0.fma(q0, s00);
                    s10 = k1.fma(q0, s10);
                    FloatVector q1 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q + KeyProducts.CHAINS));
                    s01 = k0.fma(q1, s01);
                    s11 = k1.fma(q1, s11);
                    FloatVector q2 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q + 2 * KeyProducts.CHAINS));
                    s02 = k0.fma(q2, s02);
                    s12 = k1.fma(q2, s12);
                    FloatVector q3 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q + 3 * KeyProducts.CHAINS));
                    s03 = k0.fma(q3, s03);
                    s13 = k1.fma(q3, s13);
                    n0 = k0.fma(k0, n0);
                    n1 = k1.fma(k1, n1);
                }
                int to = r * KeyProducts.CHAINS + chain;
                Lanes.FLOAT_VECTOR.cast(s00).intoArray(chains, to);
                Lanes.FLOAT_VECTOR.cast(s10).intoArray(chains, to + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s01).intoArray(chains, to + KeyProducts.QUERY);
                Lanes.FLOAT_VECTOR.cast(s11).intoArray(chains, to + KeyProducts.QUERY + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s02).intoArray(chains, to + 2 * KeyProducts.QUERY);
                Lanes.FLOAT_VECTOR.cast(s12).intoArray(chains, to + 2 * KeyProducts.QUERY + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s03).intoArray(chains, to + 3 * KeyProducts.QUERY);
                Lanes.FLOAT_VECTOR.cast(s13).intoArray(chains, to + 3 * KeyProducts.QUERY + KeyProducts.CHAINS);
                greatest = Lanes.INT_VECTOR.cast(n0.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n1.reinterpretShape(Lanes.INTS, 0)).max(greatest);
            }
            Lanes.INT_VECTOR.cast(greatest).intoArray(squares, chain);
        }
    }

    /** As {@link KeyProducts#ofFour}, four keys at a time. */
    static void productsOfFourByFour(MemorySegment keys, long start, long rowBytes, int width, int count, float[] queries, int from,
            float[] chains, int[] squares) {
        int step = KeyProducts.step();
        for (int chain = 0; chain < KeyProducts.CHAINS; chain += FLOATS) {
            IntVector greatest = IntVector.zero(Lanes.INTS);
            for (int r = 0; r < count; r += 4) {
                long at0 = start + rowBytes * r + 2L * chain;
                long at1 = start + rowBytes * Math.min(r + 1, count - 1) + 2L * chain;
                long at2 = start + rowBytes * Math.min(r + 2, count - 1) + 2L * chain;
                long at3 = start + rowBytes * Math.min(r + 3, count - 1) + 2L * chain;
                FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s01 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s02 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s03 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s11 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s12 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s13 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n1 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s21 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s22 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s23 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n2 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s31 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s32 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s33 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n3 = FloatVector.zero(Lanes.FLOATS);
                for (int c = 0; c < width; c += step) {
                    IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at0 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at1 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k1 = Lanes.FLOAT_VECTOR.cast(bits1.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits2 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at2 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k2 = Lanes.FLOAT_VECTOR.cast(bits2.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    IntVector bits3 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at3 + 2L * c, ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                            .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
                    FloatVector k3 = Lanes.FLOAT_VECTOR.cast(bits3.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
                    int q = from + chain + KeyProducts.TILE * c;
                    FloatVector q0 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q));
                    s00 = k0.fma(q0, s00);
                    s10 = k1.fma(q0, s10);
                    s20 = k2.fma(q0, s20);
                    s30 = k3.fma(q0, s30);
                    FloatVector q1 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q + KeyProducts.CHAINS));
                    s01 = k0.fma(q1, s01);
                    s11 = k1.fma(q1, s11);
                    s21 = k2.fma(q1, s21);
                    s31 = k3.fma(q1, s31);
                    FloatVector q2 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q + 2 * KeyProducts.CHAINS));
                    s02 = k0.fma(q2, s02);
                    s12 = k1.fma(q2, s12);
                    s22 = k2.fma(q2, s22);
                    s32 = k3.fma(q2, s32);
                    FloatVector q3 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, queries, q + 3 * KeyProducts.CHAINS));
                    s03 = k0.fma(q3, s03);
                    s13 = k1.fma(q3, s13);
                    s23 = k2.fma(q3, s23);
                    s33 = k3.fma(q3, s33);
                    n0 = k0.fma(k0, n0);
                    n1 = k1.fma(k1, n1);
                    n2 = k2.fma(k2, n2);
                    n3 = k3.fma(k3, n3);
                }
                int to = r * KeyProducts.CHAINS + chain;
                Lanes.FLOAT_VECTOR.cast(s00).intoArray(chains, to);
                Lanes.FLOAT_VECTOR.cast(s10).intoArray(chains, to + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s20).intoArray(chains, to + 2 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s30).intoArray(chains, to + 3 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s01).intoArray(chains, to + KeyProducts.QUERY);
                Lanes.FLOAT_VECTOR.cast(s11).intoArray(chains, to + KeyProducts.QUERY + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s21).intoArray(chains, to + KeyProducts.QUERY + 2 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s31).intoArray(chains, to + KeyProducts.QUERY + 3 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s02).intoArray(chains, to + 2 * KeyProducts.QUERY);
                Lanes.FLOAT_VECTOR.cast(s12).intoArray(chains, to + 2 * KeyProducts.QUERY + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s22).intoArray(chains, to + 2 * KeyProducts.QUERY + 2 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s32).intoArray(chains, to + 2 * KeyProducts.QUERY + 3 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s03).intoArray(chains, to + 3 * KeyProducts.QUERY);
                Lanes.FLOAT_VECTOR.cast(s13).intoArray(chains, to + 3 * KeyProducts.QUERY + KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s23).intoArray(chains, to + 3 * KeyProducts.QUERY + 2 * KeyProducts.CHAINS);
                Lanes.FLOAT_VECTOR.cast(s33).intoArray(chains, to + 3 * KeyProducts.QUERY + 3 * KeyProducts.CHAINS);
                greatest = Lanes.INT_VECTOR.cast(n0.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n1.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n2.reinterpretShape(Lanes.INTS, 0)).max(greatest);
                greatest = Lanes.INT_VECTOR.cast(n3.reinterpretShape(Lanes.INTS, 0)).max(greatest);
            }
            Lanes.INT_VECTOR.cast(greatest).intoArray(squares, chain);
        }
    }

    /** As {@link ValueSums#addToOne}. */
    static void addToOne(MemorySegment values, long start, long rowBytes, int width, int count, float[] p, int from,
            float[] sums, int at) {
        int c = 0;
        for (; c + 4 * FLOATS <= width; c += 4 * FLOATS) {
            fourVectors(values, start + 2L * c, rowBytes, count, p, from, sums, at + c);
        }
        for (; c < width; c += FLOATS) {
            vector(values, start + 2L * c, rowBytes, count, p, from, sums, at + c);
        }
    }

    private static void fourVectors(MemorySegment values, long start, long rowBytes, int count, float[] p, int from,
            float[] sums, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, sums, at + FLOATS);
        FloatVector o02 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * FLOATS);
        FloatVector o03 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * FLOATS);
        long row = start;
        for (int r = 0; r < count; r++, row += rowBytes) {
            FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(p[from + r]);
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o00 = v0.fma(f0, o00);
            IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row + 2 * FLOATS, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v1 = Lanes.FLOAT_VECTOR.cast(bits1.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o01 = v1.fma(f0, o01);
            IntVector bits2 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row + 4 * FLOATS, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v2 = Lanes.FLOAT_VECTOR.cast(bits2.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o02 = v2.fma(f0, o02);
            IntVector bits3 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row + 6 * FLOATS, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v3 = Lanes.FLOAT_VECTOR.cast(bits3.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o03 = v3.fma(f0, o03);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(sums, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(sums, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o02).intoArray(sums, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o03).intoArray(sums, at + 3 * FLOATS);
    }

    private static void vector(MemorySegment values, long start, long rowBytes, int count, float[] p, int from,
            float[] sums, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        long row = start;
        for (int r = 0; r < count; r++, row += rowBytes) {
            FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(p[from + r]);
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o00 = v0.fma(f0, o00);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(sums, at);
    }

    /** As {@link ValueSums#addToFour}. */
    static void addToFour(MemorySegment values, long start, long rowBytes, int width, int count, float[] p0, float[] p1, float[] p2,
            float[] p3, int from,
            float[] sums, int at) {
        int c = 0;
        for (; c + 2 * FLOATS <= width; c += 2 * FLOATS) {
            twoVectorsOfFour(values, start + 2L * c, rowBytes, count, p0, p1, p2, p3, from, sums, at + c, width);
        }
        for (; c < width; c += FLOATS) {
            vectorOfFour(values, start + 2L * c, rowBytes, count, p0, p1, p2, p3, from, sums, at + c, width);
        }
    }

    private static void twoVectorsOfFour(MemorySegment values, long start, long rowBytes, int count, float[] p0, float[] p1, float[] p2,
            float[] p3, int from,
            float[] sums, int at, int width) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, sums, at + FLOATS);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, sums, at + width);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, sums, at + width + FLOATS);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * width);
        FloatVector o21 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * width + FLOATS);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * width);
        FloatVector o31 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * width + FLOATS);
        long row = start;
        for (int r = 0; r < count; r++, row += rowBytes) {
            FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(p0[from + r]);
            FloatVector f1 = Lanes.FLOAT_ZEROS.broadcast(p1[from + r]);
            FloatVector f2 = Lanes.FLOAT_ZEROS.broadcast(p2[from + r]);
            FloatVector f3 = Lanes.FLOAT_ZEROS.broadcast(p3[from + r]);
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o00 = v0.fma(f0, o00);
            o10 = v0.fma(f1, o10);
            o20 = v0.fma(f2, o20);
            o30 = v0.fma(f3, o30);
            IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row + 2 * FLOATS, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v1 = Lanes.FLOAT_VECTOR.cast(bits1.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o01 = v1.fma(f0, o01);
            o11 = v1.fma(f1, o11);
            o21 = v1.fma(f2, o21);
            o31 = v1.fma(f3, o31);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(sums, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(sums, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(sums, at + width);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(sums, at + width + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(sums, at + 2 * width);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(sums, at + 2 * width + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(sums, at + 3 * width);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(sums, at + 3 * width + FLOATS);
    }

    private static void vectorOfFour(MemorySegment values, long start, long rowBytes, int count, float[] p0, float[] p1, float[] p2,
            float[] p3, int from,
            float[] sums, int at, int width) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, sums, at + width);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * width);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * width);
        long row = start;
        for (int r = 0; r < count; r++, row += rowBytes) {
            FloatVector f0 = Lanes.FLOAT_ZEROS.broadcast(p0[from + r]);
            FloatVector f1 = Lanes.FLOAT_ZEROS.broadcast(p1[from + r]);
            FloatVector f2 = Lanes.FLOAT_ZEROS.broadcast(p2[from + r]);
            FloatVector f3 = Lanes.FLOAT_ZEROS.broadcast(p3[from + r]);
            IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, values, row, ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, Stored.HALF_SHIFT).and(Stored.HALF_BITS);
            FloatVector v0 = Lanes.FLOAT_VECTOR.cast(bits0.reinterpretShape(Lanes.FLOATS, 0)).mul(Stored.HALF_SCALE);
            o00 = v0.fma(f0, o00);
            o10 = v0.fma(f1, o10);
            o20 = v0.fma(f2, o20);
            o30 = v0.fma(f3, o30);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(sums, at);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(sums, at + width);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(sums, at + 2 * width);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(sums, at + 3 * width);
    }
}
