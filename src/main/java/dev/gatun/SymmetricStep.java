package dev.gatun;

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
    private static final int MOST_PRODUCTS = 60;

    /** How far a column's potential may move at once, in units of log 2. */
    private static final double MOST_MOVED = 500;

    private static final double LOG_TWO = Math.log(2);

    private final SinkhornEngine engine;
    private final double[] step;
    private final double[] residual;
    private final double[] direction;
    private final double[] product;
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
        this.residual = new double[step.length];
        this.direction = new double[step.length];
        this.product = new double[step.length];
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
            if (!(Math.abs(moved) <= MOST_MOVED)) {
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
        double norm = 0;
        for (int i = 0; i < step.length; i++) {
            step[i] = 0;
            residual[i] = 1 - sums[i];
            direction[i] = residual[i] / sums[i];
            norm += residual[i] * direction[i];
        }
        double goal = accuracy * accuracy * norm;
        for (int products = 0; products < Math.min(MOST_PRODUCTS, passes) && norm > goal; products++) {
            engine.multiply(direction, product);
            double curvature = 0;
            for (int i = 0; i < step.length; i++) {
                product[i] = sums[i] * (direction[i] + product[i]);
                curvature += direction[i] * product[i];
            }
            if (!(curvature > 0)) {
                return false;
            }
            norm = advance(norm, norm / curvature);
        }
        slope = 0;
        for (int i = 0; i < step.length; i++) {
            slope += (sums[i] - 1) * step[i];
        }
        double largest = SinkhornSolver.largest(step);
        return norm <= goal && largest > 0 && largest < Double.POSITIVE_INFINITY;
    }

    private double advance(double norm, double length) {
        double next = 0;
        for (int i = 0; i < step.length; i++) {
            step[i] += length * direction[i];
            residual[i] -= length * product[i];
            next += residual[i] * residual[i] / sums[i];
        }
        for (int i = 0; i < step.length; i++) {
            direction[i] = residual[i] / sums[i] + next / norm * direction[i];
        }
        return next;
    }
}
