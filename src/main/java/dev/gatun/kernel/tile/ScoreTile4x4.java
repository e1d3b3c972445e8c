package dev.gatun.kernel.tile;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * Register tiles of {@link ScoreTile} of four columns and four vectors of rows, sixteen sums in registers: see {@link RegisterTile}.
 *
 * <p>Sums begin at zero; each is one chain of fused multiply-adds from component 0 up.
 */
final class ScoreTile4x4 {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private ScoreTile4x4() {
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link ScoreTile#float32}. */
    static void float32(float[] x, int block, int inner, float[] y, int quad, float[] offset, int column,
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
            FloatVector k0 = Lanes.FLOAT_ZEROS.broadcast(y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            FloatVector k1 = Lanes.FLOAT_ZEROS.broadcast(y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            FloatVector k2 = Lanes.FLOAT_ZEROS.broadcast(y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            FloatVector k3 = Lanes.FLOAT_ZEROS.broadcast(y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        FloatVector b0 = Lanes.FLOAT_ZEROS.broadcast(offset[column]);
        Lanes.FLOAT_VECTOR.cast(b0.add(s00)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(b0.add(s01)).intoArray(tile, at + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b0.add(s02)).intoArray(tile, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b0.add(s03)).intoArray(tile, at + 3 * FLOATS);
        FloatVector b1 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 1]);
        Lanes.FLOAT_VECTOR.cast(b1.add(s10)).intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b1.add(s11)).intoArray(tile, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b1.add(s12)).intoArray(tile, at + 1 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b1.add(s13)).intoArray(tile, at + 1 * Lanes.BLOCK + 3 * FLOATS);
        FloatVector b2 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 2]);
        Lanes.FLOAT_VECTOR.cast(b2.add(s20)).intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b2.add(s21)).intoArray(tile, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b2.add(s22)).intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b2.add(s23)).intoArray(tile, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        FloatVector b3 = Lanes.FLOAT_ZEROS.broadcast(offset[column + 3]);
        Lanes.FLOAT_VECTOR.cast(b3.add(s30)).intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(b3.add(s31)).intoArray(tile, at + 3 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b3.add(s32)).intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(b3.add(s33)).intoArray(tile, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** Four columns against four vectors of rows, added to what is in the tile. */
    static void addFloat32(float[] x, int block, int inner, float[] y, int quad, float[] tile, int at) {
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
            FloatVector k0 = Lanes.FLOAT_ZEROS.broadcast(y[k]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            FloatVector k1 = Lanes.FLOAT_ZEROS.broadcast(y[k + 1]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            FloatVector k2 = Lanes.FLOAT_ZEROS.broadcast(y[k + 2]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            FloatVector k3 = Lanes.FLOAT_ZEROS.broadcast(y[k + 3]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at).add(s00)).intoArray(tile, at);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * FLOATS).add(s01)).intoArray(tile, at + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * FLOATS).add(s02)).intoArray(tile, at + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * FLOATS).add(s03)).intoArray(tile, at + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK).add(s10))
                .intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK + 1 * FLOATS).add(s11))
                .intoArray(tile, at + 1 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK + 2 * FLOATS).add(s12))
                .intoArray(tile, at + 1 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 1 * Lanes.BLOCK + 3 * FLOATS).add(s13))
                .intoArray(tile, at + 1 * Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK).add(s20))
                .intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 1 * FLOATS).add(s21))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 2 * FLOATS).add(s22))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 2 * Lanes.BLOCK + 3 * FLOATS).add(s23))
                .intoArray(tile, at + 2 * Lanes.BLOCK + 3 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK).add(s30))
                .intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 1 * FLOATS).add(s31))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 1 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 2 * FLOATS).add(s32))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 2 * FLOATS);
        Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, tile, at + 3 * Lanes.BLOCK + 3 * FLOATS).add(s33))
                .intoArray(tile, at + 3 * Lanes.BLOCK + 3 * FLOATS);
    }

    /** Four columns of the log-kernel against four vectors of rows; see {@link ScoreTile#float64}. */
    static void float64(double[] x, int inner, double[] y, int y0, int y1, int y2, int y3,
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
            DoubleVector k0 = Lanes.DOUBLE_ZEROS.broadcast(y[y0 + c]);
            s00 = x0.fma(k0, s00);
            s01 = x1.fma(k0, s01);
            s02 = x2.fma(k0, s02);
            s03 = x3.fma(k0, s03);
            DoubleVector k1 = Lanes.DOUBLE_ZEROS.broadcast(y[y1 + c]);
            s10 = x0.fma(k1, s10);
            s11 = x1.fma(k1, s11);
            s12 = x2.fma(k1, s12);
            s13 = x3.fma(k1, s13);
            DoubleVector k2 = Lanes.DOUBLE_ZEROS.broadcast(y[y2 + c]);
            s20 = x0.fma(k2, s20);
            s21 = x1.fma(k2, s21);
            s22 = x2.fma(k2, s22);
            s23 = x3.fma(k2, s23);
            DoubleVector k3 = Lanes.DOUBLE_ZEROS.broadcast(y[y3 + c]);
            s30 = x0.fma(k3, s30);
            s31 = x1.fma(k3, s31);
            s32 = x2.fma(k3, s32);
            s33 = x3.fma(k3, s33);
        }
        DoubleVector b0 = Lanes.DOUBLE_ZEROS.broadcast(offset[column]);
        Lanes.DOUBLE_VECTOR.cast(b0.add(s00)).intoArray(tile, at);
        Lanes.DOUBLE_VECTOR.cast(b0.add(s01)).intoArray(tile, at + 1 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b0.add(s02)).intoArray(tile, at + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b0.add(s03)).intoArray(tile, at + 3 * DOUBLES);
        DoubleVector b1 = Lanes.DOUBLE_ZEROS.broadcast(offset[column + 1]);
        Lanes.DOUBLE_VECTOR.cast(b1.add(s10)).intoArray(tile, at + 1 * Lanes.BLOCK);
        Lanes.DOUBLE_VECTOR.cast(b1.add(s11)).intoArray(tile, at + 1 * Lanes.BLOCK + 1 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b1.add(s12)).intoArray(tile, at + 1 * Lanes.BLOCK + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b1.add(s13)).intoArray(tile, at + 1 * Lanes.BLOCK + 3 * DOUBLES);
        DoubleVector b2 = Lanes.DOUBLE_ZEROS.broadcast(offset[column + 2]);
        Lanes.DOUBLE_VECTOR.cast(b2.add(s20)).intoArray(tile, at + 2 * Lanes.BLOCK);
        Lanes.DOUBLE_VECTOR.cast(b2.add(s21)).intoArray(tile, at + 2 * Lanes.BLOCK + 1 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b2.add(s22)).intoArray(tile, at + 2 * Lanes.BLOCK + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b2.add(s23)).intoArray(tile, at + 2 * Lanes.BLOCK + 3 * DOUBLES);
        DoubleVector b3 = Lanes.DOUBLE_ZEROS.broadcast(offset[column + 3]);
        Lanes.DOUBLE_VECTOR.cast(b3.add(s30)).intoArray(tile, at + 3 * Lanes.BLOCK);
        Lanes.DOUBLE_VECTOR.cast(b3.add(s31)).intoArray(tile, at + 3 * Lanes.BLOCK + 1 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b3.add(s32)).intoArray(tile, at + 3 * Lanes.BLOCK + 2 * DOUBLES);
        Lanes.DOUBLE_VECTOR.cast(b3.add(s33)).intoArray(tile, at + 3 * Lanes.BLOCK + 3 * DOUBLES);
    }
}
