package dev.gatun.kernel;

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

    private final int size;
    private final int width;
    private final double[] weights;
    private final double[] excess;
    private final double[] pivots;
    private final double[] row;

    /** Room for {@code size} unknowns. */
    public Laplacian(int size) {
        this.size = size;
        this.width = (size + DOUBLES - 1) / DOUBLES * DOUBLES;
        this.weights = new double[Math.multiplyExact(size, width)];
        this.excess = new double[size];
        this.pivots = new double[size];
        this.row = new double[width];
    }

    /** Begins another system, of no weights. */
    public void clear() {
        java.util.Arrays.fill(weights, 0.0);
    }

    /** Adds {@code factor p_j p_k} to each weight of the upper triangle. */
    public void addProduct(double factor, double[] p) {
        System.arraycopy(p, 0, row, 0, size);
        for (int j = 0; j < size; j++) {
            double scaled = factor * p[j];
            if (scaled > 0) {
                addMultiple(scaled, row, 0, weights, j * width, j / DOUBLES * DOUBLES, width);
            }
        }
    }

    /** {@code to += factor from} over lanes {@code first .. end - 1} of two rows. */
    private static void addMultiple(double factor, double[] from, int fromRow, double[] to, int toRow, int first, int end) {
        DoubleVector f = DoubleVector.broadcast(Lanes.DOUBLES, factor);
        for (int j = first; j < end; j += DOUBLES) {
            DoubleVector.fromArray(Lanes.DOUBLES, from, fromRow + j)
                    .fma(f, DoubleVector.fromArray(Lanes.DOUBLES, to, toRow + j)).intoArray(to, toRow + j);
        }
    }

    /**
     * Solves the system, whose weights are lost.
     *
     * @param newExcess e, not negative
     * @param b         the right-hand sides, replaced by the solution; unknowns that nothing holds become 0
     */
    public void solve(double[] newExcess, double[] b) {
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
            double factor = weights[of + i] / pivot;
            if (factor > 0) {
                excess[i] += factor * excess[k];
                b[i] += factor * b[k];
                addMultiple(factor, weights, of, weights, i * width, i / DOUBLES * DOUBLES, width);
            }
        }
    }
}
