package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.SumErrors;
import dev.gatun.internal.sinkhorn.trace.SolveTrace;
import java.util.Arrays;
import java.util.Locale;

/** The result of a solve of one head, in memory that the next solve overwrites. Its figures are those of {@link Solution}. */
public final class SolveBuffer {

    private final double[] u;
    private final double[] v;
    private final SolveTrace trace;
    private Outcome outcome;
    private String obstruction;
    private int iterations;
    private int newtonSteps;
    private final SumErrors rows = new SumErrors();
    private final SumErrors columns = new SumErrors();
    private boolean float32;
    private double contraction;
    private double relaxation;

    /**
     * A buffer for heads of {@code rows x columns}, cleared.
     *
     * @param traced whether the steps of solves are recorded
     */
    public SolveBuffer(int rows, int columns, boolean traced) {
        this.u = new double[rows];
        this.v = new double[columns];
        this.trace = SolveTrace.of(traced);
        clear();
    }

    /** Sets potentials and errors to NaN, counts to 0, the trace to nothing, and the outcome to {@link Outcome#STALLED}. */
    public void clear() {
        outcome = Outcome.STALLED;
        obstruction = "";
        iterations = 0;
        newtonSteps = 0;
        contraction = Double.NaN;
        relaxation = 1;
        rows.clear();
        columns.clear();
        trace.clear();
        Arrays.fill(u, Double.NaN);
        Arrays.fill(v, Double.NaN);
    }

    /** Ends a solve whose problem has no coupling, for the reason {@code newObstruction}. */
    void endInfeasible(String newObstruction) {
        outcome = Outcome.INFEASIBLE;
        obstruction = newObstruction;
    }

    /**
     * Ends a solve by the outcome that the sums of the returned coupling have.
     *
     * @param marginals      the row and column sums asked for
     * @param tolerance      the largest relative error that counts as converged
     * @param newObstruction why no finite potentials reach the marginals; empty if they do
     * @param ofFloat32      whether the sums are those of float32 entries
     */
    void end(double[] rowSums, double[] columnSums, HeadMarginals marginals, double tolerance, String newObstruction,
             boolean ofFloat32) {
        float32 = ofFloat32;
        rows.measure(rowSums, marginals.mu(), tolerance);
        columns.measure(columnSums, marginals.nu(), tolerance);
        end(Math.max(rows.largest(), columns.largest()) <= tolerance, newObstruction);
    }

    /** Ends a solve by the error that the solver knows, until the sums of the coupling are measured. */
    void end(boolean converged, String newObstruction) {
        outcome = converged ? Outcome.CONVERGED : newObstruction.isEmpty() ? Outcome.STALLED : Outcome.SUBLINEAR_LIMIT;
        obstruction = newObstruction;
    }

    /** Whether every potential is finite or minus infinity. */
    boolean hasPotentials() {
        return defined(u) && defined(v);
    }

    private static boolean defined(double[] potential) {
        for (double p : potential) {
            if (!(p < Double.POSITIVE_INFINITY)) {
                return false;
            }
        }
        return true;
    }

    /** Copies potentials in units of log 2 as {@code u + shift} and {@code v - shift} in natural units. */
    void setPotentials(double[] logTwoU, double[] logTwoV, double shift) {
        setPotentials(logTwoU, logTwoV);
        Potentials.toNatural(u, shift);
        Potentials.toNatural(v, -shift);
    }

    /** Copies potentials in natural units. */
    void setPotentials(double[] naturalU, double[] naturalV) {
        System.arraycopy(naturalU, 0, u, 0, u.length);
        System.arraycopy(naturalV, 0, v, 0, v.length);
    }

    /** Adds the passes and Newton steps of a solve to those of the head, and sets its over-relaxation and contraction. */
    void add(int passes, int steps, double newRelaxation, double newContraction) {
        iterations += passes;
        newtonSteps += steps;
        relaxation = newRelaxation;
        contraction = newContraction;
    }

    /** How the last solve ended. */
    public Outcome outcome() {
        return outcome;
    }

    /** Why the solve did not converge, in one sentence; empty if it did. */
    public String reason() {
        return switch (outcome) {
            case CONVERGED -> "";
            case STALLED -> stalled();
            case SUBLINEAR_LIMIT, INFEASIBLE -> obstruction;
        };
    }

    /** Names the row or column with the largest relative error. */
    private String stalled() {
        boolean ofRows = !(columns.largest() > rows.largest());
        SumErrors worst = ofRows ? rows : columns;
        if (Double.isNaN(worst.largest())) {
            return "nothing has been solved";
        }
        String range = float32 ? range(worst.target() / (ofRows ? v : u).length) : "";
        int others = rows.missed() + columns.missed() - 1;
        String more = others > 0 ? String.format(Locale.ROOT, "; %d other rows and columns miss the tolerance", others) : "";
        return String.format(Locale.ROOT, "%s %d with a mass of %s is off by %.2g of it after %d iterations%s%s",
                ofRows ? "row" : "column", worst.worst(), worst.target(), worst.largest(), iterations, range, more);
    }

    /** The part of a reason that entries of this mean size explain. */
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

    /** The factor by which the last iteration changed the error of the column sums. */
    public double contraction() {
        return contraction;
    }

    /** The over-relaxation parameter omega, 1 for none. */
    public double relaxation() {
        return relaxation;
    }

    /** Row potential {@code u_i} in natural units: minus infinity if the target is 0, NaN if there is no coupling. */
    public double u(int i) {
        return u[i];
    }

    /** Column potential {@code v_j} likewise; the mean over finite ones is 0. */
    public double v(int j) {
        return v[j];
    }

    /** The array of all row potentials, which the next solve overwrites. */
    double[] u() {
        return u;
    }

    /** The array of all column potentials, which the next solve overwrites. */
    public double[] v() {
        return v;
    }

    /** Records the steps of a solve. */
    SolveTrace trace() {
        return trace;
    }

    /** The reported figures, with the arrays of potentials that the next solve overwrites. */
    public Solution solution() {
        return new Solution(outcome, iterations, rowError(), columnError(), rowErrorL1(), columnErrorL1(), contraction,
                u, v, relaxation, newtonSteps, reason(), trace.steps(iterations, columnError()));
    }
}
