package dev.gatun.kernel.dense;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.tile.ThinProduct;
import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Solves the linear equations of a weighted graph, {@code e_j x_j + sum_k w_jk (x_j - x_k) = b_j}, with weights {@code w_jk >= 0} and
 * excess {@code e_j >= 0}.
 *
 * <p>Eliminating an unknown leaves equations of the same form with larger weights, so every pivot is a sum of terms of one sign, and
 * unknowns that only the smallest weights connect are still accurate to their own relative size (W. Grassmann, M. Taksar and
 * D. Heyman, 1985).
 *
 * <p>Float64; {@code n^3 / 3} multiply-adds. Rows are padded to whole vectors, so there are no tails. Lanes are independent: results do
 * not depend on the vector width. A system allocates nothing once it has been made.
 */
public final class Laplacian {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Vectors whose products are added at once. */
    private static final int MAX_PENDING = 64;

    /** Unknowns that are eliminated together. */
    private static final int GROUP = 4;

    private final int size;
    private final int width;
    private final double[] weights;
    private final double[] excess;
    private final double[] pivots;
    private final double[] factors;
    /** Vectors {@code sqrt(factor) p} whose products are not in the weights yet. */
    private final double[] pending;
    private int pendingCount;

    /** Scratch for {@code size} unknowns. */
    public Laplacian(int size) {
        this.size = size;
        this.width = ThinProduct.padded(size, 2 * DOUBLES);
        this.weights = new double[ArrayLength.of(ThinProduct.padded(size, ThinProduct.ROWS), width)];
        this.excess = new double[size];
        this.pivots = new double[size];
        this.factors = new double[GROUP * size];
        this.pending = new double[ArrayLength.of(Lanes.blocks(size), MAX_PENDING * ThinProduct.ROW)];
    }

    /** Begins another system: all weights are 0. */
    public void clear() {
        Arrays.fill(weights, 0.0);
        pendingCount = 0;
    }

    /** {@code w_jk += factor p_j p_k} for all j and k; factor and p are not negative. */
    public void addProduct(double factor, double[] p) {
        double root = Math.sqrt(factor);
        for (int block = 0; block < size; block += Lanes.BLOCK) {
            for (int j = block, at = place(pendingCount, block); j < Math.min(size, block + Lanes.BLOCK); j++, at++) {
                pending[at] = root * p[j];
            }
        }
        pendingCount++;
        if (pendingCount == MAX_PENDING) {
            addPending();
        }
    }

    /** Adds the products of the pending vectors to the upper triangle. */
    private void addPending() {
        for (int j = 0; j < size; j += Lanes.BLOCK) {
            for (int k = j; k < size; k += Lanes.BLOCK) {
                ThinProduct.transposed(pending, place(0, j), Math.min(Lanes.BLOCK, size - j), pending, place(0, k),
                        Math.min(Lanes.BLOCK, size - k), pendingCount, j == k, weights, j * width + k, width);
            }
        }
        pendingCount = 0;
    }

    /** The place of entry {@code j}, the first of its block, of pending vector {@code i}, in the layout of {@link ThinProduct}. */
    private static int place(int i, int j) {
        return (j / Lanes.BLOCK * MAX_PENDING + i) * ThinProduct.ROW;
    }

    /**
     * Solves the system. {@link #solveAgain} solves it for further right-hand sides.
     *
     * @param newExcess e, not negative
     * @param b         the right-hand side, replaced by the solution; an unknown without weights and excess becomes 0
     */
    public void solve(double[] newExcess, double[] b) {
        if (pendingCount > 0) {
            addPending();
        }
        System.arraycopy(newExcess, 0, excess, 0, size);
        for (int k = 0; k < size; k += GROUP) {
            eliminate(k);
        }
        solveAgain(b);
    }

    /**
     * Solves the system of the last {@link #solve} for another right-hand side.
     *
     * @param b the right-hand side, replaced by the solution
     */
    public void solveAgain(double[] b) {
        for (int k = 0; k < size; k++) {
            double factor = pivots[k] > 0 ? b[k] / pivots[k] : 0;
            for (int i = k + 1, at = k * width + i; i < size; i++, at++) {
                b[i] += weights[at] * factor;
            }
        }
        for (int k = size - 1; k >= 0; k--) {
            double sum = b[k];
            for (int j = k + 1; j < size; j++) {
                sum += weights[k * width + j] * b[j];
            }
            b[k] = pivots[k] > 0 ? sum / pivots[k] : 0;
        }
    }

    /** Eliminates up to four unknowns from {@code k} on: each from the later ones of the four, then all four from the rest. */
    private void eliminate(int k) {
        int end = Math.min(k + GROUP, size);
        Arrays.fill(factors, 0.0);
        for (int m = k; m < end; m++) {
            for (int of = k; of < m; of++) {
                addMultiple(of, factors[(of - k) * size + m], m);
            }
            takePivot(m, (m - k) * size);
        }
        for (int i = end; i < size; i++) {
            addMultiples(k, i);
        }
    }

    /** Computes the pivot of unknown {@code k} and the multiples of its row that later rows receive, from {@code to} on. */
    private void takePivot(int k, int to) {
        int of = k * width;
        double pivot = excess[k];
        for (int j = k + 1; j < size; j++) {
            pivot += weights[of + j];
        }
        pivots[k] = pivot;
        for (int i = k + 1; i < size && pivot > 0; i++) {
            factors[to + i] = weights[of + i] / pivot;
            excess[i] += factors[to + i] * excess[k];
        }
    }

    /** Adds row {@code of} times a factor to row {@code i}. */
    private void addMultiple(int of, double by, int i) {
        DoubleVector factor = Lanes.DOUBLE_ZEROS.broadcast(by);
        for (int j = i / DOUBLES * DOUBLES, from = of * width + j, to = i * width + j; j < width;
                j += DOUBLES, from += DOUBLES, to += DOUBLES) {
            DoubleVector.fromArray(Lanes.DOUBLES, weights, from)
                    .fma(factor, DoubleVector.fromArray(Lanes.DOUBLES, weights, to)).intoArray(weights, to);
        }
    }

    /** Adds rows k to k + 3, each times its factor, to row {@code i}. */
    private void addMultiples(int k, int i) {
        DoubleVector f0 = Lanes.DOUBLE_ZEROS.broadcast(factors[i]);
        DoubleVector f1 = Lanes.DOUBLE_ZEROS.broadcast(factors[size + i]);
        DoubleVector f2 = Lanes.DOUBLE_ZEROS.broadcast(factors[2 * size + i]);
        DoubleVector f3 = Lanes.DOUBLE_ZEROS.broadcast(factors[3 * size + i]);
        int row0 = k * width;
        int row1 = row0 + width;
        int row2 = row1 + width;
        int row3 = row2 + width;
        for (int j = i / DOUBLES * DOUBLES, to = i * width + j; j < width; j += DOUBLES, to += DOUBLES) {
            DoubleVector even = DoubleVector.fromArray(Lanes.DOUBLES, weights, to);
            even = DoubleVector.fromArray(Lanes.DOUBLES, weights, row0 + j).fma(f0, even);
            DoubleVector odd = DoubleVector.fromArray(Lanes.DOUBLES, weights, row1 + j).mul(f1);
            even = DoubleVector.fromArray(Lanes.DOUBLES, weights, row2 + j).fma(f2, even);
            odd = DoubleVector.fromArray(Lanes.DOUBLES, weights, row3 + j).fma(f3, odd);
            even.add(odd).intoArray(weights, to);
        }
    }
}
