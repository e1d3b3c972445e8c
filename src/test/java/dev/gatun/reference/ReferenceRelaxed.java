package dev.gatun.reference;

import java.util.Arrays;

/**
 * Entropic transport with soft marginals, by definition: the coupling that minimises
 * {@code <Pi, C> + eps sum Pi (log Pi - 1) + rho_1 KL(Pi 1 | mu) + rho_2 KL(Pi' 1 | nu)} with {@code C = -eps z} and
 * {@code KL(p | q) = sum p log(p / q) - p + q}. An infinite weight enforces its marginal.
 */
public final class ReferenceRelaxed {

    /** Terms of the objective under their names in the library; costs in units of scores. */
    public record Figures(double mass, double transportCost, double entropy, double klProduct, double klRows,
            double klColumns) {
    }

    private ReferenceRelaxed() {
    }

    /**
     * Alternates {@code u_i = rho_1 / (rho_1 + eps) (log mu_i - log sum_j exp(z_ij + v_j))} and the same for v, each time with the
     * shift {@code (u + t, v - t)} that makes {@code sum_i mu_i exp(-eps u_i / rho_1)} and
     * {@code sum_j nu_j exp(-eps v_j / rho_2)} equal, until potentials stay as they are.
     */
    public static double[][] solve(double[][] z, double[] mu, double[] nu, double eps, double rows, double columns) {
        double a = rows / eps;
        double b = columns / eps;
        double[] u = new double[mu.length];
        double[] v = ReferenceSinkhorn.supportOf(nu);
        double[][] transposed = ReferenceMatrix.transpose(z);
        double change = Double.POSITIVE_INFINITY;
        double previous = change;
        for (int round = 0; round < 200_000 && !(change < 1e-13 || round > 100 && change < 1e-10 && change >= previous); round++) {
            double[] lastU = u;
            double[] lastV = v;
            u = fit(z, mu, v, a);
            v = fit(transposed, nu, u, b);
            double t = translation(mu, u, nu, v, a, b);
            for (int i = 0; i < u.length; i++) {
                u[i] += t;
            }
            for (int j = 0; j < v.length; j++) {
                v[j] -= t;
            }
            previous = change;
            change = Math.max(change(lastU, u), change(lastV, v));
        }
        return new double[][] {u, v};
    }

    private static double[] fit(double[][] z, double[] masses, double[] other, double weight) {
        double part = weight == Double.POSITIVE_INFINITY ? 1 : weight / (1 + weight);
        double[] sums = ReferenceDiffusion.logRowSums(ReferenceMatrix.shift(z, new double[z.length], other));
        double[] potential = new double[masses.length];
        Arrays.setAll(potential, i -> masses[i] == 0 || sums[i] == Double.NEGATIVE_INFINITY ? Double.NEGATIVE_INFINITY
                : part * (Math.log(masses[i]) - sums[i]));
        return potential;
    }

    private static double translation(double[] mu, double[] u, double[] nu, double[] v, double a, double b) {
        return (logTotal(mu, u, a) - logTotal(nu, v, b)) / (1 / a + 1 / b);
    }

    private static double logTotal(double[] masses, double[] potential, double weight) {
        double total = 0;
        for (int i = 0; i < masses.length; i++) {
            total += potential[i] > Double.NEGATIVE_INFINITY ? masses[i] * Math.exp(-potential[i] / weight) : 0;
        }
        return Math.log(total);
    }

    private static double change(double[] before, double[] after) {
        double largest = 0;
        for (int i = 0; i < after.length; i++) {
            largest = Math.max(largest, after[i] == before[i] ? 0 : Math.abs(after[i] - before[i]));
        }
        return largest;
    }

    /** The terms of the objective at a coupling. */
    public static Figures figures(double[][] coupling, double[][] z, double[] mu, double[] nu, double eps, double rows,
            double columns) {
        double cost = 0;
        double entropy = 0;
        double product = 0;
        for (int i = 0; i < mu.length; i++) {
            for (int j = 0; j < nu.length; j++) {
                double entry = coupling[i][j];
                cost -= entry > 0 ? entry * eps * z[i][j] : 0;
                entropy -= entry > 0 ? entry * (Math.log(entry) - 1) : 0;
                product += divergence(entry, mu[i] * nu[j]);
            }
        }
        double[] rowSums = ReferenceMatrix.rowSums(coupling);
        double[] columnSums = ReferenceMatrix.columnSums(coupling);
        return new Figures(ReferenceMatrix.sum(rowSums), cost, entropy, product, rows < Double.POSITIVE_INFINITY
                ? divergence(rowSums, mu) : 0, columns < Double.POSITIVE_INFINITY ? divergence(columnSums, nu) : 0);
    }

    private static double divergence(double[] p, double[] q) {
        double sum = 0;
        for (int i = 0; i < p.length; i++) {
            sum += divergence(p[i], q[i]);
        }
        return sum;
    }

    private static double divergence(double p, double q) {
        double x = q > 0 ? p / q - 1 : 0;
        return Math.abs(x) < 1e-4 ? q * x * x * (1 / 2. - x * (1 / 6. - x / 12)) : p > 0 ? p * Math.log(p / q) - p + q : q;
    }
}
