package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * The tridiagonal form of a Hermitian matrix, {@code A = Q T Q*} with a real T, by Householder reflections: see
 * {@link SymmetricReduction}, whose layout, order of sums and padding are those of the real and of the imaginary parts here. Reflections
 * are Hermitian as well, and a diagonal of phases makes T real.
 *
 * <p>Float64; {@code 16/3 n^3} operations on real numbers.
 */
public final class HermitianReduction implements Reduction {

    private static final int STEP = LaneSums.STEP;
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Whether two rows fit in registers together with both of what is done to them. */
    private static final boolean FUSED = RegisterTile.MANY_REGISTERS;

    private final int size;
    private final int stride;
    private final double[] real;
    private final double[] imaginary;
    private final double[] diagonal;
    private final double[] offDiagonal;
    private final double[] factors;
    /** Entry i of T has the phase of {@code phases_i / phases_(i + 1)}. */
    private final double[] cosines;
    private final double[] sines;
    private final double[] xr;
    private final double[] xi;
    private final double[] yr;
    private final double[] yi;
    private final double[] vr;
    private final double[] vi;
    private final double[] wr;
    private final double[] wi;
    private final double[] sumsReal = new double[STEP * STEP];
    private final double[] sumsImaginary = new double[STEP * STEP];
    /** The entry that the last reflection leaves: its modulus and its phase. */
    private double modulus;
    private double cosine;
    private double sine;

    /** A matrix of zeros; its entries are set in place. */
    public HermitianReduction(int size) {
        this.size = size;
        this.stride = LaneSums.stride(size);
        int padded = LaneSums.padded(size);
        this.real = new double[ArrayLength.of(padded, stride)];
        this.imaginary = new double[real.length];
        this.diagonal = new double[size];
        this.offDiagonal = new double[size];
        this.factors = new double[size];
        this.cosines = new double[size];
        this.sines = new double[size];
        this.xr = new double[padded];
        this.xi = new double[padded];
        this.yr = new double[padded];
        this.yi = new double[padded];
        this.vr = new double[padded];
        this.vi = new double[padded];
        this.wr = new double[padded];
        this.wi = new double[padded];
    }

    /** The number of rows and of columns. */
    public int size() {
        return size;
    }

    /** The real parts, to be set on and below the diagonal and within 8 x 8 blocks on it; {@link #reduce} overwrites them. */
    public double[] real() {
        return real;
    }

    /** The imaginary parts, likewise. */
    public double[] imaginary() {
        return imaginary;
    }

    /** The distance of one row's entries from the next row's. */
    public int stride() {
        return stride;
    }

    /** Computes the tridiagonal form. */
    public void reduce() {
        for (int k = size - 1; k > 0; k--) {
            takeRow(k);
        }
        diagonal[0] = real[0];
        double c = 1;
        double s = 0;
        for (int k = 0; k < size; k++) {
            // The phase of the entry above the diagonal, conjugate, is what row k has more than the row before.
            double next = k == 0 ? 1 : c * cosines[k] + s * sines[k];
            s = k == 0 ? 0 : s * cosines[k] - c * sines[k];
            c = next;
            cosines[k] = c;
            sines[k] = s;
        }
    }

    /** Eliminates row {@code k} but for the entry beside the diagonal. */
    private void takeRow(int k) {
        int row = k * stride;
        int end = LaneSums.padded(k + 1);
        update(real, imaginary, row, k, end, vr, vi, wr, wi);
        vr[k] = 0;
        vi[k] = 0;
        wr[k] = 0;
        wi[k] = 0;
        diagonal[k] = real[row + k];
        Arrays.fill(xr, k, end, 0.0);
        Arrays.fill(xi, k, end, 0.0);
        for (int j = 0; j < k; j++) {
            xr[j] = real[row + j];
            xi[j] = -imaginary[row + j];
        }
        factors[k] = reflect(k);
        offDiagonal[k - 1] = modulus;
        cosines[k] = cosine;
        sines[k] = sine;
        System.arraycopy(xr, 0, real, row, end);
        System.arraycopy(xi, 0, imaginary, row, end);
        if (factors[k] == 0) {
            Arrays.fill(xr, 0, end, 0.0);
            Arrays.fill(xi, 0, end, 0.0);
        }
        product(k);
        makeUpdate(k, factors[k]);
    }

