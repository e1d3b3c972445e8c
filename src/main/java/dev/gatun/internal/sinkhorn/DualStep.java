package dev.gatun.internal.sinkhorn;

/**
 * Newton steps on a dual of a Sinkhorn problem, as a solver takes them: changes of the columns' potentials, in natural
 * units, after each of which rows are fitted.
 */
interface DualStep {

    /** The dual at the plan at hand, which the solution makes least. */
    double dual();

    /**
     * Finds the next step; false where there is none to be had.
     *
     * @param sums     column sums of the plan at hand
     * @param accuracy to what part the residual of its equations is to shrink
     * @param passes   passes over the plan that this may take
     */
    boolean solve(double[] sums, double accuracy, int passes);

    /** The step that was found. */
    double[] step();

    /** How the dual changes along it, from the plan that it was found at. */
    double slope();

    /** Says that the plan is about to be moved by {@code length} times the step. */
    void move(double length);
}
