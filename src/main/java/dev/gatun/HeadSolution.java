package dev.gatun;

import dev.gatun.internal.sinkhorn.SolveBuffer;

/**
 * The solution of one head by the last call of a {@link SinkhornPlan}; the next call overwrites it, but not the copy
 * {@link #solution()}. Its figures have the names and the meaning of those of {@link SinkhornSolution}.
 */
public final class HeadSolution implements Convergence {

    private final SolveBuffer buffer;

    HeadSolution(SolveBuffer buffer) {
        this.buffer = buffer;
    }

    /**
     * The end of the solve.
     *
     * @return {@link SinkhornStatus#STALLED} before the first call
     */
    @Override
    public SinkhornStatus status() {
        return SinkhornStatus.of(buffer.outcome());
    }

    /**
     * Why the solve did not converge, in one sentence.
     *
     * @return empty if it converged
     */
    @Override
    public String reason() {
        return buffer.reason();
    }

    /**
     * The passes over the whole kernel.
     *
     * @return 0 before the first call
     */
    public int iterations() {
        return buffer.iterations();
    }

    /**
     * The Newton steps on the dual.
     *
     * @return 0 for none
     */
    public int newtonSteps() {
        return buffer.newtonSteps();
    }

    /**
     * The largest relative error of a row sum, {@code |sum / mu_i - 1|}.
     *
     * @return NaN if there is no coupling
     */
    public double rowError() {
        return buffer.rowError();
    }

    /**
     * The largest relative error of a column sum, {@code |sum / nu_j - 1|}.
     *
     * @return NaN if there is no coupling
     */
    public double columnError() {
        return buffer.columnError();
    }

    /**
     * The L1 error of the row sums, in units of mass.
     *
     * @return NaN if there is no coupling
     */
    public double rowErrorL1() {
        return buffer.rowErrorL1();
    }

    /**
     * The L1 error of the column sums, in units of mass.
     *
     * @return NaN if there is no coupling
     */
    public double columnErrorL1() {
        return buffer.columnErrorL1();
    }

    /**
     * The factor by which the last iteration changed the error of the column sums.
     *
     * @return NaN after a single iteration
     */
    public double contraction() {
        return buffer.contraction();
    }

    /**
     * The over-relaxation parameter omega.
     *
     * @return 1 for none
     */
    public double relaxation() {
        return buffer.relaxation();
    }

    /**
     * The row potential {@code u_i}, in natural units.
     *
     * @param i 0 to N - 1
     * @return minus infinity if the target is 0, NaN if there is no coupling
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public double u(int i) {
        return buffer.u(i);
    }

    /**
     * The column potential {@code v_j}, in natural units; the mean of the finite ones is 0.
     *
     * @param j 0 to M - 1
     * @return minus infinity if the target is 0, NaN if there is no coupling
     * @throws IndexOutOfBoundsException if there is no such column
     */
    public double v(int j) {
        return buffer.v(j);
    }

    /**
     * A copy of the solution, with the trace if the plan was created {@linkplain Sinkhorn#withTrace() with one}.
     *
     * @return an immutable copy, which the next call does not overwrite
     */
    public SinkhornSolution solution() {
        return SinkhornSolution.of(buffer.solution());
    }
}
