package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;

/**
 * Finds the coupling of a relaxed (unbalanced) problem (Chizat, Peyre, Schmitzer and Vialard 2018), in float64.
 *
 * <p>Where a {@link RelaxedDescent} does not arrive at once, as for scores of hundreds that make a coupling all but a permutation,
 * the head is heated up: potentials are followed from a small inverse temperature to that asked for. A solve goes on past the
 * tolerance, by a few passes, until the sums are as near to their targets as the terms of the objective need: for large weights a
 * sum differs from its mass by {@code u / rho} alone.
 */
final class RelaxedSolver {

    private static final double LOG_TWO = Math.log(2);

    /** The part that sums are brought to of what large weights leave of a deviation, and the least that rounding allows. */
    private static final double FIGURE_ACCURACY = 1e-7;
    private static final double ROUNDING = 1e-12;

    /** Newton steps, and passes, before a head is heated up; passes at each inverse temperature on the way. */
    private static final int STEPS_AT_ONCE = 40;
    private static final int PASSES_AT_ONCE = 200;

    /** The range of the log-kernel to begin with, in units of log 2, and the error that is enough on the way. */
    private static final double FIRST_RANGE = 32;
    private static final double LOOSE = 1e-2;

    /** Passes that heating takes at least: one for the range, and one at each end. */
    private static final int MIN_HEATED = 3;

    private final SolveOptions options;
    private final KernelSweep sweep;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final double goal;
    private RelaxedDescent descent;
    private int newtonSteps;

    /**
     * @param kernel in double precision
     * @param start  column potentials to begin at, in natural units; null for none
     */
    RelaxedSolver(LogKernel kernel, SolveOptions options, SoftMarginal rows, SoftMarginal columns, double[] start,
                  HeadLoop.Pieces pieces) {
        this.options = options;
        this.rows = rows;
        this.columns = columns;
        this.sweep = new KernelSweep(kernel, options.memory(), pieces);
        this.goal = Math.max(ROUNDING, FIGURE_ACCURACY / Math.max(1, Math.max(finite(rows), finite(columns))));
        begin(1, start(start));
    }

    private static double finite(SoftMarginal side) {
        return side.enforced() ? 1 : side.weight();
    }

    /** Column potentials to begin at, less what the reference measure gives. */
    private double[] start(double[] earlier) {
        double mean = earlier == null ? 0 : Potentials.mean(earlier);
        double[] g = new double[columns.size()];
        for (int j = 0; j < g.length; j++) {
            if (!columns.has(j)) {
                g[j] = Double.NEGATIVE_INFINITY;
            } else if (earlier == null || Double.isNaN(earlier[j])) {
                g[j] = columns.part() * (columns.logMass()[j] - columns.base()[j]);
            } else {
                g[j] = (earlier[j] > Double.NEGATIVE_INFINITY ? earlier[j] : mean) / LOG_TWO - columns.base()[j];
            }
        }
        return g;
    }

    /** Takes the problem at {@code part} of the inverse temperature. */
    private void begin(double part, double[] g) {
        newtonSteps += descent == null ? 0 : descent.newtonSteps();
        sweep.heat(part);
        descent = new RelaxedDescent(sweep, rows.heated(part), columns.heated(part), options.accelerated(), options.memory());
        System.arraycopy(g, 0, dual().g, 0, g.length);
    }

    /** Solves; what was found is in {@link #dual()}. */
    void solve() {
        if (!options.accelerated()) {
            descent.solvePlainly(options.tolerance(), options.maxIterations());
            return;
        }
        double[] start = dual().g.clone();
        descent.solve(options.tolerance(), goal, lastPass(PASSES_AT_ONCE, 0), STEPS_AT_ONCE);
        if (!(error() <= options.tolerance()) && sweep.passes() + MIN_HEATED < options.maxIterations()) {
            follow(start);
        }
    }

    /** The pass after {@code most} more, as far as {@code reserved} are left then. */
    private int lastPass(int most, int reserved) {
        return (int) Math.min((long) sweep.passes() + most, options.maxIterations() - reserved);
    }

    /** Solves at ever larger inverse temperatures, each time from what the last one makes of potentials at twice its own. */
    private void follow(double[] start) {
        double part = Math.min(1, FIRST_RANGE / range());
        double[] g = start;
        while (part < 1 && sweep.passes() + 1 < options.maxIterations()) {
            begin(part, g);
            descent.solve(LOOSE, LOOSE, lastPass(PASSES_AT_ONCE, 1), Integer.MAX_VALUE);
            double next = Math.min(1, 2 * part);
            g = dual().g.clone();
            for (int j = 0; j < g.length; j++) {
                g[j] *= next / part;
            }
            part = next;
        }
        begin(1, g);
        descent.solve(options.tolerance(), goal, options.maxIterations(), Integer.MAX_VALUE);
        descent.persist(options.tolerance());
    }

    /** How far apart the log-kernel's entries in a row are at most: a pass. */
    private double range() {
        double[] range = new double[1];
        sweep.each(dual().v(), block -> { }, block -> range[0] = Math.max(range[0], block.range()));
        return range[0];
    }

    /** What was found. */
    RelaxedDual dual() {
        return descent.dual();
    }

    /** The largest {@code |columnSum / target - 1|} in float64. */
    double error() {
        return descent.error();
    }

    /** By what factor the last iteration shrank the error. */
    double contraction() {
        return descent.contraction();
    }

    int passes() {
        return sweep.passes();
    }

    int newtonSteps() {
        return newtonSteps + descent.newtonSteps();
    }
}
