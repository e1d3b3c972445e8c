package dev.gatun.kernel.decode;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/**
 * Inner products of one query, or of {@value #TILE}, with up to {@value #KEYS} keys in {@link FetchedRows}, whose width is a multiple of
 * {@value #CHAINS}.
 *
 * <p><b>Layout.</b> Components lie on lanes. Component k belongs to chain {@code k mod 16}, a chain of fused multiply-adds that starts at
 * zero; chains are folded in halves, c and c + 8 first. Four keys are processed at a time, or two with 16 registers; the last one replaces
 * those that are missing, so chains have room for {@value #KEYS} keys. Memory and arrays may have any alignment.
 *
 * <p><b>Error.</b> {@link #roundings} roundings of the product of the lengths. Results do not depend on the vector width, nor on
 * the other queries of a tile.
 */
final class KeyProducts {

    /** Keys of a block. */
    static final int KEYS = 8;

    /** Chains of an inner product, whatever the width. */
    static final int CHAINS = 16;

    /** Queries of a tile: each key is loaded and widened once for all of them. */
    static final int TILE = 4;

    /** Chains of a query with the keys of a block. */
    static final int QUERY = KEYS * CHAINS;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private static final VectorShuffle<Float> EXCHANGE_1 = VectorShuffle.fromOp(Lanes.FLOATS, lane -> lane ^ 1);
    private static final VectorShuffle<Float> EXCHANGE_2 = VectorShuffle.fromOp(Lanes.FLOATS, lane -> lane ^ 2);
    private static final VectorShuffle<Float> EXCHANGE_4 = VectorShuffle.fromOp(Lanes.FLOATS, lane -> (lane ^ 4) & FLOATS - 1);
    private static final VectorShuffle<Float> EXCHANGE_8 = VectorShuffle.fromOp(Lanes.FLOATS, lane -> (lane ^ 8) & FLOATS - 1);
    private static final VectorMask<Float> UPPER_1 = VectorMask.fromLong(Lanes.FLOATS, 0xAAAA);
    private static final VectorMask<Float> UPPER_2 = VectorMask.fromLong(Lanes.FLOATS, 0xCCCC);
    private static final VectorMask<Float> UPPER_4 = VectorMask.fromLong(Lanes.FLOATS, 0xF0F0);
    private static final VectorMask<Float> UPPER_8 = VectorMask.fromLong(Lanes.FLOATS, 0xFF00);

    /** Components of a step. Not final, because the compiler checks bounds ahead of loops with a constant step, which takes longer. */
    private static int step = CHAINS;

    private KeyProducts() {
    }

    /** The step of loops over the components of a row. */
    static int step() {
        return step;
    }

    /** {@code components} rounded up to a multiple of {@value #CHAINS}. */
    static int width(int components) {
        return ArrayLength.of(components + CHAINS - 1L) & -CHAINS;
    }

    /**
     * The place of component c of query i: queries lie side by side by tiles, {@value #CHAINS} components of each at a time, so that a
     * kernel reads one stream.
     */
    static int place(int i, int c, int width) {
        return i / TILE * TILE * width + c / CHAINS * TILE * CHAINS + i % TILE * CHAINS + c % CHAINS;
    }

    /** Roundings of an inner product, in units of the product of the lengths: those of a chain, and of four halvings. */
    static int roundings(int components) {
        return width(components) / CHAINS + 4;
    }

    /**
     * Chains of float32 products of one query with keys, and for each chain the largest sum of squares among the keys. The total of these
     * bounds the square of every key's length, at one multiply-add per entry.
     *
     * <p>Domain: any. If an entry is not finite, or a sum overflows, a sum or a square is infinite or NaN.
     *
     * @param query    holds the query's {@code width} components from {@code from} on
     * @param chains   receives the chains of each key: {@code rows x CHAINS}
     * @param squares  receives the largest sum of squares of each chain, as bits of a float
     */
    static void ofOne(FetchedRows keys, int rows, float[] query, int from, float[] chains, int[] squares) {
        MemorySegment memory = keys.memory();
        long start = keys.start();
        long rowBytes = keys.rowBytes();
        int width = keys.width();
        switch (keys.type()) {
            case FLOAT32 -> Float32Rows.productsOfOne(memory, start, rowBytes, width, rows, query, from, chains, squares);
            case FLOAT16 -> Float16Rows.productsOfOne(memory, start, rowBytes, width, rows, query, from, chains, squares);
            case BFLOAT16 -> Bfloat16Rows.productsOfOne(memory, start, rowBytes, width, rows, query, from, chains, squares);
            case INT8 -> Int8Rows.productsOfOne(memory, start, rowBytes, width, rows, query, from, chains, squares);
        }
    }

