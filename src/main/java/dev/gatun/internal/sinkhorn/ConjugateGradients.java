package dev.gatun.internal.sinkhorn;

import java.util.Arrays;

/** Conjugate gradients for symmetric equations with a diagonal preconditioner, in memory that is allocated once. */
public final class ConjugateGradients {

    /** Curvatures below this part of that of the diagonal are rounding. */
    private static final double ROUNDING = 1e-13;

    private final double[] residual;
    private final double[] preconditioned;
    private final double[] direction;
    private final double[] product;

    /** The matrix of the equations. */
    public interface Equations {
        /** Writes the product with {@code x} to {@code out}. */
        void apply(double[] x, double[] out);
    }

    /** @param size the number of unknowns */
    public ConjugateGradients(int size) {
        this.residual = new double[size];
        this.preconditioned = new double[size];
        this.direction = new double[size];
        this.product = new double[size];
    }

    /**
     * Solves {@code A x = b} until the residual has shrunk to the part {@code accuracy} or the curvature is rounding; false if that
     * takes more than {@code maxProducts}, or if the first curvature is rounding.
     *
     * @param diagonal    the preconditioner; unknowns whose diagonal is 0 stay 0
     * @param b           the right-hand side
     * @param accuracy    the part, in the norm of the preconditioner
     * @param maxProducts the number of products with A that are allowed
     * @param x           receives the last iterate
     */
    public boolean solve(Equations equations, double[] diagonal, double[] b, double accuracy, int maxProducts, double[] x) {
        Arrays.fill(x, 0.0);
        System.arraycopy(b, 0, residual, 0, residual.length);
        double norm = precondition(diagonal);
        System.arraycopy(preconditioned, 0, direction, 0, direction.length);
        double goal = accuracy * accuracy * norm;
        for (int products = 0; products < maxProducts; products++) {
            equations.apply(direction, product);
            double curvature = 0;
            double size = 0;
            for (int j = 0; j < x.length; j++) {
                curvature += direction[j] * product[j];
                size += diagonal[j] * direction[j] * direction[j];
            }
            if (!(curvature > ROUNDING * size)) {
                return products > 0;
            }
            advance(norm / curvature, x);
            double next = precondition(diagonal);
            if (next <= goal) {
                return true;
            }
            for (int j = 0; j < x.length; j++) {
                direction[j] = preconditioned[j] + next / norm * direction[j];
            }
            norm = next;
        }
        return false;
    }

    /** The largest magnitude of an entry. */
    public static double maxNorm(double[] x) {
        double largest = 0;
        for (double entry : x) {
            largest = Math.max(largest, Math.abs(entry));
        }
        return largest;
    }

    private void advance(double length, double[] x) {
        for (int j = 0; j < x.length; j++) {
            x[j] += length * direction[j];
            residual[j] -= length * product[j];
        }
    }

    /** Applies the preconditioner to the residual; returns the square of its norm. */
    private double precondition(double[] diagonal) {
        double norm = 0;
        for (int j = 0; j < residual.length; j++) {
            preconditioned[j] = diagonal[j] > 0 ? residual[j] / diagonal[j] : 0;
            norm += residual[j] * preconditioned[j];
        }
        return norm;
    }
}
