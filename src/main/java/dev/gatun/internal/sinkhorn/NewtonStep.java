package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.dense.Laplacian;

/**
 * Newton steps on the dual of a Sinkhorn problem with the row potentials eliminated. With the rows fitted, v minimises
 * the convex {@code sum_i mu_i log sum_j exp(z_ij + v_j) - sum_j nu_j v_j}, whose gradient is {@code c - nu} for the column sums
 * c, and whose Hessian is {@code diag(c) - P^T diag(1/mu) P}, the Laplacian of the graph in which columns are coupled by
 * the rows that they share.
 *
 * <p>Conjugate gradients with diag(c) as preconditioner take one pass over the kernel a product; one Sinkhorn iteration is their first
 * step. On a graph that is a long chain they need as many steps as it has columns; its equations are eliminated instead, and the
 * factors are used again while the equations hardly change. Steps are in natural units.
 */
final class NewtonStep implements DualStep {

    /** The products of one step, after which the equations are eliminated. */
    private static final int MAX_PRODUCTS = 60;

    /** The largest number of columns that are eliminated; with more, products go on. */
    private static final int MAX_ELIMINATED = 1024;

    /** The least damping of an elimination, which fixes the constant, the least of conjugate gradients, and its growth. */
    private static final double ROUNDING = 1e-13;
    private static final double MIN_DAMPING = 1e-6;
    private static final double DAMPING_STEP = 10;

    /**
     * The largest change of potentials by the previous step, and the largest part of the gradient after it, for which the equations
     * count as unchanged.
     */
    private static final double UNCHANGED = 0.2;

    /** The largest change of a potential for which the quadratic model is trusted. */
    static final double MAX_STEP = 3;

    private final SinkhornEngine engine;
    private final double[] mu;
    private final double[] nu;
    private final double[] step;
    private final double[] gradient;
    private final double[] diagonal;
    private final double[] excess;
    private final double[] row;
    private final ConjugateGradients gradients;
    private final ConjugateGradients.Equations equations = this::apply;
    private final double[] u;
    private final double[] v;
    private Laplacian laplacian;
    private boolean eliminating;
    private boolean unchanged;
    private double norm;
    private double slope;
    private double damping;

    /** Allocates the memory of steps over an engine. */
    NewtonStep(SinkhornEngine engine) {
        this.engine = engine;
        this.mu = engine.mu();
        this.nu = engine.nu();
        this.step = new double[nu.length];
        this.gradient = new double[nu.length];
        this.diagonal = new double[nu.length];
        this.excess = new double[nu.length];
        this.row = new double[nu.length];
        this.gradients = new ConjugateGradients(nu.length);
        this.u = new double[mu.length];
        this.v = new double[nu.length];
    }

    /** Resets damping and elimination for a new solve. */
    void begin() {
        eliminating = false;
        unchanged = false;
        damping = 0;
    }

    /** {@code -sum_i mu_i u_i - sum_j nu_j v_j}. */
    @Override
    public double dual() {
        engine.potentials(u, v);
        return dual(u, v);
    }

    /** The dual at other potentials, which are in units of log 2. */
    double dual(double[] rowPotentials, double[] columnPotentials) {
        double sum = 0;
        for (int i = 0; i < mu.length; i++) {
            sum -= mu[i] > 0 ? mu[i] * rowPotentials[i] : 0;
        }
        for (int j = 0; j < nu.length; j++) {
            sum -= nu[j] > 0 ? nu[j] * columnPotentials[j] : 0;
        }
        return sum * LogTwo.VALUE;
    }

    @Override
    public StepKind kind() {
        return eliminating ? StepKind.NEWTON_ELIMINATED : StepKind.NEWTON;
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
    }

