package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.sinkhorn.ConjugateGradients;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.dense.Laplacian;

/**
 * Newton steps on a {@link RelaxedDual}. With c the column sums, t their targets, r the row sums and P the coupling, the Hessian is
 * {@code diag(c + t / rho_2) - p_1 P^T diag(1/r) P} with {@code p_1 = rho_1 / (1 + rho_1)}: the Laplacian of the graph in which
 * columns are coupled by the rows that they share, with the excess {@code c / (1 + rho_1) + t / rho_2}. It is eliminated without
 * subtractions, so a small excess loses no digits.
 *
 * <p>Equations of a few columns are eliminated, in one pass over the kernel. Those of more are solved by conjugate gradients, a pass a
 * product, and eliminated if these take too many products. Steps are in natural units.
 */
final class RelaxedStep {

    /** The largest number of columns that are eliminated at once, and of those that can be eliminated. */
    private static final int FEW_COLUMNS = 256;
    private static final int MAX_ELIMINATED = 1024;

    /** The number of columns whose equations take no more memory than a block of rows. */
    private static final int BLOCK_COLUMNS = 2 * Lanes.BLOCK;

    /** The products of one step, after which the equations are eliminated. */
    private static final int MAX_PRODUCTS = 60;

    /** The least damping, which fixes the shift, the least after a step that was too long, and its growth. */
    private static final double ROUNDING = 1e-13;
    private static final double MIN_DAMPING = 1e-4;
    private static final double DAMPING_STEP = 10;

    /** Columns with sums below this are fitted alone, since products of their entries underflow. */
    private static final double TINY = 1e-280;

    private final KernelSweep sweep;
    private final RelaxedDual dual;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final boolean eliminable;
    private final double[] step;
    private final double[] gradient;
    private final double[] diagonal;
    private final double[] excess;
    private final double[] row;
    private final double[] products;
    private final ConjugateGradients gradients;
    private double[] rowSums;
    private Laplacian laplacian;
    private boolean eliminating;
    private double damping = ROUNDING;

    /** @param memory bytes that the equations may take */
    RelaxedStep(KernelSweep sweep, RelaxedDual dual, SoftMarginal rows, SoftMarginal columns, long memory) {
        int size = columns.size();
        this.sweep = sweep;
        this.dual = dual;
        this.rows = rows;
        this.columns = columns;
        this.eliminable = size <= MAX_ELIMINATED && (size <= BLOCK_COLUMNS || (long) Double.BYTES * size * size <= memory);
        this.eliminating = eliminable && size <= FEW_COLUMNS;
        this.step = new double[size];
        this.gradient = new double[size];
        this.diagonal = new double[size];
        this.excess = new double[size];
        this.row = new double[size];
        this.products = new double[size];
        this.gradients = new ConjugateGradients(size);
    }

    /**
     * Computes the step at the last fit of the dual.
     *
     * @param accuracy the part that conjugate gradients reduce the residual to
     * @param maxStep  the largest change of a potential for which the quadratic model is trusted
     * @param passes   the passes that this may take, at least 1
     */
    double[] compute(double accuracy, double maxStep, int passes) {
        for (int j = 0; j < step.length; j++) {
            gradient[j] = coupled(j) ? dual.target(j) - dual.sums()[j] : 0;
        }
        dual.project(gradient);
        if (!eliminating) {
            eliminating = !iterate(accuracy, Math.min(MAX_PRODUCTS, passes)) && eliminable && passes > MAX_PRODUCTS;
        }
        if (eliminating) {
            eliminate(maxStep);
        }
        for (int j = 0; j < step.length; j++) {
            if (!coupled(j)) {
                step[j] = dual.connectsColumn(j) ? -columns.exponent() * dual.logRatio(j) * LogTwo.VALUE : 0;
            }
        }
        return step;
    }

    /** How the last step was computed. */
    StepKind kind() {
        return eliminating ? StepKind.NEWTON_ELIMINATED : StepKind.NEWTON;
    }

    /** The derivative of the dual along the step; negative. */
    double slope() {
        double slope = 0;
        for (int j = 0; j < step.length; j++) {
            slope -= dual.connectsColumn(j) ? (dual.target(j) - dual.sums()[j]) * step[j] : 0;
        }
        return slope;
    }

    private boolean coupled(int j) {
        return dual.connectsColumn(j) && dual.sums()[j] >= TINY;
    }

    private boolean iterate(double accuracy, int maxProducts) {
        for (int j = 0; j < step.length; j++) {
            diagonal[j] = coupled(j) ? dual.sums()[j] + dual.target(j) / columns.weight() : 0;
        }
        rowSums = dual.rowSums();
        return gradients.solve(this::multiply, diagonal, gradient, accuracy, maxProducts, step);
    }

    /** {@code diag(c + t / rho_2) x - p_1 P^T diag(1/r) P x}. */
    private void multiply(double[] x, double[] out) {
        sweep.run(dual.v(), new SweepPass.Multiply(x, rowSums), null, products);
        for (int j = 0; j < out.length; j++) {
            out[j] = diagonal[j] * x[j] - (diagonal[j] > 0 ? rows.exponent() * products[j] : 0);
        }
    }

    /** Eliminates the equations, and sets the damping of the next step: larger if this one is too long. */
    private void eliminate(double maxStep) {
        if (laplacian == null) {
            laplacian = new Laplacian(step.length);
        }
        laplacian.clear();
        sweep.each(dual.v(), this::scaleRows, this::addRows);
        for (int j = 0; j < step.length; j++) {
            step[j] = gradient[j];
            excess[j] = coupled(j) ? dual.sums()[j] * (rows.complement() + damping) + dual.target(j) / columns.weight() : 1;
        }
        laplacian.solve(excess, step);
        damping = ConjugateGradients.maxNorm(step) > maxStep ? Math.clamp(DAMPING_STEP * damping, MIN_DAMPING, 1)
                : Math.max(damping / DAMPING_STEP, ROUNDING);
    }

    /** Sets the factors that make the powers of a block rows of the coupling. */
    private void scaleRows(KernelSweep.Block block) {
        for (int r = 0; r < block.rowCount(); r++) {
            int i = block.firstRow() + r;
            block.factors[r] = dual.connectsRow(i) ? dual.rowSum(i) / block.sums[r] : 0;
        }
    }

    private void addRows(KernelSweep.Block block) {
        for (int r = 0; r < block.rowCount(); r++) {
            if (block.factors[r] > 0) {
                block.row(r, row);
                laplacian.addProduct(rows.exponent() / dual.rowSum(block.firstRow() + r), row);
            }
        }
    }
}
