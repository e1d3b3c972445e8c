package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of thin matrices, {@code out += X^T Y} over tokens and {@code out += X Y} over components.
 *
 * <p><b>Layout.</b> A matrix lies in blocks of {@link Lanes#BLOCK} columns, row after row: entry (r, c) of a block is at
 * {@code r * BLOCK + c} in float32, and at {@code r * ROW + c} in float64. Columns of Y and of the result lie on lanes and entries of
 * X are broadcast, four rows at a time by {@link RegisterTile#VECTORS} vectors of sums, or {@link RegisterTile#THIN_VECTORS} in float64.
 * Plain arrays, at any alignment. There are no tails: blocks are filled up with zeros.
 *
 * <p><b>Error.</b> A sum begins with the entry of the result and is one chain of fused multiply-adds, from the first row or component
 * on: one rounding of the running sum for each. Results do not depend on the width of the vectors or on the register tile.
 *
 * <p>Steps from row to row of X and Y that the compiler does not know as constants leave bounds checks in the inner loop. The distance
 * between rows of the result is free: it matters only before and after the loop, but keeps registers for it, so that in float64 the loop
 * has a single index.
 */
public final class ThinProduct {

    /** Rows of a result are multiples of this. */
    public static final int ROWS = 4;

    /** Entries from one row of a float64 block to the next: an odd number of cache lines, so that columns use all cache sets. */
    public static final int ROW = Lanes.BLOCK + 8;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private ThinProduct() {
    }

    /** {@code count} rounded up to a multiple of {@code unit}. */
    public static int padded(int count, int unit) {
        return (count + unit - 1) / unit * unit;
    }

    /** The columns of tiles of {@code vectors} vectors, if these are four: as many as fill tiles. Pairs of vectors compute the rest. */
    private static int wide(int vectors, int columns, int lanes) {
        int pairs = padded(columns, 2 * lanes);
        return vectors == 4 ? pairs - pairs % (4 * lanes) : 0;
    }

    /**
     * {@code out_ac += sum_t x_ta y_tc} over {@code tokens} rows t of both blocks.
     *
     * @param from       where the first row of x begins
     * @param components columns of x that count; rows of the result are written up to a multiple of {@value #ROWS}
     * @param start      where the first row of y begins
     * @param columns    columns of y that count; more may be written
     * @param out        a block from {@code at} on
     */
    public static void transposed(float[] x, int from, int components, float[] y, int start, int columns, int tokens, float[] out,
                           int at) {
        int wide = wide(RegisterTile.VECTORS, columns, FLOATS);
        for (int c = 0; c < wide; c += 4 * FLOATS) {
            for (int a = 0; a < components; a += ROWS) {
                alongTokens4x4(x, from + a, tokens, y, start + c, out, at + a * Lanes.BLOCK + c);
            }
        }
        for (int c = wide; c < columns; c += 2 * FLOATS) {
            for (int a = 0; a < components; a += ROWS) {
                alongTokens4x2(x, from + a, tokens, y, start + c, out, at + a * Lanes.BLOCK + c);
            }
        }
    }

    /**
     * {@code out_ac += sum_t x_ta y_tc} in float64, over {@code tokens} rows t of both blocks.
     *
     * @param from       the first row of x, at the first column that counts
     * @param components columns of x that count; rows of the result are written up to a multiple of {@value #ROWS}
     * @param start      the first row of y
     * @param columns    columns of y that count; the result is written up to whole pairs of vectors
     * @param upper      whether entries with {@code a > c} may be left out
     * @param at         the place of {@code out_00}
     * @param stride     entries from one row of the result to the next
     */
    public static void transposed(double[] x, int from, int components, double[] y, int start, int columns, int tokens, boolean upper,
                           double[] out, int at, int stride) {
        int wide = wide(RegisterTile.THIN_VECTORS, columns, DOUBLES);
        for (int c = 0; c < wide; c += 4 * DOUBLES) {
            int end = upper ? Math.min(components, c + 4 * DOUBLES) : components;
            for (int a = 0; a < end; a += ROWS) {
                alongTokens4x4(x, from + a, tokens, y, start + c, out, at + a * stride + c, stride);
            }
        }
        for (int c = wide; c < columns; c += 2 * DOUBLES) {
            int end = upper ? Math.min(components, c + 2 * DOUBLES) : components;
            for (int a = 0; a < end; a += ROWS) {
                alongTokens4x2(x, from + a, tokens, y, start + c, out, at + a * stride + c, stride);
            }
        }
    }

    /**
     * {@code out_tc += sum_a x_ta y_ac} over {@code components} columns a of a block of x.
     *
     * @param from   where the first row of x begins
     * @param tokens rows of x that count; rows of the result are written up to a multiple of {@value #ROWS}
     * @param y      a block of as many rows as there are components
     * @param columns columns of y that count; more may be written
     * @param out    a block from {@code at} on
     */
    public static void plain(float[] x, int from, int components, float[] y, int start, int columns, int tokens, float[] out, int at) {
        int wide = wide(RegisterTile.VECTORS, columns, FLOATS);
        for (int c = 0; c < wide; c += 4 * FLOATS) {
            for (int t = 0; t < tokens; t += ROWS) {
                alongComponents4x4(x, from + t * Lanes.BLOCK, components, y, start + c, out, at + t * Lanes.BLOCK + c);
            }
        }
        for (int c = wide; c < columns; c += 2 * FLOATS) {
            for (int t = 0; t < tokens; t += ROWS) {
                alongComponents4x2(x, from + t * Lanes.BLOCK, components, y, start + c, out, at + t * Lanes.BLOCK + c);
            }
        }
    }

    /** Four components of x against two vectors of columns, over tokens. */
    static void alongTokens4x2(float[] x, int from, int inner, float[] y, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, out, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + FLOATS);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + FLOATS);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK);
        FloatVector o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + FLOATS);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK);
        FloatVector o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + FLOATS);
        int shift = start - from;
        int end = from + inner * Lanes.BLOCK;
        for (int i = from; i < end; i += Lanes.BLOCK) {
            int j = i + shift;
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, y, j);
            FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, y, j + FLOATS);
            FloatVector x0 = Lanes.FLOAT_ZEROS.broadcast(x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            FloatVector x1 = Lanes.FLOAT_ZEROS.broadcast(x[i + 1]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            FloatVector x2 = Lanes.FLOAT_ZEROS.broadcast(x[i + 2]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            FloatVector x3 = Lanes.FLOAT_ZEROS.broadcast(x[i + 3]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + 3 * Lanes.BLOCK + FLOATS);
    }

    /** Four tokens of x against two vectors of columns, over components. */
    static void alongComponents4x2(float[] x, int from, int inner, float[] y, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, out, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + FLOATS);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + FLOATS);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK);
        FloatVector o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + FLOATS);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK);
        FloatVector o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + FLOATS);
        for (int t = 0, i = from, j = start; t < inner; t++, i++, j += Lanes.BLOCK) {
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, y, j);
            FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, y, j + FLOATS);
            FloatVector x0 = Lanes.FLOAT_ZEROS.broadcast(x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            FloatVector x1 = Lanes.FLOAT_ZEROS.broadcast(x[i + Lanes.BLOCK]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            FloatVector x2 = Lanes.FLOAT_ZEROS.broadcast(x[i + 2 * Lanes.BLOCK]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            FloatVector x3 = Lanes.FLOAT_ZEROS.broadcast(x[i + 3 * Lanes.BLOCK]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + 3 * Lanes.BLOCK + FLOATS);
    }

    /** Four components of x against two vectors of columns, over tokens. */
    static void alongTokens4x2(double[] x, int from, int inner, double[] y, int start, double[] out, int at, int stride) {
        int shift = from - start;
        int end = start + inner * ROW;
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        DoubleVector o00 = DoubleVector.fromArray(Lanes.DOUBLES, out, at);
        DoubleVector o01 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + DOUBLES);
        DoubleVector o10 = DoubleVector.fromArray(Lanes.DOUBLES, out, at1);
        DoubleVector o11 = DoubleVector.fromArray(Lanes.DOUBLES, out, at1 + DOUBLES);
        DoubleVector o20 = DoubleVector.fromArray(Lanes.DOUBLES, out, at2);
        DoubleVector o21 = DoubleVector.fromArray(Lanes.DOUBLES, out, at2 + DOUBLES);
        DoubleVector o30 = DoubleVector.fromArray(Lanes.DOUBLES, out, at3);
        DoubleVector o31 = DoubleVector.fromArray(Lanes.DOUBLES, out, at3 + DOUBLES);
        for (int j = start; j < end; j += ROW) {
            DoubleVector y0 = DoubleVector.fromArray(Lanes.DOUBLES, y, j);
            DoubleVector y1 = DoubleVector.fromArray(Lanes.DOUBLES, y, j + DOUBLES);
            DoubleVector x0 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            DoubleVector x1 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift + 1]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            DoubleVector x2 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift + 2]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            DoubleVector x3 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift + 3]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
        }
        Lanes.DOUBLE_VECTOR.cast(o00).intoArray(out, at);
        Lanes.DOUBLE_VECTOR.cast(o01).intoArray(out, at + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o10).intoArray(out, at1);
        Lanes.DOUBLE_VECTOR.cast(o11).intoArray(out, at1 + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o20).intoArray(out, at2);
        Lanes.DOUBLE_VECTOR.cast(o21).intoArray(out, at2 + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o30).intoArray(out, at3);
        Lanes.DOUBLE_VECTOR.cast(o31).intoArray(out, at3 + DOUBLES);
    }

    /** Four components of x against four vectors of columns, over tokens. */
    static void alongTokens4x4(float[] x, int from, int inner, float[] y, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, out, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + FLOATS);
        FloatVector o02 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * FLOATS);
        FloatVector o03 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * FLOATS);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + FLOATS);
        FloatVector o12 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + 2 * FLOATS);
        FloatVector o13 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + 3 * FLOATS);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK);
        FloatVector o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + FLOATS);
        FloatVector o22 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        FloatVector o23 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK);
        FloatVector o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + FLOATS);
        FloatVector o32 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        FloatVector o33 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 3 * FLOATS);
        int shift = start - from;
        int end = from + inner * Lanes.BLOCK;
        for (int i = from; i < end; i += Lanes.BLOCK) {
            int j = i + shift;
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, y, j);
            FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, y, j + FLOATS);
            FloatVector y2 = FloatVector.fromArray(Lanes.FLOATS, y, j + 2 * FLOATS);
            FloatVector y3 = FloatVector.fromArray(Lanes.FLOATS, y, j + 3 * FLOATS);
            FloatVector x0 = Lanes.FLOAT_ZEROS.broadcast(x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            o02 = y2.fma(x0, o02);
            o03 = y3.fma(x0, o03);
            FloatVector x1 = Lanes.FLOAT_ZEROS.broadcast(x[i + 1]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            o12 = y2.fma(x1, o12);
            o13 = y3.fma(x1, o13);
            FloatVector x2 = Lanes.FLOAT_ZEROS.broadcast(x[i + 2]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            o22 = y2.fma(x2, o22);
            o23 = y3.fma(x2, o23);
            FloatVector x3 = Lanes.FLOAT_ZEROS.broadcast(x[i + 3]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
            o32 = y2.fma(x3, o32);
            o33 = y3.fma(x3, o33);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o02).intoArray(out, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o03).intoArray(out, at + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o12).intoArray(out, at + Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o13).intoArray(out, at + Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o22).intoArray(out, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o23).intoArray(out, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + 3 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o32).intoArray(out, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o33).intoArray(out, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** Four tokens of x against four vectors of columns, over components. */
    static void alongComponents4x4(float[] x, int from, int inner, float[] y, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, out, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + FLOATS);
        FloatVector o02 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * FLOATS);
        FloatVector o03 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * FLOATS);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + FLOATS);
        FloatVector o12 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + 2 * FLOATS);
        FloatVector o13 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + 3 * FLOATS);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK);
        FloatVector o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + FLOATS);
        FloatVector o22 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        FloatVector o23 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK);
        FloatVector o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + FLOATS);
        FloatVector o32 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        FloatVector o33 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + 3 * FLOATS);
        for (int t = 0, i = from, j = start; t < inner; t++, i++, j += Lanes.BLOCK) {
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, y, j);
            FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, y, j + FLOATS);
            FloatVector y2 = FloatVector.fromArray(Lanes.FLOATS, y, j + 2 * FLOATS);
            FloatVector y3 = FloatVector.fromArray(Lanes.FLOATS, y, j + 3 * FLOATS);
            FloatVector x0 = Lanes.FLOAT_ZEROS.broadcast(x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            o02 = y2.fma(x0, o02);
            o03 = y3.fma(x0, o03);
            FloatVector x1 = Lanes.FLOAT_ZEROS.broadcast(x[i + Lanes.BLOCK]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            o12 = y2.fma(x1, o12);
            o13 = y3.fma(x1, o13);
            FloatVector x2 = Lanes.FLOAT_ZEROS.broadcast(x[i + 2 * Lanes.BLOCK]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            o22 = y2.fma(x2, o22);
            o23 = y3.fma(x2, o23);
            FloatVector x3 = Lanes.FLOAT_ZEROS.broadcast(x[i + 3 * Lanes.BLOCK]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
            o32 = y2.fma(x3, o32);
            o33 = y3.fma(x3, o33);
        }
        Lanes.FLOAT_VECTOR.cast(o00).intoArray(out, at);
        Lanes.FLOAT_VECTOR.cast(o01).intoArray(out, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o02).intoArray(out, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o03).intoArray(out, at + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o10).intoArray(out, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o11).intoArray(out, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o12).intoArray(out, at + Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o13).intoArray(out, at + Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o20).intoArray(out, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o21).intoArray(out, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o22).intoArray(out, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o23).intoArray(out, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o30).intoArray(out, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(o31).intoArray(out, at + 3 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(o32).intoArray(out, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(o33).intoArray(out, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** Four components of x against four vectors of columns, over tokens. */
    static void alongTokens4x4(double[] x, int from, int inner, double[] y, int start, double[] out, int at, int stride) {
        int shift = from - start;
        int end = start + inner * ROW;
        int at1 = at + stride;
        int at2 = at1 + stride;
        int at3 = at2 + stride;
        DoubleVector o00 = DoubleVector.fromArray(Lanes.DOUBLES, out, at);
        DoubleVector o01 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + DOUBLES);
        DoubleVector o02 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + 2 * DOUBLES);
        DoubleVector o03 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + 3 * DOUBLES);
        DoubleVector o10 = DoubleVector.fromArray(Lanes.DOUBLES, out, at1);
        DoubleVector o11 = DoubleVector.fromArray(Lanes.DOUBLES, out, at1 + DOUBLES);
        DoubleVector o12 = DoubleVector.fromArray(Lanes.DOUBLES, out, at1 + 2 * DOUBLES);
        DoubleVector o13 = DoubleVector.fromArray(Lanes.DOUBLES, out, at1 + 3 * DOUBLES);
        DoubleVector o20 = DoubleVector.fromArray(Lanes.DOUBLES, out, at2);
        DoubleVector o21 = DoubleVector.fromArray(Lanes.DOUBLES, out, at2 + DOUBLES);
        DoubleVector o22 = DoubleVector.fromArray(Lanes.DOUBLES, out, at2 + 2 * DOUBLES);
        DoubleVector o23 = DoubleVector.fromArray(Lanes.DOUBLES, out, at2 + 3 * DOUBLES);
        DoubleVector o30 = DoubleVector.fromArray(Lanes.DOUBLES, out, at3);
        DoubleVector o31 = DoubleVector.fromArray(Lanes.DOUBLES, out, at3 + DOUBLES);
        DoubleVector o32 = DoubleVector.fromArray(Lanes.DOUBLES, out, at3 + 2 * DOUBLES);
        DoubleVector o33 = DoubleVector.fromArray(Lanes.DOUBLES, out, at3 + 3 * DOUBLES);
        for (int j = start; j < end; j += ROW) {
            DoubleVector y0 = DoubleVector.fromArray(Lanes.DOUBLES, y, j);
            DoubleVector y1 = DoubleVector.fromArray(Lanes.DOUBLES, y, j + DOUBLES);
            DoubleVector y2 = DoubleVector.fromArray(Lanes.DOUBLES, y, j + 2 * DOUBLES);
            DoubleVector y3 = DoubleVector.fromArray(Lanes.DOUBLES, y, j + 3 * DOUBLES);
            DoubleVector x0 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            o02 = y2.fma(x0, o02);
            o03 = y3.fma(x0, o03);
            DoubleVector x1 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift + 1]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            o12 = y2.fma(x1, o12);
            o13 = y3.fma(x1, o13);
            DoubleVector x2 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift + 2]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            o22 = y2.fma(x2, o22);
            o23 = y3.fma(x2, o23);
            DoubleVector x3 = Lanes.DOUBLE_ZEROS.broadcast(x[j + shift + 3]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
            o32 = y2.fma(x3, o32);
            o33 = y3.fma(x3, o33);
        }
        Lanes.DOUBLE_VECTOR.cast(o00).intoArray(out, at);
        Lanes.DOUBLE_VECTOR.cast(o01).intoArray(out, at + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o02).intoArray(out, at + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o03).intoArray(out, at + 3 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o10).intoArray(out, at1);
        Lanes.DOUBLE_VECTOR.cast(o11).intoArray(out, at1 + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o12).intoArray(out, at1 + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o13).intoArray(out, at1 + 3 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o20).intoArray(out, at2);
        Lanes.DOUBLE_VECTOR.cast(o21).intoArray(out, at2 + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o22).intoArray(out, at2 + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o23).intoArray(out, at2 + 3 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o30).intoArray(out, at3);
        Lanes.DOUBLE_VECTOR.cast(o31).intoArray(out, at3 + DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o32).intoArray(out, at3 + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(o33).intoArray(out, at3 + 3 * DOUBLES);
    }

    /** {@code to += from}, a multiple of {@link Lanes#BLOCK} sums; leaves zeros in {@code from}. */
    public static void flush(float[] from, double[] to) {
        for (int e = 0; e < from.length; e += DOUBLES) {
            DoubleVector part = Lanes.DOUBLE_VECTOR.cast(FloatVector.fromArray(Lanes.HALF_FLOATS, from, e)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0));
            DoubleVector.fromArray(Lanes.DOUBLES, to, e).add(part).intoArray(to, e);
            FloatVector.zero(Lanes.HALF_FLOATS).intoArray(from, e);
        }
    }
}
