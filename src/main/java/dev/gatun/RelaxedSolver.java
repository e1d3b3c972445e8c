package dev.gatun;

import dev.gatun.kernel.LogKernel;

/**
 * Unbalanced scaling: the plan that makes {@code KL(Pi | exp(z)) + rho_1 KL(Pi 1 | mu) + rho_2 KL(Pi^T 1 | nu)} least, where
 * marginals are wished for and not enforced (Chizat, Peyre, Schmitzer and Vialard 2018).
 *
 * <p>Its potentials are the fixed point of {@code u = rho_1 / (1 + rho_1) (log mu - log sum_j exp(z_ij + v_j))} and the same for
 * v, a contraction by {@code rho_1 rho_2 / ((1 + rho_1) (1 + rho_2))} a round. A round is two passes over the kernel, in the log
 * domain. At the end rows sum to {@code mu_i exp(-u_i / rho_1)}: how far they are from that is the error. Inside,
 * potentials are in units of log 2.
 */
final class RelaxedSolver {

    private static final double LOG_TWO = Math.log(2);

    private final LogKernel kernel;
    private final LogKernel transposed;
    private final Sinkhorn options;
    private final double[] mu;
    private final double[] nu;
    private final HeadLoop.Pieces pieces;

    /** @param kernel in double precision */
    RelaxedSolver(LogKernel kernel, Sinkhorn options, double[] mu, double[] nu, HeadLoop.Pieces pieces) {
        this.kernel = kernel;
        this.transposed = kernel.transposed();
        this.options = options;
        this.mu = mu;
        this.nu = nu;
        this.pieces = pieces;
    }

    SinkhornSolution solve() {
        double[] u = null;
        double[] v = start();
        double error = Double.POSITIVE_INFINITY;
        double previous = Double.NaN;
        int passes = 0;
        double[] rowSums = Scaling.logSums(kernel, v, pieces);
        double[] columnSums = rowSums;
        while (passes + 2 <= Math.max(options.maxIterations(), 2) && !(error <= options.tolerance())) {
            u = potential(rowSums, mu, options.rowRelaxation());
            columnSums = Scaling.logSums(transposed, u, pieces);
            v = potential(columnSums, nu, options.columnRelaxation());
            rowSums = Scaling.logSums(kernel, v, pieces);
            passes += 2;
            previous = error;
            error = error(u, rowSums, mu, options.rowRelaxation());
        }
        return solution(u, v, passes, error, previous, columnSums);
    }

    private double[] start() {
        double[] v = new double[nu.length];
        for (int j = 0; j < v.length; j++) {
            v[j] = nu[j] > 0 ? 0 : Double.NEGATIVE_INFINITY;
        }
        return v;
    }

    /** What fits the sums to their targets, as far as the relaxation lets it; rows that see nothing stay zeros. */
    private static double[] potential(double[] logSums, double[] targets, double relaxation) {
        double part = relaxation == Double.POSITIVE_INFINITY ? 1 : relaxation / (1 + relaxation);
        double[] potential = new double[targets.length];
        for (int i = 0; i < potential.length; i++) {
            boolean empty = targets[i] == 0 || logSums[i] == Double.NEGATIVE_INFINITY;
            potential[i] = empty ? Double.NEGATIVE_INFINITY : part * (Math.log(targets[i]) / LOG_TWO - logSums[i]);
        }
        return potential;
    }

    /** The largest {@code |sum / (target exp(-potential / relaxation)) - 1|}. */
    private static double error(double[] potential, double[] logSums, double[] targets, double relaxation) {
        double largest = 0;
        for (int i = 0; i < targets.length; i++) {
            if (potential[i] > Double.NEGATIVE_INFINITY) {
                double wished = Math.log(targets[i]) / LOG_TWO - potential[i] / relaxation;
                largest = Math.max(largest, Math.abs(Math.expm1((logSums[i] + potential[i] - wished) * LOG_TWO)));
            }
        }
        return largest;
    }

    private SinkhornSolution solution(double[] u, double[] v, int passes, double error, double previous, double[] columnSums) {
        boolean converged = error <= options.tolerance();
        return new SinkhornSolution(converged ? SinkhornStatus.CONVERGED : SinkhornStatus.STALLED, passes, error,
                error(v, columnSums, nu, options.columnRelaxation()), Double.NaN, Double.NaN, error / previous,
                Potentials.natural(u, 0), Potentials.natural(v, 0), relativeEntropy(u, v, columnSums), 1, 0,
                converged ? "" : SinkhornSolution.stalled(error, passes));
    }

    /** {@code KL(Pi | exp z) = sum_ij Pi_ij (u_i + v_j) - sum_ij Pi_ij + sum_ij exp(z_ij)} without the last two terms. */
    private double relativeEntropy(double[] u, double[] v, double[] columnSums) {
        double[] rowSums = Scaling.logSums(kernel, v, pieces);
        double sum = 0;
        for (int i = 0; i < u.length; i++) {
            sum += u[i] > Double.NEGATIVE_INFINITY ? u[i] * Math.pow(2, rowSums[i] + u[i]) : 0;
        }
        for (int j = 0; j < v.length; j++) {
            sum += v[j] > Double.NEGATIVE_INFINITY ? v[j] * Math.pow(2, columnSums[j] + v[j]) : 0;
        }
        return sum * LOG_TWO;
    }
}
