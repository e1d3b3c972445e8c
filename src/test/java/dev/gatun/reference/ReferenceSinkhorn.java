package dev.gatun.reference;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Sinkhorn's scaling (1964) of a log-kernel to given marginals, in the log domain, by definition:
 * {@code Pi_ij = exp(z_ij + u_i + v_j)} with row sums mu and column sums nu.
 *
 * <p>A zero target has the potential minus infinity and a row (column) of exact zeros. Potentials are reported with the
 * mean of the finite v at 0, which makes them unique when the support is connected: each further block of it leaves a
 * constant of its own free.
 */
public final class ReferenceSinkhorn {

    /** Differences of the total masses, relative to them, that count as rounding. */
    private static final double MASS_ROUNDING = 1e-12;

    /**
     * A scaled kernel. The row and column errors are the largest {@code |sum / target - 1|} over the targets that are
     * not 0; the L1 errors are the sums of {@code |sum - target|}.
     */
    public record Solution(double[][] plan, double[] u, double[] v, int iterations, double rowError,
            double columnError, double rowL1Error, double columnL1Error) {

        public double error() {
            return Math.max(rowError, columnError);
        }
    }

    private ReferenceSinkhorn() {
    }

    /** All row sums and column sums 1. */
    public static Solution bistochastic(double[][] z, double tolerance, int maxIterations) {
        int n = ReferenceMatrix.requireSquare(z, "a bistochastic scaling");
        return solve(z, ReferenceMatrix.constant(n, 1), ReferenceMatrix.constant(n, 1), tolerance, maxIterations);
    }

    /**
     * Alternates {@code u_i = log mu_i - log sum_j exp(z_ij + v_j)} and
     * {@code v_j = log nu_j - log sum_i exp(z_ij + u_i)}, from v = 0, until the rows, which the last half-step did not
     * enforce, are within the tolerance.
     */
    public static Solution solve(double[][] z, double[] mu, double[] nu, double tolerance, int maxIterations) {
        requireProblem(z, mu, nu);
        double[][] zTransposed = ReferenceMatrix.transpose(z);
        double[] v = supportOf(nu);
        for (int iteration = 1; ; iteration++) {
            double[] u = enforce(z, mu, v);
            v = enforce(zTransposed, nu, u);
            if (iteration >= maxIterations || error(ReferenceMatrix.rowSums(plan(z, u, v)), mu) <= tolerance) {
                return solution(z, mu, nu, u, v, iteration);
            }
        }
    }

    /**
     * The bistochastic scaling of a symmetric kernel by one potential, {@code u <- (u + Tu) / 2} with
     * {@code (Tu)_i = -log sum_j exp(z_ij + u_j)}.
     */
    public static Solution symmetric(double[][] z, double tolerance, int maxIterations) {
        ReferenceDiffusion.requireSymmetric(z);
        double[] ones = ReferenceMatrix.constant(z.length, 1);
        double[] u = new double[z.length];
        for (int iteration = 1; ; iteration++) {
            double[] next = enforce(z, ones, u);
            for (int i = 0; i < u.length; i++) {
                u[i] = (u[i] + next[i]) / 2;
            }
            if (iteration >= maxIterations || error(ReferenceMatrix.rowSums(plan(z, u, u)), ones) <= tolerance) {
                return solution(z, ones, ones, u, u, iteration);
            }
        }
    }

    /** The bistochastic scaling to the last digits, by {@link #solveAccurately}. */
    public static Solution bistochasticAccurately(double[][] z) {
        int n = ReferenceMatrix.requireSquare(z, "a bistochastic scaling");
        return solveAccurately(z, ReferenceMatrix.constant(n, 1), ReferenceMatrix.constant(n, 1));
    }

    /**
     * The scaling to the last digits, by damped Newton steps on the dual; the iterations are the steps. Support without
     * total support gives the limit of the scaling, its potentials far out.
     *
     * @throws IllegalStateException when the error cannot be brought to 1e-11, as when no plan has these marginals
     */
    public static Solution solveAccurately(double[][] z, double[] mu, double[] nu) {
        requireProblem(z, mu, nu);
        int[] rows = support(mu);
        int[] columns = support(nu);
        double[][] supported = new double[rows.length][];
        for (int i = 0; i < rows.length; i++) {
            supported[i] = select(z[rows[i]], columns);
        }
        ReferenceDual dual = new ReferenceDual(supported, select(mu, rows), select(nu, columns));
        dual.minimise();
        double[] u = scatter(dual.u(), rows, mu.length);
        double[] v = scatter(dual.v(), columns, nu.length);
        return solution(z, mu, nu, u, v, dual.steps());
    }

