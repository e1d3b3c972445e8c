package dev.gatun.spectral;

import dev.gatun.Conjugate;

/**
 * A symmetric or Hermitian matrix of norm 1 or so, known by its products.
 *
 * <p>A vector is an array of {@link #length()} doubles: the entries, or their real parts and then their imaginary parts.
 */
interface SelfAdjoint {

    /** Rows and columns, N. */
    int size();

    /** Whether its vectors are complex. */
    boolean complex();

    /** {@code y_k = A x_k} for k below {@code count}. */
    void apply(double[][] x, double[][] y, int count);

    /** The length of a vector. */
    default int length() {
        return complex() ? 2 * size() : size();
    }

    /** A conjugate as what it is. */
    static SelfAdjoint of(Conjugate conjugate) {
        return new SelfAdjoint() {
            @Override
            public int size() {
                return conjugate.size();
            }

            @Override
            public boolean complex() {
                return conjugate.complex();
            }

            @Override
            public void apply(double[][] x, double[][] y, int count) {
                conjugate.apply(x, y, count);
            }
        };
    }
}
