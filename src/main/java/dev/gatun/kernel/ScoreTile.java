package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * The score tile: inner products {@code <x_r, y_c>} of one block of rows with up to {@link Lanes#DEPTH} columns.
 *
 * <p>Rows lie on lanes; each entry of y is broadcast against four vectors of rows, sixteen sums at a time in registers.
 * Every inner product is one chain of fused multiply-adds from component 0 up, started at zero, so an entry does not
 * depend on where in a tile it lies. Error of an entry: at most {@code inner} roundings of the running sum. All arrays
 * are plain, at any alignment; a block is always whole (its unused lanes hold zeros), and columns that do not fill
 * four are done singly.
 */
final class ScoreTile {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private ScoreTile() {
    }

    /**
     * Scores of one block against {@code columns} columns, in float arithmetic.
     *
     * @param x       the block, transposed: {@code inner x BLOCK}
     * @param inner   the length of the inner products
     * @param y       the columns' vectors, row after row: {@code ... x inner}
     * @param first   the first column
     * @param columns how many columns, at most {@link Lanes#DEPTH}
     * @param tile    receives {@code columns x BLOCK} inner products
     */
    static void floats(float[] x, int inner, float[] y, int first, int columns, float[] tile) {
        int y0 = first * inner;
        int column = 0;
        for (; column + 4 <= columns; column += 4, y0 += 4 * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                quadFloats(x, inner, y, y0, y0 + inner, y0 + 2 * inner, y0 + 3 * inner,
                        tile, column * Lanes.BLOCK + lane);
            }
        }
        for (; column < columns; column++, y0 += inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                singleFloats(x, inner, y, y0, tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link #floats}. */
    private static void quadFloats(float[] x, int inner, float[] y, int y0, int y1, int y2, int y3,
                              float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS), s01 = FloatVector.zero(Lanes.FLOATS),
                s02 = FloatVector.zero(Lanes.FLOATS), s03 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS), s11 = FloatVector.zero(Lanes.FLOATS),
                s12 = FloatVector.zero(Lanes.FLOATS), s13 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS), s21 = FloatVector.zero(Lanes.FLOATS),
                s22 = FloatVector.zero(Lanes.FLOATS), s23 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS), s31 = FloatVector.zero(Lanes.FLOATS),
                s32 = FloatVector.zero(Lanes.FLOATS), s33 = FloatVector.zero(Lanes.FLOATS);
        int from = at & (Lanes.BLOCK - 1);
        for (int c = 0; c < inner; c++, from += Lanes.BLOCK) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + 1 * FLOATS);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, from + 2 * FLOATS);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, x, from + 3 * FLOATS);
            FloatVector k0 = FloatVector.broadcast(Lanes.FLOATS, y[y0 + c]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            FloatVector k1 = FloatVector.broadcast(Lanes.FLOATS, y[y1 + c]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            FloatVector k2 = FloatVector.broadcast(Lanes.FLOATS, y[y2 + c]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            FloatVector k3 = FloatVector.broadcast(Lanes.FLOATS, y[y3 + c]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        s00.intoArray(tile, at);
        s01.intoArray(tile, at + 1 * FLOATS);
        s02.intoArray(tile, at + 2 * FLOATS);
        s03.intoArray(tile, at + 3 * FLOATS);
        s10.intoArray(tile, at + 1 * Lanes.BLOCK);
        s11.intoArray(tile, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        s12.intoArray(tile, at + 1 * Lanes.BLOCK + 2 * FLOATS);
        s13.intoArray(tile, at + 1 * Lanes.BLOCK + 3 * FLOATS);
        s20.intoArray(tile, at + 2 * Lanes.BLOCK);
        s21.intoArray(tile, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        s22.intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        s23.intoArray(tile, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        s30.intoArray(tile, at + 3 * Lanes.BLOCK);
        s31.intoArray(tile, at + 3 * Lanes.BLOCK + 1 * FLOATS);
        s32.intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        s33.intoArray(tile, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** One column of the log-kernel against four vectors of rows, in the order of arithmetic of the four-column form. */
    private static void singleFloats(float[] x, int inner, float[] y, int y0, float[] tile, int at) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s3 = FloatVector.zero(Lanes.FLOATS);
        int from = at & (Lanes.BLOCK - 1);
        for (int c = 0; c < inner; c++, from += Lanes.BLOCK) {
            FloatVector k = FloatVector.broadcast(Lanes.FLOATS, y[y0 + c]);
            s0 = FloatVector.fromArray(Lanes.FLOATS, x, from).fma(k, s0);
            s1 = FloatVector.fromArray(Lanes.FLOATS, x, from + 1 * FLOATS).fma(k, s1);
            s2 = FloatVector.fromArray(Lanes.FLOATS, x, from + 2 * FLOATS).fma(k, s2);
            s3 = FloatVector.fromArray(Lanes.FLOATS, x, from + 3 * FLOATS).fma(k, s3);
        }
        s0.intoArray(tile, at);
        s1.intoArray(tile, at + 1 * FLOATS);
        s2.intoArray(tile, at + 2 * FLOATS);
        s3.intoArray(tile, at + 3 * FLOATS);
    }

    /**
     * Scores of one block against {@code columns} columns, in double arithmetic.
     *
     * @param x       the block, transposed: {@code inner x BLOCK}
     * @param inner   the length of the inner products
     * @param y       the columns' vectors, row after row: {@code ... x inner}
     * @param first   the first column
     * @param columns how many columns, at most {@link Lanes#DEPTH}
     * @param tile    receives {@code columns x BLOCK} inner products
     */
    static void doubles(double[] x, int inner, double[] y, int first, int columns, double[] tile) {
        int y0 = first * inner;
        int column = 0;
        for (; column + 4 <= columns; column += 4, y0 += 4 * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
                quadDoubles(x, inner, y, y0, y0 + inner, y0 + 2 * inner, y0 + 3 * inner,
                        tile, column * Lanes.BLOCK + lane);
            }
        }
        for (; column < columns; column++, y0 += inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
                singleDoubles(x, inner, y, y0, tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link #doubles}. */
    private static void quadDoubles(double[] x, int inner, double[] y, int y0, int y1, int y2, int y3,
                              double[] tile, int at) {
        DoubleVector s00 = DoubleVector.zero(Lanes.DOUBLES), s01 = DoubleVector.zero(Lanes.DOUBLES),
                s02 = DoubleVector.zero(Lanes.DOUBLES), s03 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s10 = DoubleVector.zero(Lanes.DOUBLES), s11 = DoubleVector.zero(Lanes.DOUBLES),
                s12 = DoubleVector.zero(Lanes.DOUBLES), s13 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s20 = DoubleVector.zero(Lanes.DOUBLES), s21 = DoubleVector.zero(Lanes.DOUBLES),
                s22 = DoubleVector.zero(Lanes.DOUBLES), s23 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s30 = DoubleVector.zero(Lanes.DOUBLES), s31 = DoubleVector.zero(Lanes.DOUBLES),
                s32 = DoubleVector.zero(Lanes.DOUBLES), s33 = DoubleVector.zero(Lanes.DOUBLES);
        int from = at & (Lanes.BLOCK - 1);
        for (int c = 0; c < inner; c++, from += Lanes.BLOCK) {
            DoubleVector x0 = DoubleVector.fromArray(Lanes.DOUBLES, x, from);
            DoubleVector x1 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 1 * DOUBLES);
            DoubleVector x2 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 2 * DOUBLES);
            DoubleVector x3 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 3 * DOUBLES);
            DoubleVector k0 = DoubleVector.broadcast(Lanes.DOUBLES, y[y0 + c]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            DoubleVector k1 = DoubleVector.broadcast(Lanes.DOUBLES, y[y1 + c]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            DoubleVector k2 = DoubleVector.broadcast(Lanes.DOUBLES, y[y2 + c]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            DoubleVector k3 = DoubleVector.broadcast(Lanes.DOUBLES, y[y3 + c]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        s00.intoArray(tile, at);
        s01.intoArray(tile, at + 1 * DOUBLES);
        s02.intoArray(tile, at + 2 * DOUBLES);
        s03.intoArray(tile, at + 3 * DOUBLES);
        s10.intoArray(tile, at + 1 * Lanes.BLOCK);
        s11.intoArray(tile, at + 1 * Lanes.BLOCK + 1 * DOUBLES);
        s12.intoArray(tile, at + 1 * Lanes.BLOCK + 2 * DOUBLES);
        s13.intoArray(tile, at + 1 * Lanes.BLOCK + 3 * DOUBLES);
        s20.intoArray(tile, at + 2 * Lanes.BLOCK);
        s21.intoArray(tile, at + 2 * Lanes.BLOCK + 1 * DOUBLES);
        s22.intoArray(tile, at + 2 * Lanes.BLOCK + 2 * DOUBLES);
        s23.intoArray(tile, at + 2 * Lanes.BLOCK + 3 * DOUBLES);
        s30.intoArray(tile, at + 3 * Lanes.BLOCK);
        s31.intoArray(tile, at + 3 * Lanes.BLOCK + 1 * DOUBLES);
        s32.intoArray(tile, at + 3 * Lanes.BLOCK + 2 * DOUBLES);
        s33.intoArray(tile, at + 3 * Lanes.BLOCK + 3 * DOUBLES);
    }

    /** One column of the log-kernel against four vectors of rows, in the order of arithmetic of the four-column form. */
    private static void singleDoubles(double[] x, int inner, double[] y, int y0, double[] tile, int at) {
        DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s2 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s3 = DoubleVector.zero(Lanes.DOUBLES);
        int from = at & (Lanes.BLOCK - 1);
        for (int c = 0; c < inner; c++, from += Lanes.BLOCK) {
            DoubleVector k = DoubleVector.broadcast(Lanes.DOUBLES, y[y0 + c]);
            s0 = DoubleVector.fromArray(Lanes.DOUBLES, x, from).fma(k, s0);
            s1 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 1 * DOUBLES).fma(k, s1);
            s2 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 2 * DOUBLES).fma(k, s2);
            s3 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 3 * DOUBLES).fma(k, s3);
        }
        s0.intoArray(tile, at);
        s1.intoArray(tile, at + 1 * DOUBLES);
        s2.intoArray(tile, at + 2 * DOUBLES);
        s3.intoArray(tile, at + 3 * DOUBLES);
    }
}
