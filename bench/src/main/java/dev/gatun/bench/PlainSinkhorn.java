package dev.gatun.bench;

import java.util.Arrays;

/**
 * Sinkhorn's iterations on logarithms as anyone would write them in Java: loops over arrays of doubles, from queries and keys,
 * row after row.
 */
final class PlainSinkhorn {

    private final int tokens;
    private final int dimension;
    private final double scale;
    private final float[] q;
    private final float[] k;
    private final double[][] z;
    private final double[] u;
    private final double[] v;
    private final double[] greatest;
    private final double[] sums;

    PlainSinkhorn(int tokens, int dimension, double scale, float[] q, float[] k) {
        this.tokens = tokens;
        this.dimension = dimension;
        this.scale = scale;
        this.q = q;
        this.k = k;
        this.z = new double[tokens][tokens];
        this.u = new double[tokens];
        this.v = new double[tokens];
        this.greatest = new double[tokens];
        this.sums = new double[tokens];
    }

    /** Scores, and rows and columns fitted in turn, {@code count} times each. */
    void iterate(int count) {
        begin();
        for (int i = 0; i < count; i++) {
            fitRows();
            fitColumns();
        }
    }

    /** Scores, and iterations until the rows' sums are right, the columns' being so; returns how many. */
    int solve(double tolerance) {
        begin();
        int iterations = 0;
        for (double error = Double.POSITIVE_INFINITY; error > tolerance; iterations++) {
            error = fitRows();
            fitColumns();
        }
        return iterations;
    }

    /** The potentials of the columns. */
    double[] columnPotentials() {
        return v;
    }

    private void begin() {
        Arrays.fill(u, 0.0);
        Arrays.fill(v, 0.0);
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < tokens; j++) {
                double sum = 0;
                for (int c = 0; c < dimension; c++) {
                    sum += (double) q[i * dimension + c] * k[j * dimension + c];
                }
                z[i][j] = sum * scale;
            }
        }
    }

    /** Returns how far the sums were off. */
    private double fitRows() {
        double error = 0;
        for (int i = 0; i < tokens; i++) {
            double most = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < tokens; j++) {
                most = Math.max(most, z[i][j] + v[j]);
            }
            double sum = 0;
            for (int j = 0; j < tokens; j++) {
                sum += Math.exp(z[i][j] + v[j] - most);
            }
            double next = -most - Math.log(sum);
            error = Math.max(error, Math.abs(Math.exp(u[i] - next) - 1));
            u[i] = next;
        }
        return error;
    }

    private void fitColumns() {
        Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
        Arrays.fill(sums, 0.0);
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < tokens; j++) {
                greatest[j] = Math.max(greatest[j], z[i][j] + u[i]);
            }
        }
        for (int i = 0; i < tokens; i++) {
            for (int j = 0; j < tokens; j++) {
                sums[j] += Math.exp(z[i][j] + u[i] - greatest[j]);
            }
        }
        for (int j = 0; j < tokens; j++) {
            v[j] = -greatest[j] - Math.log(sums[j]);
        }
    }
}
