package dev.gatun.internal.sinkhorn;

import java.util.Arrays;

/** A coupling in float64, of a kernel that is given by its logarithms in units of log 2. */
final class DenseEngine implements SinkhornEngine {

    private final double[][] z;
    private final double[] mu;
    private final double[] nu;
    private final double[] u;
    private final double[] v;
    private final double[][] coupling;
    private int passes;

    DenseEngine(double[][] z, double[] mu, double[] nu) {
        this.z = z;
        this.mu = mu;
        this.nu = nu;
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.coupling = new double[mu.length][nu.length];
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
    public void start(double[] begun) {
        System.arraycopy(begun, 0, v, 0, v.length);
    }

    @Override
    public void scale(double[] factors) {
        Arrays.setAll(v, j -> v[j] + Math.log(factors[j]) / Math.log(2));
    }

    @Override
    public void fit(double[] columnSums) {
        passes++;
        Arrays.fill(columnSums, 0);
        for (int i = 0; i < mu.length; i++) {
            double sum = 0;
            for (int j = 0; j < nu.length; j++) {
                sum += Math.pow(2, z[i][j] + v[j]);
            }
            u[i] = Math.log(mu[i] / sum) / Math.log(2);
            for (int j = 0; j < nu.length; j++) {
                coupling[i][j] = Math.pow(2, z[i][j] + u[i] + v[j]);
                columnSums[j] += coupling[i][j];
            }
        }
    }

    @Override
    public void couple(double[] w, double[] out) {
        passes++;
        Arrays.fill(out, 0);
        for (int i = 0; i < mu.length; i++) {
            double mean = product(coupling[i], w) / mu[i];
            for (int j = 0; j < nu.length; j++) {
                out[j] += coupling[i][j] * mean;
            }
        }
    }

    @Override
    public void multiply(double[] w, double[] out) {
        passes++;
        Arrays.setAll(out, i -> product(coupling[i], w) / mu[i]);
    }

    static double product(double[] a, double[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += a[j] * b[j];
        }
        return sum;
    }

    @Override
    public boolean storesRows() {
        return true;
    }

    @Override
    public void countPass() {
        passes++;
    }

    @Override
    public void row(int i, double[] out) {
        System.arraycopy(coupling[i], 0, out, 0, out.length);
    }

    @Override
    public void potentials(double[] rows, double[] columns) {
        System.arraycopy(u, 0, rows, 0, u.length);
        System.arraycopy(v, 0, columns, 0, v.length);
    }

    @Override
    public int passes() {
        return passes;
    }
}
