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
final class SymmetricStep {

    /** Products of one step. */
    private static final int MOST_PRODUCTS = 60;

    private final SinkhornEngine engine;
    private final double[] step;
    private final double[] residual;
    private final double[] direction;
    private final double[] product;

    /** Makes room for steps over the plan of an engine. */
    SymmetricStep(SinkhornEngine engine) {
        this.engine = engine;
        this.step = new double[engine.mu().length];
        this.residual = new double[step.length];
        this.direction = new double[step.length];
        this.product = new double[step.length];
    }

    /** The change of p that was found. */
    double[] step() {
        return step;
    }

    /**
     * Finds the change of p that a step asks for; false where that takes too many products.
     *
     * @param sums     s; the engine's plan has its rows fitted, so that it is {@code diag(1/s) P}
     * @param accuracy to what part the residual is to shrink
     * @param passes   passes over the plan that this may take
     */
    boolean solve(double[] sums, double accuracy, int passes) {
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
            norm = advance(sums, norm, norm / curvature);
        }
        return norm <= goal;
    }

    private double advance(double[] sums, double norm, double length) {
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
