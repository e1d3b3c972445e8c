package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of a full tile, {@code DEPTH x BLOCK}, with {@link #WIDTH} vectors along its columns:
 * {@code out[c][k] += sum_r tile[c][r] panel[r][k]}. {@link ValueTile} computes products along its rows.
 *
 * <p><b>Layout.</b> A panel holds the entries of the vectors side by side, {@code panel[i * WIDTH + k]} for entry i of vector k, and has
 * full blocks of {@link Lanes#BLOCK} entries, so there are no tails. Vectors lie on lanes and entries of the tile are broadcast,
 * {@link RegisterTile#COLUMNS} columns at a time in registers. Plain arrays, at any alignment.
 *
 * <p><b>Error.</b> A sum is one chain of 64 fused multiply-adds that begins with the earlier sum. Results do not depend on the vector
 * width.
 */
public final class TileProduct {

    /** Vectors of a panel. */
    public static final int WIDTH = 8;

    /** Vectors of two panels. */
    public static final int PAIR = 2 * WIDTH;

    /** Whether a vector holds an entry of each vector of two panels. */
    public static final boolean PAIRS = Lanes.FLOATS.length() == PAIR;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Vectors of at most {@link #WIDTH} lanes. */
    private static final VectorSpecies<Float> VECTORS =
            VectorSpecies.of(float.class, VectorShape.forBitSize(Math.min(256, Lanes.vectorBits())));

    private static final FloatVector ZEROS = FloatVector.zero(VECTORS);
    private static final Class<FloatVector> VECTOR = Lanes.classOf(VECTORS);
    private static final int STEP = VECTORS.length();

    private TileProduct() {
    }

    /**
     * {@code out[c * WIDTH + k] += sum_r tile[c * BLOCK + r] panel[(first + r) * WIDTH + k]}.
     *
     * @param first the panel's entry that belongs to the tile's first row
     */
    public static void alongColumns(float[] tile, float[] panel, int first, float[] out) {
        for (int vector = 0; vector < WIDTH; vector += STEP) {
            int start = first * WIDTH + vector;
            if (RegisterTile.MANY_REGISTERS) {
                by16(tile, panel, start, out, vector);
            } else {
                by13(tile, panel, start, out, vector);
            }
        }
    }

    /** All columns against as many vectors as there are lanes, sixteen at a time. */
    static void by16(float[] tile, float[] panel, int start, float[] out, int vector) {
        for (int column = 0; column < Lanes.DEPTH; column += 16) {
            sixteen(tile, column * Lanes.BLOCK, panel, start, out, column * WIDTH + vector);
        }
    }

    /** The same, thirteen columns at a time and then twelve. */
    static void by13(float[] tile, float[] panel, int start, float[] out, int vector) {
        for (int column = 0; column < 52; column += 13) {
            thirteen(tile, column * Lanes.BLOCK, panel, start, out, column * WIDTH + vector);
        }
        twelve(tile, 52 * Lanes.BLOCK, panel, start, out, 52 * WIDTH + vector);
    }

    /**
     * As above, for the vectors of two panels side by side, {@link #PAIR} of them, in vectors of 512 bits.
     *
     * @param panel entry i of vector k at {@code i * PAIR + k}
     * @param out   receives the sum of column c and vector k at {@code c * PAIR + k}
     */
    public static void alongColumnsOfPairs(float[] tile, float[] panel, int first, float[] out) {
        for (int column = 0; column < Lanes.DEPTH; column += 16) {
            sixteenPairs(tile, column * Lanes.BLOCK, panel, first * PAIR, out, column * PAIR);
        }
    }

    /** Sixteen columns against as many vectors as there are lanes. */
    private static void sixteen(float[] tile, int from, float[] panel, int start, float[] out, int at) {
        FloatVector o0 = FloatVector.fromArray(VECTORS, out, at);
        FloatVector o1 = FloatVector.fromArray(VECTORS, out, at + 1 * WIDTH);
        FloatVector o2 = FloatVector.fromArray(VECTORS, out, at + 2 * WIDTH);
        FloatVector o3 = FloatVector.fromArray(VECTORS, out, at + 3 * WIDTH);
        FloatVector o4 = FloatVector.fromArray(VECTORS, out, at + 4 * WIDTH);
        FloatVector o5 = FloatVector.fromArray(VECTORS, out, at + 5 * WIDTH);
        FloatVector o6 = FloatVector.fromArray(VECTORS, out, at + 6 * WIDTH);
        FloatVector o7 = FloatVector.fromArray(VECTORS, out, at + 7 * WIDTH);
        FloatVector o8 = FloatVector.fromArray(VECTORS, out, at + 8 * WIDTH);
        FloatVector o9 = FloatVector.fromArray(VECTORS, out, at + 9 * WIDTH);
        FloatVector o10 = FloatVector.fromArray(VECTORS, out, at + 10 * WIDTH);
        FloatVector o11 = FloatVector.fromArray(VECTORS, out, at + 11 * WIDTH);
        FloatVector o12 = FloatVector.fromArray(VECTORS, out, at + 12 * WIDTH);
        FloatVector o13 = FloatVector.fromArray(VECTORS, out, at + 13 * WIDTH);
        FloatVector o14 = FloatVector.fromArray(VECTORS, out, at + 14 * WIDTH);
        FloatVector o15 = FloatVector.fromArray(VECTORS, out, at + 15 * WIDTH);
        int shift = start - from * WIDTH;
        for (int t = from; t < from + Lanes.BLOCK; t++) {
            FloatVector x = FloatVector.fromArray(VECTORS, panel, shift + t * WIDTH);
            o0 = x.fma(ZEROS.broadcast(tile[t]), o0);
            o1 = x.fma(ZEROS.broadcast(tile[t + 1 * Lanes.BLOCK]), o1);
            o2 = x.fma(ZEROS.broadcast(tile[t + 2 * Lanes.BLOCK]), o2);
            o3 = x.fma(ZEROS.broadcast(tile[t + 3 * Lanes.BLOCK]), o3);
            o4 = x.fma(ZEROS.broadcast(tile[t + 4 * Lanes.BLOCK]), o4);
            o5 = x.fma(ZEROS.broadcast(tile[t + 5 * Lanes.BLOCK]), o5);
            o6 = x.fma(ZEROS.broadcast(tile[t + 6 * Lanes.BLOCK]), o6);
            o7 = x.fma(ZEROS.broadcast(tile[t + 7 * Lanes.BLOCK]), o7);
            o8 = x.fma(ZEROS.broadcast(tile[t + 8 * Lanes.BLOCK]), o8);
            o9 = x.fma(ZEROS.broadcast(tile[t + 9 * Lanes.BLOCK]), o9);
            o10 = x.fma(ZEROS.broadcast(tile[t + 10 * Lanes.BLOCK]), o10);
            o11 = x.fma(ZEROS.broadcast(tile[t + 11 * Lanes.BLOCK]), o11);
            o12 = x.fma(ZEROS.broadcast(tile[t + 12 * Lanes.BLOCK]), o12);
            o13 = x.fma(ZEROS.broadcast(tile[t + 13 * Lanes.BLOCK]), o13);
            o14 = x.fma(ZEROS.broadcast(tile[t + 14 * Lanes.BLOCK]), o14);
            o15 = x.fma(ZEROS.broadcast(tile[t + 15 * Lanes.BLOCK]), o15);
        }
        VECTOR.cast(o0).intoArray(out, at);
        VECTOR.cast(o1).intoArray(out, at + 1 * WIDTH);
        VECTOR.cast(o2).intoArray(out, at + 2 * WIDTH);
        VECTOR.cast(o3).intoArray(out, at + 3 * WIDTH);
        VECTOR.cast(o4).intoArray(out, at + 4 * WIDTH);
        VECTOR.cast(o5).intoArray(out, at + 5 * WIDTH);
        VECTOR.cast(o6).intoArray(out, at + 6 * WIDTH);
        VECTOR.cast(o7).intoArray(out, at + 7 * WIDTH);
        VECTOR.cast(o8).intoArray(out, at + 8 * WIDTH);
        VECTOR.cast(o9).intoArray(out, at + 9 * WIDTH);
        VECTOR.cast(o10).intoArray(out, at + 10 * WIDTH);
        VECTOR.cast(o11).intoArray(out, at + 11 * WIDTH);
        VECTOR.cast(o12).intoArray(out, at + 12 * WIDTH);
        VECTOR.cast(o13).intoArray(out, at + 13 * WIDTH);
        VECTOR.cast(o14).intoArray(out, at + 14 * WIDTH);
        VECTOR.cast(o15).intoArray(out, at + 15 * WIDTH);
    }

    /** Thirteen columns against as many vectors as there are lanes. */
    private static void thirteen(float[] tile, int from, float[] panel, int start, float[] out, int at) {
        FloatVector o0 = FloatVector.fromArray(VECTORS, out, at);
        FloatVector o1 = FloatVector.fromArray(VECTORS, out, at + 1 * WIDTH);
        FloatVector o2 = FloatVector.fromArray(VECTORS, out, at + 2 * WIDTH);
        FloatVector o3 = FloatVector.fromArray(VECTORS, out, at + 3 * WIDTH);
        FloatVector o4 = FloatVector.fromArray(VECTORS, out, at + 4 * WIDTH);
        FloatVector o5 = FloatVector.fromArray(VECTORS, out, at + 5 * WIDTH);
        FloatVector o6 = FloatVector.fromArray(VECTORS, out, at + 6 * WIDTH);
        FloatVector o7 = FloatVector.fromArray(VECTORS, out, at + 7 * WIDTH);
        FloatVector o8 = FloatVector.fromArray(VECTORS, out, at + 8 * WIDTH);
        FloatVector o9 = FloatVector.fromArray(VECTORS, out, at + 9 * WIDTH);
        FloatVector o10 = FloatVector.fromArray(VECTORS, out, at + 10 * WIDTH);
        FloatVector o11 = FloatVector.fromArray(VECTORS, out, at + 11 * WIDTH);
        FloatVector o12 = FloatVector.fromArray(VECTORS, out, at + 12 * WIDTH);
        int shift = start - from * WIDTH;
        for (int t = from; t < from + Lanes.BLOCK; t++) {
            FloatVector x = FloatVector.fromArray(VECTORS, panel, shift + t * WIDTH);
            o0 = x.fma(ZEROS.broadcast(tile[t]), o0);
            o1 = x.fma(ZEROS.broadcast(tile[t + 1 * Lanes.BLOCK]), o1);
            o2 = x.fma(ZEROS.broadcast(tile[t + 2 * Lanes.BLOCK]), o2);
            o3 = x.fma(ZEROS.broadcast(tile[t + 3 * Lanes.BLOCK]), o3);
            o4 = x.fma(ZEROS.broadcast(tile[t + 4 * Lanes.BLOCK]), o4);
            o5 = x.fma(ZEROS.broadcast(tile[t + 5 * Lanes.BLOCK]), o5);
            o6 = x.fma(ZEROS.broadcast(tile[t + 6 * Lanes.BLOCK]), o6);
            o7 = x.fma(ZEROS.broadcast(tile[t + 7 * Lanes.BLOCK]), o7);
            o8 = x.fma(ZEROS.broadcast(tile[t + 8 * Lanes.BLOCK]), o8);
            o9 = x.fma(ZEROS.broadcast(tile[t + 9 * Lanes.BLOCK]), o9);
            o10 = x.fma(ZEROS.broadcast(tile[t + 10 * Lanes.BLOCK]), o10);
            o11 = x.fma(ZEROS.broadcast(tile[t + 11 * Lanes.BLOCK]), o11);
            o12 = x.fma(ZEROS.broadcast(tile[t + 12 * Lanes.BLOCK]), o12);
        }
        VECTOR.cast(o0).intoArray(out, at);
        VECTOR.cast(o1).intoArray(out, at + 1 * WIDTH);
        VECTOR.cast(o2).intoArray(out, at + 2 * WIDTH);
        VECTOR.cast(o3).intoArray(out, at + 3 * WIDTH);
        VECTOR.cast(o4).intoArray(out, at + 4 * WIDTH);
        VECTOR.cast(o5).intoArray(out, at + 5 * WIDTH);
        VECTOR.cast(o6).intoArray(out, at + 6 * WIDTH);
        VECTOR.cast(o7).intoArray(out, at + 7 * WIDTH);
        VECTOR.cast(o8).intoArray(out, at + 8 * WIDTH);
        VECTOR.cast(o9).intoArray(out, at + 9 * WIDTH);
        VECTOR.cast(o10).intoArray(out, at + 10 * WIDTH);
        VECTOR.cast(o11).intoArray(out, at + 11 * WIDTH);
        VECTOR.cast(o12).intoArray(out, at + 12 * WIDTH);
    }

    /** Twelve columns against as many vectors as there are lanes. */
    private static void twelve(float[] tile, int from, float[] panel, int start, float[] out, int at) {
        FloatVector o0 = FloatVector.fromArray(VECTORS, out, at);
        FloatVector o1 = FloatVector.fromArray(VECTORS, out, at + 1 * WIDTH);
        FloatVector o2 = FloatVector.fromArray(VECTORS, out, at + 2 * WIDTH);
        FloatVector o3 = FloatVector.fromArray(VECTORS, out, at + 3 * WIDTH);
        FloatVector o4 = FloatVector.fromArray(VECTORS, out, at + 4 * WIDTH);
        FloatVector o5 = FloatVector.fromArray(VECTORS, out, at + 5 * WIDTH);
        FloatVector o6 = FloatVector.fromArray(VECTORS, out, at + 6 * WIDTH);
        FloatVector o7 = FloatVector.fromArray(VECTORS, out, at + 7 * WIDTH);
        FloatVector o8 = FloatVector.fromArray(VECTORS, out, at + 8 * WIDTH);
        FloatVector o9 = FloatVector.fromArray(VECTORS, out, at + 9 * WIDTH);
        FloatVector o10 = FloatVector.fromArray(VECTORS, out, at + 10 * WIDTH);
        FloatVector o11 = FloatVector.fromArray(VECTORS, out, at + 11 * WIDTH);
        int shift = start - from * WIDTH;
        for (int t = from; t < from + Lanes.BLOCK; t++) {
            FloatVector x = FloatVector.fromArray(VECTORS, panel, shift + t * WIDTH);
            o0 = x.fma(ZEROS.broadcast(tile[t]), o0);
            o1 = x.fma(ZEROS.broadcast(tile[t + 1 * Lanes.BLOCK]), o1);
            o2 = x.fma(ZEROS.broadcast(tile[t + 2 * Lanes.BLOCK]), o2);
            o3 = x.fma(ZEROS.broadcast(tile[t + 3 * Lanes.BLOCK]), o3);
            o4 = x.fma(ZEROS.broadcast(tile[t + 4 * Lanes.BLOCK]), o4);
            o5 = x.fma(ZEROS.broadcast(tile[t + 5 * Lanes.BLOCK]), o5);
            o6 = x.fma(ZEROS.broadcast(tile[t + 6 * Lanes.BLOCK]), o6);
            o7 = x.fma(ZEROS.broadcast(tile[t + 7 * Lanes.BLOCK]), o7);
            o8 = x.fma(ZEROS.broadcast(tile[t + 8 * Lanes.BLOCK]), o8);
            o9 = x.fma(ZEROS.broadcast(tile[t + 9 * Lanes.BLOCK]), o9);
            o10 = x.fma(ZEROS.broadcast(tile[t + 10 * Lanes.BLOCK]), o10);
            o11 = x.fma(ZEROS.broadcast(tile[t + 11 * Lanes.BLOCK]), o11);
        }
        VECTOR.cast(o0).intoArray(out, at);
        VECTOR.cast(o1).intoArray(out, at + 1 * WIDTH);
        VECTOR.cast(o2).intoArray(out, at + 2 * WIDTH);
        VECTOR.cast(o3).intoArray(out, at + 3 * WIDTH);
        VECTOR.cast(o4).intoArray(out, at + 4 * WIDTH);
        VECTOR.cast(o5).intoArray(out, at + 5 * WIDTH);
        VECTOR.cast(o6).intoArray(out, at + 6 * WIDTH);
        VECTOR.cast(o7).intoArray(out, at + 7 * WIDTH);
        VECTOR.cast(o8).intoArray(out, at + 8 * WIDTH);
        VECTOR.cast(o9).intoArray(out, at + 9 * WIDTH);
        VECTOR.cast(o10).intoArray(out, at + 10 * WIDTH);
        VECTOR.cast(o11).intoArray(out, at + 11 * WIDTH);
    }

    /** Sixteen columns against the vectors of two panels. */
    private static void sixteenPairs(float[] tile, int from, float[] panel, int start, float[] out, int at) {
        FloatVector o0 = FloatVector.fromArray(Lanes.FLOATS, out, at);
        FloatVector o1 = FloatVector.fromArray(Lanes.FLOATS, out, at + 1 * PAIR);
        FloatVector o2 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * PAIR);
        FloatVector o3 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * PAIR);
        FloatVector o4 = FloatVector.fromArray(Lanes.FLOATS, out, at + 4 * PAIR);
        FloatVector o5 = FloatVector.fromArray(Lanes.FLOATS, out, at + 5 * PAIR);
        FloatVector o6 = FloatVector.fromArray(Lanes.FLOATS, out, at + 6 * PAIR);
        FloatVector o7 = FloatVector.fromArray(Lanes.FLOATS, out, at + 7 * PAIR);
        FloatVector o8 = FloatVector.fromArray(Lanes.FLOATS, out, at + 8 * PAIR);
        FloatVector o9 = FloatVector.fromArray(Lanes.FLOATS, out, at + 9 * PAIR);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + 10 * PAIR);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + 11 * PAIR);
        FloatVector o12 = FloatVector.fromArray(Lanes.FLOATS, out, at + 12 * PAIR);
        FloatVector o13 = FloatVector.fromArray(Lanes.FLOATS, out, at + 13 * PAIR);
        FloatVector o14 = FloatVector.fromArray(Lanes.FLOATS, out, at + 14 * PAIR);
        FloatVector o15 = FloatVector.fromArray(Lanes.FLOATS, out, at + 15 * PAIR);
        for (int r = 0; r < Lanes.BLOCK; r++) {
            int t = from + r;
            FloatVector x = FloatVector.fromArray(Lanes.FLOATS, panel, start + r * PAIR);
            o0 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t]), o0);
            o1 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 1 * Lanes.BLOCK]), o1);
            o2 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 2 * Lanes.BLOCK]), o2);
            o3 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 3 * Lanes.BLOCK]), o3);
            o4 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 4 * Lanes.BLOCK]), o4);
            o5 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 5 * Lanes.BLOCK]), o5);
            o6 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 6 * Lanes.BLOCK]), o6);
            o7 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 7 * Lanes.BLOCK]), o7);
            o8 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 8 * Lanes.BLOCK]), o8);
            o9 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 9 * Lanes.BLOCK]), o9);
            o10 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 10 * Lanes.BLOCK]), o10);
            o11 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 11 * Lanes.BLOCK]), o11);
            o12 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 12 * Lanes.BLOCK]), o12);
            o13 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 13 * Lanes.BLOCK]), o13);
            o14 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 14 * Lanes.BLOCK]), o14);
            o15 = x.fma(Lanes.FLOAT_ZEROS.broadcast(tile[t + 15 * Lanes.BLOCK]), o15);
        }
        Lanes.FLOAT_VECTOR.cast(o0).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o1).intoArray(out, at + 1 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o2).intoArray(out, at + 2 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o3).intoArray(out, at + 3 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o4).intoArray(out, at + 4 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o5).intoArray(out, at + 5 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o6).intoArray(out, at + 6 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o7).intoArray(out, at + 7 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o8).intoArray(out, at + 8 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o9).intoArray(out, at + 9 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + 10 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + 11 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o12).intoArray(out, at + 12 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o13).intoArray(out, at + 13 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o14).intoArray(out, at + 14 * PAIR);
        Lanes.FLOAT_VECTOR.cast(o15).intoArray(out, at + 15 * PAIR);
    }

    /** Multiplies entry (r, c) by {@code rows[r] columns[first + c]}. */
    public static void scale(float[] tile, float[] rows, float[] columns, int first) {
        for (int c = 0, at = 0; c < Lanes.DEPTH; c++) {
            FloatVector factor = Lanes.FLOAT_ZEROS.broadcast(columns[first + c]);
            for (int lane = 0; lane < Lanes.BLOCK; lane += FLOATS, at += FLOATS) {
                FloatVector.fromArray(Lanes.FLOATS, tile, at).mul(FloatVector.fromArray(Lanes.FLOATS, rows, lane))
                        .mul(factor).intoArray(tile, at);
            }
        }
    }

    /** {@code to += sums} in float64, for the {@code WIDTH x BLOCK} sums of a tile, from {@code at} on. */
    public static void add(float[] sums, double[] to, int at) {
        for (int e = 0; e < WIDTH * Lanes.BLOCK; e += DOUBLES) {
            DoubleVector part = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, sums, e)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector.fromArray(Lanes.DOUBLES, to, at + e).add(part).intoArray(to, at + e);
        }
    }

    /** {@code to += sums}, as above, for the sums of two panels side by side. */
    public static void addPairs(float[] sums, double[] to, double[] toNext, int at) {
        for (int e = 0, from = 0; e < WIDTH * Lanes.BLOCK; e += WIDTH, from += PAIR) {
            addEight(sums, from, to, at + e);
            addEight(sums, from + WIDTH, toNext, at + e);
        }
    }

    /** {@code to += sums} for the first of two panels alone. */
    public static void addFirst(float[] sums, double[] to, int at) {
        for (int e = 0, from = 0; e < WIDTH * Lanes.BLOCK; e += WIDTH, from += PAIR) {
            addEight(sums, from, to, at + e);
        }
    }

    private static void addEight(float[] sums, int from, double[] to, int at) {
        for (int e = 0; e < WIDTH; e += DOUBLES) {
            DoubleVector part = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, sums, from + e)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector.fromArray(Lanes.DOUBLES, to, at + e).add(part).intoArray(to, at + e);
        }
    }
}
