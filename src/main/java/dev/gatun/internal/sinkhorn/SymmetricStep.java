package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.kernel.LogTwo;

/**
 * Newton steps on the dual of a symmetric Sinkhorn problem with one potential p for rows and columns and marginals of 1. p
 * minimises the convex {@code 1/2 sum_ij exp(z_ij + p_i + p_j) - sum_i p_i}, whose gradient is {@code s - 1} for the row sums s of
 * the coupling P, and whose Hessian is {@code diag(s) + P}.
 *
 * <p>Eigenvalues of the coupling near 1, which make alternate fitting slow, are eigenvalues near 2 of the Hessian; only those near -1
 * make conjugate gradients slow. Steps are in natural units.
 */
final class SymmetricStep implements DualStep {

    /** The largest number of products of one step. */
    private static final int MAX_PRODUCTS = 60;

    /** The largest first change of a column potential, in units of log 2. */
    private static final double MAX_CHANGE = 500;

    private final SinkhornEngine engine;
    private final double[] step;
    private final double[] gradient;
    private final ConjugateGradients gradients;
    private final ConjugateGradients.Equations equations = this::apply;
    private final double[] u;
    private final double[] v;
    private final double[] potential;
    private final double[] sums;
    private double gauge;
    private double slope;

    /** Allocates the memory of steps over an engine. */
    SymmetricStep(SinkhornEngine engine) {
        this.engine = engine;
        this.step = new double[engine.mu().length];
        this.gradient = new double[step.length];
        this.gradients = new ConjugateGradients(step.length);
        this.u = new double[step.length];
        this.v = new double[step.length];
        this.potential = new double[step.length];
        this.sums = new double[step.length];
    }

    /**
     * Scales the columns so that both potentials are their mean, up to a constant, before the caller fits the rows; false if a column
     * would move too far.
     */
    boolean begin() {
        engine.potentials(u, v);
        gauge = 0;
        for (int j = 0; j < step.length; j++) {
            potential[j] = (u[j] + v[j]) / 2;
            gauge += (potential[j] - v[j]) / step.length;
        }
        for (int j = 0; j < step.length; j++) {
            double change = potential[j] - v[j] - gauge;
            if (!(Math.abs(change) <= MAX_CHANGE)) {
                return false;
            }
            step[j] = LogTwo.exp2(change);
        }
        engine.scale(step);
        return true;
    }

    /** {@code 1/2 sum_ij exp(z_ij + p_i + p_j) - sum_i p_i}; also computes the row sums. */
    @Override
    public double dual() {
        engine.potentials(u, v);
        double dual = 0;
        for (int i = 0; i < step.length; i++) {
            sums[i] = LogTwo.exp2(potential[i] + gauge - u[i]);
            dual += sums[i] / 2 - potential[i] * LogTwo.VALUE;
        }
        return dual;
    }

    @Override
    public StepKind kind() {
        return StepKind.NEWTON_SYMMETRIC;
    }

    @Override
    public double[] step() {
        return step;
    }

    @Override
    public double slope() {
        return slope;
    }

    @Override
    public void move(double length) {
        for (int j = 0; j < step.length; j++) {
            potential[j] += length * step[j] / LogTwo.VALUE;
        }
    }

    /** There is no step if the equations take too many products. The coupling of the engine is {@code diag(1/s) P}. */
    @Override
    public boolean solve(double[] columnSums, double accuracy, int passes) {
        for (int i = 0; i < step.length; i++) {
            gradient[i] = 1 - sums[i];
        }
        boolean solved = gradients.solve(equations, sums, gradient, accuracy, Math.min(MAX_PRODUCTS, passes), step);
        slope = 0;
        for (int i = 0; i < step.length; i++) {
            slope -= gradient[i] * step[i];
        }
        double largest = ConjugateGradients.maxNorm(step);
        return solved && largest > 0 && largest < Double.POSITIVE_INFINITY;
    }

    /** {@code diag(s) x + P x}. */
    private void apply(double[] x, double[] out) {
        engine.multiply(x, out);
        for (int i = 0; i < step.length; i++) {
            out[i] = sums[i] * (x[i] + out[i]);
        }
    }
}
