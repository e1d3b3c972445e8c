package dev.gatun.kernel;

import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of {@link ScoreTile} of one vector of rows, for blocks with few rows: eight columns, or the last four.
 *
 * <p>Sums begin at zero; each is one chain of fused multiply-adds from component 0 up.
 */
final class ScoreTile8x1 {

    private ScoreTile8x1() {
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
            s0 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k]), s0);
            s1 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 1]), s1);
            s2 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 2]), s2);
            s3 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 3]), s3);
            s4 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n]), s4);
            s5 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n + 1]), s5);
            s6 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n + 2]), s6);
            s7 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n + 3]), s7);
        }
        s0.add(offset[column]).intoArray(tile, at);
        s1.add(offset[column + 1]).intoArray(tile, at + 1 * Lanes.BLOCK);
        s2.add(offset[column + 2]).intoArray(tile, at + 2 * Lanes.BLOCK);
        s3.add(offset[column + 3]).intoArray(tile, at + 3 * Lanes.BLOCK);
        s4.add(offset[column + 4]).intoArray(tile, at + 4 * Lanes.BLOCK);
        s5.add(offset[column + 5]).intoArray(tile, at + 5 * Lanes.BLOCK);
        s6.add(offset[column + 6]).intoArray(tile, at + 6 * Lanes.BLOCK);
        s7.add(offset[column + 7]).intoArray(tile, at + 7 * Lanes.BLOCK);
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
            s0 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k]), s0);
            s1 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 1]), s1);
            s2 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 2]), s2);
            s3 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 3]), s3);
        }
        s0.add(offset[column]).intoArray(tile, at);
        s1.add(offset[column + 1]).intoArray(tile, at + 1 * Lanes.BLOCK);
        s2.add(offset[column + 2]).intoArray(tile, at + 2 * Lanes.BLOCK);
        s3.add(offset[column + 3]).intoArray(tile, at + 3 * Lanes.BLOCK);
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
            s0 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k]), s0);
            s1 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 1]), s1);
            s2 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 2]), s2);
            s3 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 3]), s3);
            s4 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n]), s4);
            s5 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n + 1]), s5);
            s6 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n + 2]), s6);
            s7 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[n + 3]), s7);
        }
        s0.add(FloatVector.fromArray(Lanes.FLOATS, tile, at)).intoArray(tile, at);
        s1.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK)).intoArray(tile, at + 1 * Lanes.BLOCK);
        s2.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK)).intoArray(tile, at + 2 * Lanes.BLOCK);
        s3.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK)).intoArray(tile, at + 3 * Lanes.BLOCK);
        s4.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 4 * Lanes.BLOCK)).intoArray(tile, at + 4 * Lanes.BLOCK);
        s5.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 5 * Lanes.BLOCK)).intoArray(tile, at + 5 * Lanes.BLOCK);
        s6.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 6 * Lanes.BLOCK)).intoArray(tile, at + 6 * Lanes.BLOCK);
        s7.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 7 * Lanes.BLOCK)).intoArray(tile, at + 7 * Lanes.BLOCK);
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
            s0 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k]), s0);
            s1 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 1]), s1);
            s2 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 2]), s2);
            s3 = r.fma(FloatVector.broadcast(Lanes.FLOATS, y[k + 3]), s3);
        }
        s0.add(FloatVector.fromArray(Lanes.FLOATS, tile, at)).intoArray(tile, at);
        s1.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK)).intoArray(tile, at + 1 * Lanes.BLOCK);
        s2.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK)).intoArray(tile, at + 2 * Lanes.BLOCK);
        s3.add(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK)).intoArray(tile, at + 3 * Lanes.BLOCK);
    }
}
