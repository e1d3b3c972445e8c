package dev.gatun;

import dev.gatun.internal.sinkhorn.Bridge;
import dev.gatun.internal.view.Copies;

/**
 * The Schroedinger bridge of one head: its marginals {@code rho_t = phi_t phi^_t}, entry by entry, for t from 0 to T, in float64
 * (Schroedinger 1931). Masses may span the range of float64, and errors are relative to each. Immutable; arrays are copies.
 *
 * @param status       the end of the solve
 * @param iterations   passes through all steps, backward and forward
 * @param initialError the largest {@code |rho_0 / mu_0 - 1|} over states with mass; NaN if there is no bridge
 * @param finalError   the largest {@code |rho_T / mu_T - 1|} over states with mass; NaN if there is no bridge
 * @param logPhi       {@code log phi_t}, {@code (T+1) x N}, in natural units; minus infinity for 0. The mean of the finite entries of
 *                     {@code log phi_T} is 0. All entries are NaN if there is no bridge
 * @param logPhiHat    {@code log phi^_t}, {@code (T+1) x N}, likewise
 * @param marginals    {@code rho_t}, {@code (T+1) x N}, in units of mass
 * @param reason       why the solve did not converge, in one sentence; empty if it did
 */
public record BridgeSolution(SinkhornStatus status, int iterations, double initialError, double finalError,
                             double[][] logPhi, double[][] logPhiHat, double[][] marginals, String reason)
        implements Convergence {

    /** Copies the arrays. */
    public BridgeSolution {
        logPhi = Copies.of(logPhi);
        logPhiHat = Copies.of(logPhiHat);
        marginals = Copies.of(marginals);
    }

    /**
     * {@code log phi_t}, in natural units.
     *
     * @return a copy, {@code (T+1) x N}; minus infinity for 0
     */
    @Override
    public double[][] logPhi() {
        return Copies.of(logPhi);
    }

    /**
     * {@code log phi^_t}, in natural units.
     *
     * @return a copy, {@code (T+1) x N}; minus infinity for 0
     */
    @Override
    public double[][] logPhiHat() {
        return Copies.of(logPhiHat);
    }

    /**
     * The marginals {@code rho_t}, in units of mass.
     *
     * @return a copy, {@code (T+1) x N}
     */
    @Override
    public double[][] marginals() {
        return Copies.of(marginals);
    }

    static BridgeSolution of(Bridge bridge) {
        return new BridgeSolution(SinkhornStatus.of(bridge.outcome()), bridge.iterations(), bridge.initialError(), bridge.finalError(),
                bridge.logPhi(), bridge.logPhiHat(), bridge.marginals(), bridge.reason());
    }
}
