package dev.gatun.kernel;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Linear equations of a weighted graph, {@code e_j x_j + sum_k w_jk (x_j - x_k) = b_j}, with weights that are not negative.
 *
 * <p>Eliminating an unknown leaves equations of the same form with larger weights, so every pivot is a sum of terms of one
 * sign, and unknowns that the faintest weights hold together are still found to full relative accuracy (the idea of
 * Grassmann, Taksar and Heyman, 1985). Double precision throughout; {@code n^3 / 3} multiply-adds. Rows are padded to whole
 * vectors, so there are no tails; lanes are independent, so results do not depend on their number.
 */
public final class Laplacian {

    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Rows whose products are added at once. */
    private static final int HELD = 4;

    private final int size;
    private final int width;
    private final double[] weights;
    private final double[] excess;
    private final double[] pivots;
    private final double[] factors;
    private final double[] rows;
    private int held;

    /** Room for {@code size} unknowns. */
    public Laplacian(int size) {
        this.size = size;
        this.width = (size + DOUBLES - 1) / DOUBLES * DOUBLES;
        this.weights = new double[Math.multiplyExact(size, width)];
        this.excess = new double[size];
        this.pivots = new double[size];
        this.factors = new double[size];
        this.rows = new double[HELD * width];
    }

    /** Begins another system, of no weights. */
    public void clear() {
        Arrays.fill(weights, 0.0);
        held = 0;
    }

    /** Adds {@code factor p_j p_k} to each weight; factor and p are not negative. */
    public void addProduct(double factor, double[] p) {
        double root = Math.sqrt(factor);
        int at = held * width;
        for (int j = 0; j < size; j++) {
            rows[at + j] = root * p[j];
        }
        held++;
        if (held == HELD) {
            addHeld();
        }
    }

    /** Adds the products of the rows that are held, four at once, to the upper triangle. */
    private void addHeld() {
        Arrays.fill(rows, held * width, rows.length, 0.0);
        int second = width;
        int third = 2 * width;
        int fourth = 3 * width;
        for (int j = 0, to = 0; j < size; j++, to += width) {
            DoubleVector f0 = DoubleVector.broadcast(Lanes.DOUBLES, rows[j]);
            DoubleVector f1 = DoubleVector.broadcast(Lanes.DOUBLES, rows[second + j]);
            DoubleVector f2 = DoubleVector.broadcast(Lanes.DOUBLES, rows[third + j]);
            DoubleVector f3 = DoubleVector.broadcast(Lanes.DOUBLES, rows[fourth + j]);
            for (int k = j / DOUBLES * DOUBLES; k < width; k += DOUBLES) {
                DoubleVector sum = DoubleVector.fromArray(Lanes.DOUBLES, weights, to + k);
                sum = DoubleVector.fromArray(Lanes.DOUBLES, rows, k).fma(f0, sum);
                sum = DoubleVector.fromArray(Lanes.DOUBLES, rows, second + k).fma(f1, sum);
                sum = DoubleVector.fromArray(Lanes.DOUBLES, rows, third + k).fma(f2, sum);
                sum = DoubleVector.fromArray(Lanes.DOUBLES, rows, fourth + k).fma(f3, sum);
                sum.intoArray(weights, to + k);
            }
        }
        held = 0;
    }

    /**
     * Solves the system, whose weights are lost.
     *
     * @param newExcess e, not negative
     * @param b         the right-hand sides, replaced by the solution; unknowns that nothing holds become 0
     */
    public void solve(double[] newExcess, double[] b) {
        if (held > 0) {
            addHeld();
        }
        System.arraycopy(newExcess, 0, excess, 0, size);
        for (int k = 0; k < size; k++) {
            eliminate(k, b);
        }
        for (int k = size - 1; k >= 0; k--) {
            double sum = b[k];
            for (int j = k + 1; j < size; j++) {
                sum += weights[k * width + j] * b[j];
            }
            b[k] = pivots[k] > 0 ? sum / pivots[k] : 0;
        }
    }

    private void eliminate(int k, double[] b) {
        int of = k * width;
        double pivot = excess[k];
        for (int j = k + 1; j < size; j++) {
            pivot += weights[of + j];
        }
        pivots[k] = pivot;
        if (!(pivot > 0)) {
            return;
        }
        for (int i = k + 1; i < size; i++) {
            factors[i] = weights[of + i] / pivot;
            excess[i] += factors[i] * excess[k];
            b[i] += factors[i] * b[k];
        }
        addMultiples(k);
    }

    /** Adds row k, times each row's factor, to all rows after it. */
    private void addMultiples(int k) {
        int of = k * width;
        for (int i = k + 1, to = i * width; i < size; i++, to += width) {
            DoubleVector factor = DoubleVector.broadcast(Lanes.DOUBLES, factors[i]);
            for (int j = i / DOUBLES * DOUBLES; j < width; j += DOUBLES) {
                DoubleVector.fromArray(Lanes.DOUBLES, weights, of + j)
                        .fma(factor, DoubleVector.fromArray(Lanes.DOUBLES, weights, to + j)).intoArray(weights, to + j);
            }
        }
    }
}
