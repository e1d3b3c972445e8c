package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.stored.Stored;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Inner products of one query with up to {@value #KEYS} keys in {@link FetchedRows}, whose width is a multiple of {@value #CHAINS}.
 *
 * <p><b>Layout.</b> Components lie on lanes. Component k belongs to chain {@code k mod 16}, a chain of fused multiply-adds that starts at
 * zero; chains are folded in halves, c and c + 8 first. Keys are processed in pairs, in which the last key may replace its missing
 * neighbour, so chains have room for an even number of keys. Memory and arrays may have any alignment.
 *
 * <p><b>Error.</b> {@link #roundings} roundings of the product of the lengths. Results do not depend on the vector width.
 */
final class KeyProducts {

    /** Keys of a block. */
    static final int KEYS = 8;

    /** Chains of an inner product, whatever the width. */
    static final int CHAINS = 16;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private KeyProducts() {
    }

    /** {@code components} rounded up to a multiple of {@value #CHAINS}. */
    static int width(int components) {
        return ArrayLength.of(components + CHAINS - 1L) & -CHAINS;
    }

    /** Roundings of an inner product, in units of the product of the lengths: those of a chain, and of four halvings. */
    static int roundings(int components) {
        return width(components) / CHAINS + 4;
    }

    /**
     * Chains of float32 products, and for each chain the largest sum of squares among the keys. The total of these bounds the square of
     * every key's length, at one multiply-add per entry.
     *
     * <p>Domain: any. If an entry is not finite, or a sum overflows, a sum or a square is infinite or NaN.
     *
     * @param query    holds the query's {@code width} components from {@code from} on
     * @param chains   receives the chains of each key: {@code rows x CHAINS}
     * @param squares  receives the largest sum of squares of each chain, as bits of a float
     */
    static void float32(FetchedRows keys, int rows, float[] query, int from, float[] chains, int[] squares) {
        if (keys.bfloat16()) {
            bfloat16s(keys.memory(), keys.start(), keys.rowBytes(), keys.width(), rows, query, from, chains, squares);
        } else {
            floats(keys.memory(), keys.start(), keys.rowBytes(), keys.width(), rows, query, from, chains, squares);
        }
    }

    private static void floats(MemorySegment keys, long start, long rowBytes, int width, int rows, float[] query,
                               int from, float[] chains, int[] squares) {
        for (int chain = 0; chain < CHAINS; chain += FLOATS) {
            IntVector greatest = IntVector.zero(Lanes.INTS);
            for (int r = 0; r < rows; r += 2) {
                long at0 = start + rowBytes * r + 4L * chain;
                long at1 = start + rowBytes * Math.min(r + 1, rows - 1) + 4L * chain;
                FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n1 = FloatVector.zero(Lanes.FLOATS);
                for (int c = 0; c < width; c += CHAINS) {
                    FloatVector q = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, query, from + chain + c));
                    FloatVector k0 = FloatVector.fromMemorySegment(Lanes.FLOATS, keys, at0 + 4L * c, ORDER);
                    FloatVector k1 = FloatVector.fromMemorySegment(Lanes.FLOATS, keys, at1 + 4L * c, ORDER);
                    s0 = k0.fma(q, s0);
                    s1 = k1.fma(q, s1);
                    n0 = k0.fma(k0, n0);
                    n1 = k1.fma(k1, n1);
                }
                Lanes.FLOAT_VECTOR.cast(s0).intoArray(chains, r * CHAINS + chain);
                Lanes.FLOAT_VECTOR.cast(s1).intoArray(chains, (r + 1) * CHAINS + chain);
                greatest = Lanes.INT_VECTOR.cast(n1.reinterpretShape(Lanes.INTS, 0))
                        .max(Lanes.INT_VECTOR.cast(n0.reinterpretShape(Lanes.INTS, 0)).max(greatest));
            }
            Lanes.INT_VECTOR.cast(greatest).intoArray(squares, chain);
        }
    }

    private static void bfloat16s(MemorySegment keys, long start, long rowBytes, int width, int rows, float[] query,
                               int from, float[] chains, int[] squares) {
        for (int chain = 0; chain < CHAINS; chain += FLOATS) {
            IntVector greatest = IntVector.zero(Lanes.INTS);
            for (int r = 0; r < rows; r += 2) {
                long at0 = start + rowBytes * r + 2L * chain;
                long at1 = start + rowBytes * Math.min(r + 1, rows - 1) + 2L * chain;
                FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector n1 = FloatVector.zero(Lanes.FLOATS);
                for (int c = 0; c < width; c += CHAINS) {
                    FloatVector q = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, query, from + chain + c));
                    IntVector bits0 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at0 + 2L * c, ORDER)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
                    FloatVector k0 = Lanes.FLOAT_VECTOR.cast(bits0.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0));
                    IntVector bits1 = Lanes.INT_VECTOR.cast(ShortVector.fromMemorySegment(Stored.SHORTS, keys, at1 + 2L * c, ORDER)
                            .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0));
                    FloatVector k1 = Lanes.FLOAT_VECTOR.cast(bits1.lanewise(VectorOperators.LSHL, 16).reinterpretShape(Lanes.FLOATS, 0));
                    s0 = k0.fma(q, s0);
                    s1 = k1.fma(q, s1);
                    n0 = k0.fma(k0, n0);
                    n1 = k1.fma(k1, n1);
                }
                Lanes.FLOAT_VECTOR.cast(s0).intoArray(chains, r * CHAINS + chain);
                Lanes.FLOAT_VECTOR.cast(s1).intoArray(chains, (r + 1) * CHAINS + chain);
                greatest = Lanes.INT_VECTOR.cast(n1.reinterpretShape(Lanes.INTS, 0))
                        .max(Lanes.INT_VECTOR.cast(n0.reinterpretShape(Lanes.INTS, 0)).max(greatest));
            }
            Lanes.INT_VECTOR.cast(greatest).intoArray(squares, chain);
        }
    }

    /** A bound of the square of every key's length, from the squares of {@link #float32}; infinite or NaN if these overflowed. */
    static float bound(int[] squares) {
        float sum = 0;
        for (int chain = 0; chain < 4; chain++) {
            sum += (Float.intBitsToFloat(squares[chain]) + Float.intBitsToFloat(squares[chain + 4]))
                    + (Float.intBitsToFloat(squares[chain + 8]) + Float.intBitsToFloat(squares[chain + 12]));
        }
        return sum;
    }

    /**
     * Folds the chains of each key.
     *
     * @param quarters scratch, {@code 4 KEYS} long
     * @param z        receives the products, from {@code at} on
     */
    static void fold(float[] chains, int rows, float[] quarters, double[] z, int at) {
        for (int r = 0; r < rows; r++) {
            int row = r * CHAINS;
            FloatVector even = FloatVector.fromArray(FloatVector.SPECIES_128, chains, row)
                    .add(FloatVector.fromArray(FloatVector.SPECIES_128, chains, row + 8));
            FloatVector odd = FloatVector.fromArray(FloatVector.SPECIES_128, chains, row + 4)
                    .add(FloatVector.fromArray(FloatVector.SPECIES_128, chains, row + 12));
            even.add(odd).intoArray(quarters, 4 * r);
        }
        for (int r = 0, q = 0; r < rows; r++, q += 4) {
            z[at + r] = (quarters[q] + quarters[q + 2]) + (quarters[q + 1] + quarters[q + 3]);
        }
    }

    /**
     * Inner products in float64, along the same chains. Error: {@link #roundings} roundings of 2^-53 of the product of the lengths.
     *
     * @param keys     float32 keys, the first {@code start} bytes from the start of the segment
     * @param rowBytes bytes from one key to the next
     * @param products scratch, {@value #CHAINS} long
     * @param squares  scratch, {@value #CHAINS} long
     * @param z        receives the products, from {@code at} on
     * @return the greatest square of a key's length; infinite or NaN if and only if not every component is finite
     */
    static double float64(MemorySegment keys, long start, long rowBytes, int width, int rows, double[] query, int from,
                          double[] products, double[] squares, double[] z, int at) {
        double greatest = 0;
        for (int r = 0; r < rows; r++) {
            for (int chain = 0; chain < CHAINS; chain += DOUBLES) {
                DoubleVector s = DoubleVector.zero(Lanes.DOUBLES);
                DoubleVector n = DoubleVector.zero(Lanes.DOUBLES);
                for (int c = chain; c < width; c += CHAINS) {
                    DoubleVector k = Lanes.DOUBLE_VECTOR.cast(FloatVector
                            .fromMemorySegment(Lanes.HALF_FLOATS, keys, start + rowBytes * r + 4L * c, ORDER)
                            .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
                    s = k.fma(DoubleVector.fromArray(Lanes.DOUBLES, query, from + c), s);
                    n = k.fma(k, n);
                }
                Lanes.DOUBLE_VECTOR.cast(s).intoArray(products, chain);
                Lanes.DOUBLE_VECTOR.cast(n).intoArray(squares, chain);
            }
            z[at + r] = folded(products);
            greatest = Math.max(greatest, folded(squares));
        }
        return greatest;
    }

    private static double folded(double[] c) {
        return (((c[0] + c[8]) + (c[4] + c[12])) + ((c[2] + c[10]) + (c[6] + c[14])))
                + (((c[1] + c[9]) + (c[5] + c[13])) + ((c[3] + c[11]) + (c[7] + c[15])));
    }
}
