package dev.gatun.dynamics;

import java.util.Locale;

/** What kind of dynamics a chain runs at a law rho on its tokens (arXiv 2604.09560, section 17). */
public enum Regime {
    /** {@code rho P = rho}, and no current flows: detailed balance. */
    EQUILIBRIUM,
    /** A nonequilibrium steady state: {@code rho P = rho}, and currents run in circles. */
    NESS,
    /** {@code rho P} is not rho, or a potential drives the chain off its own transitions, as that of a Schroedinger bridge does. */
    DRIVEN;

    /** Its name in results. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
