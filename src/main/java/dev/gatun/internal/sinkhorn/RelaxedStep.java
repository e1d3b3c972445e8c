package dev.gatun.internal.sinkhorn;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.dense.Laplacian;
import java.util.Arrays;

/**
 * Newton steps on a {@link RelaxedDual}. With c the column sums, t their targets, r the row sums and P the coupling, the Hessian is
 * {@code diag(c + t / rho_2) - part_1 P^T diag(1/r) P}: the Laplacian of the graph in which columns are coupled by the rows that
 * they share, with the excess {@code c / (1 + rho_1) + t / rho_2}, so it can be eliminated without subtraction however small the
 * excess is.
 *
 * <p>A few columns are eliminated at once, in one pass over the kernel. Of more, conjugate gradients take a pass a product, and
 * elimination is for those that they do not get done with. Steps are in natural units.
 */
final class RelaxedStep {

    /** Columns that are eliminated rather than iterated on, and up to which they can be. */
    private static final int FEW_COLUMNS = 256;
    private static final int MAX_ELIMINATED = 1024;

    /** Columns whose equations take no more memory than a block of rows. */
    private static final int BLOCK_COLUMNS = 2 * Lanes.BLOCK;

    /** Products of one step before elimination takes over. */
    private static final int MAX_PRODUCTS = 60;

    /** The smallest damping, which holds the translation in place. */
    private static final double ROUNDING = 1e-13;
    private static final double MIN_DAMPING = 1e-4;
    private static final double DAMPING_STEP = 10;

    /** Column sums below this are fitted on their own: products of their entries underflow. */
    private static final double TINY = 1e-280;

    private static final double LOG_TWO = Math.log(2);

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
     * Finds the step at the point of the dual's last fit.
     *
     * @param accuracy to what part conjugate gradients shrink the residual
     * @param longest  the largest change of a potential that the equations are believed
     * @param passes   passes that this may take, at least 1
     */
    double[] find(double accuracy, double longest, int passes) {
        for (int j = 0; j < step.length; j++) {
            gradient[j] = coupled(j) ? dual.target(j) - dual.sums()[j] : 0;
        }
        dual.project(gradient);
        if (!eliminating) {
            eliminating = !iterate(accuracy, Math.min(MAX_PRODUCTS, passes)) && eliminable && passes > MAX_PRODUCTS;
        }
        if (eliminating) {
            eliminate(longest);
        }
        for (int j = 0; j < step.length; j++) {
            if (!coupled(j)) {
                step[j] = dual.live(j) ? -columns.part() * dual.excess(j) * LOG_TWO : 0;
            }
        }
        return step;
    }

    /** How the dual grows along the step, which is negative. */
    double slope() {
        double slope = 0;
        for (int j = 0; j < step.length; j++) {
            slope -= dual.live(j) ? (dual.target(j) - dual.sums()[j]) * step[j] : 0;
        }
        return slope;
    }

    private boolean coupled(int j) {
        return dual.live(j) && dual.sums()[j] >= TINY;
    }

    private boolean iterate(double accuracy, int most) {
        for (int j = 0; j < step.length; j++) {
            diagonal[j] = coupled(j) ? dual.sums()[j] + dual.target(j) / columns.weight() : 0;
        }
        return gradients.solve(this::multiply, diagonal, gradient, accuracy, most, step);
    }

    /** {@code diag(c + t / rho_2) x - part_1 P^T diag(1/r) P x}. */
    private void multiply(double[] x, double[] out) {
        Arrays.fill(products, 0.0);
        sweep.each(dual.v(), block -> {
            block.multiply(x, block.factors);
            for (int r = 0; r < block.rowCount(); r++) {
                boolean live = dual.liveRow(block.firstRow() + r);
                block.factors[r] = live ? block.factors[r] / block.sums[r] * (dual.rowSum(block.firstRow() + r) / block.sums[r]) : 0;
            }
            block.sumColumns();
        }, block -> {
            for (int j = 0; j < products.length; j++) {
                products[j] += block.ofColumns[j];
            }
        });
        for (int j = 0; j < out.length; j++) {
            out[j] = diagonal[j] * x[j] - (diagonal[j] > 0 ? rows.part() * products[j] : 0);
        }
    }

    /** Eliminates the equations, damped after steps that were longer than they are believed. */
    private void eliminate(double longest) {
        if (laplacian == null) {
            laplacian = new Laplacian(step.length);
        }
        laplacian.clear();
        sweep.each(dual.v(), this::coupling, this::addRows);
        for (int j = 0; j < step.length; j++) {
            step[j] = gradient[j];
            excess[j] = coupled(j) ? dual.sums()[j] * (rows.rest() + damping) + dual.target(j) / columns.weight() : 1;
        }
        laplacian.solve(excess, step);
        damping = SinkhornSolver.largest(step) > longest ? Math.clamp(DAMPING_STEP * damping, MIN_DAMPING, 1)
                : Math.max(damping / DAMPING_STEP, ROUNDING);
    }

    /** What makes the coupling of a block's powers. */
    private void coupling(KernelSweep.Block block) {
        for (int r = 0; r < block.rowCount(); r++) {
            int i = block.firstRow() + r;
            block.factors[r] = dual.liveRow(i) ? dual.rowSum(i) / block.sums[r] : 0;
        }
    }

    private void addRows(KernelSweep.Block block) {
        for (int r = 0; r < block.rowCount(); r++) {
            if (block.factors[r] > 0) {
                block.row(r, row);
                laplacian.addProduct(rows.part() / dual.rowSum(block.firstRow() + r), row);
            }
        }
    }
}
