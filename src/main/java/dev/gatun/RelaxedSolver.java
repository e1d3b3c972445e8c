package dev.gatun;

import dev.gatun.kernel.LogKernel;

/**
 * Finds the coupling of a relaxed (unbalanced) problem (Chizat, Peyre, Schmitzer and Vialard 2018), in float64.
 *
 * <p>A round is one pass: rows and shifts are fitted in closed form and columns are summed on the way (see {@link RelaxedDual};
 * Sejourne, Vialard and Peyre 2022 for the shift). Where alternate fitting contracts fast it goes on, with
 * {@code v_j <- v_j - part_2 log(columnSum_j / target_j)}; elsewhere Newton steps on the dual take over, each as long as the dual
 * or the error falls. Where they do not get there, as for scores of hundreds that make a coupling all but a permutation, the head is
 * heated up: potentials are followed from a small inverse temperature to that asked for. A solve goes on past the tolerance, by a few passes, until the sums are as near to their targets as the
 * terms of the objective need: for large weights a sum differs from its mass by {@code u / rho} alone.
 */
final class RelaxedSolver {

    private static final double LOG_TWO = Math.log(2);

    /** Rounds of alternate fitting before their rate decides, and how many a fast rate may still need. */
    private static final int PLAIN_ROUNDS = 3;
    private static final int MAX_PLAIN_ROUNDS = 8;

    /** A bound of the contraction that makes alternate fitting fast from the start. */
    private static final double FAST = 0.1;

    /** Parts of the tolerance, and of what large weights leave of a deviation, that sums are brought to. */
    private static final double GOAL = 0.5;
    private static final double FIGURE_ACCURACY = 1e-7;
    private static final double ROUNDING = 1e-12;

    /** Newton steps after the tolerance is met, and how well potentials are known after them. */
    private static final int MAX_FURTHER = 4;
    private static final double POTENTIAL_ACCURACY = 1e-6;

    /** The first bound of a step, and by what it grows where whole steps are good. */
    private static final double LONGEST = 3;
    private static final double GROWTH = 4;

    /** What a step gains of what the gradient promises, and by what it is shortened where it does not. */
    private static final double MIN_GAIN = 1e-4;
    private static final double SHORTENING = 0.3;
    private static final double SHORTEST = 1e-6;

    /** Changes of the dual that are rounding, relative to the mass. */
    private static final double DUAL_ROUNDING = 1e-12;

    /** Newton steps without a smaller error before alternate fitting goes on. */
    private static final int PATIENCE = 30;

    /** The residuals that conjugate gradients leave. */
    private static final double MIN_ACCURACY = 1e-4;
    private static final double MAX_ACCURACY = 0.5;

    /** Newton steps, and passes, before a head is heated up. */
    private static final int STEPS_AT_ONCE = 40;
    private static final int PASSES_AT_ONCE = 200;

    /** The range of the log-kernel to begin with, in units of log 2, and the error that is enough on the way. */
    private static final double FIRST_RANGE = 32;
    private static final double LOOSE = 1e-2;

    /** Passes that heating takes at least: one for the range, and one at each end. */
    private static final int FEWEST_HEATED = 3;

    private final Sinkhorn options;
    private final KernelSweep sweep;
    private final SoftMarginal coldRows;
    private final SoftMarginal coldColumns;
    private final double figureGoal;
    private SoftMarginal rows;
    private SoftMarginal columns;
    private RelaxedDual dual;
    private RelaxedStep newton;
    private double tolerance;
    private double goal;
    private int lastPass;
    private int lastStep;
    private double error;
    private double previousError;
    private double longest;
    private double sway;
    private int newtonSteps;

    /**
     * @param kernel in double precision
     * @param start  column potentials to begin at, in natural units; null for none
     */
    RelaxedSolver(LogKernel kernel, Sinkhorn options, SoftMarginal rows, SoftMarginal columns, double[] start,
                  HeadLoop.Pieces pieces) {
        this.options = options;
        this.coldRows = rows;
        this.coldColumns = columns;
        this.sweep = new KernelSweep(kernel, options.memory(), pieces);
        this.figureGoal = Math.max(ROUNDING, FIGURE_ACCURACY / Math.max(1, Math.max(finite(rows), finite(columns))));
        heat(1);
        begin(start);
    }

    private static double finite(SoftMarginal side) {
        return side.enforced() ? 1 : side.weight();
    }

