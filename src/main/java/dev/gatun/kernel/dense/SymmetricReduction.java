package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.RegisterTile;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * The tridiagonal form of a symmetric matrix, {@code A = Q T Q^T}, by Householder reflections (A. S. Householder 1958; G. H. Golub and
 * C. F. Van Loan, Matrix Computations, section 8.3).
 *
 * <p>A step reflects one row to its last two entries. Its pass over the rows above subtracts the last reflection,
 * {@code A -= v w^T + w v^T}, and multiplies with the next, {@code y = A x}, so that each step reads and writes the matrix once, and only
 * on and below the diagonal: the 8 x 8 blocks on the diagonal are whole.
 *
 * <p>Float64; {@code 4/3 n^3} operations. Entries are at most about 1; parts of a row shorter than {@code 2^-450} count as 0. Entries of a
 * row lie on lanes. A sum along a row is eight chains of multiply-adds, one for each column modulo 8, which are added up in a fixed order;
 * so results do not depend on the vector width. Rows are padded to whole vectors, so there are no tails.
 */
public final class SymmetricReduction implements Reduction {

    private static final int STEP = LaneSums.STEP;
    private static final int DOUBLES = Lanes.DOUBLES.length();

    private static final boolean FOUR_ROWS = RegisterTile.MANY_REGISTERS;

    private final int size;
    private final int stride;
    private final double[] entries;
    private final double[] diagonal;
    private final double[] offDiagonal;
    private final double[] factors;
    private final double[] x;
    private final double[] y;
    private final double[] v;
    private final double[] w;
    private final double[] lanes = new double[STEP * STEP];
    private double[] firstReflection;
    private double firstFactor;
    private int order;
    /** The entry that the last reflection leaves. */
    private double beta;

    /** A matrix of zeros; its entries are set in place. */
    public SymmetricReduction(int size) {
        this.size = size;
        this.stride = LaneSums.stride(size);
        int padded = LaneSums.padded(size);
        this.entries = new double[ArrayLength.of(padded, stride)];
        this.diagonal = new double[size];
        this.offDiagonal = new double[size];
        this.factors = new double[size];
        this.x = new double[padded];
        this.y = new double[padded];
        this.v = new double[padded];
        this.w = new double[padded];
    }

    /** The number of rows and of columns. */
    public int size() {
        return size;
    }

    /** The entries, to be set on and below the diagonal and within 8 x 8 blocks on the diagonal; {@link #reduce} overwrites them. */
    public double[] entries() {
        return entries;
    }

    /** The distance of one row's entries from the next row's. */
    public int stride() {
        return stride;
    }

    /**
     * Computes the tridiagonal form.
     *
     * @param known an eigenvector of length 1, which is left out: the form is that of the rest, of order {@code size - 1}; null for none
     */
    public void reduce(double[] known) {
        order = size;
        if (known != null) {
            System.arraycopy(known, 0, x, 0, size);
            firstFactor = reflect(size);
            firstReflection = x.clone();
            product(size);
            makeUpdate(size, firstFactor);
            order--;
        }
        for (int k = order - 1; k > 0; k--) {
            takeRow(k);
        }
        if (order > 0) {
            diagonal[0] = entries[0] - 2 * v[0] * w[0];
        }
    }

    /** Eliminates row {@code k} but for the entry beside the diagonal. */
    private void takeRow(int k) {
        int row = k * stride;
        int end = LaneSums.padded(k + 1);
        update(row, k, end);
        v[k] = 0;
        w[k] = 0;
        diagonal[k] = entries[row + k];
        Arrays.fill(x, k, end, 0.0);
        System.arraycopy(entries, row, x, 0, k);
        factors[k] = reflect(k);
        offDiagonal[k - 1] = beta;
        System.arraycopy(x, 0, entries, row, end);
        if (factors[k] == 0) {
            Arrays.fill(x, 0, end, 0.0);
        }
        product(k);
        makeUpdate(k, factors[k]);
    }