    /** Chains as {@link #ofOne}, of {@value #TILE} queries side by side. */
    static void ofFour(FetchedRows keys, int rows, float[] queries, int from, float[] chains, int[] squares) {
        if (RegisterTile.MANY_REGISTERS) {
            ofFourByFour(keys, rows, queries, from, chains, squares);
        } else {
            ofFourByTwo(keys, rows, queries, from, chains, squares);
        }
    }

    static void ofFourByFour(FetchedRows keys, int rows, float[] queries, int from, float[] chains, int[] squares) {
        MemorySegment memory = keys.memory();
        long start = keys.start();
        long rowBytes = keys.rowBytes();
        int width = keys.width();
        switch (keys.type()) {
            case FLOAT32 -> Float32Rows.productsOfFourByFour(memory, start, rowBytes, width, rows, queries, from, chains, squares);
            case FLOAT16 -> Float16Rows.productsOfFourByFour(memory, start, rowBytes, width, rows, queries, from, chains, squares);
            case BFLOAT16 -> Bfloat16Rows.productsOfFourByFour(memory, start, rowBytes, width, rows, queries, from, chains, squares);
            case INT8 -> Int8Rows.productsOfFourByFour(memory, start, rowBytes, width, rows, queries, from, chains, squares);
        }
    }

