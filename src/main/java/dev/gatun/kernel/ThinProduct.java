package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Products of thin matrices: inner products of the columns of tall ones over their tokens, and tall ones times small ones.
 *
 * <p>A matrix lies in blocks of {@link Lanes#BLOCK} columns, row after row: entry (r, c) of a block is at {@code r * BLOCK + c},
 * and in double precision at {@code r * ROW + c}. Columns of y and of the result lie on lanes, entries of x are broadcast, four
 * rows against two vectors at a time in registers. Sums begin with what was there before and are chains of fused multiply-adds
 * from the first row or component on, at every width of vectors: an error of at most one rounding of the running sum for each.
 * There are no tails: whoever owns the arrays has filled blocks up with zeros. Arrays are plain, at any alignment.
 *
 * <p>Measured with vectors of 256 bits: sixteen sums at a time, which need more registers than there are, took twice as long; steps
 * from row to row that the compiler does not know, which leave checks of bounds in the inner loop, took twice as long again.
 */
public final class ThinProduct {

    /** Rows of a result are multiples of this. */
    public static final int ROWS = 4;

    /** Entries from one row of a block to the next in double precision: an odd number of lines of the cache, for columns to fit. */
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
     * As above, {@code out_ac += sum_t x_ta y_tc}, in double precision.
     *
     * @param upper whether entries with {@code a > c} may be left out
     */
    public static void transposed(double[] x, int from, int components, double[] y, int start, int columns, int tokens, boolean upper,
                           double[] out, int at) {
        for (int c = 0; c < columns; c += 2 * DOUBLES) {
            int end = upper ? Math.min(components, c + 2 * DOUBLES) : components;
            for (int a = 0; a < end; a += ROWS) {
                alongTokens(x, from + a, tokens, y, start + c, out, at + a * ROW + c);
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
    private static void alongTokens(double[] x, int from, int inner, double[] y, int start, double[] out, int at) {
        DoubleVector o00 = DoubleVector.fromArray(Lanes.DOUBLES, out, at);
        DoubleVector o01 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + DOUBLES);
        DoubleVector o10 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + ROW);
        DoubleVector o11 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + ROW + DOUBLES);
        DoubleVector o20 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + 2 * ROW);
        DoubleVector o21 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + 2 * ROW + DOUBLES);
        DoubleVector o30 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + 3 * ROW);
        DoubleVector o31 = DoubleVector.fromArray(Lanes.DOUBLES, out, at + 3 * ROW + DOUBLES);
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
        o10.intoArray(out, at + ROW);
        o11.intoArray(out, at + ROW + DOUBLES);
        o20.intoArray(out, at + 2 * ROW);
        o21.intoArray(out, at + 2 * ROW + DOUBLES);
        o30.intoArray(out, at + 3 * ROW);
        o31.intoArray(out, at + 3 * ROW + DOUBLES);
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
