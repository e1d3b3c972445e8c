package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;

/**
 * Inner products and linear combinations of long vectors in float64, from plain arrays at any alignment.
 *
 * <p>An inner product is chains of fused multiply-adds, added up at the end, and a scalar chain for the tail. That of two vectors has 16
 * chains at every vector width; {@link #products} has one for each lane. Error: at most {@code length / chains + 5} roundings; results of
 * {@link #products} depend on the vector width by as much.
 */
public final class ColumnProducts {

    /** Vectors of a group. */
    public static final int QUAD = 4;

    /** Half the chains of a product of two vectors: as many as the widest vector of float64 has lanes. */
    private static final int CHAINS = 8;

    private static final int DOUBLES = Lanes.DOUBLES.length();

    private ColumnProducts() {
    }

    /** {@code <v, w>}. */
    public static double product(double[] v, double[] w) {
        int end = v.length - v.length % (2 * CHAINS);
        double[] chains = new double[CHAINS];
        for (int chain = 0; chain < CHAINS; chain += DOUBLES) {
            DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = chain; i < end; i += 2 * CHAINS) {
                s0 = DoubleVector.fromArray(Lanes.DOUBLES, v, i).fma(DoubleVector.fromArray(Lanes.DOUBLES, w, i), s0);
                s1 = DoubleVector.fromArray(Lanes.DOUBLES, v, i + CHAINS)
                        .fma(DoubleVector.fromArray(Lanes.DOUBLES, w, i + CHAINS), s1);
            }
            s0.add(s1).intoArray(chains, chain);
        }
        double sum = chains[0];
        for (int chain = 1; chain < CHAINS; chain++) {
            sum += chains[chain];
        }
        for (int i = end; i < v.length; i++) {
            sum = Math.fma(v[i], w[i], sum);
        }
        return sum;
    }

    /** The sum of the lanes of a vector, in order from the first. */
    private static double sum(double[] lanes, int at) {
        double sum = lanes[at];
        for (int l = 1; l < DOUBLES; l++) {
            sum += lanes[at + l];
        }
        return sum;
    }

    /** {@code w += c v}. */
    public static void add(double c, double[] v, double[] w) {
        DoubleVector factor = DoubleVector.broadcast(Lanes.DOUBLES, c);
        int end = v.length - v.length % DOUBLES;
        for (int i = 0; i < end; i += DOUBLES) {
            DoubleVector.fromArray(Lanes.DOUBLES, v, i).fma(factor, DoubleVector.fromArray(Lanes.DOUBLES, w, i)).intoArray(w, i);
        }
        for (int i = end; i < v.length; i++) {
            w[i] = Math.fma(c, v[i], w[i]);
        }
    }

    /**
     * {@code <v_j, w_k>} for four vectors v and four vectors w.
     *
     * @param out receives {@code <v_(first + j), w_k>} at {@code out[k][first + j]}
     */
    public static void products(double[][] v, int first, double[][] w, double[][] out) {
        double[] v0 = v[first];
        double[] v1 = v[first + 1];
        double[] v2 = v[first + 2];
        double[] v3 = v[first + 3];
        double[] w0 = w[0];
        double[] w1 = w[1];
        double[] w2 = w[2];
        double[] w3 = w[3];
        DoubleVector s00 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s01 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s02 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s03 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s10 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s11 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s12 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s13 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s20 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s21 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s22 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s23 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s30 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s31 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s32 = DoubleVector.zero(Lanes.DOUBLES);
        DoubleVector s33 = DoubleVector.zero(Lanes.DOUBLES);
        int length = v0.length;
        int end = length - length % DOUBLES;
        for (int i = 0; i < end; i += DOUBLES) {
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
        double[] lanes = new double[QUAD * QUAD * DOUBLES];
        s00.intoArray(lanes, 0);
        s01.intoArray(lanes, 1 * DOUBLES);
        s02.intoArray(lanes, 2 * DOUBLES);
        s03.intoArray(lanes, 3 * DOUBLES);
        s10.intoArray(lanes, 4 * DOUBLES);
        s11.intoArray(lanes, 5 * DOUBLES);
        s12.intoArray(lanes, 6 * DOUBLES);
        s13.intoArray(lanes, 7 * DOUBLES);
        s20.intoArray(lanes, 8 * DOUBLES);
        s21.intoArray(lanes, 9 * DOUBLES);
        s22.intoArray(lanes, 10 * DOUBLES);
        s23.intoArray(lanes, 11 * DOUBLES);
        s30.intoArray(lanes, 12 * DOUBLES);
        s31.intoArray(lanes, 13 * DOUBLES);
        s32.intoArray(lanes, 14 * DOUBLES);
        s33.intoArray(lanes, 15 * DOUBLES);
        for (int j = 0, at = 0; j < QUAD; j++) {
            for (int k = 0; k < QUAD; k++, at += DOUBLES) {
                out[k][first + j] = sum(lanes, at);
            }
        }
        for (int i = end; i < length; i++) {
            for (int k = 0; k < QUAD; k++) {
                for (int j = first; j < first + QUAD; j++) {
                    out[k][j] = Math.fma(v[j][i], w[k][i], out[k][j]);
                }
            }
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
        DoubleVector c00 = DoubleVector.broadcast(Lanes.DOUBLES, -c[0][first]);
        DoubleVector c01 = DoubleVector.broadcast(Lanes.DOUBLES, -c[0][first + 1]);
        DoubleVector c02 = DoubleVector.broadcast(Lanes.DOUBLES, -c[0][first + 2]);
        DoubleVector c03 = DoubleVector.broadcast(Lanes.DOUBLES, -c[0][first + 3]);
        DoubleVector c10 = DoubleVector.broadcast(Lanes.DOUBLES, -c[1][first]);
        DoubleVector c11 = DoubleVector.broadcast(Lanes.DOUBLES, -c[1][first + 1]);
        DoubleVector c12 = DoubleVector.broadcast(Lanes.DOUBLES, -c[1][first + 2]);
        DoubleVector c13 = DoubleVector.broadcast(Lanes.DOUBLES, -c[1][first + 3]);
        DoubleVector c20 = DoubleVector.broadcast(Lanes.DOUBLES, -c[2][first]);
        DoubleVector c21 = DoubleVector.broadcast(Lanes.DOUBLES, -c[2][first + 1]);
        DoubleVector c22 = DoubleVector.broadcast(Lanes.DOUBLES, -c[2][first + 2]);
        DoubleVector c23 = DoubleVector.broadcast(Lanes.DOUBLES, -c[2][first + 3]);
        DoubleVector c30 = DoubleVector.broadcast(Lanes.DOUBLES, -c[3][first]);
        DoubleVector c31 = DoubleVector.broadcast(Lanes.DOUBLES, -c[3][first + 1]);
        DoubleVector c32 = DoubleVector.broadcast(Lanes.DOUBLES, -c[3][first + 2]);
        DoubleVector c33 = DoubleVector.broadcast(Lanes.DOUBLES, -c[3][first + 3]);
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
            for (int j = first; j < first + QUAD; j++) {
                for (int i = end; i < length; i++) {
                    w[k][i] = Math.fma(-c[k][j], v[j][i], w[k][i]);
                }
            }
        }
    }
}
