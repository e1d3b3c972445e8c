package dev.gatun.kernel.dense;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import jdk.incubator.vector.DoubleVector;

/**
 * Inner products and linear combinations of long complex vectors in float64: arrays of n real parts and then n imaginary parts, at any
 * alignment.
 *
 * <p>A part of an inner product is eight chains of fused multiply-adds, one for each index modulo 8, added up at the end, and a scalar
 * chain for the tail, so results do not depend on the vector width; sums of chunks are added up in order. Error: at most {@code n / 4 + 16}
 * roundings.
 */
public final class ComplexProducts {

    /** Vectors v of a group, and vectors w. */
    public static final int PAIR = 2;
    public static final int QUAD = 4;

    private static final int STEP = LaneSums.STEP;
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Sums of a pair of vectors with one other. */
    private static final int SUMS = 2 * PAIR;


    private ComplexProducts() {
    }

    /** Entries of four vectors w, {@code from} to {@code min(n, from + CHUNK)}, that stay in a cache while vectors v pass by. */
    public static final int CHUNK = 256;

    /**
     * Adds {@code <v_j, w_k>} over a chunk of entries, for two vectors v and four vectors w.
     *
     * @param firstOther the first of the four vectors w
     * @param from       the first entry of the chunk
     * @param out        receives the real part at {@code out[firstOther + k][2 (first + j)]} and the imaginary part after it
     */
    public static void addProducts(double[][] v, int first, double[][] w, int firstOther, int from, double[][] out) {
        double[] lanes = new double[QUAD * SUMS * STEP];
        double[] v0 = v[first];
        double[] v1 = v[first + 1];
        if (RegisterTile.MANY_REGISTERS) {
            twoByFour(v0, v1, w[firstOther], w[firstOther + 1], w[firstOther + 2], w[firstOther + 3], from, lanes);
        } else {
            for (int k = 0; k < QUAD; k++) {
                twoByOne(v0, v1, w[firstOther + k], from, lanes, k * SUMS * STEP);
            }
        }
        for (int k = 0; k < QUAD; k++) {
            finish(v0, w[firstOther + k], from, lanes, k * SUMS * STEP, out[firstOther + k], 2 * first);
            finish(v1, w[firstOther + k], from, lanes, (k * SUMS + 2) * STEP, out[firstOther + k], 2 * first + 2);
        }
    }

    /** Adds {@code <v, w>}: its real part to {@code out[at]} and its imaginary part to the entry after it. */
    public static void addProduct(double[] v, double[] w, double[] out, int at) {
        double[] lanes = new double[SUMS * STEP];
        for (int from = 0; from < v.length / 2; from += CHUNK) {
            twoByOne(v, v, w, from, lanes, 0);
            finish(v, w, from, lanes, 0, out, at);
        }
    }

    /** Adds up the chains of a chunk, and the tail if it is in the chunk. */
    private static void finish(double[] v, double[] w, int first, double[] lanes, int from, double[] out, int at) {
        int n = v.length / 2;
        double real = out[at] + LaneSums.sum(lanes, from);
        double imaginary = out[at + 1] + LaneSums.sum(lanes, from + STEP);
        for (int i = Math.max(first, n - n % STEP); i < Math.min(n, first + CHUNK); i++) {
            real = Math.fma(v[n + i], w[n + i], Math.fma(v[i], w[i], real));
            imaginary = Math.fma(-v[n + i], w[i], Math.fma(v[i], w[n + i], imaginary));
        }
        out[at] = real;
        out[at + 1] = imaginary;
    }

