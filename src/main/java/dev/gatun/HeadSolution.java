package dev.gatun;

import java.util.Arrays;

/**
 * What a {@link SinkhornPlan} has found for one head, until it solves again; {@link #solution()} is a copy that stays.
 * Figures are those of {@link SinkhornSolution}, under the same names.
 */
public final class HeadSolution implements Solved {

    final double[] u;
    final double[] v;
    private SinkhornStatus status;
    private String hindrance;
    private int iterations;
    private int newtonSteps;
    private double rowError;
    private double columnError;
    private double rowErrorL1;
    private double columnErrorL1;
    private double contraction;
    private double relaxation;

    HeadSolution(int rows, int columns) {
        this.u = new double[rows];
        this.v = new double[columns];
        begin();
    }

    /** Forgets everything. */
    void begin() {
        status = SinkhornStatus.STALLED;
        hindrance = "";
        iterations = 0;
        newtonSteps = 0;
        contraction = Double.NaN;
        relaxation = 1;
        errors(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
        Arrays.fill(u, Double.NaN);
        Arrays.fill(v, Double.NaN);
    }

    /** @param newHindrance why there is no plan */
    void infeasible(String newHindrance) {
        status = SinkhornStatus.INFEASIBLE;
        hindrance = newHindrance;
    }

    /** @param newHindrance why the errors fall like 1/k; empty where they do not, or where the tolerance is met */
    void ended(boolean met, String newHindrance) {
        status = met ? SinkhornStatus.CONVERGED
                : newHindrance.isEmpty() ? SinkhornStatus.STALLED : SinkhornStatus.SUBLINEAR_LIMIT;
        hindrance = newHindrance;
    }

    void spent(int passes, int steps, double newRelaxation) {
        iterations += passes;
        newtonSteps += steps;
        relaxation = newRelaxation;
    }

    void reached(double newContraction) {
        contraction = newContraction;
    }

    void errors(double newRowError, double newColumnError, double newRowErrorL1, double newColumnErrorL1) {
        rowError = newRowError;
        columnError = newColumnError;
        rowErrorL1 = newRowErrorL1;
        columnErrorL1 = newColumnErrorL1;
    }

    @Override
    public SinkhornStatus status() {
        return status;
    }

    @Override
    public String reason() {
        return switch (status) {
            case CONVERGED -> "";
            case STALLED -> SinkhornSolution.stalled(Math.max(rowError, columnError), iterations);
            case SUBLINEAR_LIMIT, INFEASIBLE -> hindrance;
        };
    }

    /** Passes over the whole kernel. */
    public int iterations() {
        return iterations;
    }

    /** Newton steps on the dual. */
    public int newtonSteps() {
        return newtonSteps;
    }

    /** The largest relative error of a row sum. */
    public double rowError() {
        return rowError;
    }

    /** The largest relative error of a column sum. */
    public double columnError() {
        return columnError;
    }

    /** The L1 error of the row sums. */
    public double rowErrorL1() {
        return rowErrorL1;
    }

    /** The L1 error of the column sums. */
    public double columnErrorL1() {
        return columnErrorL1;
    }

    /** By what factor the last iteration shrank the error. */
    public double contraction() {
        return contraction;
    }

    /** The over-relaxation that was used, 1 for none. */
    public double relaxation() {
        return relaxation;
    }

    /** Row potential {@code u_i}: minus infinity where the target is 0, NaN where there is no plan. */
    public double u(int i) {
        return u[i];
    }

    /** Column potential {@code v_j} likewise; the mean over finite ones is 0. */
    public double v(int j) {
        return v[j];
    }

    /** A copy that the next solve leaves alone. */
    public SinkhornSolution solution() {
        return new SinkhornSolution(status, iterations, rowError, columnError, rowErrorL1, columnErrorL1, contraction,
                u, v, relaxation, newtonSteps, reason());
    }
}
