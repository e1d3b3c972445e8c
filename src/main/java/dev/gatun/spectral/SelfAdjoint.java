package dev.gatun.spectral;

import dev.gatun.Conjugate;
import dev.gatun.internal.operator.ConjugateEntries;

/**
 * A symmetric or Hermitian matrix A of norm about 1, given by its products {@code A x}.
 *
 * <p>A vector is an array of {@link #length()} float64: the entries, or the real parts and then the imaginary parts.
 */
interface SelfAdjoint {

    /** The number of rows and of columns, N. */
    int size();

    /** Whether vectors are complex. */
    boolean complex();

    /** {@code y_k = A x_k} for k below {@code count}. */
    void apply(double[][] x, double[][] y, int count);

    /**
     * Copies the entries on and below the diagonal, and within the 8 x 8 blocks on it.
     *
     * @param real      receives real parts, rows of {@code stride} entries, 0 before
     * @param imaginary receives imaginary parts, 0 before; null if vectors are real
     * @return false if the entries are not known
     */
    default boolean copy(double[] real, double[] imaginary, int stride) {
        return false;
    }

    /** The length of a vector. */
    default int length() {
        return complex() ? 2 * size() : size();
    }

    /** The conjugate of an operator. */
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
            public boolean copy(double[] real, double[] imaginary, int stride) {
                ConjugateEntries.OF_CONJUGATE.look(conjugate).copy(real, imaginary, stride);
                return true;
            }

            @Override
            public void apply(double[][] x, double[][] y, int count) {
                conjugate.apply(x, y, count);
            }
        };
    }
}
