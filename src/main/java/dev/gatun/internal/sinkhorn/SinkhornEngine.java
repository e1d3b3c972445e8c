package dev.gatun.internal.sinkhorn;

/**
 * The coupling {@code P_ij = 2^(z_ij + u_i + v_j)} of a solve, whose columns the solver scales. Every {@link #fit} fits the rows to
 * their marginals, so a solver scales columns only. Potentials are in units of log 2.
 */
interface SinkhornEngine {

    /** The row marginals, N of them. */
    double[] mu();

    /** The column marginals, M of them. */
    double[] nu();

    /** Starts at the column potentials {@code v}; minus infinity for a column without mass. */
    void start(double[] v);

    /** Multiplies the columns by {@code factors}, before the next {@link #fit}. */
    void scale(double[] factors);

    /** Fits the rows to their marginals and writes the column sums of the result. */
    void fit(double[] columnSums);

    /** Makes the next {@link #fit}, which may be the last, also sum the entries of the operator with its potentials if it can. */
    default void measureNextFit() {
    }

    /** Sums in float64 from now on, if the engine stores entries. */
    default void useFloat64Sums() {
    }

    /** {@code out_j = sum_i P_ij (sum_k P_ik w_k) / mu_i} for the coupling P of the last {@link #fit}. */
    void couple(double[] w, double[] out);

    /**
     * {@code out_i = sum_k P_ik w_k / mu_i} for the coupling P of the last {@link #fit}.
     *
     * @throws UnsupportedOperationException if the engine has no such product
     */
    default void multiply(double[] w, double[] out) {
        throw new UnsupportedOperationException("this engine has no product with a vector");
    }

    /** Whether the engine stores its rows: {@link #row} and {@link #countPass} are supported. */
    default boolean storesRows() {
        return false;
    }

    /**
     * Counts one pass over rows that were read by {@link #row}.
     *
     * @throws UnsupportedOperationException if the engine stores no rows
     */
    default void countPass() {
        throw new UnsupportedOperationException("this engine stores no rows");
    }

    /**
     * Writes row i of the coupling of the last {@link #fit}.
     *
     * @throws UnsupportedOperationException if the engine stores no rows
     */
    default void row(int i, double[] out) {
        throw new UnsupportedOperationException("this engine stores no rows");
    }

    /** Writes the potentials of the coupling of the last {@link #fit}. */
    void potentials(double[] u, double[] v);

    /** The number of passes over the whole kernel, each a computation of it or a read of its stored entries. */
    int passes();
}
