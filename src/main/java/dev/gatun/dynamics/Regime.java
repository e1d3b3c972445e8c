package dev.gatun.dynamics;

import java.util.Locale;

/** The kind of dynamics of a chain P at a distribution rho of its tokens (arXiv 2604.09560, section 17). */
public enum Regime {
    /** Detailed balance: {@code rho P = rho}, and every current is 0. */
    EQUILIBRIUM,
    /** A nonequilibrium steady state: {@code rho P = rho}, with currents that run in cycles. */
    NESS,
    /** {@code rho P} differs from rho, or a potential changes the transitions, as that of a Schroedinger bridge does. */
    DRIVEN;

    /**
     * The name in results: {@code equilibrium}, {@code ness} or {@code driven}.
     *
     * @return the name in lower case
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