    /**
     * Replaces the first {@code count} entries of x by v, the last of which is 1, such that {@code x - factor v <v, x>} is 0 but for its
     * last entry, beta, and returns the factor.
     */
    private double reflect(int count) {
        double last = x[count - 1];
        x[count - 1] = 0;
        double square = LaneSums.product(x, x, LaneSums.padded(count), lanes);
        double length = Math.sqrt(square + last * last);
        x[count - 1] = 1;
        if (square < LaneSums.NEGLIGIBLE) {
            beta = last;
            return 0;
        }
        beta = last < 0 ? length : -length;
        double scale = 1 / (last - beta);
        for (int j = 0; j < count - 1; j++) {
            x[j] *= scale;
        }
        return (beta - last) / beta;
    }

    /** {@code row -= v_k w + w_k v}. */
    private void update(int row, int k, int end) {
        DoubleVector vk = Lanes.DOUBLE_ZEROS.broadcast(-v[k]);
        DoubleVector wk = Lanes.DOUBLE_ZEROS.broadcast(-w[k]);
        for (int j = 0; j < end; j += DOUBLES) {
            DoubleVector a = DoubleVector.fromArray(Lanes.DOUBLES, entries, row + j);
            a = DoubleVector.fromArray(Lanes.DOUBLES, w, j).fma(vk, a);
            DoubleVector.fromArray(Lanes.DOUBLES, v, j).fma(wk, a).intoArray(entries, row + j);
        }
    }

    /** Subtracts the last reflection from the first {@code count} rows and multiplies them with x. */
    private void product(int count) {
        int end = LaneSums.padded(count);
        Arrays.fill(y, 0, end, 0.0);
        for (int block = 0; block < end; block += STEP) {
            for (int row = block; row < block + STEP; row += 4) {
                if (FOUR_ROWS) {
                    fourRows(entries, row * stride, stride, row, block + STEP, v, w, x, y, lanes, (row - block) * STEP);
                } else {
                    twoRows(entries, row * stride, stride, row, block + STEP, v, w, x, y, lanes, (row - block) * STEP);
                    twoRows(entries, (row + 2) * stride, stride, row + 2, block + STEP, v, w, x, y, lanes,
                            (row - block + 2) * STEP);
                }
            }
            for (int r = 0; r < STEP; r++) {
                y[block + r] = LaneSums.sum(lanes, r * STEP);
            }
        }
        Arrays.fill(y, count, end, 0.0);
    }

    /** v and w of the reflection of the first {@code count} rows and columns, {@code w = factor y - factor^2 / 2 <v, y> v}. */
    private void makeUpdate(int count, double factor) {
        int end = LaneSums.padded(count);
        double shift = -factor * factor / 2 * LaneSums.product(x, y, end, lanes);
        DoubleVector byX = Lanes.DOUBLE_ZEROS.broadcast(shift);
        DoubleVector byY = Lanes.DOUBLE_ZEROS.broadcast(factor);
        for (int j = 0; j < end; j += DOUBLES) {
            DoubleVector vector = Lanes.DOUBLE_VECTOR.cast(DoubleVector.fromArray(Lanes.DOUBLES, x, j));
            vector.intoArray(v, j);
            vector.fma(byX, DoubleVector.fromArray(Lanes.DOUBLES, y, j).mul(byY)).intoArray(w, j);
        }
    }

