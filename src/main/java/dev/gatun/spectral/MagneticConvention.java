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

    private static final double WHOLE_TURNS = 0x1p52;

    private final int sign;
    private final boolean loops;

    MagneticConvention(int sign, boolean loops) {
        this.sign = sign;
        this.loops = loops;
    }

    /** The phase of entry (i, j); 0 for so many turns that a float64 of them has no fraction. */
    double phase(double charge, double forth, double back) {
        double turns = charge * (forth - back);
        return Math.abs(turns) < WHOLE_TURNS ? sign * 2 * Math.PI * charge * (forth - back) : 0;
    }

    /** Whether edges from a token to itself count. */
    boolean loops() {
        return loops;
    }
}
