package dev.gatun;

import dev.gatun.internal.view.Copies;

/**
 * The bridge of one head: {@code rho_t = phi_t phi^_t}, entry by entry, for t from 0 to T, all of it in double precision. Masses
 * may span the range of float64: each is met to its own size. Immutable; arrays are copies.
 *
 * @param status       how the solve ended
 * @param iterations   rounds through all steps, forth and back
 * @param initialError largest {@code |rho_0 / mu_0 - 1|} over states with mass
 * @param finalError   largest {@code |rho_T / mu_T - 1|} over states with mass
 * @param logPhi       {@code log phi_t}, minus infinity where it is 0; the mean over the finite log phi_T is 0
 * @param logPhiHat    {@code log phi^_t}
 * @param marginals    {@code rho_t}, {@code (T+1) x N}
 * @param reason       in one sentence why the bridge is not converged; empty when it is
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

    /** {@code log phi_t}, minus infinity where it is 0: a copy, {@code (T+1) x N}. */
    @Override
    public double[][] logPhi() {
        return Copies.of(logPhi);
    }

    /** {@code log phi^_t}: a copy, {@code (T+1) x N}. */
    @Override
    public double[][] logPhiHat() {
        return Copies.of(logPhiHat);
    }

    /** {@code rho_t}: a copy, {@code (T+1) x N}. */
    @Override
    public double[][] marginals() {
        return Copies.of(marginals);
    }
}
