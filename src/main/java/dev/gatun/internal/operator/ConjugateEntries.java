package dev.gatun.internal.operator;

import dev.gatun.internal.view.Keyhole;

/** The entries of a conjugate. */
public interface ConjugateEntries {

    /** The entries behind {@code dev.gatun.Conjugate}. */
    Keyhole<ConjugateEntries> OF_CONJUGATE = new Keyhole<>();

    /**
     * Copies the entries on and below the diagonal, and within the 64 x 64 blocks on it.
     *
     * @param real      receives real parts, rows of {@code stride} entries
     * @param imaginary receives imaginary parts; null if there are none
     */
    void copy(double[] real, double[] imaginary, int stride);
}
