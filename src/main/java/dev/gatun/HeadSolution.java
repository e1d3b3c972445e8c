package dev.gatun;

import dev.gatun.internal.sinkhorn.SolveBuffer;

/**
 * What a {@link SinkhornPlan} has found for one head, until it solves again; {@link #solution()} is a copy that stays.
 * Figures are those of {@link SinkhornSolution}, under the same names.
 */
public final class HeadSolution implements Convergence {

    private final SolveBuffer found;

    HeadSolution(SolveBuffer found) {
        this.found = found;
    }

    @Override
    public SinkhornStatus status() {
        return SinkhornStatus.of(found.outcome());
    }

    @Override
    public String reason() {
        return found.reason();
    }

    /** Passes over the whole kernel. */
    public int iterations() {
        return found.iterations();
    }

    /** Newton steps on the dual. */
    public int newtonSteps() {
        return found.newtonSteps();
    }

    /** The largest relative error of a row sum. */
    public double rowError() {
        return found.rowError();
    }

    /** The largest relative error of a column sum. */
    public double columnError() {
        return found.columnError();
    }

    /** The L1 error of the row sums. */
    public double rowErrorL1() {
        return found.rowErrorL1();
    }

    /** The L1 error of the column sums. */
    public double columnErrorL1() {
        return found.columnErrorL1();
    }

    /** By what factor the last iteration shrank the error. */
    public double contraction() {
        return found.contraction();
    }

    /** The over-relaxation that was used, 1 for none. */
    public double relaxation() {
        return found.relaxation();
    }

    /** Row potential {@code u_i}: minus infinity where the target is 0, NaN where there is no plan. */
    public double u(int i) {
        return found.u[i];
    }

    /** Column potential {@code v_j} likewise; the mean over finite ones is 0. */
    public double v(int j) {
        return found.v[j];
    }

    /** A copy that the next solve leaves alone. */
    public SinkhornSolution solution() {
        return SinkhornSolution.of(found.solution());
    }
}
