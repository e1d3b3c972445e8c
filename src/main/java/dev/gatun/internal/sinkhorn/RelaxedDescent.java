package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.marginals.Support;

/**
 * The solve of a relaxed problem at one inverse temperature.
 *
 * <p>A round is one pass: rows and shifts are fitted in closed form and columns are summed on the way (see {@link RelaxedDual};
 * Sejourne, Vialard and Peyre 2022 for the shift). Where alternate fitting contracts fast it goes on, with
 * {@code v_j <- v_j - part_2 log(columnSum_j / target_j)}; elsewhere Newton steps on the dual take over, each as long as the dual
 * or the error falls.
 */
final class RelaxedDescent {

    private static final double LOG_TWO = Math.log(2);

    /** Rounds of alternate fitting before their rate decides, and how many a fast rate may still need. */
    private static final int PLAIN_ROUNDS = 3;
    private static final int MAX_PLAIN_ROUNDS = 8;

    /** A bound of the contraction that makes alternate fitting fast from the start. */
    private static final double FAST = 0.1;

    /** The part of the tolerance that columns are brought to. */
    private static final double GOAL = 0.5;

    /** Newton steps after the tolerance is met, and how well potentials are known after them. */
    private static final int MAX_FURTHER = 4;
    private static final double POTENTIAL_ACCURACY = 1e-6;

    /** The first bound of a step, and by what it grows where whole steps are good. */
    private static final double FIRST_STEP = 3;
    private static final double GROWTH = 4;

    /** What a step gains of what the gradient promises, and by what it is shortened where it does not. */
    private static final double MIN_GAIN = 1e-4;
    private static final double SHORTENING = 0.3;
    private static final double MIN_LENGTH = 1e-6;

    /** Changes of the dual that are rounding, relative to the mass. */
    private static final double DUAL_ROUNDING = 1e-12;

    /** Newton steps without a smaller error before they are given up. */
    private static final int PATIENCE = 30;

    /** The residuals that conjugate gradients leave. */
    private static final double MIN_ACCURACY = 1e-4;
    private static final double MAX_ACCURACY = 0.5;

    private final KernelSweep sweep;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final RelaxedDual dual;
    private final RelaxedStep newton;
    private double goal;
    private int lastPass;
    private double error = Double.NaN;
    private double previousError = Double.NaN;
    private double longest = FIRST_STEP;
    private double sway;
    private int newtonSteps;

    /**
     * @param accelerated whether shifts are solved for and Newton steps taken
     * @param memory      bytes that equations may take
     */
    RelaxedDescent(KernelSweep sweep, SoftMarginal rows, SoftMarginal columns, boolean accelerated, long memory) {
        this.sweep = sweep;
        this.rows = rows;
        this.columns = columns;
        this.dual = new RelaxedDual(sweep, rows, columns, accelerated);
        this.newton = new RelaxedStep(sweep, dual, rows, columns, memory);
    }

    /**
     * Fits in turn alone, without shifts.
     *
     * @param newLastPass the number of the sweep's passes to stop at
     */
    void solvePlainly(double tolerance, int newLastPass) {
        lastPass = newLastPass;
        fit();
        iterate(GOAL * tolerance, Integer.MAX_VALUE);
    }

    /**
     * Solves from the column potentials that the dual has.
     *
     * @param tolerance   the error that counts as solved
     * @param newGoal     the smaller one to go on to for a few steps
     * @param newLastPass the number of the sweep's passes to stop at
     * @param steps       Newton steps that are allowed
     */
    void solve(double tolerance, double newGoal, int newLastPass, int steps) {
        goal = Math.min(GOAL * tolerance, newGoal);
        lastPass = newLastPass;
        fit();
        iterate(goal, PLAIN_ROUNDS);
        while (!near() && passesLeft() > 0 && contractsFast()) {
            iterate(goal, 1);
        }
        descend(GOAL * tolerance, steps);
    }

    /** Goes on with alternate fitting where Newton steps have been given up. */
    void persist(double tolerance) {
        iterate(GOAL * tolerance, Integer.MAX_VALUE);
    }

    private void fit() {
        previousError = error;
        dual.fit();
        error = dual.error();
    }

    private boolean near() {
        return error <= goal;
    }

    private int passesLeft() {
        return lastPass - sweep.passes();
    }

    private void iterate(double until, int most) {
        for (int round = 0; round < most && !(error <= until) && passesLeft() > 0; round++) {
            for (int j = 0; j < dual.g.length; j++) {
                dual.g[j] -= dual.live(j) ? columns.part() * dual.excess(j) : 0;
            }
            fit();
        }
    }

    private boolean contractsFast() {
        double rate = error / previousError;
        return rows.part() * columns.part() <= FAST || rate < 1 && Math.log(goal / error) / Math.log(rate) <= MAX_PLAIN_ROUNDS;
    }

    /** Takes Newton steps until sums are near their targets and the potentials known. */
    private void descend(double solved, int steps) {
        double best = error;
        int further = 0;
        for (int sinceBest = 0; sinceBest < PATIENCE && passesLeft() > 1 && newtonSteps < steps; sinceBest++) {
            boolean met = error <= solved;
            if (met && (near() && sway * error <= POTENTIAL_ACCURACY || further == MAX_FURTHER)) {
                return;
            }
            further += met ? 1 : 0;
            advance(newton.find(Math.clamp(Math.sqrt(error), MIN_ACCURACY, MAX_ACCURACY), longest, passesLeft() - 1));
            newtonSteps++;
            if (error < best) {
                best = error;
                sinceBest = 0;
            }
        }
    }

    /** Goes as far along a step as the dual falls, or the error, for near the end the dual's changes are rounding. */
    private void advance(double[] step) {
        double largest = SinkhornSolver.largest(step);
        double length = Math.min(1, longest / largest);
        double slope = newton.slope();
        double before = error;
        sway = largest / error;
        dual.mark();
        move(step, length);
        boolean whole = true;
        while (!(dual.change() <= MIN_GAIN * length * slope + rounding() || error < before) && length > MIN_LENGTH
                && passesLeft() > 0) {
            whole = false;
            move(step, (SHORTENING - 1) * length);
            length *= SHORTENING;
        }
        longest = whole ? GROWTH * longest : Math.max(FIRST_STEP, longest / GROWTH);
    }

    private double rounding() {
        return DUAL_ROUNDING * Support.total(dual.sums());
    }

    private void move(double[] step, double length) {
        for (int j = 0; j < step.length; j++) {
            dual.g[j] += dual.live(j) ? length * step[j] / LOG_TWO : 0;
        }
        fit();
    }

    /** The point at hand. */
    RelaxedDual dual() {
        return dual;
    }

    /** The largest {@code |columnSum / target - 1|} in float64. */
    double error() {
        return error;
    }

    /** By what factor the last iteration shrank the error. */
    double contraction() {
        return error / previousError;
    }

    int newtonSteps() {
        return newtonSteps;
    }
}
