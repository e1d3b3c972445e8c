package dev.gatun;

import dev.gatun.internal.sinkhorn.Solution;
import dev.gatun.internal.view.Copies;

/**
 * The potentials u and v of the coupling {@code Pi_ij = exp(z_ij + u_i + v_j)} of one head, and the errors of its marginals. Immutable;
 * arrays are copies.
 *
 * <p>Potentials are in natural units. Those of enforced marginals are free up to a constant, and the mean of v is 0. Those of soft
 * marginals are not: {@code u_i = rho_1 / (rho_1 + eps) (log mu_i - log sum_j exp(z_ij + v_j))}, and v likewise, with the entropy
 * relative to the kernel. They grow like rho if the totals differ. The operator and the figures are computed from potentials without
 * this common shift, so they are accurate for any rho.
 *
 * <p>Errors are those of the float32 entries of the coupling, summed in float64: the largest {@code |sum / target - 1|} over positive
 * targets, and the sum of {@code |sum - target|} (L1), in units of mass. Targets are the marginals or, for soft marginals, the sums
 * {@code mu_i exp(-eps u_i / rho_1)} and {@code nu_j exp(-eps v_j / rho_2)} of the potentials; with the entropy relative to the
 * marginals, {@code u_i - log mu_i} and {@code v_j - log nu_j} take the place of {@code u_i} and {@code v_j}.
 *
 * @param status        the end of the solve
 * @param iterations    passes over the whole kernel, each a computation of it or a read of its stored entries; the pass that measures
 *                      the result is not counted
 * @param rowError      the largest relative error of a row sum
 * @param columnError   the largest relative error of a column sum
 * @param rowErrorL1    the L1 error of the row sums
 * @param columnErrorL1 the L1 error of the column sums
 * @param contraction   the factor by which the last iteration changed the error of the column sums; NaN after a single one
 * @param u             row potentials, N of them; minus infinity if the target is 0, NaN if there is no coupling
 * @param v             column potentials, M of them, likewise; the mean of the finite ones is 0 if marginals are enforced
 * @param relaxation    the over-relaxation parameter omega, 1 for none
 * @param newtonSteps   the number of Newton steps on the dual
 * @param reason        why the solve did not converge, in one sentence; empty if it did
 */
public record SinkhornSolution(SinkhornStatus status, int iterations, double rowError, double columnError,
                               double rowErrorL1, double columnErrorL1, double contraction,
                               double[] u, double[] v, double relaxation, int newtonSteps,
                               String reason) implements Convergence {

    /** Copies the potentials. */
    public SinkhornSolution {
        u = Copies.of(u);
        v = Copies.of(v);
    }

    /**
     * The row potentials, in natural units.
     *
     * @return a copy; minus infinity if the target is 0, NaN if there is no coupling
     */
    @Override
    public double[] u() {
        return Copies.of(u);
    }

    /**
     * The column potentials, in natural units.
     *
     * @return a copy; minus infinity if the target is 0, NaN if there is no coupling
     */
    @Override
    public double[] v() {
        return Copies.of(v);
    }

    static SinkhornSolution of(Solution found) {
        return new SinkhornSolution(SinkhornStatus.of(found.outcome()), found.iterations(), found.rowError(), found.columnError(),
                found.rowErrorL1(), found.columnErrorL1(), found.contraction(), found.u(), found.v(), found.relaxation(),
                found.newtonSteps(), found.reason());
    }
}
