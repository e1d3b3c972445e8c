package dev.gatun.model;

import java.util.function.IntToDoubleFunction;

/**
 * Sinkhorn's iteration in the log domain and nothing more: no acceleration, no damping. It is the yardstick for how
 * hard a head is to make bistochastic. Each iteration makes the rows of {@code exp(s_ij + u_i + v_j)} sum to 1, then
 * the columns.
 */
final class PlainSinkhorn {

    private final double[] scores;
    private final int tokens;
    private final double[] rowPotentials;
    private final double[] columnPotentials;
    private int iterations;
    private double rowError = Double.POSITIVE_INFINITY;

    PlainSinkhorn(double[] scores, int tokens) {
        this.scores = scores;
        this.tokens = tokens;
        this.rowPotentials = new double[tokens];
        this.columnPotentials = new double[tokens];
    }

    /** Iterates until no row sum is further than the tolerance from 1, or the iterations are spent. */
    void solve(double tolerance, int mostIterations) {
        while (iterations < mostIterations && rowError > tolerance) {
            balanceRows();
            balanceColumns();
            iterations++;
            rowError = measureRows();
        }
    }

    int iterations() {
        return iterations;
    }

    /** The largest |row sum - 1| after the last iteration, which left the columns exact. */
    double rowError() {
        return rowError;
    }

    private void balanceRows() {
        for (int i = 0; i < tokens; i++) {
            rowPotentials[i] = -logOfRowSum(i);
        }
    }

    private void balanceColumns() {
        for (int j = 0; j < tokens; j++) {
            int column = j;
            columnPotentials[j] = -logSumExp(i -> scores[i * tokens + column] + rowPotentials[i]);
        }
    }

    private double measureRows() {
        double worst = 0;
        for (int i = 0; i < tokens; i++) {
            worst = Math.max(worst, Math.abs(Math.exp(logOfRowSum(i) + rowPotentials[i]) - 1));
        }
        return worst;
    }

    /** The logarithm of the sum of row i when the row has no potential of its own. */
    private double logOfRowSum(int i) {
        return logSumExp(j -> scores[i * tokens + j] + columnPotentials[j]);
    }

    private double logSumExp(IntToDoubleFunction exponent) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < tokens; i++) {
            largest = Math.max(largest, exponent.applyAsDouble(i));
        }
        double sum = 0;
        for (int i = 0; i < tokens; i++) {
            sum += Math.exp(exponent.applyAsDouble(i) - largest);
        }
        return largest + Math.log(sum);
    }
}
