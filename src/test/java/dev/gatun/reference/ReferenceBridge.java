package dev.gatun.reference;

import java.util.Arrays;

/** Bridges in the sense of Schroedinger (1931): static, and dynamic over T steps of a chain, by definition. */
public final class ReferenceBridge {

    /**
     * A dynamic bridge. {@code logPhi[t]} and {@code logPhiHat[t]} are the logarithms of phi_t and phi^_t for t from 0
     * to T, with the mean of the finite log phi_T at 0; {@code rho[t]} are the time marginals. The errors are the
     * largest {@code |rho / target - 1|} at the two ends, over the targets that are not 0.
     */
    public record Dynamic(double[][] reference, double[][] logPhi, double[][] logPhiHat, double[][] rho,
            int iterations, double initialError, double finalError) {

        /** {@code P_t,ij = P_ij phi_{t+1},j / phi_t,i}, a row of zeros where phi_t,i is 0. */
        public double[][] transition(int t) {
            double[][] p = new double[reference.length][reference.length];
            for (int i = 0; i < p.length; i++) {
                for (int j = 0; j < p.length && logPhi[t][i] != Double.NEGATIVE_INFINITY; j++) {
                    p[i][j] = reference[i][j] * Math.exp(logPhi[t + 1][j] - logPhi[t][i]);
                }
            }
            return p;
        }
    }

    private ReferenceBridge() {
    }

    /** {@code Pi = diag(u+) exp(z) diag(u-)} with {@code Pi 1 = mu+} and {@code Pi^T 1 = mu-}. */
    public static ReferenceSinkhorn.Solution plan(
            double[][] z, double[] muPlus, double[] muMinus, double tolerance, int maxIterations) {
        return ReferenceSinkhorn.solve(z, muPlus, muMinus, tolerance, maxIterations);
    }

    /** The transition of the static bridge, {@code P*_ij = softmax_j(z_ij + log u-_j)}. */
    public static double[][] transition(double[][] z, double[] logUMinus) {
        return ReferenceSoftmax.rowSoftmax(ReferenceMatrix.shift(z, new double[z.length], logUMinus));
    }

    /**
     * The bridge from mu_0 to mu_T over T steps of the row-stochastic P, by iterative proportional fitting: in turn
     * {@code phi^_0 = mu_0 / (P^T phi_T)} and {@code phi_T = mu_T / ((P')^T phi^_0)}, from phi_T = 1, until the initial
     * marginal, which the last half-step did not enforce, is within the tolerance.
     */
    public static Dynamic dynamic(double[][] p, double[] mu0, double[] muT, int steps, double tolerance,
            int maxIterations) {
        requireChain(p, steps);
        ReferenceSinkhorn.requireMarginals(mu0, muT);
        double[][] logP = log(p);
        double[][] logPTransposed = ReferenceMatrix.transpose(logP);
        double[] logPhiT = ReferenceSinkhorn.supportOf(muT);
        for (int iteration = 1; ; iteration++) {
            double[] logPhiHat0 = quotient(mu0, powers(logP, logPhiT, steps)[steps]);
            logPhiT = quotient(muT, powers(logPTransposed, logPhiHat0, steps)[steps]);
            Dynamic bridge = bridge(p, mu0, muT, logPhiHat0, logPhiT, steps, iteration);
            if (iteration >= maxIterations || bridge.initialError() <= tolerance) {
                return bridge;
            }
        }
    }

    private static Dynamic bridge(double[][] p, double[] mu0, double[] muT, double[] logPhiHat0, double[] logPhiT,
            int steps, int iterations) {
        double mean = ReferenceSinkhorn.finiteMean(logPhiT);
        double[] centredPhiT = Arrays.stream(logPhiT).map(entry -> entry - mean).toArray();
        double[] centredPhiHat0 = Arrays.stream(logPhiHat0).map(entry -> entry + mean).toArray();
        double[][] logP = log(p);
        double[][] backwards = powers(logP, centredPhiT, steps);
        double[][] logPhiHat = powers(ReferenceMatrix.transpose(logP), centredPhiHat0, steps);
        double[][] logPhi = new double[steps + 1][];
        double[][] rho = new double[steps + 1][];
        for (int t = 0; t <= steps; t++) {
            logPhi[t] = backwards[steps - t];
            rho[t] = product(logPhi[t], logPhiHat[t]);
        }
        return new Dynamic(p, logPhi, logPhiHat, rho, iterations, ReferenceSinkhorn.error(rho[0], mu0),
                ReferenceSinkhorn.error(rho[steps], muT));
    }

    /** The logarithms of {@code P^t phi} for t from 0 to the number of steps. */
    private static double[][] powers(double[][] logP, double[] logPhi, int steps) {
        double[][] powers = new double[steps + 1][];
        powers[0] = logPhi;
        for (int t = 1; t <= steps; t++) {
            double[][] terms = ReferenceMatrix.shift(logP, new double[logP.length], powers[t - 1]);
            powers[t] = ReferenceDiffusion.logRowSums(terms);
        }
        return powers;
    }

    /** {@code log(mu_i / x_i)}, minus infinity where mu_i is 0. */
    private static double[] quotient(double[] mu, double[] logX) {
        double[] quotient = new double[mu.length];
        for (int i = 0; i < mu.length; i++) {
            if (mu[i] > 0 && logX[i] == Double.NEGATIVE_INFINITY) {
                throw new IllegalArgumentException("token " + i + " has mass but no path");
            }
            quotient[i] = mu[i] == 0 ? Double.NEGATIVE_INFINITY : Math.log(mu[i]) - logX[i];
        }
        return quotient;
    }

    private static double[] product(double[] logX, double[] logY) {
        double[] product = new double[logX.length];
        for (int i = 0; i < logX.length; i++) {
            product[i] = Math.exp(logX[i] + logY[i]);
        }
        return product;
    }

    private static double[][] log(double[][] p) {
        double[][] logP = ReferenceMatrix.copy(p);
        for (double[] row : logP) {
            for (int j = 0; j < row.length; j++) {
                row[j] = Math.log(row[j]);
            }
        }
        return logP;
    }

    private static void requireChain(double[][] p, int steps) {
        ReferenceMatrix.requireSquare(p, "a dynamic bridge");
        if (steps < 1) {
            throw new IllegalArgumentException("a bridge over " + steps + " steps");
        }
        if (ReferenceSinkhorn.error(ReferenceMatrix.rowSums(p), ReferenceMatrix.constant(p.length, 1)) > 1e-6) {
            throw new IllegalArgumentException("the reference chain is not row-stochastic");
        }
    }
}
