package dev.gatun.reference;

import java.util.Arrays;

/**
 * The dual of the Sinkhorn problem with v eliminated: v(u) makes every column sum exact, and u minimises the convex
 * {@code f(u) = sum_j nu_j log sum_i exp(z_ij + u_i) - sum_i mu_i u_i}, whose gradient is (row sums - mu).
 *
 * <p>Newton steps with Levenberg's damping, warm-started along rising inverse temperatures. The Hessian
 * {@code diag(Pi 1) - Pi diag(nu)^-1 Pi^T} is the Laplacian of the weights {@code sum_j Pi_ij Pi_kj / nu_j}; it is
 * eliminated as a Laplacian, without a subtraction, so that rows coupled by the faintest weights are still solved to
 * full relative accuracy. The damping bounds the constant direction, where the Laplacian is null.
 */
final class ReferenceDual {

    private static final double TOLERANCE = 1e-11;
    private static final double LOOSE = 1e-2;
    private static final double FIRST_RANGE = 16;
    private static final int SWEEPS = 20;
    private static final int MAX_STEPS = 400;
    private static final int PATIENCE = 4;
    private static final double MIN_DAMPING = 1e-14;

    private final double[][] z;
    private final double[] mu;
    private final double[] nu;
    private double[] u;
    private int steps;

    ReferenceDual(double[][] z, double[] mu, double[] nu) {
        this.z = z;
        this.mu = mu;
        this.nu = nu;
        this.u = new double[mu.length];
    }

    double[] u() {
        return u;
    }

    double[] v() {
        return columnPotential(z, u);
    }

    int steps() {
        return steps;
    }

    /** Follows the minimiser of {@code t z} as t doubles up to 1, loosely on the way and to the last digits there. */
    void minimise() {
        double t = Math.min(1, FIRST_RANGE / range());
        while (t < 1) {
            newton(swept(t), LOOSE);
            double next = Math.min(1, 2 * t);
            for (int i = 0; i < u.length; i++) {
                u[i] *= next / t;
            }
            t = next;
        }
        double error = newton(swept(1), 0);
        if (!(error <= TOLERANCE)) {
            throw new IllegalStateException("the marginals are still off by " + error + " after " + steps + " steps");
        }
    }

    /** Newton steps until the error is within the tolerance or no longer falls; u is left at the best seen. */
    private double newton(double[][] kernel, double tolerance) {
        double[] best = u;
        double bestError = rowError(kernel, u);
        double damping = 1e-3;
        int sinceBest = 0;
        for (int step = 0; step < MAX_STEPS && bestError > tolerance; step++) {
            steps++;
            double[] change = newtonStep(kernel, damping);
            double[] candidate = sum(u, change);
            boolean decreases = increase(kernel, candidate, change) < 0;
            damping = decreases ? Math.max(damping / 10, MIN_DAMPING) : damping * 10;
            u = decreases ? candidate : u;
            double error = rowError(kernel, u);
            sinceBest = error < bestError ? 0 : sinceBest + 1;
            best = error < bestError ? u : best;
            bestError = Math.min(error, bestError);
            if (bestError <= TOLERANCE && sinceBest >= PATIENCE) {
                break;
            }
        }
        u = best;
        return bestError;
    }

    /** Solves {@code (Laplacian + damping diag(mu)) x = mu - row sums}. */
    private double[] newtonStep(double[][] kernel, double damping) {
        double[][] plan = ReferenceSinkhorn.plan(kernel, u, columnPotential(kernel, u));
        double[] rows = ReferenceMatrix.rowSums(plan);
        double[] excess = new double[u.length];
        double[] residual = new double[u.length];
        for (int i = 0; i < u.length; i++) {
            excess[i] = damping * mu[i];
            residual[i] = mu[i] - rows[i];
        }
        return solveLaplacian(couplings(plan), excess, residual);
    }

    /** {@code sum_j Pi_ij Pi_kj / nu_j}. */
    private double[][] couplings(double[][] plan) {
        double[][] weights = new double[u.length][u.length];
        for (int i = 0; i < u.length; i++) {
            for (int k = 0; k < i; k++) {
                double sum = 0;
                for (int j = 0; j < nu.length; j++) {
                    sum += plan[i][j] * plan[k][j] / nu[j];
                }
                weights[i][k] = sum;
                weights[k][i] = sum;
            }
        }
        return weights;
    }

    /**
     * Solves {@code excess_i x_i + sum_k weights_ik (x_i - x_k) = b_i}. Eliminating an unknown leaves a system of the
     * same form with larger weights, so every pivot is a sum of terms of one sign.
     */
    static double[] solveLaplacian(double[][] weights, double[] excess, double[] b) {
        int n = b.length;
        double[] pivots = new double[n];
        for (int k = 0; k < n; k++) {
            pivots[k] = excess[k];
            for (int j = k + 1; j < n; j++) {
                pivots[k] += weights[k][j];
            }
            for (int i = k + 1; i < n; i++) {
                double factor = weights[i][k] / pivots[k];
                excess[i] += factor * excess[k];
                b[i] += factor * b[k];
                for (int j = k + 1; j < n; j++) {
                    weights[i][j] += factor * weights[k][j];
                }
            }
        }
        double[] x = new double[n];
        for (int k = n - 1; k >= 0; k--) {
            double sum = b[k];
            for (int j = k + 1; j < n; j++) {
                sum += weights[k][j] * x[j];
            }
            x[k] = sum / pivots[k];
        }
        return x;
    }

    /** {@code f(u + change) - f(u)}, free of cancellation for small changes. */
    private double increase(double[][] kernel, double[] candidate, double[] change) {
        double increase = 0;
        for (int i = 0; i < change.length; i++) {
            increase -= mu[i] * change[i];
        }
        double[] v = columnPotential(kernel, u);
        if (Arrays.stream(change).map(Math::abs).max().orElse(0) > 0.5) {
            double[] next = columnPotential(kernel, candidate);
            for (int j = 0; j < nu.length; j++) {
                increase += nu[j] * (v[j] - next[j]);
            }
            return increase;
        }
        double[][] plan = ReferenceSinkhorn.plan(kernel, u, v);
        for (int j = 0; j < nu.length; j++) {
            double growth = 0;
            for (int i = 0; i < change.length; i++) {
                growth += plan[i][j] / nu[j] * Math.expm1(change[i]);
            }
            increase += nu[j] * Math.log1p(growth);
        }
        return increase;
    }

    private double[][] swept(double t) {
        double[][] kernel = ReferenceMatrix.scale(t, z);
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            u = ReferenceSinkhorn.enforce(kernel, mu, columnPotential(kernel, u));
        }
        return kernel;
    }

    private double[] columnPotential(double[][] kernel, double[] rowPotential) {
        return ReferenceSinkhorn.enforce(ReferenceMatrix.transpose(kernel), nu, rowPotential);
    }

    private double rowError(double[][] kernel, double[] rowPotential) {
        double[][] plan = ReferenceSinkhorn.plan(kernel, rowPotential, columnPotential(kernel, rowPotential));
        return ReferenceSinkhorn.error(ReferenceMatrix.rowSums(plan), mu);
    }

    private double range() {
        double least = Double.POSITIVE_INFINITY;
        double largest = Double.NEGATIVE_INFINITY;
        for (double[] row : z) {
            for (double entry : row) {
                least = entry == Double.NEGATIVE_INFINITY ? least : Math.min(least, entry);
                largest = Math.max(largest, entry);
            }
        }
        return largest - least;
    }

    private static double[] sum(double[] x, double[] y) {
        double[] sum = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            sum[i] = x[i] + y[i];
        }
        return sum;
    }
}
