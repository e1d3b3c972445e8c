package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * The score tile: {@code z_rc = <x_r, y_c> + offset_c} of one block of rows and up to {@link Lanes#DEPTH} columns.
 *
 * <p><b>Layout.</b> Rows lie on lanes. Entries of y are broadcast, sixteen sums at a time in registers: 4 vectors of rows by
 * {@link Lanes#QUAD} columns. Blocks are full, their padding lanes zeros; in float32 padding columns may be written as well, in float64
 * columns that do not fill four are done one by one. Plain arrays, at any alignment. In float32 the columns lie side by side, because with
 * a stream for each column the compiler ran out of registers for addresses, which cost 5%.
 *
 * <p><b>Error.</b> An inner product is one chain of fused multiply-adds from component 0 on, started at zero, to which the offset is added
 * last: {@link #roundings} roundings. {@link #spans} sums float32 products in one chain per {@value #SPAN} components, adds the offset to
 * the first, and adds the others one after the other: {@link #roundingsOfSpans} roundings. An entry does not depend on its place in a tile
 * nor on the vector width. Domain: any finite numbers whose sums do not overflow.
 */
public final class ScoreTile {

    /** Components of a chain in {@link #spans}. */
    public static final int SPAN = 64;

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private ScoreTile() {
    }

    /**
     * Roundings of an inner product of {@code inner} components in one chain. Each is at most {@code 2^-24} of the product of the vectors'
     * lengths, because every partial sum is at most that product.
     */
    public static int roundings(int inner) {
        return inner;
    }

    /**
     * Roundings of an inner product in {@link #spans}. All chains together have as many as one of them, because the products of the
     * lengths of their parts sum up to at most that of the full vectors; each sum of two chains has one more.
     */
    public static int roundingsOfSpans(int inner) {
        return Math.min(inner, SPAN) + (inner - 1) / SPAN;
    }

    /**
     * Scores of one block against {@code columns} columns, in float32.
     *
     * @param x       blocks, transposed, {@code inner x BLOCK} each
     * @param block   the place of the block in x
     * @param inner   components of the inner products
     * @param y       the columns' vectors, {@link Lanes#QUAD} side by side: see {@code pack.Panel}
     * @param offset  one offset for each column, padded to a multiple of 4
     * @param first   the first column, a multiple of 4
     * @param columns how many columns, at most {@link Lanes#DEPTH}
     * @param tile    receives {@code columns x BLOCK} entries, and padding columns up to a multiple of 4
     */
    public static void float32(float[] x, int block, int inner, float[] y, float[] offset, int first, int columns,
                       float[] tile) {
        for (int column = 0, quad = first * inner; column < columns; column += Lanes.QUAD, quad += Lanes.QUAD * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                quadFloat32(x, block, inner, y, quad, offset, first + column, tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** As {@link #float32}, with a chain for every {@value #SPAN} components. */
    public static void spans(float[] x, int block, int inner, float[] y, float[] offset, int first, int columns, float[] tile) {
        int span = Math.min(inner, SPAN);
        for (int column = 0, quad = first * inner; column < columns; column += Lanes.QUAD, quad += Lanes.QUAD * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                quadFloat32(x, block, span, y, quad, offset, first + column, tile, column * Lanes.BLOCK + lane);
            }
        }
        for (int from = SPAN; from < inner; from += SPAN) {
            addSpan(x, block, from, Math.min(inner - from, SPAN), inner, y, first, columns, tile);
        }
    }

    /** Adds the inner products of {@code span} components from {@code from} on. */
    private static void addSpan(float[] x, int block, int from, int span, int inner, float[] y, int first, int columns,
                                  float[] tile) {
        int quad = first * inner + from * Lanes.QUAD;
        for (int column = 0; column < columns; column += Lanes.QUAD, quad += Lanes.QUAD * inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
                addQuadFloat32(x, block + from * Lanes.BLOCK, span, y, quad, tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link #float32}. */
    private static void quadFloat32(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column,
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
    private static void addQuadFloat32(float[] x, int block, int inner, float[] y, int quad, float[] tile, int at) {
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
     * Scores of one block against {@code columns} columns, in float64.
     *
     * @param x       the block, transposed: {@code inner x BLOCK}
     * @param inner   components of the inner products
     * @param y       the columns' vectors, row after row: {@code ... x inner}
     * @param offset  one offset for each column
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
                columnFloat64(x, inner, y, y0, offset[first + column], tile, column * Lanes.BLOCK + lane);
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
    private static void columnFloat64(double[] x, int inner, double[] y, int y0, double offset, double[] tile, int at) {
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
