package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.sinkhorn.SolveOptions;
import dev.gatun.internal.sinkhorn.trace.SolveTrace;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.internal.sinkhorn.trace.TracedStep;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;
import java.util.List;

/**
 * Computes the coupling of an unbalanced problem (Chizat, Peyre, Schmitzer and Vialard 2018), in float64.
 *
 * <p>A problem on which {@link RelaxedDescent} does not converge, as with scores of hundreds that make the coupling nearly a
 * permutation, is solved by continuation in the inverse temperature: from a small one to the one asked for, doubled at each step. A solve
 * goes on for a few passes after the tolerance is met, until the sums are accurate enough for the terms of the objective: for a large
 * weight rho a sum differs from its mass by the small part {@code u / rho}.
 */
final class RelaxedSolver {

    /** The error of sums for a weight of 1, which is divided by larger weights, and the least that rounding allows. */
    private static final double OBJECTIVE_ACCURACY = 1e-7;
    private static final double ROUNDING = 1e-12;

    /** The Newton steps before a continuation, and the passes before it and of each of its steps but the last. */
    private static final int MAX_DIRECT_STEPS = 40;
    private static final int MAX_PASSES = 200;

    /** The range of the log-kernel at the first inverse temperature of a continuation, in units of log 2. */
    private static final double FIRST_RANGE = 32;

    /** The tolerance of a continuation before its last step. */
    private static final double CONTINUATION_TOLERANCE = 1e-2;

    /** The least passes of a continuation: one for the range, and one at each end. */
    private static final int MIN_CONTINUATION = 3;

    private final SolveOptions options;
    private final KernelSweep sweep;
    private final SoftMarginal rows;
    private final SoftMarginal columns;
    private final double goal;
    private final SolveTrace trace;
    private final long memory;
    private RelaxedDescent descent;
    private int newtonSteps;

    /**
     * @param kernel the log-kernel in float64
     * @param source says which it is
     * @param start  column potentials to start at, in natural units; null for none
     */
    RelaxedSolver(LogKernel kernel, KernelSource source, SolveOptions options, SoftMarginal rows, SoftMarginal columns, double[] start,
                  HeadLoop.Pieces pieces) {
        this.options = options;
        this.rows = rows;
        this.columns = columns;
        this.trace = SolveTrace.of(options.traced());
        this.memory = pieces.machines() == null ? options.memory() : 0;
        this.sweep = new KernelSweep(kernel, source, memory, pieces);
        this.goal = Math.max(ROUNDING, OBJECTIVE_ACCURACY / Math.max(1, Math.max(finiteWeight(rows), finiteWeight(columns))));
        begin(1, start(start));
    }

    private static double finiteWeight(SoftMarginal side) {
        return side.enforced() ? 1 : side.weight();
    }

    /** Column potentials to start at, relative to the reference measure. */
    private double[] start(double[] earlier) {
        double mean = earlier == null ? 0 : Potentials.mean(earlier);
        double[] g = new double[columns.size()];
        for (int j = 0; j < g.length; j++) {
            if (!columns.hasMass(j)) {
                g[j] = Double.NEGATIVE_INFINITY;
            } else if (earlier == null || Double.isNaN(earlier[j])) {
                g[j] = columns.exponent() * (columns.logMass()[j] - columns.logReference()[j]);
            } else {
                g[j] = (earlier[j] > Double.NEGATIVE_INFINITY ? earlier[j] : mean) / LogTwo.VALUE - columns.logReference()[j];
            }
        }
        return g;
    }

    /** Sets the problem at a fraction of the inverse temperature. */
    private void begin(double fraction, double[] g) {
        newtonSteps += descent == null ? 0 : descent.newtonSteps();
        sweep.setFraction(fraction);
        trace.begin(fraction < 1 ? StepKind.CONTINUATION : StepKind.START, 0);
        descent = new RelaxedDescent(sweep, rows.atFraction(fraction), columns.atFraction(fraction), options.accelerated(),
                memory, trace);
        System.arraycopy(g, 0, dual().g, 0, g.length);
    }

    /** Solves; {@link #dual()} has the result. */
    void solve() {
        if (!options.accelerated()) {
            descent.solvePlainly(options.tolerance(), options.maxIterations());
            return;
        }
        double[] start = dual().g.clone();
        descent.solve(options.tolerance(), goal, lastPass(MAX_PASSES, 0), MAX_DIRECT_STEPS);
        if (!(error() <= options.tolerance()) && sweep.passes() + MIN_CONTINUATION < options.maxIterations()) {
            continueInBeta(start);
        }
    }

    /** The number of the pass after {@code count} more, with {@code reserved} of those allowed left over. */
    private int lastPass(int count, int reserved) {
        return (int) Math.min((long) sweep.passes() + count, options.maxIterations() - reserved);
    }

    /** Solves at increasing fractions of the inverse temperature, each from the potentials that the last solve predicts. */
    private void continueInBeta(double[] start) {
        double fraction = Math.min(1, FIRST_RANGE / range());
        double[] g = start;
        while (fraction < 1 && sweep.passes() + 1 < options.maxIterations()) {
            begin(fraction, g);
            descent.solve(CONTINUATION_TOLERANCE, CONTINUATION_TOLERANCE, lastPass(MAX_PASSES, 1), Integer.MAX_VALUE);
            double next = Math.min(1, 2 * fraction);
            g = dual().g.clone();
            for (int j = 0; j < g.length; j++) {
                g[j] *= next / fraction;
            }
            fraction = next;
        }
        begin(1, g);
        descent.solve(options.tolerance(), goal, options.maxIterations(), Integer.MAX_VALUE);
        descent.iterateOn(options.tolerance());
    }

    /** The largest difference of two visible entries of a row of the log-kernel, in one pass. */
    private double range() {
        double[] ranges = new double[rows.size()];
        sweep.run(dual().v(), new SweepPass.Range(), ranges, null);
        return Arrays.stream(ranges).max().orElseThrow();
    }

    /** The dual at the last potentials. */
    RelaxedDual dual() {
        return descent.dual();
    }

    /** The largest {@code |columnSum / target - 1|} in float64. */
    double error() {
        return descent.error();
    }

    /** The factor by which the last iteration changed the error. */
    double contraction() {
        return descent.contraction();
    }

    /** The steps so far, and as the last one a result with this error of its column sums. */
    List<TracedStep> trace(double columnError) {
        return trace.steps(passes(), columnError);
    }

    /** The number of passes over the kernel. */
    int passes() {
        return sweep.passes();
    }

    /** The number of Newton steps. */
    int newtonSteps() {
        return newtonSteps + descent.newtonSteps();
    }
}
