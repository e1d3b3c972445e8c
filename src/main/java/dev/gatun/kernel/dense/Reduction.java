package dev.gatun.kernel.dense;

/** A matrix reduced to tridiagonal form by a unitary transformation, {@code A = Q T Q*} with a real symmetric T. */
public interface Reduction {

    /** Vectors of a panel, side by side: entry i of vector k is at {@code i * WIDTH + k}. */
    int WIDTH = 8;

    /** The order of T. */
    int order();

    /** The diagonal of T, {@link #order} entries. */
    double[] diagonal();

    /** The entries beside the diagonal: entry i is that of rows i and {@code i + 1}. */
    double[] offDiagonal();

    /**
     * {@code z = Q z} for the eight vectors of a panel, which has as many rows as A. Rows from {@link #order} on are 0 before.
     *
     * @param real      their real parts
     * @param imaginary their imaginary parts, 0 before; null if A is real
     */
    void transform(double[] real, double[] imaginary);
}