    /**
     * Replaces the first {@code count} entries of x by v, the last of which is 1, such that {@code x - factor v <v, x>} is 0 but for its
     * last entry, and returns the factor, which is real.
     */
    private double reflect(int count) {
        double lastReal = xr[count - 1];
        double lastImaginary = xi[count - 1];
        xr[count - 1] = 0;
        xi[count - 1] = 0;
        int end = LaneSums.padded(count);
        double square = LaneSums.product(xr, xr, end, sumsReal) + LaneSums.product(xi, xi, end, sumsReal);
        double lastSquare = lastReal * lastReal + lastImaginary * lastImaginary;
        double last = lastSquare < LaneSums.NEGLIGIBLE ? 0 : Math.sqrt(lastSquare);
        cosine = last == 0 ? 1 : lastReal / last;
        sine = last == 0 ? 0 : lastImaginary / last;
        xr[count - 1] = 1;
        if (square < LaneSums.NEGLIGIBLE) {
            modulus = last;
            return 0;
        }
        double length = Math.sqrt(square + last * last);
        // What is left is -length times the phase of the last entry.
        double scale = 1 / (last + length);
        double byReal = cosine * scale;
        double byImaginary = -sine * scale;
        for (int j = 0; j < count - 1; j++) {
            double re = xr[j];
            xr[j] = re * byReal - xi[j] * byImaginary;
            xi[j] = re * byImaginary + xi[j] * byReal;
        }
        modulus = length;
        cosine = -cosine;
        sine = -sine;
        return (length + last) / length;
    }

    /** Subtracts the last reflection from the first {@code count} rows and multiplies them with x. */
    private void product(int count) {
        int end = LaneSums.padded(count);
        Arrays.fill(yr, 0, end, 0.0);
        Arrays.fill(yi, 0, end, 0.0);
        for (int block = 0; block < end; block += STEP) {
            for (int row = block; row < block + STEP; row += 2) {
                int at = row * stride;
                int to = (row - block) * STEP;
                if (FUSED) {
                    twoRows(real, imaginary, at, stride, row, block + STEP, vr, vi, wr, wi, xr, xi, yr, yi, sumsReal,
                            sumsImaginary, to);
                } else {
                    update(real, imaginary, at, row, block + STEP, vr, vi, wr, wi);
                    multiply(real, imaginary, at, row, block + STEP, xr, xi, yr, yi, sumsReal, sumsImaginary, to);
                    update(real, imaginary, at + stride, row + 1, block + STEP, vr, vi, wr, wi);
                    multiply(real, imaginary, at + stride, row + 1, block + STEP, xr, xi, yr, yi, sumsReal, sumsImaginary,
                            to + STEP);
                }
            }
            for (int r = 0; r < STEP; r++) {
                yr[block + r] = LaneSums.sum(sumsReal, r * STEP);
                yi[block + r] = LaneSums.sum(sumsImaginary, r * STEP);
            }
        }
        Arrays.fill(yr, count, end, 0.0);
        Arrays.fill(yi, count, end, 0.0);
    }

    /** v and w of the reflection of the first {@code count} rows and columns, {@code w = factor y - factor^2 / 2 <v, y> v}. */
    private void makeUpdate(int count, double factor) {
        int end = LaneSums.padded(count);
        // <v, A v> is real.
        double inner = LaneSums.product(xr, yr, end, sumsReal) + LaneSums.product(xi, yi, end, sumsReal);
        double shift = -factor * factor / 2 * inner;
        for (int j = 0; j < end; j++) {
            vr[j] = xr[j];
            vi[j] = xi[j];
            wr[j] = Math.fma(xr[j], shift, yr[j] * factor);
            wi[j] = Math.fma(xi[j], shift, yi[j] * factor);
        }
    }

