package dev.gatun;

import dev.gatun.internal.sinkhorn.Solution;
import dev.gatun.internal.view.Copies;

/**
 * The solution of one head: the coupling is {@code exp(z_ij + u_i + v_j)}. Immutable; arrays are copies.
 *
 * <p>Potentials of enforced marginals are free up to a constant, and the mean of v is 0. Those of relaxed ones are not free:
 * {@code u_i = rho_1 / (rho_1 + eps) (log mu_i - log sum_j exp(z_ij + v_j))}, and v likewise, relative to the kernel. They grow
 * like rho where totals differ; the operator and the figures are made of potentials without that common shift, which keep their
 * digits for any rho.
 *
 * <p>Errors are those of the coupling's float entries, summed in double precision:
 * the largest {@code |sum / target - 1|} over rows and over columns with a positive target, and the sum of
 * {@code |sum - target|} (L1). Targets are the marginals or, where these are relaxed, the sums that the potentials ask for:
 * {@code mu_i exp(-eps u_i / rho_1)} and {@code nu_j exp(-eps v_j / rho_2)} (relative to the marginals, with
 * {@code u_i - log mu_i} and {@code v_j - log nu_j} in their place).
 *
 * @param status      how the solve ended
 * @param iterations  passes over the whole kernel, each a computation of it or a read of what was kept; one that
 *                    measures the result is not counted
 * @param rowError    largest relative error of a row sum
 * @param columnError largest relative error of a column sum
 * @param rowErrorL1  L1 error of the row sums
 * @param columnErrorL1 L1 error of the column sums
 * @param contraction by what factor the last iteration shrank the error; NaN when there was one alone
 * @param u           row potentials, minus infinity where the target is 0
 * @param v           column potentials, minus infinity where the target is 0; the mean over the others is 0 where marginals are enforced
 * @param relaxation  the over-relaxation that was used, 1 for none
 * @param newtonSteps Newton steps on the dual that were taken
 * @param reason      in one sentence why there is no converged plan; empty when there is one
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

    /** Row potentials, minus infinity where the target is 0: a copy. */
    @Override
    public double[] u() {
        return Copies.of(u);
    }

    /** Column potentials, minus infinity where the target is 0: a copy. */
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
