package dev.gatun.internal.sinkhorn;

/**
 * Newton steps on the dual of a symmetric Sinkhorn problem with one potential p for rows and columns, all marginals 1: p
 * minimises the convex {@code 1/2 sum_ij exp(z_ij + p_i + p_j) - sum_i p_i}, whose gradient is {@code s - 1} for the sums s of
 * the plan and whose Hessian is {@code diag(s) + P}.
 *
 * <p>Where eigenvalues of the plan are near 1, which is what slows down rows and columns that are fitted in turn, those of the
 * Hessian are near 2: conjugate gradients are slow only where some are near -1. A product takes half a pass. Potentials are
 * in natural units.
 */
final class SymmetricStep implements DualStep {

    /** Products of one step. */
    private static final int MAX_PRODUCTS = 60;

    /** How far a column's potential may move at once, in units of log 2. */
    private static final double MAX_MOVED = 500;

    private static final double LOG_TWO = Math.log(2);

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

    /** Makes room for steps over the plan of an engine. */
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
     * Takes the mean of both potentials for the columns, but for a shift that their plan does not depend on, which is to be
     * fitted then; false where that is too far from where they are.
     */
    boolean begin() {
        engine.potentials(u, v);
        gauge = 0;
        for (int j = 0; j < step.length; j++) {
            potential[j] = (u[j] + v[j]) / 2;
            gauge += (potential[j] - v[j]) / step.length;
        }
        for (int j = 0; j < step.length; j++) {
            double moved = potential[j] - v[j] - gauge;
            if (!(Math.abs(moved) <= MAX_MOVED)) {
                return false;
            }
            step[j] = Math.pow(2, moved);
        }
        engine.scale(step);
        return true;
    }

    /** {@code 1/2 sum_ij exp(z_ij + p_i + p_j) - sum_i p_i}, and the row sums that it is made of. */
    @Override
    public double dual() {
        engine.potentials(u, v);
        double dual = 0;
        for (int i = 0; i < step.length; i++) {
            sums[i] = Math.pow(2, potential[i] + gauge - u[i]);
            dual += sums[i] / 2 - potential[i] * LOG_TWO;
        }
        return dual;
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
            potential[j] += length * step[j] / LOG_TWO;
        }
    }

    /** Where equations take too many products there is no step. The engine's plan is {@code diag(1/s) P}. */
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
        double largest = SinkhornSolver.largest(step);
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
