package dev.gatun.internal.sinkhorn;

/**
 * A plan under scalings of its columns, as a solver sees it. Rows are fitted to their marginals by every {@link #fit}, so
 * only columns are ever scaled from outside. Potentials are in units of log 2.
 */
interface SinkhornEngine {

    /** The sums that rows are to have. */
    double[] mu();

    /** The sums that columns are to have. */
    double[] nu();

    /** Begins at the column potentials {@code v}; minus infinity for a column without mass. */
    void start(double[] v);

    /** Multiplies the columns; the plan is that of the next {@link #fit}. */
    void scale(double[] factors);

    /** Fits the rows, and sums the columns of the plan that this makes. */
    void fit(double[] columnSums);

    /** Says that the next {@link #fit} may be the last, and is best measured on the way. */
    default void measureNext() {
    }

    /** Sums rows and columns in double precision from now on, where it keeps the plan's entries. */
    default void sumExactly() {
    }

    /** {@code out_j = sum_i P_ij (sum_k P_ik w_k) / mu_i} for the plan P of the last {@link #fit}. */
    void couple(double[] w, double[] out);

    /** {@code out_i = sum_k P_ik w_k / mu_i}, where it can be had. */
    default void multiply(double[] w, double[] out) {
        throw new UnsupportedOperationException("rows are not multiplied");
    }

    /** Whether single rows can be had. */
    default boolean keepsRows() {
        return false;
    }

    /** Counts a pass in which single rows have been had. */
    default void countSweep() {
        throw new UnsupportedOperationException("rows are not kept");
    }

    /** Row i of the plan of the last {@link #fit}. */
    default void row(int i, double[] out) {
        throw new UnsupportedOperationException("rows are not kept");
    }

    /** The potentials of the plan of the last {@link #fit}. */
    void potentials(double[] u, double[] v);

    /** How often the whole kernel has been computed or read. */
    int sweeps();
}
