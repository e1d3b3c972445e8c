package dev.gatun.internal.sinkhorn;

import dev.gatun.kernel.dense.Laplacian;

/**
 * Newton steps on the dual of a Sinkhorn problem with the row potentials eliminated: with rows fitted, v minimises the
 * convex {@code sum_i mu_i log sum_j exp(z_ij + v_j) - sum_j nu_j v_j}, whose gradient is the column sums c less nu and
 * whose Hessian is {@code diag(c) - P^T diag(1/mu) P}, the Laplacian of the graph in which columns are coupled by the rows
 * that they share.
 *
 * <p>Conjugate gradients with diag(c) as preconditioner take one pass over the plan a product; one Sinkhorn iteration is
 * their first step. Where the graph is a long chain they need as many steps as it has columns, and the equations are
 * eliminated instead, once and for all near the end. Potentials are in natural units here.
 */
final class NewtonStep implements DualStep {

    /** Products of one step before elimination takes over. */
    private static final int MAX_PRODUCTS = 60;

    /** As many columns are eliminated at most: beyond, products go on. */
    private static final int MAX_ELIMINATED = 1024;

    /** The least damping of an elimination, which holds the constant in place, and of conjugate gradients. */
    private static final double ROUNDING = 1e-13;
    private static final double MIN_DAMPING = 1e-6;
    private static final double DAMPING_STEP = 10;

    /**
     * Where equations hardly change any more: the step before moved potentials by this at most, and left this part of the
     * gradient at most.
     */
    private static final double NEARLY_THERE = 0.2;

    /** The largest change of a potential that equations are believed. */
    static final double MAX_STEP = 3;

    private static final double LOG_TWO = Math.log(2);

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
    private boolean settled;
    private double norm;
    private double slope;
    private double damping;

    /** Makes room for steps over the plan of an engine. */
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

    /** Forgets what the steps before have shown. */
    void begin() {
        eliminating = false;
        settled = false;
        damping = 0;
    }

    /** {@code -sum_i mu_i u_i - sum_j nu_j v_j}. */
    @Override
    public double dual() {
        engine.potentials(u, v);
        return dual(u, v);
    }

    /** The same at other potentials, in units of log 2. */
    double dual(double[] ofRows, double[] ofColumns) {
        double sum = 0;
        for (int i = 0; i < mu.length; i++) {
            sum -= mu[i] > 0 ? mu[i] * ofRows[i] : 0;
        }
        for (int j = 0; j < nu.length; j++) {
            sum -= nu[j] > 0 ? nu[j] * ofColumns[j] : 0;
        }
        return sum * LOG_TWO;
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

    /** Where equations give nothing, the step is Sinkhorn's own. */
    @Override
    public boolean solve(double[] sums, double accuracy, int passes) {
        find(sums, accuracy, passes);
        if (!usable()) {
            for (int j = 0; j < nu.length; j++) {
                step[j] = nu[j] > 0 ? Math.log(nu[j] / sums[j]) : 0;
            }
        }
        slope = 0;
        for (int j = 0; j < nu.length; j++) {
            slope += (sums[j] - nu[j]) * step[j];
        }
        return usable();
    }

    private boolean usable() {
        double largest = SinkhornSolver.largest(step);
        return largest > 0 && largest < Double.POSITIVE_INFINITY;
    }

    private void find(double[] sums, double accuracy, int passes) {
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
            int most = Math.min(eliminable() ? MAX_PRODUCTS : 4 * MAX_PRODUCTS, passes);
            boolean solved = gradients.solve(equations, diagonal, gradient, accuracy, most, step);
            adaptDamping();
            eliminating = !solved && eliminable() && passes > MAX_PRODUCTS;
        }
        if (eliminating) {
            useElimination(sums);
        }
    }

    /** For the next step: the larger, the closer it stays to one of Sinkhorn's. */
    private void adaptDamping() {
        if (SinkhornSolver.largest(step) > MAX_STEP) {
            damping = Math.min(Math.max(DAMPING_STEP * damping, MIN_DAMPING), 1);
        } else {
            damping = damping > MIN_DAMPING ? damping / DAMPING_STEP : 0;
        }
    }

    private boolean eliminable() {
        return engine.keepsRows() && nu.length <= MAX_ELIMINATED;
    }

    /** {@code (1 + damping) diag(c) x - P^T diag(1/mu) P x}. */
    private void apply(double[] x, double[] out) {
        engine.couple(x, out);
        for (int j = 0; j < nu.length; j++) {
            out[j] = (1 + damping) * diagonal[j] * x[j] - out[j];
        }
    }

    /** Eliminates the equations, or uses what was eliminated last where they are nearly the same. */
    private void useElimination(double[] sums) {
        double before = norm;
        norm = 0;
        for (int j = 0; j < nu.length; j++) {
            norm += nu[j] > 0 ? gradient[j] * gradient[j] / sums[j] : 0;
        }
        if (settled && norm <= NEARLY_THERE * NEARLY_THERE * before) {
            System.arraycopy(gradient, 0, step, 0, step.length);
            laplacian.solveAgain(step);
        } else {
            eliminate(sums);
        }
        settled = SinkhornSolver.largest(step) <= NEARLY_THERE;
    }

    /**
     * Eliminates the equations, damped where columns are held together so faintly that rounding would move them: unknowns
     * that the graph holds by less than the damping stay where they are.
     */
    private void eliminate(double[] sums) {
        if (laplacian == null) {
            laplacian = new Laplacian(nu.length);
        }
        damping = Math.max(damping / DAMPING_STEP, ROUNDING);
        eliminateDamped(sums);
        while (SinkhornSolver.largest(step) > MAX_STEP && damping < 1) {
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
        engine.countSweep();
        for (int j = 0; j < nu.length; j++) {
            step[j] = gradient[j];
            excess[j] = damping * sums[j];
        }
        laplacian.solve(excess, step);
    }
}
