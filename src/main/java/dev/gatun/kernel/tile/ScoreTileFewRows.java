package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of {@link ScoreTile} for blocks with few rows: four columns by three vectors of rows, eight columns by two, and eight
 * columns, or the last four, by one vector.
 *
 * <p>Sums begin at zero; each is one chain of fused multiply-adds from component 0 up.
 */
final class ScoreTileFewRows {

    private static final int FLOATS = Lanes.FLOATS.length();

    private ScoreTileFewRows() {
    }

    /** Eight columns, from two quads of y, against one vector of rows; see {@link ScoreTile#float32}. */
    static void eight(float[] x, int block, int inner, float[] y, int quad, int nextQuad, float[] offset, int column,
                       float[] tile, int at) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad, n = nextQuad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD, n += Lanes.QUAD) {
            FloatVector r = FloatVector.fromArray(Lanes.FLOATS, x, from);
            s0 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k]), s0);
            s1 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 1]), s1);
            s2 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 2]), s2);
            s3 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 3]), s3);
            s4 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n]), s4);
            s5 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n + 1]), s5);
            s6 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n + 2]), s6);
            s7 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n + 3]), s7);
        }
        Lanes.FLOAT_VECTOR.cast(s0).add(offset[column]).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(s1).add(offset[column + 1]).intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s2).add(offset[column + 2]).intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s3).add(offset[column + 3]).intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s4).add(offset[column + 4]).intoArray(tile, at + 4 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s5).add(offset[column + 5]).intoArray(tile, at + 5 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s6).add(offset[column + 6]).intoArray(tile, at + 6 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s7).add(offset[column + 7]).intoArray(tile, at + 7 * Lanes.BLOCK);
    }

    /** Four columns against one vector of rows; see {@link ScoreTile#float32}. */
    static void four(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column, float[] tile, int at) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD) {
            FloatVector r = FloatVector.fromArray(Lanes.FLOATS, x, from);
            s0 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k]), s0);
            s1 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 1]), s1);
            s2 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 2]), s2);
            s3 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 3]), s3);
        }
        Lanes.FLOAT_VECTOR.cast(s0).add(offset[column]).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(s1).add(offset[column + 1]).intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s2).add(offset[column + 2]).intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(s3).add(offset[column + 3]).intoArray(tile, at + 3 * Lanes.BLOCK);
    }

    /** Eight columns, from two quads of y, against one vector of rows, added to what is in the tile. */
    static void addEight(float[] x, int block, int inner, float[] y, int quad, int nextQuad, float[] tile, int at) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad, n = nextQuad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD, n += Lanes.QUAD) {
            FloatVector r = FloatVector.fromArray(Lanes.FLOATS, x, from);
            s0 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k]), s0);
            s1 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 1]), s1);
            s2 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 2]), s2);
            s3 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 3]), s3);
            s4 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n]), s4);
            s5 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n + 1]), s5);
            s6 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n + 2]), s6);
            s7 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[n + 3]), s7);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at).add(s0)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK).add(s1))
                .intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK).add(s2))
                .intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK).add(s3))
                .intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 4 * Lanes.BLOCK).add(s4))
                .intoArray(tile, at + 4 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 5 * Lanes.BLOCK).add(s5))
                .intoArray(tile, at + 5 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 6 * Lanes.BLOCK).add(s6))
                .intoArray(tile, at + 6 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 7 * Lanes.BLOCK).add(s7))
                .intoArray(tile, at + 7 * Lanes.BLOCK);
    }

    /** Four columns against one vector of rows, added to what is in the tile. */
    static void addFour(float[] x, int block, int inner, float[] y, int quad, float[] tile, int at) {
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD) {
            FloatVector r = FloatVector.fromArray(Lanes.FLOATS, x, from);
            s0 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k]), s0);
            s1 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 1]), s1);
            s2 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 2]), s2);
            s3 = r.fma(Lanes.FLOAT_ZEROS.broadcast(y[k + 3]), s3);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at).add(s0)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK).add(s1))
                .intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK).add(s2))
                .intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK).add(s3))
                .intoArray(tile, at + 3 * Lanes.BLOCK);
    }

    /** Four columns of the log-kernel against three vectors of rows; see {@link ScoreTile#float32}. */
    static void fourByThree(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column,
                        float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = s10;
        FloatVector s12 = s10;
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = s20;
        FloatVector s22 = s20;
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = s30;
        FloatVector s32 = s30;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + FLOATS);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, from + 2 * FLOATS);
            FloatVector k0 = Lanes.FLOAT_ZEROS.broadcast(y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            FloatVector k1 = Lanes.FLOAT_ZEROS.broadcast(y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            FloatVector k2 = Lanes.FLOAT_ZEROS.broadcast(y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            FloatVector k3 = Lanes.FLOAT_ZEROS.broadcast(y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
        }
        FloatVector b0 = Lanes.FLOAT_ZEROS.broadcast(offset[column]);
        Lanes.FLOAT_VECTOR.cast(b0.add(s00)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(b0.add(s01)).intoArray(tile, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(b0.add(s02)).intoArray(tile, at + 2 * FLOATS);
        FloatVector b1 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 1]);
        Lanes.FLOAT_VECTOR.cast(b1.add(s10)).intoArray(tile, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b1.add(s11)).intoArray(tile, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(b1.add(s12)).intoArray(tile, at + Lanes.BLOCK + 2 * FLOATS);
        FloatVector b2 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 2]);
        Lanes.FLOAT_VECTOR.cast(b2.add(s20)).intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b2.add(s21)).intoArray(tile, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(b2.add(s22)).intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        FloatVector b3 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 3]);
        Lanes.FLOAT_VECTOR.cast(b3.add(s30)).intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b3.add(s31)).intoArray(tile, at + 3 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(b3.add(s32)).intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
    }

    /** Four columns against three vectors of rows, added to what is in the tile. */
    static void addFourByThree(float[] x, int block, int inner, float[] y, int quad, float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = s00;
        FloatVector s02 = s00;
        FloatVector s10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s11 = s10;
        FloatVector s12 = s10;
        FloatVector s20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s21 = s20;
        FloatVector s22 = s20;
        FloatVector s30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s31 = s30;
        FloatVector s32 = s30;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + FLOATS);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, from + 2 * FLOATS);
            FloatVector k0 = Lanes.FLOAT_ZEROS.broadcast(y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            FloatVector k1 = Lanes.FLOAT_ZEROS.broadcast(y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            FloatVector k2 = Lanes.FLOAT_ZEROS.broadcast(y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            FloatVector k3 = Lanes.FLOAT_ZEROS.broadcast(y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at).add(s00)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + FLOATS).add(s01)).intoArray(tile, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS).add(s02)).intoArray(tile, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + Lanes.BLOCK).add(s10)).intoArray(tile, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + Lanes.BLOCK + FLOATS).add(s11))
                .intoArray(tile, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + Lanes.BLOCK + 2 * FLOATS).add(s12))
                .intoArray(tile, at + Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK).add(s20))
                .intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + FLOATS).add(s21))
                .intoArray(tile, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 2 * FLOATS).add(s22))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK).add(s30))
                .intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + FLOATS).add(s31))
                .intoArray(tile, at + 3 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 2 * FLOATS).add(s32))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
    }

    /** Eight columns, from two quads of y, against two vectors of rows; see {@link ScoreTile#float32}. */
    static void eightByTwo(float[] x, int block, int inner, float[] y, int quad, int nextQuad, float[] offset, int column,
                           float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s20 = s00;
        FloatVector s21 = s00;
        FloatVector s30 = s00;
        FloatVector s31 = s00;
        FloatVector s40 = s00;
        FloatVector s41 = s00;
        FloatVector s50 = s00;
        FloatVector s51 = s00;
        FloatVector s60 = s00;
        FloatVector s61 = s00;
        FloatVector s70 = s00;
        FloatVector s71 = s00;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad, n = nextQuad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD, n += Lanes.QUAD) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + FLOATS);
            FloatVector k0 = Lanes.FLOAT_ZEROS.broadcast(y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            FloatVector k1 = Lanes.FLOAT_ZEROS.broadcast(y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            FloatVector k2 = Lanes.FLOAT_ZEROS.broadcast(y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            FloatVector k3 = Lanes.FLOAT_ZEROS.broadcast(y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            FloatVector k4 = Lanes.FLOAT_ZEROS.broadcast(y[n]);
            s40 = x0.fma(k4, s40);
            s41 = x1.fma(k4, s41);
            FloatVector k5 = Lanes.FLOAT_ZEROS.broadcast(y[n + 1]);
            s50 = x0.fma(k5, s50);
            s51 = x1.fma(k5, s51);
            FloatVector k6 = Lanes.FLOAT_ZEROS.broadcast(y[n + 2]);
            s60 = x0.fma(k6, s60);
            s61 = x1.fma(k6, s61);
            FloatVector k7 = Lanes.FLOAT_ZEROS.broadcast(y[n + 3]);
            s70 = x0.fma(k7, s70);
            s71 = x1.fma(k7, s71);
        }
        FloatVector b0 = Lanes.FLOAT_ZEROS.broadcast(offset[column]);
        Lanes.FLOAT_VECTOR.cast(b0.add(s00)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(b0.add(s01)).intoArray(tile, at + FLOATS);
        FloatVector b1 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 1]);
        Lanes.FLOAT_VECTOR.cast(b1.add(s10)).intoArray(tile, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b1.add(s11)).intoArray(tile, at + Lanes.BLOCK + FLOATS);
        FloatVector b2 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 2]);
        Lanes.FLOAT_VECTOR.cast(b2.add(s20)).intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b2.add(s21)).intoArray(tile, at + 2 * Lanes.BLOCK + FLOATS);
        FloatVector b3 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 3]);
        Lanes.FLOAT_VECTOR.cast(b3.add(s30)).intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b3.add(s31)).intoArray(tile, at + 3 * Lanes.BLOCK + FLOATS);
        FloatVector b4 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 4]);
        Lanes.FLOAT_VECTOR.cast(b4.add(s40)).intoArray(tile, at + 4 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b4.add(s41)).intoArray(tile, at + 4 * Lanes.BLOCK + FLOATS);
        FloatVector b5 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 5]);
        Lanes.FLOAT_VECTOR.cast(b5.add(s50)).intoArray(tile, at + 5 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b5.add(s51)).intoArray(tile, at + 5 * Lanes.BLOCK + FLOATS);
        FloatVector b6 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 6]);
        Lanes.FLOAT_VECTOR.cast(b6.add(s60)).intoArray(tile, at + 6 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b6.add(s61)).intoArray(tile, at + 6 * Lanes.BLOCK + FLOATS);
        FloatVector b7 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 7]);
        Lanes.FLOAT_VECTOR.cast(b7.add(s70)).intoArray(tile, at + 7 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b7.add(s71)).intoArray(tile, at + 7 * Lanes.BLOCK + FLOATS);
    }

    /** Eight columns, from two quads of y, against two vectors of rows, added to what is in the tile. */
    static void addEightByTwo(float[] x, int block, int inner, float[] y, int quad, int nextQuad, float[] tile, int at) {
        FloatVector s00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s01 = s00;
        FloatVector s10 = s00;
        FloatVector s11 = s00;
        FloatVector s20 = s00;
        FloatVector s21 = s00;
        FloatVector s30 = s00;
        FloatVector s31 = s00;
        FloatVector s40 = s00;
        FloatVector s41 = s00;
        FloatVector s50 = s00;
        FloatVector s51 = s00;
        FloatVector s60 = s00;
        FloatVector s61 = s00;
        FloatVector s70 = s00;
        FloatVector s71 = s00;
        int from = block + (at & (Lanes.BLOCK - 1));
        for (int c = 0, k = quad, n = nextQuad; c < inner; c++, from += Lanes.BLOCK, k += Lanes.QUAD, n += Lanes.QUAD) {
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, from);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, from + FLOATS);
            FloatVector k0 = Lanes.FLOAT_ZEROS.broadcast(y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            FloatVector k1 = Lanes.FLOAT_ZEROS.broadcast(y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            FloatVector k2 = Lanes.FLOAT_ZEROS.broadcast(y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            FloatVector k3 = Lanes.FLOAT_ZEROS.broadcast(y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            FloatVector k4 = Lanes.FLOAT_ZEROS.broadcast(y[n]);
            s40 = x0.fma(k4, s40);
            s41 = x1.fma(k4, s41);
            FloatVector k5 = Lanes.FLOAT_ZEROS.broadcast(y[n + 1]);
            s50 = x0.fma(k5, s50);
            s51 = x1.fma(k5, s51);
            FloatVector k6 = Lanes.FLOAT_ZEROS.broadcast(y[n + 2]);
            s60 = x0.fma(k6, s60);
            s61 = x1.fma(k6, s61);
            FloatVector k7 = Lanes.FLOAT_ZEROS.broadcast(y[n + 3]);
            s70 = x0.fma(k7, s70);
            s71 = x1.fma(k7, s71);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at).add(s00)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + FLOATS).add(s01)).intoArray(tile, at + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + Lanes.BLOCK).add(s10)).intoArray(tile, at + Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + Lanes.BLOCK + FLOATS).add(s11))
                .intoArray(tile, at + Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK).add(s20))
                .intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + FLOATS).add(s21))
                .intoArray(tile, at + 2 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK).add(s30))
                .intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + FLOATS).add(s31))
                .intoArray(tile, at + 3 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 4 * Lanes.BLOCK).add(s40))
                .intoArray(tile, at + 4 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 4 * Lanes.BLOCK + FLOATS).add(s41))
                .intoArray(tile, at + 4 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 5 * Lanes.BLOCK).add(s50))
                .intoArray(tile, at + 5 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 5 * Lanes.BLOCK + FLOATS).add(s51))
                .intoArray(tile, at + 5 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 6 * Lanes.BLOCK).add(s60))
                .intoArray(tile, at + 6 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 6 * Lanes.BLOCK + FLOATS).add(s61))
                .intoArray(tile, at + 6 * Lanes.BLOCK + FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 7 * Lanes.BLOCK).add(s70))
                .intoArray(tile, at + 7 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 7 * Lanes.BLOCK + FLOATS).add(s71))
                .intoArray(tile, at + 7 * Lanes.BLOCK + FLOATS);
    }
}
