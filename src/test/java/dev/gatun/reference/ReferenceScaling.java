package dev.gatun.reference;

import java.util.Arrays;

/**
 * The bistochastic limit of a log-kernel, for hundreds of cases of a few hundred tokens: some sweeps in the log domain,
 * then plain row and column scaling of the matrix they leave, whose entries are then of a size that float64 holds. The
 * few that contract too slowly for that are solved by Newton on the dual.
 */
public final class ReferenceScaling {

    private static final int LOG_SWEEPS = 8;
    private static final int MAX_ITERATIONS = 5_000;
    private static final double TOLERANCE = 1e-11;

    private ReferenceScaling() {
    }

    /** The plan, its row and column sums within 1e-11 of 1. */
    public static double[][] bistochastic(double[][] z) {
        double[][] kernel = ReferenceSinkhorn.bistochastic(z, TOLERANCE, LOG_SWEEPS).plan();
        int n = z.length;
        double[] rows = ReferenceMatrix.constant(n, 1);
        double[] columns = ReferenceMatrix.constant(n, 1);
        for (int iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
            double error = fitRows(kernel, rows, columns);
            fitColumns(kernel, rows, columns);
            if (error <= TOLERANCE) {
                return scaled(kernel, rows, columns);
            }
        }
        return ReferenceSinkhorn.bistochasticAccurately(z).plan();
    }

    /** Makes row sums 1; returns how far they were off. */
    private static double fitRows(double[][] kernel, double[] rows, double[] columns) {
        double error = 0;
        for (int i = 0; i < rows.length; i++) {
            double sum = 0;
            for (int j = 0; j < columns.length; j++) {
                sum += kernel[i][j] * columns[j];
            }
            error = Math.max(error, Math.abs(sum * rows[i] - 1));
            rows[i] = 1 / sum;
        }
        return error;
    }

    private static void fitColumns(double[][] kernel, double[] rows, double[] columns) {
        double[] sums = new double[columns.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns.length; j++) {
                sums[j] += kernel[i][j] * rows[i];
            }
        }
        Arrays.setAll(columns, j -> 1 / sums[j]);
    }

    private static double[][] scaled(double[][] kernel, double[] rows, double[] columns) {
        double[][] plan = new double[rows.length][columns.length];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns.length; j++) {
                plan[i][j] = rows[i] * kernel[i][j] * columns[j];
            }
        }
        return plan;
    }
}
