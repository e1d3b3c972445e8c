package dev.gatun.hopfield;

/** How the circulation of a head follows {@code eta}, which says how symmetric its scores are: see {@link Hopfield#eta()}. */
public enum Adaptation {
    /** {@code c_eff = 1 + (c - 1) eta}: a head goes as far from attention as its scores are symmetric. */
    DEVIATION,
    /** {@code c_eff = c eta}. */
    SCALE;

    double circulation(double c, double eta) {
        return switch (this) {
            case DEVIATION -> 1 + (c - 1) * eta;
            case SCALE -> c * eta;
        };
    }
}