    /**
     * Four rows up to column {@code end}: {@code a_ij -= v_i w_j + w_i v_j}, {@code sum_i += a_ij x_j} and {@code y_j += a_ij x_i}.
     *
     * @param sums receives eight sums a row, of the columns that are equal modulo 8
     */
    private static void fourRows(double[] a, int at, int stride, int row, int end, double[] v, double[] w, double[] x, double[] y,
                                 double[] sums, int to) {
        int row1 = at + stride;
        int row2 = row1 + stride;
        int row3 = row2 + stride;
        DoubleVector v0 = Lanes.DOUBLE_ZEROS.broadcast(-v[row]);
        DoubleVector v1 = Lanes.DOUBLE_ZEROS.broadcast(-v[row + 1]);
        DoubleVector v2 = Lanes.DOUBLE_ZEROS.broadcast(-v[row + 2]);
        DoubleVector v3 = Lanes.DOUBLE_ZEROS.broadcast(-v[row + 3]);
        DoubleVector w0 = Lanes.DOUBLE_ZEROS.broadcast(-w[row]);
        DoubleVector w1 = Lanes.DOUBLE_ZEROS.broadcast(-w[row + 1]);
        DoubleVector w2 = Lanes.DOUBLE_ZEROS.broadcast(-w[row + 2]);
        DoubleVector w3 = Lanes.DOUBLE_ZEROS.broadcast(-w[row + 3]);
        DoubleVector x0 = Lanes.DOUBLE_ZEROS.broadcast(x[row]);
        DoubleVector x1 = Lanes.DOUBLE_ZEROS.broadcast(x[row + 1]);
        DoubleVector x2 = Lanes.DOUBLE_ZEROS.broadcast(x[row + 2]);
        DoubleVector x3 = Lanes.DOUBLE_ZEROS.broadcast(x[row + 3]);
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s2 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s3 = DoubleVector.zero(Lanes.DOUBLES);
            for (int j = part; j < end; j += STEP) {
                DoubleVector vj = DoubleVector.fromArray(Lanes.DOUBLES, v, j);
                DoubleVector wj = DoubleVector.fromArray(Lanes.DOUBLES, w, j);
                DoubleVector xj = DoubleVector.fromArray(Lanes.DOUBLES, x, j);
                DoubleVector yj = DoubleVector.fromArray(Lanes.DOUBLES, y, j);
                DoubleVector a0 = vj.fma(w0, wj.fma(v0, DoubleVector.fromArray(Lanes.DOUBLES, a, at + j)));
                a0.intoArray(a, at + j);
                s0 = a0.fma(xj, s0);
                yj = a0.fma(x0, yj);
                DoubleVector a1 = vj.fma(w1, wj.fma(v1, DoubleVector.fromArray(Lanes.DOUBLES, a, row1 + j)));
                a1.intoArray(a, row1 + j);
                s1 = a1.fma(xj, s1);
                yj = a1.fma(x1, yj);
                DoubleVector a2 = vj.fma(w2, wj.fma(v2, DoubleVector.fromArray(Lanes.DOUBLES, a, row2 + j)));
                a2.intoArray(a, row2 + j);
                s2 = a2.fma(xj, s2);
                yj = a2.fma(x2, yj);
                DoubleVector a3 = vj.fma(w3, wj.fma(v3, DoubleVector.fromArray(Lanes.DOUBLES, a, row3 + j)));
                a3.intoArray(a, row3 + j);
                s3 = a3.fma(xj, s3);
                a3.fma(x3, yj).intoArray(y, j);
            }
            Lanes.DOUBLE_VECTOR.cast(s0).intoArray(sums, to + part);
            Lanes.DOUBLE_VECTOR.cast(s1).intoArray(sums, to + STEP + part);
            Lanes.DOUBLE_VECTOR.cast(s2).intoArray(sums, to + 2 * STEP + part);
            Lanes.DOUBLE_VECTOR.cast(s3).intoArray(sums, to + 3 * STEP + part);
        }
    }

    /** Two rows, as above, in 16 registers. */
    private static void twoRows(double[] a, int at, int stride, int row, int end, double[] v, double[] w, double[] x, double[] y,
                                double[] sums, int to) {
        int row1 = at + stride;
        DoubleVector v0 = Lanes.DOUBLE_ZEROS.broadcast(-v[row]);
        DoubleVector v1 = Lanes.DOUBLE_ZEROS.broadcast(-v[row + 1]);
        DoubleVector w0 = Lanes.DOUBLE_ZEROS.broadcast(-w[row]);
        DoubleVector w1 = Lanes.DOUBLE_ZEROS.broadcast(-w[row + 1]);
        DoubleVector x0 = Lanes.DOUBLE_ZEROS.broadcast(x[row]);
        DoubleVector x1 = Lanes.DOUBLE_ZEROS.broadcast(x[row + 1]);
        for (int part = 0; part < STEP; part += DOUBLES) {
            DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
            for (int j = part; j < end; j += STEP) {
                DoubleVector vj = DoubleVector.fromArray(Lanes.DOUBLES, v, j);
                DoubleVector wj = DoubleVector.fromArray(Lanes.DOUBLES, w, j);
                DoubleVector xj = DoubleVector.fromArray(Lanes.DOUBLES, x, j);
                DoubleVector yj = DoubleVector.fromArray(Lanes.DOUBLES, y, j);
                DoubleVector a0 = vj.fma(w0, wj.fma(v0, DoubleVector.fromArray(Lanes.DOUBLES, a, at + j)));
                a0.intoArray(a, at + j);
                s0 = a0.fma(xj, s0);
                yj = a0.fma(x0, yj);
                DoubleVector a1 = vj.fma(w1, wj.fma(v1, DoubleVector.fromArray(Lanes.DOUBLES, a, row1 + j)));
                a1.intoArray(a, row1 + j);
                s1 = a1.fma(xj, s1);
                a1.fma(x1, yj).intoArray(y, j);
            }
            Lanes.DOUBLE_VECTOR.cast(s0).intoArray(sums, to + part);
            Lanes.DOUBLE_VECTOR.cast(s1).intoArray(sums, to + STEP + part);
        }
    }

    @Override
    public int order() {
        return order;
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
    public void transform(double[] real, double[] imaginary) {
        for (int k = 1; k < order; k++) {
            if (factors[k] != 0) {
                reflect(entries, k * stride, k, factors[k], real);
            }
        }
        if (order < size && firstFactor != 0) {
            reflect(firstReflection, 0, size, firstFactor, real);
        }
    }

    /** {@code z -= factor v <v, z>}, for the eight vectors z of a panel: each a chain of multiply-adds of even rows and one of odd rows. */
    private static void reflect(double[] v, int from, int count, double factor, double[] panel) {
        int even = count & ~1;
        for (int part = 0; part < WIDTH; part += DOUBLES) {
            DoubleVector s0 = DoubleVector.zero(Lanes.DOUBLES);
            DoubleVector s1 = DoubleVector.zero(Lanes.DOUBLES);
            for (int i = 0, at = part; i < even; i += 2, at += 2 * WIDTH) {
                s0 = DoubleVector.fromArray(Lanes.DOUBLES, panel, at).fma(Lanes.DOUBLE_ZEROS.broadcast(v[from + i]), s0);
                s1 = DoubleVector.fromArray(Lanes.DOUBLES, panel, at + WIDTH)
                        .fma(Lanes.DOUBLE_ZEROS.broadcast(v[from + i + 1]), s1);
            }
            if (even < count) {
                s0 = DoubleVector.fromArray(Lanes.DOUBLES, panel, even * WIDTH + part)
                        .fma(Lanes.DOUBLE_ZEROS.broadcast(v[from + even]), s0);
            }
            DoubleVector by = s0.add(s1).mul(Lanes.DOUBLE_ZEROS.broadcast(-factor));
            for (int i = 0, at = part; i < count; i++, at += WIDTH) {
                by.fma(Lanes.DOUBLE_ZEROS.broadcast(v[from + i]), DoubleVector.fromArray(Lanes.DOUBLES, panel, at))
                        .intoArray(panel, at);
            }
        }
    }
}
