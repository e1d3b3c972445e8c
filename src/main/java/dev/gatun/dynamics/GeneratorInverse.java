package dev.gatun.dynamics;

import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.dense.StateElimination;

/**
 * The inverse of {@code I - P} without the row and the column of state 0, times a rate, on vectors {@code y_i = w_i x_i}.
 *
 * <p>It uses the factors of an elimination (Grassmann, Taksar and Heyman 1985), which reads no diagonal entry and subtracts nothing:
 * the transitions off the diagonal determine {@code I - P}, however small they are, and its small eigenvalues {@code 1 - lambda} to
 * their own relative size (Alfa, Xue and Ye 2002). All entries of the inverse are positive.
 */
final class GeneratorInverse {

    /** The sum of a smaller rate has lost terms to underflow. */
    static final double MIN_RATE = 1e-290;

    private final int size;
    private final double rate;
    private final double[] relative;
    private final double[][] columns;
    private final double[][] rows;

    /**
     * @param p         {@code n x n} transitions; entry (i, i) is not read
     * @param order     the state of P that each state here is; the first is not eliminated
     * @param logWeight log2 of w, by the states of P; null for weights of 1
     */
    GeneratorInverse(double[][] p, int[] order, double[] logWeight) {
        this.size = order.length;
        StateElimination.Factors factors = StateElimination.factors(strips(p, order), size);
        double[] leaving = factors.leaving();
        double least = Double.POSITIVE_INFINITY;
        for (int k = 1; k < size; k++) {
            least = Math.min(least, leaving[k]);
        }
        this.rate = least;
        this.relative = new double[size];
        this.columns = new double[size][];
        this.rows = new double[size][];
        for (int k = 1; k < size && usable(); k++) {
            relative[k] = rate / leaving[k];
            columns[k] = new double[k];
            rows[k] = new double[k];
            for (int j = 1; j < k; j++) {
                double shift = logWeight == null ? 0 : logWeight[order[k]] - logWeight[order[j]];
                columns[k][j] = scaled(factors.columns()[StateElimination.place(j, k, size)], -shift);
                rows[k][j] = scaled(factors.rows()[k * size + j] / leaving[k], shift);
            }
        }
    }

    private static double[] strips(double[][] p, int[] order) {
        int size = order.length;
        double[] strips = new double[StateElimination.length(size)];
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                strips[StateElimination.place(i, j, size)] = p[order[i]][order[j]];
            }
        }
        return strips;
    }

    /** {@code factor 2^shift}, where the power alone may be no double. */
    private static double scaled(double factor, double shift) {
        return factor == 0 || shift == 0 ? factor : Math.pow(2, Math.log(factor) / Math.log(2) + shift);
    }

    /** Whether no rate is too small to be told from 0. */
    boolean usable() {
        return rate >= MIN_RATE;
    }

    /** The rate that the inverse is multiplied by: the least at which a state is left for those before it. */
    double rate() {
        return rate;
    }

    /** Replaces y, in the order of the states here, by the inverse times it; {@code y_0} is taken for 0 and becomes 0. */
    void solve(double[] y) {
        y[0] = 0;
        for (int k = size - 1; k > 0; k--) {
            ColumnProducts.add(y[k], columns[k], y);
        }
        for (int k = 1; k < size; k++) {
            y[k] = relative[k] * y[k] + ColumnProducts.product(rows[k], y);
        }
    }
}