    /** Takes the problem at {@code part} of the inverse temperature. */
    private void heat(double part) {
        sweep.heat(part);
        rows = coldRows.heated(part);
        columns = coldColumns.heated(part);
        dual = new RelaxedDual(sweep, rows, columns, options.accelerated());
        newton = new RelaxedStep(sweep, dual, rows, columns, options.memory());
        error = Double.NaN;
        previousError = Double.NaN;
        longest = LONGEST;
        sway = 0;
    }

    private void begin(double[] start) {
        double mean = start == null ? 0 : Potentials.mean(start);
        for (int j = 0; j < dual.g.length; j++) {
            if (!columns.has(j)) {
                dual.g[j] = Double.NEGATIVE_INFINITY;
            } else if (start == null || Double.isNaN(start[j])) {
                dual.g[j] = columns.part() * (columns.logMass()[j] - columns.base()[j]);
            } else {
                dual.g[j] = (start[j] > Double.NEGATIVE_INFINITY ? start[j] : mean) / LOG_TWO - columns.base()[j];
            }
        }
    }

    /** Solves; what was found is in {@link #dual()}. */
    void solve() {
        if (!options.accelerated()) {
            allow(options.tolerance(), Integer.MAX_VALUE, Integer.MAX_VALUE);
            fit();
            iterate(GOAL * tolerance, Integer.MAX_VALUE);
            return;
        }
        double[] start = dual.g.clone();
        allow(options.tolerance(), PASSES_AT_ONCE, STEPS_AT_ONCE);
        attempt();
        if (!(error <= tolerance) && sweep.passes() + FEWEST_HEATED < options.maxIterations()) {
            follow(start);
        }
    }

    /** What to reach, in how many passes and Newton steps from now on. */
    private void allow(double newTolerance, int passes, int steps) {
        tolerance = newTolerance;
        goal = Math.min(GOAL * tolerance, newTolerance == options.tolerance() ? figureGoal : newTolerance);
        lastPass = (int) Math.min((long) sweep.passes() + passes, options.maxIterations());
        lastStep = (int) Math.min((long) newtonSteps + steps, Integer.MAX_VALUE);
    }

    private void attempt() {
        fit();
        iterate(goal, PLAIN_ROUNDS);
        while (!near() && passesLeft() > 0 && contractsFast()) {
            iterate(goal, 1);
        }
        descend();
    }

    /** Solves at ever larger inverse temperatures, each time from what the last one makes of potentials at twice its own. */
    private void follow(double[] start) {
        double part = Math.min(1, FIRST_RANGE / range());
        double[] g = start;
        for (double next = part; part < 1 && sweep.passes() + 1 < options.maxIterations(); part = next) {
            heat(part);
            System.arraycopy(g, 0, dual.g, 0, g.length);
            allow(LOOSE, Math.min(PASSES_AT_ONCE, options.maxIterations() - 1 - sweep.passes()), Integer.MAX_VALUE);
            attempt();
            next = Math.min(1, 2 * part);
            g = dual.g.clone();
            for (int j = 0; j < g.length; j++) {
                g[j] *= next / part;
            }
        }
        heat(1);
        System.arraycopy(g, 0, dual.g, 0, g.length);
        allow(options.tolerance(), Integer.MAX_VALUE, Integer.MAX_VALUE);
        attempt();
        iterate(GOAL * tolerance, Integer.MAX_VALUE);
    }

    /** How far apart the log-kernel's entries in a row are at most: a pass. */
    private double range() {
        double[] range = new double[1];
        sweep.each(dual.v(), block -> { }, block -> range[0] = Math.max(range[0], block.range()));
        return range[0];
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

    /** Alternate fitting. */
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
    private void descend() {
        double best = error;
        int further = 0;
        for (int sinceBest = 0; sinceBest < PATIENCE && passesLeft() > 1 && newtonSteps < lastStep; sinceBest++) {
            boolean met = error <= GOAL * tolerance;
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
        while (!(dual.change() <= MIN_GAIN * length * slope + rounding() || error < before) && length > SHORTEST
                && passesLeft() > 0) {
            whole = false;
            move(step, (SHORTENING - 1) * length);
            length *= SHORTENING;
        }
        longest = whole ? GROWTH * longest : Math.max(LONGEST, longest / GROWTH);
    }

    private double rounding() {
        double mass = 0;
        for (double sum : dual.sums()) {
            mass += sum;
        }
        return DUAL_ROUNDING * mass;
    }

    private void move(double[] step, double length) {
        for (int j = 0; j < step.length; j++) {
            dual.g[j] += dual.live(j) ? length * step[j] / LOG_TWO : 0;
        }
        fit();
    }

    /** What was found. */
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

    int passes() {
        return sweep.passes();
    }

    int newtonSteps() {
        return newtonSteps;
    }
}
