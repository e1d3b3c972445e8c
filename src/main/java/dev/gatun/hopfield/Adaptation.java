package dev.gatun.hopfield;

/**
 * The effective circulation {@code c_eff} of a head as a function of c and of the symmetry {@link Hopfield#eta()} of its scores (H. Cho et
 * al., arXiv 2605.27476).
 */
public enum Adaptation {
    /** {@code c_eff = 1 + (c - 1) eta}: the deviation from attention is proportional to eta. */
    DEVIATION,
    /** {@code c_eff = c eta}: the circulation is proportional to eta. */
    SCALE;

    double circulation(double c, double eta) {
        return switch (this) {
            case DEVIATION -> 1 + (c - 1) * eta;
            case SCALE -> c * eta;
        };
    }
}