    static void ofFourByTwo(FetchedRows keys, int rows, float[] queries, int from, float[] chains, int[] squares) {
        MemorySegment memory = keys.memory();
        long start = keys.start();
        long rowBytes = keys.rowBytes();
        int width = keys.width();
        switch (keys.type()) {
            case FLOAT32 -> Float32Rows.productsOfFourByTwo(memory, start, rowBytes, width, rows, queries, from, chains, squares);
            case FLOAT16 -> Float16Rows.productsOfFourByTwo(memory, start, rowBytes, width, rows, queries, from, chains, squares);
            case BFLOAT16 -> Bfloat16Rows.productsOfFourByTwo(memory, start, rowBytes, width, rows, queries, from, chains, squares);
            case INT8 -> Int8Rows.productsOfFourByTwo(memory, start, rowBytes, width, rows, queries, from, chains, squares);
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
     * Folds chains in halves, in place. Every step adds the halves of two vectors side by side, so that the sums of {@value #CHAINS}
     * products fill vectors at the end: product p is entry {@code p * CHAINS} before, and after it
     * {@code p / FLOATS * FLOATS * CHAINS + p % FLOATS}.
     *
     * @param products how many, a multiple of {@value #CHAINS}
     */
    static void fold(float[] chains, int products) {
        if (FLOATS == 16) {
            foldSixteen(chains, products);
        } else if (FLOATS == 8) {
            foldEight(chains, products);
        } else {
            foldFour(chains, products);
        }
        foldQuarters(chains, products);
    }

    private static void foldSixteen(float[] chains, int products) {
        for (int i = 0; i < products / 4; i++) {
            int p = (i >> 2) * 16 + (i & 3);
            FloatVector a = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, p * CHAINS));
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 4) * CHAINS));
            FloatVector c = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 8) * CHAINS));
            FloatVector d = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 12) * CHAINS));
            FloatVector ac = a.blend(c, UPPER_8).add(c.blend(a, UPPER_8).rearrange(EXCHANGE_8));
            FloatVector bd = b.blend(d, UPPER_8).add(d.blend(b, UPPER_8).rearrange(EXCHANGE_8));
            FloatVector all = ac.blend(bd, UPPER_4).add(bd.blend(ac, UPPER_4).rearrange(EXCHANGE_4));
            Lanes.FLOAT_VECTOR.cast(all).intoArray(chains, p * CHAINS);
        }
    }

    private static void foldEight(float[] chains, int products) {
        for (int i = 0; i < products / 2; i++) {
            int p = (i >> 2) * 8 + (i & 3);
            FloatVector a = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, p * CHAINS));
            FloatVector aUp = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, p * CHAINS + 8));
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 4) * CHAINS));
            FloatVector bUp = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 4) * CHAINS + 8));
            FloatVector x = a.add(aUp);
            FloatVector y = b.add(bUp);
            FloatVector both = x.blend(y, UPPER_4).add(y.blend(x, UPPER_4).rearrange(EXCHANGE_4));
            Lanes.FLOAT_VECTOR.cast(both).intoArray(chains, p * CHAINS);
        }
    }

    private static void foldFour(float[] chains, int products) {
        for (int at = 0; at < products * CHAINS; at += CHAINS) {
            FloatVector a = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, at));
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, at + 4));
            FloatVector c = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, at + 8));
            FloatVector d = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, at + 12));
            Lanes.FLOAT_VECTOR.cast(a.add(c).add(b.add(d))).intoArray(chains, at);
        }
    }

    /** Folds the four chains that are left of each product. */
    private static void foldQuarters(float[] chains, int products) {
        for (int p = 0; p < products; p += FLOATS) {
            FloatVector a = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, p * CHAINS));
            FloatVector b = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 1) * CHAINS));
            FloatVector c = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 2) * CHAINS));
            FloatVector d = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, chains, (p + 3) * CHAINS));
            FloatVector ac = a.blend(c, UPPER_2).add(c.blend(a, UPPER_2).rearrange(EXCHANGE_2));
            FloatVector bd = b.blend(d, UPPER_2).add(d.blend(b, UPPER_2).rearrange(EXCHANGE_2));
            FloatVector all = ac.blend(bd, UPPER_1).add(bd.blend(ac, UPPER_1).rearrange(EXCHANGE_1));
            Lanes.FLOAT_VECTOR.cast(all).intoArray(chains, p * CHAINS);
        }
    }

    /** Stores the folded products of query {@code i} of a tile times the scales of the keys, {@value #KEYS} whatever their number. */
    static void store(float[] chains, int i, double[] scales, double[] z, int at) {
        for (int r = 0; r < KEYS; r += DOUBLES) {
            int p = i * KEYS + r;
            DoubleVector products = Lanes.DOUBLE_VECTOR.cast(FloatVector
                    .fromArray(Lanes.HALF_FLOATS, chains, (p & -FLOATS) * CHAINS + (p & FLOATS - 1))
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            Lanes.DOUBLE_VECTOR.cast(products.mul(DoubleVector.fromArray(Lanes.DOUBLES, scales, r))).intoArray(z, at + r);
        }
    }

    /**
     * Inner products in float64, along the same chains. Error: {@link #roundings} roundings of 2^-53 of the product of the lengths.
     *
     * @param keys     of float32
     * @param products scratch, {@value #CHAINS} long
     * @param squares  scratch, {@value #CHAINS} long
     * @param z        receives the products, from {@code at} on
     * @return the greatest square of a key's length; infinite or NaN if and only if not every component is finite
     */
    static double float64(FetchedRows keys, int rows, double[] query, int from, double[] products, double[] squares, double[] z, int at) {
        double greatest = 0;
        for (int r = 0; r < rows; r++) {
            float64(keys.memory(), keys.start() + keys.rowBytes() * r, keys.width(), query, from, products, squares);
            double scale = keys.scales()[r];
            z[at + r] = folded(products) * scale;
            greatest = Math.max(greatest, folded(squares) * scale * scale);
        }
        return greatest;
    }

    private static void float64(MemorySegment keys, long start, int width, double[] query, int from, double[] products, double[] squares) {
        for (int chain = 0; chain < CHAINS; chain += DOUBLES) {
            DoubleVector s = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector n = DoubleVector.zero(Lanes.DOUBLES);
            for (int c = chain; c < width; c += CHAINS) {
                DoubleVector k = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromMemorySegment(Lanes.HALF_FLOATS, keys, start + 4L * c, ORDER)
                        .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
                s = k.fma(DoubleVector.fromArray(Lanes.DOUBLES, query, from + c), s);
                n = k.fma(k, n);
            }
            Lanes.DOUBLE_VECTOR.cast(s).intoArray(products, chain);
            Lanes.DOUBLE_VECTOR.cast(n).intoArray(squares, chain);
        }
    }

    /** The sum of {@value #CHAINS} entries, folded in halves. */
    static float folded(float[] c) {
        return (((c[0] + c[8]) + (c[4] + c[12])) + ((c[2] + c[10]) + (c[6] + c[14])))
                + (((c[1] + c[9]) + (c[5] + c[13])) + ((c[3] + c[11]) + (c[7] + c[15])));
    }

    private static double folded(double[] c) {
        return (((c[0] + c[8]) + (c[4] + c[12])) + ((c[2] + c[10]) + (c[6] + c[14])))
                + (((c[1] + c[9]) + (c[5] + c[13])) + ((c[3] + c[11]) + (c[7] + c[15])));
    }
}