    /** The chains of the real and of the imaginary part of product (j, k) at {@code (SUMS * k + 2 j) * STEP}. */
    private static void twoByFour(double[] v0, double[] v1, double[] w0, double[] w1, double[] w2, double[] w3, int from,
                                  double[] lanes) {
        int n = v0.length / 2;
        int end = Math.min(n - n % STEP, from + CHUNK);
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector r00 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i00 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r10 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i10 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r01 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i01 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r11 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i11 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r02 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i02 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r12 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i12 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r03 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i03 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r13 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i13 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = from + part; i < end; i += STEP) {
                DoubleVector v0r = DoubleVector.fromArray(Lanes.DOUBLES, v0, i);
                DoubleVector v0i = DoubleVector.fromArray(Lanes.DOUBLES, v0, n + i);
                DoubleVector v0n = v0i.neg();
                DoubleVector v1r = DoubleVector.fromArray(Lanes.DOUBLES, v1, i);
                DoubleVector v1i = DoubleVector.fromArray(Lanes.DOUBLES, v1, n + i);
                DoubleVector v1n = v1i.neg();
                DoubleVector w0r = DoubleVector.fromArray(Lanes.DOUBLES, w0, i);
                DoubleVector w0i = DoubleVector.fromArray(Lanes.DOUBLES, w0, n + i);
                r00 = v0i.fma(w0i, v0r.fma(w0r, r00));
                i00 = v0n.fma(w0r, v0r.fma(w0i, i00));
                r10 = v1i.fma(w0i, v1r.fma(w0r, r10));
                i10 = v1n.fma(w0r, v1r.fma(w0i, i10));
                DoubleVector w1r = DoubleVector.fromArray(Lanes.DOUBLES, w1, i);
                DoubleVector w1i = DoubleVector.fromArray(Lanes.DOUBLES, w1, n + i);
                r01 = v0i.fma(w1i, v0r.fma(w1r, r01));
                i01 = v0n.fma(w1r, v0r.fma(w1i, i01));
                r11 = v1i.fma(w1i, v1r.fma(w1r, r11));
                i11 = v1n.fma(w1r, v1r.fma(w1i, i11));
                DoubleVector w2r = DoubleVector.fromArray(Lanes.DOUBLES, w2, i);
                DoubleVector w2i = DoubleVector.fromArray(Lanes.DOUBLES, w2, n + i);
                r02 = v0i.fma(w2i, v0r.fma(w2r, r02));
                i02 = v0n.fma(w2r, v0r.fma(w2i, i02));
                r12 = v1i.fma(w2i, v1r.fma(w2r, r12));
                i12 = v1n.fma(w2r, v1r.fma(w2i, i12));
                DoubleVector w3r = DoubleVector.fromArray(Lanes.DOUBLES, w3, i);
                DoubleVector w3i = DoubleVector.fromArray(Lanes.DOUBLES, w3, n + i);
                r03 = v0i.fma(w3i, v0r.fma(w3r, r03));
                i03 = v0n.fma(w3r, v0r.fma(w3i, i03));
                r13 = v1i.fma(w3i, v1r.fma(w3r, r13));
                i13 = v1n.fma(w3r, v1r.fma(w3i, i13));
            }
            Lanes.DOUBLE_VECTOR.cast(r00).intoArray(lanes, part);
            Lanes.DOUBLE_VECTOR.cast(i00).intoArray(lanes, STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r10).intoArray(lanes, 2 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i10).intoArray(lanes, 3 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r01).intoArray(lanes, 4 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i01).intoArray(lanes, 5 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r11).intoArray(lanes, 6 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i11).intoArray(lanes, 7 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r02).intoArray(lanes, 8 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i02).intoArray(lanes, 9 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r12).intoArray(lanes, 10 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i12).intoArray(lanes, 11 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r03).intoArray(lanes, 12 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i03).intoArray(lanes, 13 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r13).intoArray(lanes, 14 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i13).intoArray(lanes, 15 * STEP + part);
        }
    }

    /** As above, of one vector w, from {@code to} on. */
    private static void twoByOne(double[] v0, double[] v1, double[] w, int from, double[] lanes, int to) {
        int n = v0.length / 2;
        int end = Math.min(n - n % STEP, from + CHUNK);
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector r00 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i00 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector r10 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector i10 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = from + part; i < end; i += STEP) {
                DoubleVector v0r = DoubleVector.fromArray(Lanes.DOUBLES, v0, i);
                DoubleVector v0i = DoubleVector.fromArray(Lanes.DOUBLES, v0, n + i);
                DoubleVector v0n = v0i.neg();
                DoubleVector v1r = DoubleVector.fromArray(Lanes.DOUBLES, v1, i);
                DoubleVector v1i = DoubleVector.fromArray(Lanes.DOUBLES, v1, n + i);
                DoubleVector v1n = v1i.neg();
                DoubleVector w0r = DoubleVector.fromArray(Lanes.DOUBLES, w, i);
                DoubleVector w0i = DoubleVector.fromArray(Lanes.DOUBLES, w, n + i);
                r00 = v0i.fma(w0i, v0r.fma(w0r, r00));
                i00 = v0n.fma(w0r, v0r.fma(w0i, i00));
                r10 = v1i.fma(w0i, v1r.fma(w0r, r10));
                i10 = v1n.fma(w0r, v1r.fma(w0i, i10));
            }
            Lanes.DOUBLE_VECTOR.cast(r00).intoArray(lanes, to + part);
            Lanes.DOUBLE_VECTOR.cast(i00).intoArray(lanes, to + STEP + part);
            Lanes.DOUBLE_VECTOR.cast(r10).intoArray(lanes, to + 2 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(i10).intoArray(lanes, to + 3 * STEP + part);
        }
    }

    /**
     * {@code w_k -= sum_j c_kj v_j} over two vectors v, for a chunk of four vectors w.
     *
     * @param c          the real part of {@code c_kj} at {@code c[firstOther + k][2 (first + j)]} and the imaginary part after it
     * @param firstOther the first of the four vectors w
     * @param from       the first entry of the chunk
     */
    public static void subtract(double[][] c, double[][] v, int first, double[][] w, int firstOther, int from) {
        for (int k = firstOther; k < firstOther + QUAD; k += 2) {
            subtract(c[k], c[k + 1], 2 * first, v[first], v[first + 1], w[k], w[k + 1], from);
        }
    }

    private static void subtract(double[] c0, double[] c1, int at, double[] v0, double[] v1, double[] w0, double[] w1, int from) {
        int n = v0.length / 2;
        int end = Math.min(n - n % STEP, from + CHUNK);
        DoubleVector c00r = Lanes.DOUBLE_ZEROS.broadcast(-c0[at]);
        DoubleVector c00i = Lanes.DOUBLE_ZEROS.broadcast(-c0[at + 1]);
        DoubleVector c10r = Lanes.DOUBLE_ZEROS.broadcast(-c0[at + 2]);
        DoubleVector c10i = Lanes.DOUBLE_ZEROS.broadcast(-c0[at + 3]);
        DoubleVector c01r = Lanes.DOUBLE_ZEROS.broadcast(-c1[at]);
        DoubleVector c01i = Lanes.DOUBLE_ZEROS.broadcast(-c1[at + 1]);
        DoubleVector c11r = Lanes.DOUBLE_ZEROS.broadcast(-c1[at + 2]);
        DoubleVector c11i = Lanes.DOUBLE_ZEROS.broadcast(-c1[at + 3]);
        for (int i = from; i < end; i += DOUBLES) {
            DoubleVector v0r = DoubleVector.fromArray(Lanes.DOUBLES, v0, i);
            DoubleVector v0i = DoubleVector.fromArray(Lanes.DOUBLES, v0, n + i);
            DoubleVector v0n = v0i.neg();
            DoubleVector v1r = DoubleVector.fromArray(Lanes.DOUBLES, v1, i);
            DoubleVector v1i = DoubleVector.fromArray(Lanes.DOUBLES, v1, n + i);
            DoubleVector v1n = v1i.neg();
            v1n.fma(c10i, v1r.fma(c10r, v0n.fma(c00i, v0r.fma(c00r, DoubleVector.fromArray(Lanes.DOUBLES, w0, i)))))
                    .intoArray(w0, i);
            v1r.fma(c10i, v1i.fma(c10r, v0r.fma(c00i, v0i.fma(c00r, DoubleVector.fromArray(Lanes.DOUBLES, w0, n + i)))))
                    .intoArray(w0, n + i);
            v1n.fma(c11i, v1r.fma(c11r, v0n.fma(c01i, v0r.fma(c01r, DoubleVector.fromArray(Lanes.DOUBLES, w1, i)))))
                    .intoArray(w1, i);
            v1r.fma(c11i, v1i.fma(c11r, v0r.fma(c01i, v0i.fma(c01r, DoubleVector.fromArray(Lanes.DOUBLES, w1, n + i)))))
                    .intoArray(w1, n + i);
        }
        addTail(-c0[at], -c0[at + 1], v0, w0, from, from + CHUNK);
        addTail(-c0[at + 2], -c0[at + 3], v1, w0, from, from + CHUNK);
        addTail(-c1[at], -c1[at + 1], v0, w1, from, from + CHUNK);
        addTail(-c1[at + 2], -c1[at + 3], v1, w1, from, from + CHUNK);
    }

    /** {@code w += c v}. */
    public static void add(double real, double imaginary, double[] v, double[] w) {
        int n = v.length / 2;
        int end = n - n % STEP;
        DoubleVector cr = Lanes.DOUBLE_ZEROS.broadcast(real);
        DoubleVector ci = Lanes.DOUBLE_ZEROS.broadcast(imaginary);
        for (int i = 0; i < end; i += DOUBLES) {
            DoubleVector vr = DoubleVector.fromArray(Lanes.DOUBLES, v, i);
            DoubleVector vi = DoubleVector.fromArray(Lanes.DOUBLES, v, n + i);
            vi.neg().fma(ci, vr.fma(cr, DoubleVector.fromArray(Lanes.DOUBLES, w, i))).intoArray(w, i);
            vr.fma(ci, vi.fma(cr, DoubleVector.fromArray(Lanes.DOUBLES, w, n + i))).intoArray(w, n + i);
        }
        addTail(real, imaginary, v, w, 0, n);
    }

    /** As above, for the entries that do not fill a step. */
    private static void addTail(double real, double imaginary, double[] v, double[] w, int from, int end) {
        int n = v.length / 2;
        for (int i = Math.max(from, n - n % STEP); i < Math.min(n, end); i++) {
            w[i] = Math.fma(-v[n + i], imaginary, Math.fma(v[i], real, w[i]));
            w[n + i] = Math.fma(v[i], imaginary, Math.fma(v[n + i], real, w[n + i]));
        }
    }
}