    /** If the equations have no finite solution, the step is one of Sinkhorn's iteration. */
    @Override
    public boolean solve(double[] sums, double accuracy, int passes) {
        compute(sums, accuracy, passes);
        if (!usable()) {
            for (int j = 0; j < nu.length; j++) {
                step[j] = nu[j] > 0 ? StrictMath.log(nu[j] / sums[j]) : 0;
            }
        }
        slope = 0;
        for (int j = 0; j < nu.length; j++) {
            slope += (sums[j] - nu[j]) * step[j];
        }
        return usable();
    }

    private boolean usable() {
        double largest = ConjugateGradients.maxNorm(step);
        return largest > 0 && largest < Double.POSITIVE_INFINITY;
    }

    private void compute(double[] sums, double accuracy, int passes) {
        double total = 0;
        double surplus = 0;
        for (int j = 0; j < nu.length; j++) {
            gradient[j] = nu[j] - sums[j];
            surplus += gradient[j];
            total += sums[j];
        }
        for (int j = 0; j < nu.length; j++) {
            gradient[j] = nu[j] > 0 ? gradient[j] - surplus * (sums[j] / total) : 0;
            diagonal[j] = nu[j] > 0 ? sums[j] : 0;
        }
        if (!eliminating) {
            int maxProducts = Math.min(eliminable() ? MAX_PRODUCTS : 4 * MAX_PRODUCTS, passes);
            boolean solved = gradients.solve(equations, diagonal, gradient, accuracy, maxProducts, step);
            adaptDamping();
            eliminating = !solved && eliminable() && passes > MAX_PRODUCTS;
        }
        if (eliminating) {
            useElimination(sums);
        }
    }

    /** Sets the damping of the next step: the larger, the closer the step is to one of Sinkhorn's iteration. */
    private void adaptDamping() {
        if (ConjugateGradients.maxNorm(step) > MAX_STEP) {
            damping = Math.min(Math.max(DAMPING_STEP * damping, MIN_DAMPING), 1);
        } else {
            damping = damping > MIN_DAMPING ? damping / DAMPING_STEP : 0;
        }
    }

    private boolean eliminable() {
        return engine.storesRows() && nu.length <= MAX_ELIMINATED;
    }

    /** {@code (1 + damping) diag(c) x - P^T diag(1/mu) P x}. */
    private void apply(double[] x, double[] out) {
        engine.couple(x, out);
        for (int j = 0; j < nu.length; j++) {
            out[j] = (1 + damping) * diagonal[j] * x[j] - out[j];
        }
    }

    /** Eliminates the equations, or uses the last factors if the equations are nearly unchanged. */
    private void useElimination(double[] sums) {
        double before = norm;
        norm = 0;
        for (int j = 0; j < nu.length; j++) {
            norm += nu[j] > 0 ? gradient[j] * gradient[j] / sums[j] : 0;
        }
        if (unchanged && norm <= UNCHANGED * UNCHANGED * before) {
            System.arraycopy(gradient, 0, step, 0, step.length);
            laplacian.solveAgain(step);
        } else {
            eliminate(sums);
        }
        unchanged = ConjugateGradients.maxNorm(step) <= UNCHANGED;
    }

    /**
     * Eliminates the equations with increasing damping, until no step is too long: unknowns that the graph couples by less than the
     * damping hardly move.
     */
    private void eliminate(double[] sums) {
        if (laplacian == null) {
            laplacian = new Laplacian(nu.length);
        }
        damping = Math.max(damping / DAMPING_STEP, ROUNDING);
        eliminateDamped(sums);
        while (ConjugateGradients.maxNorm(step) > MAX_STEP && damping < 1) {
            damping *= DAMPING_STEP;
            eliminateDamped(sums);
        }
    }

    private void eliminateDamped(double[] sums) {
        laplacian.clear();
        for (int i = 0; i < mu.length; i++) {
            if (mu[i] > 0) {
                engine.row(i, row);
                laplacian.addProduct(1 / mu[i], row);
            }
        }
        engine.countPass();
        for (int j = 0; j < nu.length; j++) {
            step[j] = gradient[j];
            excess[j] = damping * sums[j];
        }
        laplacian.solve(excess, step);
    }
}
