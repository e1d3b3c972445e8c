package dev.gatun.dynamics;

import dev.gatun.kernel.ColumnProducts;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Sharing;
import dev.gatun.kernel.dense.StateElimination;

/**
 * The inverse of {@code I - P} without the row and the column of one state, times a rate: {@code rate W (I - P)^-1 W^-1}, with a
 * diagonal W that scales the vectors it acts on.
 *
 * <p>It uses the factors of an elimination (Grassmann, Taksar and Heyman 1985), which reads no diagonal entry and subtracts nothing.
 * The transitions off the diagonal, however small, therefore determine the small eigenvalues {@code 1 - lambda} of {@code I - P} to full
 * relative accuracy (Alfa, Xue and Ye 2002). All entries of the inverse are positive.
 */
final class GeneratorInverse {

    /** Sums of smaller rates have lost terms to underflow. */
    static final double MIN_RATE = 1e-290;

    private final int size;
    private final double rate;
    private final double[] relative;
    private final double[][] columns;
    private final double[][] rows;

    /**
     * Factors the matrix.
     *
     * @param p        {@code n x n} transitions; entries (i, i) are not read
     * @param order    the state of P that each state here stands for; the first one is left out
     * @param logScale log2 of the diagonal of W, by the states of P; null for the identity
     * @param sharing  runs the work of the elimination
     */
    GeneratorInverse(double[][] p, int[] order, double[] logScale, Sharing sharing) {
        this.size = order.length;
        StateElimination.Factors factors = StateElimination.factors(strips(p, order), size, sharing);
        double[] leaving = factors.leaving();
        double min = Double.POSITIVE_INFINITY;
        for (int k = 1; k < size; k++) {
            min = Math.min(min, leaving[k]);
        }
        this.rate = min;
        this.relative = new double[size];
        this.columns = new double[size][];
        this.rows = new double[size][];
        for (int k = 1; k < size && usable(); k++) {
            relative[k] = rate / leaving[k];
            columns[k] = new double[k];
            rows[k] = new double[k];
            for (int j = 1; j < k; j++) {
                double shift = logScale == null ? 0 : logScale[order[k]] - logScale[order[j]];
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

    /** {@code factor 2^shift}, also if float64 cannot hold the power itself. */
    private static double scaled(double factor, double shift) {
        return factor == 0 || shift == 0 ? factor : LogTwo.exp2(LogTwo.log2(factor) + shift);
    }

    /** Whether all rates are within the range of float64. */
    boolean usable() {
        return rate >= MIN_RATE;
    }

    /** The factor of the inverse: the minimum over the eliminated states of the rate of leaving a state for those before it. */
    double rate() {
        return rate;
    }

    /** Replaces y, in the order of the states here, by the inverse times y. Entry 0 is taken as 0, and set to 0. */
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
