package dev.gatun.spectral;

/**
 * The phases of the Hermitian matrix {@code H_ij = (w_ij + w_ji) / 2 exp(i phase_ij)} of a directed graph with edge weights w. The two
 * conventions in use have phases of opposite sign: their eigenvalues are the same, and their eigenvectors complex conjugates.
 */
public enum MagneticConvention {

    /** {@code phase_ij = 2 pi g (w_ji - w_ij)}: Fanuel, Alaiz and Suykens, arXiv 1606.08266. */
    EIGENMAPS(-1, true),

    /**
     * {@code phase_ij = 2 pi q (w_ij - w_ji)}, without edges from a node to itself: MagNet (arXiv 2102.11391) and PyTorch Geometric Signed
     * Directed with the normalisation {@code sym}.
     */
    MAGNET(1, false);

    /** A float64 of so many turns has no fraction. */
    private static final double MAX_TURNS = 0x1p52;

    private final int sign;
    private final boolean loops;

    MagneticConvention(int sign, boolean loops) {
        this.sign = sign;
        this.loops = loops;
    }

    /** The phase of entry (i, j) in radians; 0 if it has so many turns that float64 holds no fraction of one. */
    double phase(double charge, double forward, double backward) {
        double turns = charge * (forward - backward);
        return Math.abs(turns) < MAX_TURNS ? sign * 2 * Math.PI * charge * (forward - backward) : 0;
    }

    /** Whether edges from a node to itself count. */
    boolean loops() {
        return loops;
    }
}
