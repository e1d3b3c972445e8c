package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.SumErrors;
import java.util.Arrays;
import java.util.Locale;

/** What a solve finds for one head, in memory that the next solve uses again. Figures are those of {@link Solution}. */
public final class SolveBuffer {

    /** Row potentials, in natural units. */
    public final double[] u;

    /** Column potentials, in natural units. */
    public final double[] v;

    private Outcome outcome;
    private String hindrance;
    private int iterations;
    private int newtonSteps;
    private final SumErrors rows = new SumErrors();
    private final SumErrors columns = new SumErrors();
    private boolean ofFloats;
    private double contraction;
    private double relaxation;

    public SolveBuffer(int rows, int columns) {
        this.u = new double[rows];
        this.v = new double[columns];
        begin();
    }

    /** Forgets everything. */
    public void begin() {
        outcome = Outcome.STALLED;
        hindrance = "";
        iterations = 0;
        newtonSteps = 0;
        contraction = Double.NaN;
        relaxation = 1;
        rows.clear();
        columns.clear();
        Arrays.fill(u, Double.NaN);
        Arrays.fill(v, Double.NaN);
    }

    /** @param newHindrance why there is no plan */
    void infeasible(String newHindrance) {
        outcome = Outcome.INFEASIBLE;
        hindrance = newHindrance;
    }

    /**
     * Takes the sums of the coupling as it is returned, and the status that follows from them alone.
     *
     * @param marginals    what was asked for
     * @param tolerance    the largest relative error that counts as converged
     * @param newHindrance why no finite potentials reach the marginals; empty where they do
     * @param floats       whether the sums are those of float32 entries
     */
    public void measured(double[] rowSums, double[] columnSums, HeadMarginals marginals, double tolerance, String newHindrance,
                  boolean floats) {
        ofFloats = floats;
        rows.measure(rowSums, marginals.mu(), tolerance);
        columns.measure(columnSums, marginals.nu(), tolerance);
        ended(Math.max(rows.largest(), columns.largest()) <= tolerance, newHindrance);
    }

    /** What a solver has seen, until it is measured: whether it met the tolerance, and what hindered it. */
    void ended(boolean met, String newHindrance) {
        outcome = met ? Outcome.CONVERGED
                : newHindrance.isEmpty() ? Outcome.STALLED : Outcome.SUBLINEAR_LIMIT;
        hindrance = newHindrance;
    }

    /** Whether all potentials are numbers, or minus infinity. */
    boolean definite() {
        return definite(u) && definite(v);
    }

    private static boolean definite(double[] potential) {
        for (double p : potential) {
            if (!(p < Double.POSITIVE_INFINITY)) {
                return false;
            }
        }
        return true;
    }

    void spent(int passes, int steps, double newRelaxation) {
        iterations += passes;
        newtonSteps += steps;
        relaxation = newRelaxation;
    }

    void reached(double newContraction) {
        contraction = newContraction;
    }

    public Outcome outcome() {
        return outcome;
    }

    public String reason() {
        return switch (outcome) {
            case CONVERGED -> "";
            case STALLED -> stalled();
            case SUBLINEAR_LIMIT, INFEASIBLE -> hindrance;
        };
    }

    /** Names the row or column that is furthest from its target. */
    private String stalled() {
        boolean ofRows = !(columns.largest() > rows.largest());
        SumErrors worst = ofRows ? rows : columns;
        if (Double.isNaN(worst.largest())) {
            return "nothing has been solved";
        }
        String range = ofFloats ? range(worst.target() / (ofRows ? v : u).length) : "";
        int others = rows.missed() + columns.missed() - 1;
        String more = others > 0 ? String.format(Locale.ROOT, "; %d other rows and columns miss the tolerance", others) : "";
        return String.format(Locale.ROOT, "%s %d with a mass of %s is off by %.2g of it after %d iterations%s%s",
                ofRows ? "row" : "column", worst.worst(), worst.target(), worst.largest(), iterations, range, more);
    }

    /** Where entries of a mean size lie outside of float32. */
    private static String range(double mean) {
        return mean < Float.MIN_NORMAL ? ", because its entries are too small for float32"
                : mean > Float.MAX_VALUE ? ", because its entries are too large for float32" : "";
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
        return rows.largest();
    }

    /** The largest relative error of a column sum. */
    public double columnError() {
        return columns.largest();
    }

    /** The L1 error of the row sums. */
    public double rowErrorL1() {
        return rows.total();
    }

    /** The L1 error of the column sums. */
    public double columnErrorL1() {
        return columns.total();
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

    /** What is reported, with the potentials that the next solve overwrites. */
    public Solution solution() {
        return new Solution(outcome, iterations, rowError(), columnError(), rowErrorL1(), columnErrorL1(), contraction,
                u, v, relaxation, newtonSteps, reason());
    }
}
