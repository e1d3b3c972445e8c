package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.sinkhorn.trace.StepKind;

/**
 * Newton steps on a dual of a Sinkhorn problem: changes of the column potentials, in natural units, after each of which the rows are
 * fitted.
 */
interface DualStep {

    /** The dual at the current coupling; the solution minimises it. */
    double dual();

    /**
     * Computes the next step; false if there is none.
     *
     * @param sums     column sums of the current coupling
     * @param accuracy the part that the residual of its equations is reduced to
     * @param passes   the passes over the kernel that this may take
     */
    boolean solve(double[] sums, double accuracy, int passes);

    /** How the last step was computed. */
    StepKind kind();

    /** The last step computed, one entry a column. */
    double[] step();

    /** The derivative of the dual along the step, at the coupling that it was computed for. */
    double slope();

    /** Moves by {@code length} times the step; the solver scales the columns afterwards. */
    void move(double length);
}
