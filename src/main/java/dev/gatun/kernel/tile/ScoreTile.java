package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.DoubleVector;

/**
 * The score tile: {@code z_rc = <x_r, y_c> + offset_c} of one block of rows and up to {@link Lanes#DEPTH} columns.
 *
 * <p><b>Layout.</b> Rows lie on lanes. Entries of y are broadcast, eight or sixteen sums at a time in registers: {@link Lanes#QUAD}
 * columns by {@link RegisterTile#VECTORS} vectors of rows, and fewer vectors for the last slices of a block of few rows. Blocks are full,
 * their padding lanes zeros; in float32 padding columns may be written as well, in float64 columns that do not fill four are done one by
 * one. Plain arrays, at any alignment. In float32 the columns lie side by side, because with a stream for each column the compiler ran out
 * of registers for addresses, which cost 5%.
 *
 * <p><b>Error.</b> An inner product is one chain of fused multiply-adds from component 0 on, started at zero, to which the offset is added
 * last: {@link #roundings} roundings. {@link #spans} sums float32 products in one chain per {@value #SPAN} components, adds the offset to
 * the first, and adds the others one after the other: {@link #roundingsOfSpans} roundings. An entry does not depend on its place in a tile,
 * on the vector width or on the register tile. Domain: any finite numbers whose sums do not overflow.
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
        float32(x, block, inner, y, offset, first, columns, tile, Lanes.BLOCK);
    }

    /** As above, for the first {@code rows} rows of the block, a multiple of {@link Lanes#SLICE}; others are left as they are. */
    public static void float32(float[] x, int block, int inner, float[] y, float[] offset, int first, int columns, float[] tile,
                               int rows) {
        products(x, block, 0, inner, inner, y, offset, first, columns, tile, rows);
    }

    /** As {@link #float32}, with a chain for every {@value #SPAN} components. */
    public static void spans(float[] x, int block, int inner, float[] y, float[] offset, int first, int columns, float[] tile,
                             int rows) {
        products(x, block, 0, Math.min(inner, SPAN), inner, y, offset, first, columns, tile, rows);
        for (int from = SPAN; from < inner; from += SPAN) {
            products(x, block, from, Math.min(inner - from, SPAN), inner, y, null, first, columns, tile, rows);
        }
    }

    /**
     * Inner products of {@code span} of {@code inner} components from {@code from} on, as register tiles.
     *
     * @param offset added to them; null to add them to what is in the tile instead
     */
    private static void products(float[] x, int block, int from, int span, int inner, float[] y, float[] offset, int first,
                                 int columns, float[] tile, int rows) {
        int wide = RegisterTile.wideRows(rows);
        int step = Lanes.QUAD * inner;
        int start = first * inner + from * Lanes.QUAD;
        int place = block + from * Lanes.BLOCK;
        for (int column = 0, quad = start; column < columns; column += Lanes.QUAD, quad += step) {
            for (int lane = 0; lane < wide; lane += RegisterTile.VECTORS * FLOATS) {
                quad(x, place, span, y, quad, offset, first + column, tile, column * Lanes.BLOCK + lane);
            }
        }
        if (RegisterTile.MANY_REGISTERS && rows - wide == 3 * FLOATS) {
            for (int column = 0, quad = start; column < columns; column += Lanes.QUAD, quad += step) {
                three(x, place, span, y, quad, offset, first + column, tile, column * Lanes.BLOCK + wide);
            }
        } else if (wide < rows) {
            productsOfFewRows(x, place, span, step, y, start, offset, first, columns, tile, wide, rows);
        }
    }

    /** The same for the rows from {@code wide} on, of which there are one or two vectors: a pair of vectors, and then a single one. */
    private static void productsOfFewRows(float[] x, int place, int span, int step, float[] y, int start, float[] offset, int first,
                                          int columns, float[] tile, int wide, int rows) {
        int pairs = RegisterTile.pairRows(rows);
        for (int column = 0, quad = start; wide < pairs && column < columns; ) {
            boolean eight = RegisterTile.MANY_REGISTERS && column + Lanes.QUAD < columns;
            int at = column * Lanes.BLOCK + wide;
            if (eight) {
                pair(x, place, span, y, quad, quad + step, offset, first + column, tile, at);
            } else {
                pair(x, place, span, y, quad, offset, first + column, tile, at);
            }
            column += eight ? 2 * Lanes.QUAD : Lanes.QUAD;
            quad += eight ? 2 * step : step;
        }
        for (int column = 0, quad = start; pairs < rows && column < columns; column += 2 * Lanes.QUAD, quad += 2 * step) {
            int at = column * Lanes.BLOCK + pairs;
            if (column + Lanes.QUAD < columns) {
                single(x, place, span, y, quad, quad + step, offset, first + column, tile, at);
            } else {
                single(x, place, span, y, quad, offset, first + column, tile, at);
            }
        }
    }

    private static void quad(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column, float[] tile, int at) {
        if (!RegisterTile.MANY_REGISTERS) {
            pair(x, block, inner, y, quad, offset, column, tile, at);
        } else if (offset != null) {
            ScoreTile4x4.float32(x, block, inner, y, quad, offset, column, tile, at);
        } else {
            ScoreTile4x4.addFloat32(x, block, inner, y, quad, tile, at);
        }
    }

    private static void pair(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column, float[] tile, int at) {
        if (offset != null) {
            ScoreTile4x2.float32(x, block, inner, y, quad, offset, column, tile, at);
        } else {
            ScoreTile4x2.addFloat32(x, block, inner, y, quad, tile, at);
        }
    }

    private static void pair(float[] x, int block, int inner, float[] y, int quad, int next, float[] offset, int column, float[] tile,
                             int at) {
        if (offset != null) {
            ScoreTileFewRows.eightByTwo(x, block, inner, y, quad, next, offset, column, tile, at);
        } else {
            ScoreTileFewRows.addEightByTwo(x, block, inner, y, quad, next, tile, at);
        }
    }

    private static void three(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column, float[] tile, int at) {
        if (offset != null) {
            ScoreTileFewRows.fourByThree(x, block, inner, y, quad, offset, column, tile, at);
        } else {
            ScoreTileFewRows.addFourByThree(x, block, inner, y, quad, tile, at);
        }
    }

    private static void single(float[] x, int block, int inner, float[] y, int quad, int next, float[] offset, int column, float[] tile,
                               int at) {
        if (offset != null) {
            ScoreTileFewRows.eight(x, block, inner, y, quad, next, offset, column, tile, at);
        } else {
            ScoreTileFewRows.addEight(x, block, inner, y, quad, next, tile, at);
        }
    }

    private static void single(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column, float[] tile, int at) {
        if (offset != null) {
            ScoreTileFewRows.four(x, block, inner, y, quad, offset, column, tile, at);
        } else {
            ScoreTileFewRows.addFour(x, block, inner, y, quad, tile, at);
        }
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
            for (int lane = 0; lane < Lanes.BLOCK; lane += RegisterTile.VECTORS * DOUBLES) {
                quad(x, inner, y, y0, offset, first + column, tile, column * Lanes.BLOCK + lane);
            }
        }
        for (; column < columns; column++, y0 += inner) {
            for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
                columnFloat64(x, inner, y, y0, offset[first + column], tile, column * Lanes.BLOCK + lane);
            }
        }
    }

    private static void quad(double[] x, int inner, double[] y, int y0, double[] offset, int column, double[] tile, int at) {
        if (RegisterTile.MANY_REGISTERS) {
            ScoreTile4x4.float64(x, inner, y, y0, y0 + inner, y0 + 2 * inner, y0 + 3 * inner, offset, column, tile, at);
        } else {
            ScoreTile4x2.float64(x, inner, y, y0, y0 + inner, y0 + 2 * inner, y0 + 3 * inner, offset, column, tile, at);
        }
    }

    /** One column of the log-kernel against four vectors of rows, in the order of arithmetic of the four-column form. */
    private static void columnFloat64(double[] x, int inner, double[] y, int y0, double offset, double[] tile, int at) {
        DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s1 = s0;
        DoubleVector s2 = s0;
        DoubleVector s3 = s0;
        int from = at & (Lanes.BLOCK - 1);
        for (int c = 0; c < inner; c++, from += Lanes.BLOCK) {
            DoubleVector k = Lanes.DOUBLE_ZEROS.broadcast(y[y0 + c]);
            s0 = DoubleVector.fromArray(Lanes.DOUBLES, x, from).fma(k, s0);
            s1 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 1 * DOUBLES).fma(k, s1);
            s2 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 2 * DOUBLES).fma(k, s2);
            s3 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + 3 * DOUBLES).fma(k, s3);
        }
        Lanes.DOUBLE_VECTOR.cast(s0).add(offset).intoArray(tile, at);
        Lanes.DOUBLE_VECTOR.cast(s1).add(offset).intoArray(tile, at + 1 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(s2).add(offset).intoArray(tile, at + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(s3).add(offset).intoArray(tile, at + 3 * DOUBLES);
    }
}
