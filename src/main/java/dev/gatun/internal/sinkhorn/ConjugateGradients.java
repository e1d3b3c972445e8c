package dev.gatun.internal.sinkhorn;

import java.util.Arrays;

/** Conjugate gradients for symmetric equations, with a diagonal as preconditioner, in memory that is made once. */
final class ConjugateGradients {

    /** The least curvature that is not rounding, relative to the diagonal's. */
    private static final double ROUNDING = 1e-13;

    private final double[] residual;
    private final double[] preconditioned;
    private final double[] direction;
    private final double[] product;

    /** The left-hand side of equations. */
    interface Equations {
        /** To {@code out}. */
        void apply(double[] x, double[] out);
    }

    ConjugateGradients(int size) {
        this.residual = new double[size];
        this.preconditioned = new double[size];
        this.direction = new double[size];
        this.product = new double[size];
    }

    /**
     * Solves equations until the residual has shrunk to a part, or curvature has sunk into rounding; false where that takes
     * too many products, or where there is nothing to be found at all.
     *
     * @param diagonal the preconditioner; unknowns where it is 0 stay 0
     * @param b        the right-hand side
     * @param accuracy the part, in the norm that the preconditioner makes
     * @param most     products that are allowed
     * @param x        receives the solution as far as it goes
     */
    boolean solve(Equations equations, double[] diagonal, double[] b, double accuracy, int most, double[] x) {
        Arrays.fill(x, 0.0);
        System.arraycopy(b, 0, residual, 0, residual.length);
        double norm = precondition(diagonal);
        System.arraycopy(preconditioned, 0, direction, 0, direction.length);
        double goal = accuracy * accuracy * norm;
        for (int products = 0; products < most; products++) {
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

    private void advance(double length, double[] x) {
        for (int j = 0; j < x.length; j++) {
            x[j] += length * direction[j];
            residual[j] -= length * product[j];
        }
    }

    /** Returns the residual's norm. */
    private double precondition(double[] diagonal) {
        double norm = 0;
        for (int j = 0; j < residual.length; j++) {
            preconditioned[j] = diagonal[j] > 0 ? residual[j] / diagonal[j] : 0;
            norm += residual[j] * preconditioned[j];
        }
        return norm;
    }
}
