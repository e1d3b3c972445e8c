package dev.gatun;

import java.util.Locale;

/**
 * The solution of one head: the plan is {@code exp(z_ij + u_i + v_j)}.
 *
 * <p>Errors are those of the plan's float entries, summed in double precision:
 * the largest {@code |sum / target - 1|} over rows and over columns with a positive target, and the sum of
 * {@code |sum - target|} (L1).
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
 * @param v           column potentials, minus infinity where the target is 0; their mean over the others is 0
 * @param relativeEntropy {@code KL(Pi | exp(z)) = sum_i mu_i u_i + sum_j nu_j v_j}, which the plan makes least among those
 *                    with its marginals; the value of the dual, in nats. The entropic cost of optimal transport with the cost
 *                    {@code -z / beta} at the temperature {@code 1 / beta} is this times the temperature
 * @param relaxation  the over-relaxation that was used, 1 for none
 * @param newtonSteps Newton steps on the dual that were taken
 * @param reason      in one sentence why there is no converged plan; empty when there is one
 */
public record SinkhornSolution(SinkhornStatus status, int iterations, double rowError, double columnError,
                               double rowErrorL1, double columnErrorL1, double contraction,
                               double[] u, double[] v, double relativeEntropy, double relaxation, int newtonSteps,
                               String reason) implements Solved {

    /** Why a solve was given up. */
    static String stalled(double error, int iterations) {
        return String.format(Locale.ROOT, "a marginal is still off by %.2g after %d iterations", error, iterations);
    }
}
