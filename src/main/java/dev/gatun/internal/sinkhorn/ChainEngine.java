package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.kernel.LogTwo;
import java.util.Arrays;
import java.util.Locale;

/**
 * The coupling {@code Pi_ij = phi^_0,i (P^T)_ij phi_T,j} of the ends of a chain over T steps, without its matrix: a fit applies the
 * chain to phi backward and to phi^ forward. Both together count as one pass.
 *
 * <p>Densities are logarithms, so masses may span the range of float64. The marginals of the engine are the masses divided by a power
 * of two that makes the largest about 1, with a minimum of {@link #MIN_MASS}. Relative errors of sums stay exact; the equations of
 * Newton steps give the smallest masses more weight than they have.
 */
final class ChainEngine implements SinkhornEngine {

    /** The least mass, relative to the largest. */
    private static final double MIN_MASS = 1e-150;

    /** The largest ratio of a sum and its target, in units of log 2; larger ones are clamped. */
    private static final double MAX_LOG_RATIO = 400;

    private final Chain chain;
    private final double[] mu;
    private final double[] nu;
    private final int unit;
    private final double[] logMu;
    private final double[] logNu;
    private final double[][] logPhi;
    private final double[][] logPhiHat;
    private final double[] columnSums;
    private int passes;

    /** An engine for the marginals {@code mu} at time 0 and {@code nu} after {@code steps} steps. */
    ChainEngine(Chain chain, int steps, double[] mu, double[] nu) {
        this.chain = chain;
        this.unit = Math.max(exponent(mu), exponent(nu));
        this.mu = scaled(mu);
        this.nu = scaled(nu);
        this.logMu = Potentials.logTwo(mu);
        this.logNu = Potentials.logTwo(nu);
        this.logPhi = new double[steps + 1][nu.length];
        this.logPhiHat = new double[steps + 1][];
        this.columnSums = new double[nu.length];
    }

    private static int exponent(double[] masses) {
        return Math.getExponent(Arrays.stream(masses).max().orElseThrow());
    }

    private double[] scaled(double[] masses) {
        return Arrays.stream(masses).map(mass -> mass > 0 ? Math.max(Math.scalb(mass, -unit), MIN_MASS) : 0).toArray();
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

    /**
     * Why the chain does not lead from every row with mass to a column with mass, and to every such column from such a row, in one
     * sentence; empty if it does.
     *
     * @param v column potentials, minus infinity for a column without mass
     */
    String unreachable(double[] v) {
        start(v);
        goBackward();
        for (int i = 0; i < mu.length; i++) {
            if (mu[i] > 0 && logPhi[0][i] == Double.NEGATIVE_INFINITY) {
                return String.format(Locale.ROOT, "row %d has a mass, but the reference leads from it to no column with mass", i);
            }
        }
        goForward();
        for (int j = 0; j < nu.length; j++) {
            if (nu[j] > 0 && logPhiHat[steps()][j] == Double.NEGATIVE_INFINITY) {
                return String.format(Locale.ROOT, "column %d has a mass, but the reference leads to it from no row with mass", j);
            }
        }
        return "";
    }

    private void goBackward() {
        for (int t = steps(); t > 0; t--) {
            logPhi[t - 1] = chain.backward(logPhi[t]);
        }
    }

    /** Fits phi^_0 to the rows, and applies the chain to it. */
    private void goForward() {
        logPhiHat[0] = new double[mu.length];
        for (int i = 0; i < mu.length; i++) {
            logPhiHat[0][i] = mu[i] > 0 ? logMu[i] - logPhi[0][i] : Double.NEGATIVE_INFINITY;
        }
        for (int t = 1; t <= steps(); t++) {
            logPhiHat[t] = chain.forward(logPhiHat[t - 1]);
        }
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
        goBackward();
        goForward();
        for (int j = 0; j < nu.length; j++) {
            double ratio = logPhiHat[steps()][j] + logPhi[steps()][j] - logNu[j];
            columnSums[j] = nu[j] > 0 ? nu[j] * LogTwo.exp2(Math.clamp(ratio, -MAX_LOG_RATIO, MAX_LOG_RATIO)) : 0;
            sums[j] = columnSums[j];
        }
        passes++;
    }

    @Override
    public void couple(double[] w, double[] out) {
        double[] moved = w;
        for (int t = steps(); t > 0; t--) {
            moved = chain.expectLater(logPhi[t], moved);
        }
        for (int t = 0; t < steps(); t++) {
            moved = chain.expectEarlier(logPhiHat[t], moved);
        }
        for (int j = 0; j < out.length; j++) {
            out[j] = moved[j] * columnSums[j];
        }
        passes++;
    }

    @Override
    public void potentials(double[] u, double[] v) {
        System.arraycopy(logPhiHat[0], 0, u, 0, u.length);
        System.arraycopy(logPhi[steps()], 0, v, 0, v.length);
    }

    @Override
    public int passes() {
        return passes;
    }

    /** {@code log phi_t} for t from 0 to T in natural units, with {@code shift}, in units of log 2, added. */
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
