package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of thin matrices, {@code out += X^T Y} over tokens and {@code out += X Y} over components: the one 4 x 2 register tile of
 * float64, and its float32 forms.
 *
 * <p><b>Layout.</b> A matrix lies in blocks of {@link Lanes#BLOCK} columns, row after row: entry (r, c) of a block is at
 * {@code r * BLOCK + c} in float32, and at {@code r * ROW + c} in float64. Columns of Y and of the result lie on lanes and entries of
 * X are broadcast, four rows by two vectors of sums at a time: with their operands these fit the sixteen registers of AVX2. Plain
 * arrays, at any alignment. There are no tails: blocks are filled up with zeros.
 *
 * <p><b>Error.</b> A sum begins with the entry of the result and is one chain of fused multiply-adds, from the first row or component
 * on: one rounding of the running sum for each. Results do not depend on the width of the vectors.
 *
 * <p>At 256 bits, sixteen sums at a time took twice as long; so did steps from row to row of X and Y that the compiler does not know
 * as constants, which leave bounds checks in the inner loop. The distance between rows of the result is free: it matters only before
 * and after the loop.
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
        for (int c = 0; c < columns; c += 2 * FLOATS) {
            for (int a = 0; a < components; a += ROWS) {
                alongTokens(x, from + a, tokens, y, start + c, out, at + a * Lanes.BLOCK + c);
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
        for (int c = 0; c < columns; c += 2 * DOUBLES) {
            int end = upper ? Math.min(components, c + 2 * DOUBLES) : components;
            for (int a = 0; a < end; a += ROWS) {
                alongTokens(x, from + a, tokens, y, start + c, out, at + a * stride + c, stride);
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
        for (int c = 0; c < columns; c += 2 * FLOATS) {
            for (int t = 0; t < tokens; t += ROWS) {
                alongComponents(x, from + t * Lanes.BLOCK, components, y, start + c, out, at + t * Lanes.BLOCK + c);
            }
        }
    }

    /** Four components of x against two vectors of columns, over tokens. */
    private static void alongTokens(float[] x, int from, int inner, float[] y, int start, float[] out, int at) {
        FloatVector o00 = FloatVector.fromArray(Lanes.FLOATS, out, at);
        FloatVector o01 = FloatVector.fromArray(Lanes.FLOATS, out, at + FLOATS);
        FloatVector o10 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK);
        FloatVector o11 = FloatVector.fromArray(Lanes.FLOATS, out, at + Lanes.BLOCK + FLOATS);
        FloatVector o20 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK);
        FloatVector o21 = FloatVector.fromArray(Lanes.FLOATS, out, at + 2 * Lanes.BLOCK + FLOATS);
        FloatVector o30 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK);
        FloatVector o31 = FloatVector.fromArray(Lanes.FLOATS, out, at + 3 * Lanes.BLOCK + FLOATS);
        for (int t = 0, i = from, j = start; t < inner; t++, i += Lanes.BLOCK, j += Lanes.BLOCK) {
            FloatVector y0 = FloatVector.fromArray(Lanes.FLOATS, y, j);
            FloatVector y1 = FloatVector.fromArray(Lanes.FLOATS, y, j + FLOATS);
            FloatVector x0 = FloatVector.broadcast(Lanes.FLOATS, x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            FloatVector x1 = FloatVector.broadcast(Lanes.FLOATS, x[i + 1]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            FloatVector x2 = FloatVector.broadcast(Lanes.FLOATS, x[i + 2]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            FloatVector x3 = FloatVector.broadcast(Lanes.FLOATS, x[i + 3]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
        }
        o00.intoArray(out, at);
        o01.intoArray(out, at + FLOATS);
        o10.intoArray(out, at + Lanes.BLOCK);
        o11.intoArray(out, at + Lanes.BLOCK + FLOATS);
        o20.intoArray(out, at + 2 * Lanes.BLOCK);
        o21.intoArray(out, at + 2 * Lanes.BLOCK + FLOATS);
        o30.intoArray(out, at + 3 * Lanes.BLOCK);
        o31.intoArray(out, at + 3 * Lanes.BLOCK + FLOATS);
    }

    /** Four tokens of x against two vectors of columns, over components. */
    private static void alongComponents(float[] x, int from, int inner, float[] y, int start, float[] out, int at) {
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
            FloatVector x0 = FloatVector.broadcast(Lanes.FLOATS, x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            FloatVector x1 = FloatVector.broadcast(Lanes.FLOATS, x[i + Lanes.BLOCK]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            FloatVector x2 = FloatVector.broadcast(Lanes.FLOATS, x[i + 2 * Lanes.BLOCK]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            FloatVector x3 = FloatVector.broadcast(Lanes.FLOATS, x[i + 3 * Lanes.BLOCK]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
        }
        o00.intoArray(out, at);
        o01.intoArray(out, at + FLOATS);
        o10.intoArray(out, at + Lanes.BLOCK);
        o11.intoArray(out, at + Lanes.BLOCK + FLOATS);
        o20.intoArray(out, at + 2 * Lanes.BLOCK);
        o21.intoArray(out, at + 2 * Lanes.BLOCK + FLOATS);
        o30.intoArray(out, at + 3 * Lanes.BLOCK);
        o31.intoArray(out, at + 3 * Lanes.BLOCK + FLOATS);
    }

    /** Four components of x against two vectors of columns, over tokens. */
    private static void alongTokens(double[] x, int from, int inner, double[] y, int start, double[] out, int at, int stride) {
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
        for (int t = 0, i = from, j = start; t < inner; t++, i += ROW, j += ROW) {
            DoubleVector y0 = DoubleVector.fromArray(Lanes.DOUBLES, y, j);
            DoubleVector y1 = DoubleVector.fromArray(Lanes.DOUBLES, y, j + DOUBLES);
            DoubleVector x0 = DoubleVector.broadcast(Lanes.DOUBLES, x[i]);
            o00 = y0.fma(x0, o00);
            o01 = y1.fma(x0, o01);
            DoubleVector x1 = DoubleVector.broadcast(Lanes.DOUBLES, x[i + 1]);
            o10 = y0.fma(x1, o10);
            o11 = y1.fma(x1, o11);
            DoubleVector x2 = DoubleVector.broadcast(Lanes.DOUBLES, x[i + 2]);
            o20 = y0.fma(x2, o20);
            o21 = y1.fma(x2, o21);
            DoubleVector x3 = DoubleVector.broadcast(Lanes.DOUBLES, x[i + 3]);
            o30 = y0.fma(x3, o30);
            o31 = y1.fma(x3, o31);
        }
        o00.intoArray(out, at);
        o01.intoArray(out, at + DOUBLES);
        o10.intoArray(out, at1);
        o11.intoArray(out, at1 + DOUBLES);
        o20.intoArray(out, at2);
        o21.intoArray(out, at2 + DOUBLES);
        o30.intoArray(out, at3);
        o31.intoArray(out, at3 + DOUBLES);
    }

    /** {@code to += from}, a multiple of {@link Lanes#BLOCK} sums; leaves zeros in {@code from}. */
    public static void flush(float[] from, double[] to) {
        for (int e = 0; e < from.length; e += DOUBLES) {
            DoubleVector part = (DoubleVector) FloatVector.fromArray(Lanes.HALF_FLOATS, from, e)
                    .convertShape(VectorOperators.F2D, Lanes.DOUBLES, 0);
            DoubleVector.fromArray(Lanes.DOUBLES, to, e).add(part).intoArray(to, e);
            FloatVector.zero(Lanes.HALF_FLOATS).intoArray(from, e);
        }
    }
}