    /** {@code exp(z_ij + u_i + v_j)}. */
    public static double[][] plan(double[][] z, double[] u, double[] v) {
        return ReferenceDiffusion.exp(ReferenceMatrix.shift(z, u, v));
    }

    /** The largest {@code |sum / target - 1|} over the targets that are not 0. */
    public static double error(double[] sums, double[] targets) {
        double largest = 0;
        for (int i = 0; i < sums.length; i++) {
            largest = Math.max(largest, targets[i] == 0 ? 0 : Math.abs(sums[i] / targets[i] - 1));
        }
        return largest;
    }

    /** The sum of {@code |sum - target|}. */
    public static double l1Error(double[] sums, double[] targets) {
        double total = 0;
        for (int i = 0; i < sums.length; i++) {
            total += Math.abs(sums[i] - targets[i]);
        }
        return total;
    }

    /** {@code log target_i - log sum_j exp(z_ij + other_j)}. */
    static double[] enforce(double[][] z, double[] targets, double[] other) {
        double[] sums = ReferenceDiffusion.logRowSums(ReferenceMatrix.shift(z, new double[z.length], other));
        double[] potential = new double[z.length];
        for (int i = 0; i < z.length; i++) {
            if (targets[i] > 0 && sums[i] == Double.NEGATIVE_INFINITY) {
                throw new IllegalArgumentException("entry " + i + " of a marginal has mass but no support");
            }
            potential[i] = targets[i] == 0 ? Double.NEGATIVE_INFINITY : Math.log(targets[i]) - sums[i];
        }
        return potential;
    }

    /** The potential 0 where there is mass, minus infinity where there is none. */
    static double[] supportOf(double[] targets) {
        return Arrays.stream(targets).map(target -> target == 0 ? Double.NEGATIVE_INFINITY : 0).toArray();
    }

    /** The mean of the finite entries. */
    static double finiteMean(double[] x) {
        return Arrays.stream(x).filter(Double::isFinite).average().orElse(0);
    }

    static void requireMarginals(double[] mu, double[] nu) {
        for (double[] marginal : new double[][] {mu, nu}) {
            if (Arrays.stream(marginal).anyMatch(mass -> !(mass >= 0) || mass == Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("a marginal has an entry that is no mass");
            }
        }
        double total = ReferenceMatrix.sum(mu);
        if (!(total > 0) || Math.abs(total - ReferenceMatrix.sum(nu)) > MASS_ROUNDING * total) {
            throw new IllegalArgumentException("total masses " + total + " and " + ReferenceMatrix.sum(nu));
        }
    }

    private static void requireProblem(double[][] z, double[] mu, double[] nu) {
        if (z.length != mu.length || ReferenceMatrix.columns(z) != nu.length) {
            throw new IllegalArgumentException("a kernel of " + z.length + " x " + ReferenceMatrix.columns(z)
                    + " against marginals of " + mu.length + " and " + nu.length);
        }
        requireMarginals(mu, nu);
        if (Arrays.stream(z).flatMapToDouble(Arrays::stream).anyMatch(entry -> !(entry < Double.POSITIVE_INFINITY))) {
            throw new IllegalArgumentException("the log-kernel has an entry that is NaN or plus infinity");
        }
    }

    private static Solution solution(
            double[][] z, double[] mu, double[] nu, double[] u, double[] v, int iterations) {
        double mean = finiteMean(v);
        double[] centredU = Arrays.stream(u).map(entry -> entry + mean).toArray();
        double[] centredV = Arrays.stream(v).map(entry -> entry - mean).toArray();
        double[][] plan = plan(z, centredU, centredV);
        double[] rows = ReferenceMatrix.rowSums(plan);
        double[] columns = ReferenceMatrix.columnSums(plan);
        return new Solution(plan, centredU, centredV, iterations, error(rows, mu), error(columns, nu),
                l1Error(rows, mu), l1Error(columns, nu));
    }

    private static int[] support(double[] marginal) {
        return IntStream.range(0, marginal.length).filter(i -> marginal[i] > 0).toArray();
    }

    private static double[] select(double[] x, int[] indices) {
        return Arrays.stream(indices).mapToDouble(i -> x[i]).toArray();
    }

    private static double[] scatter(double[] x, int[] indices, int length) {
        double[] scattered = ReferenceMatrix.constant(length, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < indices.length; i++) {
            scattered[indices[i]] = x[i];
        }
        return scattered;
    }
}
