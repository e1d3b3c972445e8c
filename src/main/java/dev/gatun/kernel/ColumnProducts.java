package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;

/**
 * Inner products and linear combinations of long vectors in float64, from plain arrays at any alignment.
 *
 * <p>An inner product is eight or sixteen chains of fused multiply-adds, added up at the end, and a scalar chain for the tail. Vectors of
 * fewer lanes compute a part of the chains at a time, so results do not depend on the vector width. Error: at most {@code length / 8 + 16}
 * roundings.
 */
public final class ColumnProducts {

    /** Vectors of a group. */
    public static final int QUAD = 4;

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Chains of multiply-adds of a sum, at every vector width. */
    private static final int CHAINS = 8;

    private ColumnProducts() {
    }

    /** {@code <v, w>} over the length of v: sixteen chains, one for each index modulo 16. */
    public static double product(double[] v, double[] w) {
        double[] lanes = new double[CHAINS];
        int end = v.length - v.length % (2 * CHAINS);
        for (int part = 0; part < CHAINS; part += DOUBLES) {
            DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = part; i < end; i += 2 * CHAINS) {
                s0 = DoubleVector.fromArray(Lanes.DOUBLES, v, i).fma(DoubleVector.fromArray(Lanes.DOUBLES, w, i), s0);
                s1 = DoubleVector.fromArray(Lanes.DOUBLES, v, i + CHAINS)
                        .fma(DoubleVector.fromArray(Lanes.DOUBLES, w, i + CHAINS), s1);
            }
            Lanes.DOUBLE_VECTOR.cast(s0).add(Lanes.DOUBLE_VECTOR.cast(s1)).intoArray(lanes, part);
        }
        double sum = sum(lanes, 0);
        for (int i = end; i < v.length; i++) {
            sum = Math.fma(v[i], w[i], sum);
        }
        return sum;
    }

    /** The sum of eight chains, in order from the first. */
    private static double sum(double[] lanes, int at) {
        double sum = lanes[at];
        for (int l = 1; l < CHAINS; l++) {
            sum += lanes[at + l];
        }
        return sum;
    }

    /** {@code w += c v}. */
    public static void add(double c, double[] v, double[] w) {
        DoubleVector factor = Lanes.DOUBLE_ZEROS.broadcast(c);
        int end = v.length - v.length % DOUBLES;
        for (int i = 0; i < end; i += DOUBLES) {
            DoubleVector.fromArray(Lanes.DOUBLES, v, i).fma(factor, DoubleVector.fromArray(Lanes.DOUBLES, w, i)).intoArray(w, i);
        }
        for (int i = end; i < v.length; i++) {
            w[i] = Math.fma(c, v[i], w[i]);
        }
    }

    /**
     * {@code <v_j, w_k>} for four vectors v and four vectors w: eight chains each, one for each index modulo 8.
     *
     * @param out receives {@code <v_(first + j), w_k>} at {@code out[k][first + j]}
     */
    public static void products(double[][] v, int first, double[][] w, double[][] out) {
        double[] lanes = new double[QUAD * QUAD * CHAINS];
        int length = v[first].length;
        int end = length - length % CHAINS;
        if (!RegisterTile.MANY_REGISTERS) {
            fourByTwo(v[first], v[first + 1], v[first + 2], v[first + 3], w[0], w[1], end, lanes, 0);
            fourByTwo(v[first], v[first + 1], v[first + 2], v[first + 3], w[2], w[3], end, lanes, 2 * QUAD * CHAINS);
        } else {
            fourByFour(v[first], v[first + 1], v[first + 2], v[first + 3], w[0], w[1], w[2], w[3], end, lanes);
        }
        for (int k = 0, at = 0; k < QUAD; k++) {
            for (int j = first; j < first + QUAD; j++, at += CHAINS) {
                double sum = sum(lanes, at);
                for (int i = end; i < length; i++) {
                    sum = Math.fma(v[j][i], w[k][i], sum);
                }
                out[k][j] = sum;
            }
        }
    }

    /** The chains of product (j, k) at {@code (QUAD * k + j) * CHAINS}. */
    private static void fourByFour(double[] v0, double[] v1, double[] v2, double[] v3, double[] w0, double[] w1,
                                   double[] w2, double[] w3, int end, double[] lanes) {
        for (int part = 0; part < CHAINS; part += DOUBLES) {
            DoubleVector s00 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s10 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s20 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s30 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s01 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s11 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s21 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s31 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s02 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s12 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s22 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s32 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s03 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s13 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s23 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s33 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = part; i < end; i += CHAINS) {
                DoubleVector y0 = DoubleVector.fromArray(Lanes.DOUBLES, w0, i);
                DoubleVector y1 = DoubleVector.fromArray(Lanes.DOUBLES, w1, i);
                DoubleVector y2 = DoubleVector.fromArray(Lanes.DOUBLES, w2, i);
                DoubleVector y3 = DoubleVector.fromArray(Lanes.DOUBLES, w3, i);
                DoubleVector x0 = DoubleVector.fromArray(Lanes.DOUBLES, v0, i);
                s00 = x0.fma(y0, s00);
                s01 = x0.fma(y1, s01);
                s02 = x0.fma(y2, s02);
                s03 = x0.fma(y3, s03);
                DoubleVector x1 = DoubleVector.fromArray(Lanes.DOUBLES, v1, i);
                s10 = x1.fma(y0, s10);
                s11 = x1.fma(y1, s11);
                s12 = x1.fma(y2, s12);
                s13 = x1.fma(y3, s13);
                DoubleVector x2 = DoubleVector.fromArray(Lanes.DOUBLES, v2, i);
                s20 = x2.fma(y0, s20);
                s21 = x2.fma(y1, s21);
                s22 = x2.fma(y2, s22);
                s23 = x2.fma(y3, s23);
                DoubleVector x3 = DoubleVector.fromArray(Lanes.DOUBLES, v3, i);
                s30 = x3.fma(y0, s30);
                s31 = x3.fma(y1, s31);
                s32 = x3.fma(y2, s32);
                s33 = x3.fma(y3, s33);
            }
            Lanes.DOUBLE_VECTOR.cast(s00).intoArray(lanes, part);
            Lanes.DOUBLE_VECTOR.cast(s10).intoArray(lanes, CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s20).intoArray(lanes, 2 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s30).intoArray(lanes, 3 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s01).intoArray(lanes, 4 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s11).intoArray(lanes, 5 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s21).intoArray(lanes, 6 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s31).intoArray(lanes, 7 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s02).intoArray(lanes, 8 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s12).intoArray(lanes, 9 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s22).intoArray(lanes, 10 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s32).intoArray(lanes, 11 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s03).intoArray(lanes, 12 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s13).intoArray(lanes, 13 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s23).intoArray(lanes, 14 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s33).intoArray(lanes, 15 * CHAINS + part);
        }
    }

    /** As above, of two vectors w, from {@code to} on. */
    private static void fourByTwo(double[] v0, double[] v1, double[] v2, double[] v3, double[] w0, double[] w1, int end,
                                  double[] lanes, int to) {
        for (int part = 0; part < CHAINS; part += DOUBLES) {
            DoubleVector s00 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s10 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s20 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s30 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s01 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s11 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s21 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s31 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = part; i < end; i += CHAINS) {
                DoubleVector y0 = DoubleVector.fromArray(Lanes.DOUBLES, w0, i);
                DoubleVector y1 = DoubleVector.fromArray(Lanes.DOUBLES, w1, i);
                DoubleVector x0 = DoubleVector.fromArray(Lanes.DOUBLES, v0, i);
                s00 = x0.fma(y0, s00);
                s01 = x0.fma(y1, s01);
                DoubleVector x1 = DoubleVector.fromArray(Lanes.DOUBLES, v1, i);
                s10 = x1.fma(y0, s10);
                s11 = x1.fma(y1, s11);
                DoubleVector x2 = DoubleVector.fromArray(Lanes.DOUBLES, v2, i);
                s20 = x2.fma(y0, s20);
                s21 = x2.fma(y1, s21);
                DoubleVector x3 = DoubleVector.fromArray(Lanes.DOUBLES, v3, i);
                s30 = x3.fma(y0, s30);
                s31 = x3.fma(y1, s31);
            }
            Lanes.DOUBLE_VECTOR.cast(s00).intoArray(lanes, to + part);
            Lanes.DOUBLE_VECTOR.cast(s10).intoArray(lanes, to + CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s20).intoArray(lanes, to + 2 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s30).intoArray(lanes, to + 3 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s01).intoArray(lanes, to + 4 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s11).intoArray(lanes, to + 5 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s21).intoArray(lanes, to + 6 * CHAINS + part);
            Lanes.DOUBLE_VECTOR.cast(s31).intoArray(lanes, to + 7 * CHAINS + part);
        }
    }

    /**
     * {@code w_k -= sum_j c_kj v_j} over four vectors v, for four vectors w.
     *
     * @param c coefficients: {@code c_kj} at {@code c[k][first + j]}
     */
    public static void subtract(double[][] c, double[][] v, int first, double[][] w) {
        double[] v0 = v[first];
        double[] v1 = v[first + 1];
        double[] v2 = v[first + 2];
        double[] v3 = v[first + 3];
        double[] w0 = w[0];
        double[] w1 = w[1];
        double[] w2 = w[2];
        double[] w3 = w[3];
        DoubleVector c00 = Lanes.DOUBLE_ZEROS.broadcast(-c[0][first]);
        DoubleVector c01 = Lanes.DOUBLE_ZEROS.broadcast(-c[0][first + 1]);
        DoubleVector c02 = Lanes.DOUBLE_ZEROS.broadcast(-c[0][first + 2]);
        DoubleVector c03 = Lanes.DOUBLE_ZEROS.broadcast(-c[0][first + 3]);
        DoubleVector c10 = Lanes.DOUBLE_ZEROS.broadcast(-c[1][first]);
        DoubleVector c11 = Lanes.DOUBLE_ZEROS.broadcast(-c[1][first + 1]);
        DoubleVector c12 = Lanes.DOUBLE_ZEROS.broadcast(-c[1][first + 2]);
        DoubleVector c13 = Lanes.DOUBLE_ZEROS.broadcast(-c[1][first + 3]);
        DoubleVector c20 = Lanes.DOUBLE_ZEROS.broadcast(-c[2][first]);
        DoubleVector c21 = Lanes.DOUBLE_ZEROS.broadcast(-c[2][first + 1]);
        DoubleVector c22 = Lanes.DOUBLE_ZEROS.broadcast(-c[2][first + 2]);
        DoubleVector c23 = Lanes.DOUBLE_ZEROS.broadcast(-c[2][first + 3]);
        DoubleVector c30 = Lanes.DOUBLE_ZEROS.broadcast(-c[3][first]);
        DoubleVector c31 = Lanes.DOUBLE_ZEROS.broadcast(-c[3][first + 1]);
        DoubleVector c32 = Lanes.DOUBLE_ZEROS.broadcast(-c[3][first + 2]);
        DoubleVector c33 = Lanes.DOUBLE_ZEROS.broadcast(-c[3][first + 3]);
        int length = w0.length;
        int end = length - length % DOUBLES;
        for (int i = 0; i < end; i += DOUBLES) {
            DoubleVector x0 = DoubleVector.fromArray(Lanes.DOUBLES, v0, i);
            DoubleVector x1 = DoubleVector.fromArray(Lanes.DOUBLES, v1, i);
            DoubleVector x2 = DoubleVector.fromArray(Lanes.DOUBLES, v2, i);
            DoubleVector x3 = DoubleVector.fromArray(Lanes.DOUBLES, v3, i);
            x0.fma(c00, DoubleVector.fromArray(Lanes.DOUBLES, w0, i))
                    .add(x1.mul(c01)).add(x2.fma(c02, x3.mul(c03))).intoArray(w0, i);
            x0.fma(c10, DoubleVector.fromArray(Lanes.DOUBLES, w1, i))
                    .add(x1.mul(c11)).add(x2.fma(c12, x3.mul(c13))).intoArray(w1, i);
            x0.fma(c20, DoubleVector.fromArray(Lanes.DOUBLES, w2, i))
                    .add(x1.mul(c21)).add(x2.fma(c22, x3.mul(c23))).intoArray(w2, i);
            x0.fma(c30, DoubleVector.fromArray(Lanes.DOUBLES, w3, i))
                    .add(x1.mul(c31)).add(x2.fma(c32, x3.mul(c33))).intoArray(w3, i);
        }
        for (int k = 0; k < QUAD; k++) {
            for (int i = end; i < length; i++) {
                double even = Math.fma(v0[i], -c[k][first], w[k][i]) + v1[i] * -c[k][first + 1];
                w[k][i] = even + Math.fma(v2[i], -c[k][first + 2], v3[i] * -c[k][first + 3]);
            }
        }
    }
}
