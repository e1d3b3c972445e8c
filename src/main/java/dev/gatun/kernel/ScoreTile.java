package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * The score tile: {@code <x_r, y_c> + offset_c} of one block of rows with up to {@link Lanes#DEPTH} columns.
 *
 * <p>Rows lie on lanes; each entry of y is broadcast against four vectors of rows, sixteen sums at a time in registers.
 * Every inner product is one chain of fused multiply-adds from component 0 up, started at zero, and the column's offset
 * is added to it last, so an entry does not depend on where in a tile it lies. Beside it single precision has {@link #spans}: a
 * chain for every {@value #SPAN} components, the offset added to the first, and the others to that one after the other. Errors are
 * those of {@link #roundings}. All arrays are plain, at any alignment; a block is always whole (its
 * unused lanes hold zeros). In single precision columns lie side by side, so that one stream feeds the broadcasts: with
 * a stream for each column the compiler ran out of registers for their addresses and kept one in a vector register,
 * which cost a twentieth. In double precision columns that do not fill four are done singly.
 */
public final class ScoreTile {

    /** Components of each of several chains. */
    public static final int SPAN = 64;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private ScoreTile() {
    }

    /**
     * The number of roundings in single precision, each of {@code 2^-24} of the product of two vectors' lengths, bound the error of their
     * inner product in one chain: every partial sum is below that product, and is rounded once.
     */
    public static int roundings(int inner) {
        return inner;
    }

    /**
     * The same of {@link #spans}. All chains together have as many as one, for the products of the lengths of pieces sum up to no
     * more than that of the whole vectors; each sum of chains has one.
     */
    public static int roundingsOfSpans(int inner) {
        return Math.min(inner, SPAN) + (inner - 1) / SPAN;
    }

    /**
     * Scores of one block against {@code columns} columns, in float arithmetic.
     *
     * @param x       blocks, transposed, {@code inner x BLOCK} each
     * @param block   where the block begins in x
     * @param inner   the length of the inner products
     * @param y       the columns' vectors, {@link Lanes#QUAD} side by side: see {@code pack.Panel}
     * @param offset  what each column adds, with room for columns rounded up to a multiple of 4
     * @param first   the first column, a multiple of 4
     * @param columns how many columns, at most {@link Lanes#DEPTH}
     * @param tile    receives {@code columns x BLOCK} entries; where columns do not fill four, others after them
     */
    public static void float32(float[] x, int block, int inner, float[] y, float[] offset, int first, int columns,
                       float[] tile) {
        for (int column = 0, quad = first * inner; column < columns; column += Lanes.QUAD, quad += Lanes.QUAD * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                quadFloats(x, block, inner, y, quad, offset, first + column, tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** As {@link #float32}, with a chain for every {@value #SPAN} components. */
    public static void spans(float[] x, int block, int inner, float[] y, float[] offset, int first, int columns, float[] tile) {
        int span = Math.min(inner, SPAN);
        for (int column = 0, quad = first * inner; column < columns; column += Lanes.QUAD, quad += Lanes.QUAD * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                quadFloats(x, block, span, y, quad, offset, first + column, tile, column * Lanes.BLOCK + lane);
            }
        }
        for (int from = SPAN; from < inner; from += SPAN) {
            addFloats(x, block, from, Math.min(inner - from, SPAN), inner, y, first, columns, tile);
        }
    }

    /** Adds the products of {@code span} components from {@code from} on. */
    private static void addFloats(float[] x, int block, int from, int span, int inner, float[] y, int first, int columns,
                                  float[] tile) {
        int quad = first * inner + from * Lanes.QUAD;
        for (int column = 0; column < columns; column += Lanes.QUAD, quad += Lanes.QUAD * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                addQuadFloats(x, block + from * Lanes.BLOCK, span, y, quad, tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link #float32}. */
    private static void quadFloats(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column,
                                   float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s03 = s00;
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = s10;
        FloatVector s12 = s10;
        FloatVector s13 = s10;
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = s20;
        FloatVector s22 = s20;
        FloatVector s23 = s20;
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = s30;
        FloatVector s32 = s30;
        FloatVector s33 = s30;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + 1 * FLOATS);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, from + 2 * FLOATS);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, x, from + 3 * FLOATS);
            FloatVector k0 = FloatVector.broadcast(Lanes.FLOATS, y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            FloatVector k1 = FloatVector.broadcast(Lanes.FLOATS, y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            FloatVector k2 = FloatVector.broadcast(Lanes.FLOATS, y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            FloatVector k3 = FloatVector.broadcast(Lanes.FLOATS, y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        FloatVector b0 = FloatVector.broadcast(Lanes.FLOATS, offset[column]);
        s00.add(b0).intoArray(tile, at);
        s01.add(b0).intoArray(tile, at + 1 * FLOATS);
        s02.add(b0).intoArray(tile, at + 2 * FLOATS);
        s03.add(b0).intoArray(tile, at + 3 * FLOATS);
        FloatVector b1 = FloatVector.broadcast(Lanes.FLOATS, offset[column + 1]);
        s10.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK);
        s11.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        s12.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK + 2 * FLOATS);
        s13.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK + 3 * FLOATS);
        FloatVector b2 = FloatVector.broadcast(Lanes.FLOATS, offset[column + 2]);
        s20.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK);
        s21.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        s22.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        s23.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        FloatVector b3 = FloatVector.broadcast(Lanes.FLOATS, offset[column + 3]);
        s30.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK);
        s31.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK + 1 * FLOATS);
        s32.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        s33.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** Four columns against four vectors of rows, added to what is in the tile. */
    private static void addQuadFloats(float[] x, int block, int inner, float[] y, int quad, float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s03 = s00;
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = s10;
        FloatVector s12 = s10;
        FloatVector s13 = s10;
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = s20;
        FloatVector s22 = s20;
        FloatVector s23 = s20;
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = s30;
        FloatVector s32 = s30;
        FloatVector s33 = s30;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + 1 * FLOATS);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, from + 2 * FLOATS);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, x, from + 3 * FLOATS);
            FloatVector k0 = FloatVector.broadcast(Lanes.FLOATS, y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            FloatVector k1 = FloatVector.broadcast(Lanes.FLOATS, y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            FloatVector k2 = FloatVector.broadcast(Lanes.FLOATS, y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            FloatVector k3 = FloatVector.broadcast(Lanes.FLOATS, y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        s00.add(FloatVector.fromArray(Lanes.FLOATS, tile, at)).intoArray(tile, at);
        s01.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * FLOATS)).intoArray(tile, at + 1 * FLOATS);
        s02.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS)).intoArray(tile, at + 2 * FLOATS);
        s03.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS)).intoArray(tile, at + 3 * FLOATS);
        s10.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK))
                .intoArray(tile, at + 1 * Lanes.BLOCK);
        s11.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK + 1 * FLOATS))
                .intoArray(tile, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        s12.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK + 2 * FLOATS))
                .intoArray(tile, at + 1 * Lanes.BLOCK + 2 * FLOATS);
        s13.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK + 3 * FLOATS))
                .intoArray(tile, at + 1 * Lanes.BLOCK + 3 * FLOATS);
        s20.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK))
                .intoArray(tile, at + 2 * Lanes.BLOCK);
        s21.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 1 * FLOATS))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        s22.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 2 * FLOATS))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        s23.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 3 * FLOATS))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        s30.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK))
                .intoArray(tile, at + 3 * Lanes.BLOCK);
        s31.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 1 * FLOATS))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 1 * FLOATS);
        s32.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 2 * FLOATS))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        s33.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 3 * FLOATS))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /**
     * Scores of one block against {@code columns} columns, in double arithmetic.
     *
     * @param x       the block, transposed: {@code inner x BLOCK}
     * @param inner   the length of the inner products
     * @param y       the columns' vectors, row after row: {@code ... x inner}
     * @param offset  what each column adds
     * @param first   the first column
     * @param columns how many columns, at most {@link Lanes#DEPTH}
     * @param tile    receives {@code columns x BLOCK} entries
     */
    public static void float64(double[] x, int inner, double[] y, double[] offset, int first, int columns, double[] tile) {
        int y0 = first * inner;
        int column = 0;
        for (; column + 4 <= columns; column += 4, y0 += 4 * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
                quadFloat64(x, inner, y, y0, y0 + inner, y0 + 2 * inner, y0 + 3 * inner, offset, first + column,
                        tile, column * Lanes.BLOCK + lane);
            }
        }
        for (; column < columns; column++, y0 += inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
                singleFloat64(x, inner, y, y0, offset[first + column], tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link #float64}. */
    private static void quadFloat64(double[] x, int inner, double[] y, int y0, int y1, int y2, int y3,
                                   double[] offset, int column, double[] tile, int at) {
        DoubleVector s00 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s01 = s00;
        DoubleVector s02 = s00;
        DoubleVector s03 = s00;
        DoubleVector s10 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s11 = s10;
        DoubleVector s12 = s10;
        DoubleVector s13 = s10;
        DoubleVector s20 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s21 = s20;
        DoubleVector s22 = s20;
        DoubleVector s23 = s20;
        DoubleVector s30 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s31 = s30;
        DoubleVector s32 = s30;
        DoubleVector s33 = s30;
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
        DoubleVector b0 = DoubleVector.broadcast(Lanes.DOUBLES, offset[column]);
        s00.add(b0).intoArray(tile, at);
        s01.add(b0).intoArray(tile, at + 1 * DOUBLES);
        s02.add(b0).intoArray(tile, at + 2 * DOUBLES);
        s03.add(b0).intoArray(tile, at + 3 * DOUBLES);
        DoubleVector b1 = DoubleVector.broadcast(Lanes.DOUBLES, offset[column + 1]);
        s10.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK);
        s11.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK + 1 * DOUBLES);
        s12.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK + 2 * DOUBLES);
        s13.add(b1).intoArray(tile, at + 1 * Lanes.BLOCK + 3 * DOUBLES);
        DoubleVector b2 = DoubleVector.broadcast(Lanes.DOUBLES, offset[column + 2]);
        s20.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK);
        s21.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK + 1 * DOUBLES);
        s22.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK + 2 * DOUBLES);
        s23.add(b2).intoArray(tile, at + 2 * Lanes.BLOCK + 3 * DOUBLES);
        DoubleVector b3 = DoubleVector.broadcast(Lanes.DOUBLES, offset[column + 3]);
        s30.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK);
        s31.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK + 1 * DOUBLES);
        s32.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK + 2 * DOUBLES);
        s33.add(b3).intoArray(tile, at + 3 * Lanes.BLOCK + 3 * DOUBLES);
    }

    /** One column of the log-kernel against four vectors of rows, in the order of arithmetic of the four-column form. */
    private static void singleFloat64(double[] x, int inner, double[] y, int y0, double offset, double[] tile, int at) {
        DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int from = at & (Lanes.BLOCK - 1);
        for (int c = 0; c < inner; c++, from += Lanes.BLOCK) {
            DoubleVector k = DoubleVector.broadcast(Lanes.DOUBLES, y[y0 + c]);
            s0 = DoubleVector.fromArray(Lanes.DOUBLES, x, from).fma(k, s0);
            s1 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 1 * DOUBLES).fma(k, s1);
            s2 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 2 * DOUBLES).fma(k, s2);
            s3 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 3 * DOUBLES).fma(k, s3);
        }
        s0.add(offset).intoArray(tile, at);
        s1.add(offset).intoArray(tile, at + 1 * DOUBLES);
        s2.add(offset).intoArray(tile, at + 2 * DOUBLES);
        s3.add(offset).intoArray(tile, at + 3 * DOUBLES);
    }
}
