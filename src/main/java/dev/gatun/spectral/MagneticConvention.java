package dev.gatun.spectral;

/**
 * How the weights {@code w_ij} of a directed graph become a Hermitian matrix, {@code H_ij = (w_ij + w_ji) / 2 e^(i phase)}. The
 * two conventions in use have their phases of opposite sign: eigenvalues are the same, eigenvectors are complex conjugates.
 */
public enum MagneticConvention {

    /** {@code phase_ij = 2 pi g (w_ji - w_ij)}: Fanuel, Alaiz and Suykens, arXiv 1606.08266. */
    EIGENMAPS(-1, true),

    /**
     * {@code phase_ij = 2 pi q (w_ij - w_ji)}, edges from a token to itself left out: MagNet (arXiv 2102.11391) and PyTorch
     * Geometric Signed Directed, with its normalisation {@code sym}.
     */
    MAGNET(1, false);

    private final int sign;
    private final boolean loops;

    MagneticConvention(int sign, boolean loops) {
        this.sign = sign;
        this.loops = loops;
    }

    /** The phase of entry (i, j). */
    double phase(double charge, double forth, double back) {
        return sign * 2 * Math.PI * charge * (forth - back);
    }

    /** Whether edges from a token to itself count. */
    boolean loops() {
        return loops;
    }
}
