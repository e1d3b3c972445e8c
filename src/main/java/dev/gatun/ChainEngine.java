package dev.gatun;

import java.util.Arrays;

/**
 * The plan of a chain over some steps, {@code Pi_ij = phi^_0,i (P^T)_ij phi_T,j}, whose matrix is never formed: a fit takes
 * phi back through the steps and phi^ forth. One such round counts as a pass.
 */
final class ChainEngine implements SinkhornEngine {

    private final Chain chain;
    private final double[] mu;
    private final double[] nu;
    private final double[] logMu;
    private final double[][] logPhi;
    private final double[][] logPhiHat;
    private final double[] columnSums;
    private final double[] moved;
    private int sweeps;

    ChainEngine(Chain chain, int steps, double[] mu, double[] nu) {
        this.chain = chain;
        this.mu = mu;
        this.nu = nu;
        this.logMu = Potentials.logTwo(mu);
        this.logPhi = new double[steps + 1][chain.size()];
        this.logPhiHat = new double[steps + 1][];
        this.columnSums = new double[nu.length];
        this.moved = new double[nu.length];
    }

    @Override
    public double[] mu() {
        return mu;
    }

    @Override
    public double[] nu() {
        return nu;
    }

    @Override
    public void start(double[] v) {
        System.arraycopy(v, 0, logPhi[steps()], 0, v.length);
    }

    private int steps() {
        return logPhi.length - 1;
    }

    @Override
    public void scale(double[] factors) {
        double[] last = logPhi[steps()];
        for (int j = 0; j < last.length; j++) {
            last[j] += nu[j] > 0 ? KernelEngine.logTwo(factors[j]) : 0;
        }
    }

    @Override
    public void fit(double[] sums) {
        for (int t = steps(); t > 0; t--) {
            logPhi[t - 1] = chain.backward(logPhi[t]);
        }
        logPhiHat[0] = new double[mu.length];
        for (int i = 0; i < mu.length; i++) {
            logPhiHat[0][i] = mu[i] > 0 ? logMu[i] - logPhi[0][i] : Double.NEGATIVE_INFINITY;
        }
        for (int t = 1; t <= steps(); t++) {
            logPhiHat[t] = chain.forward(logPhiHat[t - 1]);
        }
        for (int j = 0; j < nu.length; j++) {
            columnSums[j] = nu[j] > 0 ? Math.pow(2, logPhiHat[steps()][j] + logPhi[steps()][j]) : 0;
            sums[j] = columnSums[j];
        }
        sweeps++;
    }

    @Override
    public void couple(double[] w, double[] out) {
        System.arraycopy(w, 0, out, 0, w.length);
        for (int t = steps(); t > 0; t--) {
            chain.expectLater(logPhi[t], out, moved);
            System.arraycopy(moved, 0, out, 0, out.length);
        }
        for (int t = 0; t < steps(); t++) {
            chain.expectEarlier(logPhiHat[t], out, moved);
            System.arraycopy(moved, 0, out, 0, out.length);
        }
        for (int j = 0; j < out.length; j++) {
            out[j] *= columnSums[j];
        }
        sweeps++;
    }

    @Override
    public void potentials(double[] u, double[] v) {
        System.arraycopy(logPhiHat[0], 0, u, 0, u.length);
        System.arraycopy(logPhi[steps()], 0, v, 0, v.length);
    }

    @Override
    public int sweeps() {
        return sweeps;
    }

    /** {@code log phi_t} for t from 0 on, with {@code shift} added, in natural units. */
    double[][] phi(double shift) {
        return natural(logPhi, shift);
    }

    /** {@code log phi^_t} likewise. */
    double[][] phiHat(double shift) {
        return natural(logPhiHat, shift);
    }

    private static double[][] natural(double[][] logarithms, double shift) {
        return Arrays.stream(logarithms).map(density -> Potentials.natural(density, shift)).toArray(double[][]::new);
    }
}
