package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.sinkhorn.ConjugateGradients;
import dev.gatun.internal.sinkhorn.trace.SolveTrace;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.kernel.LogTwo;

/**
 * The solve of a problem with soft marginals at one inverse temperature.
 *
 * <p>An iteration is one pass: it fits rows and shifts in closed form and sums the columns (see {@link RelaxedDual}). Alternate fitting,
 * {@code v_j <- v_j - rho_2 / (1 + rho_2) log(columnSum_j / target_j)}, goes on if it contracts fast; otherwise Newton steps on the dual
 * follow, each shortened until the dual or the error decreases.
 */
final class RelaxedDescent {

    /** Iterations of alternate fitting before their rate decides, and the largest number predicted of a fast rate. */
    private static final int PLAIN_ITERATIONS = 3;
    private static final int MAX_PREDICTED = 8;

    /** A bound of the contraction below which alternate fitting is fast. */
    private static final double FAST_CONTRACTION = 0.1;

    /** The part of the tolerance that the error of the columns is reduced to. */
    private static final double SAFETY = 0.5;

    /** The largest number of Newton steps after the tolerance is met, and the accuracy of potentials, in natural units, that ends them. */
    private static final int MAX_EXTRA_STEPS = 4;
    private static final double POTENTIAL_ACCURACY = 1e-6;

    /** The first bound of a step, and its growth after a full step. */
    private static final double FIRST_STEP = 3;
    private static final double GROWTH = 4;

    /** The part of the decrease predicted by the gradient that a step must reach (Armijo), and its shortening otherwise. */
    private static final double MIN_DECREASE = 1e-4;
    private static final double SHORTENING = 0.3;
    private static final double MIN_LENGTH = 1e-6;

    /** Changes of the dual that are rounding, relative to the mass. */
    private static final double DUAL_ROUNDING = 1e-12;

    /** Newton steps without a smaller error before the descent is given up. */
    private static final int PATIENCE = 30;

    /** The least and the largest part that conjugate gradients reduce a residual to. */
    private static final double MIN_ACCURACY = 1e-4;
    private static final double MAX_ACCURACY = 0.5;

    private final KernelSweep sweep;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final RelaxedDual dual;
    private final RelaxedStep newton;
    private final SolveTrace trace;
    private double goal;
    private int lastPass;
    private double error = Double.NaN;
    private double previousError = Double.NaN;
    private double maxStep = FIRST_STEP;
    private double changePerError;
    private int newtonSteps;

    /**
     * @param accelerated whether shifts are solved for and Newton steps taken
     * @param memory      bytes that the equations may take
     * @param trace       records the steps
     */
    RelaxedDescent(KernelSweep sweep, SoftMarginal rows, SoftMarginal columns, boolean accelerated, long memory, SolveTrace trace) {
        this.sweep = sweep;
        this.rows = rows;
        this.columns = columns;
        this.trace = trace;
        this.dual = new RelaxedDual(sweep, rows, columns, accelerated);
        this.newton = new RelaxedStep(sweep, dual, rows, columns, memory);
    }

    /**
     * Solves by alternate fitting alone.
     *
     * @param newLastPass the number of passes of the sweep to stop at
     */
    void solvePlainly(double tolerance, int newLastPass) {
        lastPass = newLastPass;
        start();
        iterate(SAFETY * tolerance, Integer.MAX_VALUE);
    }

    /**
     * Solves from the column potentials of the dual.
     *
     * @param tolerance   the error that counts as converged
     * @param newGoal     the smaller error that a few extra steps aim at
     * @param newLastPass the number of passes of the sweep to stop at
     * @param maxSteps    the number of Newton steps that are allowed
     */
    void solve(double tolerance, double newGoal, int newLastPass, int maxSteps) {
        goal = Math.min(SAFETY * tolerance, newGoal);
        lastPass = newLastPass;
        start();
        iterate(goal, PLAIN_ITERATIONS);
        while (!reached() && passesLeft() > 0 && contractsFast()) {
            iterate(goal, 1);
        }
        descend(SAFETY * tolerance, maxSteps);
    }

    /** Continues with alternate fitting, after Newton steps without convergence. */
    void iterateOn(double tolerance) {
        iterate(SAFETY * tolerance, Integer.MAX_VALUE);
    }

    private void start() {
        fit();
        trace.addStart(sweep.passes(), error);
    }

    private void fit(StepKind kind) {
        fit();
        trace.add(kind, sweep.passes(), error);
    }

    private void fit() {
        previousError = error;
        dual.fit();
        error = dual.error();
    }

    private boolean reached() {
        return error <= goal;
    }

    private int passesLeft() {
        return lastPass - sweep.passes();
    }

    private void iterate(double bound, int maxIterations) {
        for (int i = 0; i < maxIterations && !(error <= bound) && passesLeft() > 0; i++) {
            for (int j = 0; j < dual.g.length; j++) {
                dual.g[j] -= dual.connectsColumn(j) ? columns.exponent() * dual.logRatio(j) : 0;
            }
            fit(StepKind.PLAIN);
        }
    }

    private boolean contractsFast() {
        double rate = error / previousError;
        return rows.exponent() * columns.exponent() <= FAST_CONTRACTION
                || rate < 1 && StrictMath.log(goal / error) / StrictMath.log(rate) <= MAX_PREDICTED;
    }

    /** Takes Newton steps until the error is at most {@code bound} and the potentials are accurate. */
    private void descend(double bound, int maxSteps) {
        double best = error;
        int extra = 0;
        for (int sinceBest = 0; sinceBest < PATIENCE && passesLeft() > 1 && newtonSteps < maxSteps; sinceBest++) {
            boolean met = error <= bound;
            if (met && (reached() && changePerError * error <= POTENTIAL_ACCURACY || extra == MAX_EXTRA_STEPS)) {
                return;
            }
            extra += met ? 1 : 0;
            search(newton.compute(Math.clamp(Math.sqrt(error), MIN_ACCURACY, MAX_ACCURACY), maxStep, passesLeft() - 1));
            newtonSteps++;
            if (error < best) {
                best = error;
                sinceBest = 0;
            }
        }
    }

    /** Backtracks along a step until the dual decreases, or the error, since near the minimum changes of the dual are rounding. */
    private void search(double[] step) {
        double largest = ConjugateGradients.maxNorm(step);
        double length = Math.min(1, maxStep / largest);
        double slope = newton.slope();
        double before = error;
        changePerError = largest / error;
        dual.mark();
        move(step, length, newton.kind());
        boolean full = true;
        while (!(dual.change() <= MIN_DECREASE * length * slope + rounding() || error < before) && length > MIN_LENGTH
                && passesLeft() > 0) {
            full = false;
            move(step, (SHORTENING - 1) * length, StepKind.NEWTON_SHORTENED);
            length *= SHORTENING;
        }
        maxStep = full ? GROWTH * maxStep : Math.max(FIRST_STEP, maxStep / GROWTH);
    }

    private double rounding() {
        return DUAL_ROUNDING * Support.total(dual.sums());
    }

    private void move(double[] step, double length, StepKind kind) {
        for (int j = 0; j < step.length; j++) {
            dual.g[j] += dual.connectsColumn(j) ? length * step[j] / LogTwo.VALUE : 0;
        }
        fit(kind);
    }

    /** The dual at the current potentials. */
    RelaxedDual dual() {
        return dual;
    }

    /** The largest {@code |columnSum / target - 1|} in float64. */
    double error() {
        return error;
    }

    /** The factor by which the last iteration changed the error. */
    double contraction() {
        return error / previousError;
    }

    int newtonSteps() {
        return newtonSteps;
    }
}