    /** Row {@code row} up to column {@code end}: {@code a_ij -= v_i w_j* + w_i v_j*}. */
    private static void update(double[] real, double[] imaginary, int at, int row, int end, double[] vr, double[] vi, double[] wr,
                               double[] wi) {
        DoubleVector v0r = Lanes.DOUBLE_ZEROS.broadcast(-vr[row]);
        DoubleVector v0i = Lanes.DOUBLE_ZEROS.broadcast(-vi[row]);
        DoubleVector w0r = Lanes.DOUBLE_ZEROS.broadcast(-wr[row]);
        DoubleVector w0i = Lanes.DOUBLE_ZEROS.broadcast(-wi[row]);
        for (int j = 0; j < end; j += DOUBLES) {
            DoubleVector vjr = DoubleVector.fromArray(Lanes.DOUBLES, vr, j);
            DoubleVector vji = DoubleVector.fromArray(Lanes.DOUBLES, vi, j);
            DoubleVector wjr = DoubleVector.fromArray(Lanes.DOUBLES, wr, j);
            DoubleVector wji = DoubleVector.fromArray(Lanes.DOUBLES, wi, j);
            DoubleVector ar = vji.fma(w0i, vjr.fma(w0r, wji.fma(v0i, wjr.fma(v0r, DoubleVector.fromArray(Lanes.DOUBLES, real, at + j)))));
            DoubleVector ai = vji.neg().fma(w0r, vjr.fma(w0i, wji.neg().fma(v0r,
                        wjr.fma(v0i, DoubleVector.fromArray(Lanes.DOUBLES, imaginary, at + j)))));
            ar.intoArray(real, at + j);
            ai.intoArray(imaginary, at + j);
        }
    }

    /** Row {@code row} up to column {@code end}: {@code sum_i += a_ij x_j} and {@code y_j += a_ij* x_i}. */
    private static void multiply(double[] real, double[] imaginary, int at, int row, int end, double[] xr, double[] xi, double[] yr,
                                 double[] yi, double[] sumsReal, double[] sumsImaginary, int to) {
        DoubleVector x0r = Lanes.DOUBLE_ZEROS.broadcast(xr[row]);
        DoubleVector x0i = Lanes.DOUBLE_ZEROS.broadcast(xi[row]);
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector sr = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector si = DoubleVector.zero(Lanes.DOUBLES);
            for (int j = part; j < end; j += STEP) {
                DoubleVector xjr = DoubleVector.fromArray(Lanes.DOUBLES, xr, j);
                DoubleVector xji = DoubleVector.fromArray(Lanes.DOUBLES, xi, j);
                DoubleVector ar = DoubleVector.fromArray(Lanes.DOUBLES, real, at + j);
                DoubleVector ai = DoubleVector.fromArray(Lanes.DOUBLES, imaginary, at + j);
                DoubleVector minus = ai.neg();
                sr = minus.fma(xji, ar.fma(xjr, sr));
                si = ai.fma(xjr, ar.fma(xji, si));
                ai.fma(x0i, ar.fma(x0r, DoubleVector.fromArray(Lanes.DOUBLES, yr, j))).intoArray(yr, j);
                minus.fma(x0r, ar.fma(x0i, DoubleVector.fromArray(Lanes.DOUBLES, yi, j))).intoArray(yi, j);
            }
            Lanes.DOUBLE_VECTOR.cast(sr).intoArray(sumsReal, to + part);
            Lanes.DOUBLE_VECTOR.cast(si).intoArray(sumsImaginary, to + part);
        }
    }

    /**
     * Both, of two rows.
     *
     * @param to where the sums of the first row begin, eight a row, of the columns that are equal modulo 8
     */
    private static void twoRows(double[] real, double[] imaginary, int at, int stride, int row, int end, double[] vr, double[] vi,
                                double[] wr, double[] wi, double[] xr, double[] xi, double[] yr, double[] yi, double[] sumsReal,
                                double[] sumsImaginary, int to) {
        int next = at + stride;
        DoubleVector v0r = Lanes.DOUBLE_ZEROS.broadcast(-vr[row]);
        DoubleVector v0i = Lanes.DOUBLE_ZEROS.broadcast(-vi[row]);
        DoubleVector w0r = Lanes.DOUBLE_ZEROS.broadcast(-wr[row]);
        DoubleVector w0i = Lanes.DOUBLE_ZEROS.broadcast(-wi[row]);
        DoubleVector x0r = Lanes.DOUBLE_ZEROS.broadcast(xr[row]);
        DoubleVector x0i = Lanes.DOUBLE_ZEROS.broadcast(xi[row]);
        DoubleVector v1r = Lanes.DOUBLE_ZEROS.broadcast(-vr[row + 1]);
        DoubleVector v1i = Lanes.DOUBLE_ZEROS.broadcast(-vi[row + 1]);
        DoubleVector w1r = Lanes.DOUBLE_ZEROS.broadcast(-wr[row + 1]);
        DoubleVector w1i = Lanes.DOUBLE_ZEROS.broadcast(-wi[row + 1]);
        DoubleVector x1r = Lanes.DOUBLE_ZEROS.broadcast(xr[row + 1]);
        DoubleVector x1i = Lanes.DOUBLE_ZEROS.broadcast(xi[row + 1]);
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector s0r = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s0i = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1r = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1i = DoubleVector.zero(Lanes.DOUBLES);
            for (int j = part; j < end; j += STEP) {
                DoubleVector vjr = DoubleVector.fromArray(Lanes.DOUBLES, vr, j);
                DoubleVector vji = DoubleVector.fromArray(Lanes.DOUBLES, vi, j);
                DoubleVector wjr = DoubleVector.fromArray(Lanes.DOUBLES, wr, j);
                DoubleVector wji = DoubleVector.fromArray(Lanes.DOUBLES, wi, j);
                DoubleVector vjn = vji.neg();
                DoubleVector wjn = wji.neg();
                DoubleVector a0r = vji.fma(w0i, vjr.fma(w0r, wji.fma(v0i,
                        wjr.fma(v0r, DoubleVector.fromArray(Lanes.DOUBLES, real, at + j)))));
                DoubleVector a0i = vjn.fma(w0r, vjr.fma(w0i, wjn.fma(v0r,
                        wjr.fma(v0i, DoubleVector.fromArray(Lanes.DOUBLES, imaginary, at + j)))));
                a0r.intoArray(real, at + j);
                a0i.intoArray(imaginary, at + j);
                DoubleVector a0n = a0i.neg();
                DoubleVector xjr = DoubleVector.fromArray(Lanes.DOUBLES, xr, j);
                DoubleVector xji = DoubleVector.fromArray(Lanes.DOUBLES, xi, j);
                DoubleVector yjr = DoubleVector.fromArray(Lanes.DOUBLES, yr, j);
                DoubleVector yji = DoubleVector.fromArray(Lanes.DOUBLES, yi, j);
                s0r = a0n.fma(xji, a0r.fma(xjr, s0r));
                s0i = a0i.fma(xjr, a0r.fma(xji, s0i));
                yjr = a0i.fma(x0i, a0r.fma(x0r, yjr));
                yji = a0n.fma(x0r, a0r.fma(x0i, yji));
                DoubleVector a1r = vji.fma(w1i, vjr.fma(w1r, wji.fma(v1i,
                        wjr.fma(v1r, DoubleVector.fromArray(Lanes.DOUBLES, real, next + j)))));
                DoubleVector a1i = vjn.fma(w1r, vjr.fma(w1i, wjn.fma(v1r,
                        wjr.fma(v1i, DoubleVector.fromArray(Lanes.DOUBLES, imaginary, next + j)))));
                a1r.intoArray(real, next + j);
                a1i.intoArray(imaginary, next + j);
                DoubleVector a1n = a1i.neg();
                s1r = a1n.fma(xji, a1r.fma(xjr, s1r));
                s1i = a1i.fma(xjr, a1r.fma(xji, s1i));
                yjr = a1i.fma(x1i, a1r.fma(x1r, yjr));
                yji = a1n.fma(x1r, a1r.fma(x1i, yji));
                yjr.intoArray(yr, j);
                yji.intoArray(yi, j);
            }
            Lanes.DOUBLE_VECTOR.cast(s0r).intoArray(sumsReal, to + part);
            Lanes.DOUBLE_VECTOR.cast(s0i).intoArray(sumsImaginary, to + part);
            Lanes.DOUBLE_VECTOR.cast(s1r).intoArray(sumsReal, to + STEP + part);
            Lanes.DOUBLE_VECTOR.cast(s1i).intoArray(sumsImaginary, to + STEP + part);
        }
    }

    @Override
    public int order() {
        return size;
    }

    @Override
    public double[] diagonal() {
        return diagonal;
    }

    @Override
    public double[] offDiagonal() {
        return offDiagonal;
    }

    @Override
    public void transform(double[] panelReal, double[] panelImaginary) {
        for (int i = 0, at = 0; i < size; i++) {
            for (int k = 0; k < WIDTH; k++, at++) {
                panelImaginary[at] = panelReal[at] * sines[i];
                panelReal[at] *= cosines[i];
            }
        }
        for (int k = 1; k < size; k++) {
            if (factors[k] != 0) {
                reflect(real, imaginary, k * stride, k, factors[k], panelReal, panelImaginary);
            }
        }
    }

    /** {@code z -= factor v <v, z>}, for the eight vectors z of a panel; each inner product is two chains of multiply-adds. */
    private static void reflect(double[] vr, double[] vi, int from, int count, double factor, double[] real, double[] imaginary) {
        for (int part = 0; part < WIDTH; part += DOUBLES) {
            DoubleVector sr = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector si = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector tr = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector ti = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = 0, at = part; i < count; i++, at += WIDTH) {
                DoubleVector zr = DoubleVector.fromArray(Lanes.DOUBLES, real, at);
                DoubleVector zi = DoubleVector.fromArray(Lanes.DOUBLES, imaginary, at);
                DoubleVector re = Lanes.DOUBLE_ZEROS.broadcast(vr[from + i]);
                DoubleVector im = Lanes.DOUBLE_ZEROS.broadcast(vi[from + i]);
                sr = zr.fma(re, sr);
                si = zi.fma(re, si);
                tr = zi.fma(im, tr);
                ti = zr.fma(im, ti);
            }
            DoubleVector byReal = sr.add(tr).mul(Lanes.DOUBLE_ZEROS.broadcast(-factor));
            DoubleVector byImaginary = si.sub(ti).mul(Lanes.DOUBLE_ZEROS.broadcast(-factor));
            DoubleVector minus = byImaginary.neg();
            for (int i = 0, at = part; i < count; i++, at += WIDTH) {
                DoubleVector re = Lanes.DOUBLE_ZEROS.broadcast(vr[from + i]);
                DoubleVector im = Lanes.DOUBLE_ZEROS.broadcast(vi[from + i]);
                minus.fma(im, byReal.fma(re, DoubleVector.fromArray(Lanes.DOUBLES, real, at))).intoArray(real, at);
                byReal.fma(im, byImaginary.fma(re, DoubleVector.fromArray(Lanes.DOUBLES, imaginary, at))).intoArray(imaginary, at);
            }
        }
    }
}
