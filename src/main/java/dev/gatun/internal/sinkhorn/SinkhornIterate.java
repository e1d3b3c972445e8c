package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.sinkhorn.trace.SolveTrace;
import dev.gatun.internal.sinkhorn.trace.StepKind;

/**
 * The coupling that a solve has reached: its rows are fitted to their marginals, and the error of its column sums decides whether the
 * solve goes on. Every move scales the columns and fits the rows again, one pass over the kernel, and is a step of the trace.
 */
final class SinkhornIterate {

    /** The part of the tolerance that a solve goes on to; the rest covers the rounding of float32 sums. */
    private static final double SAFETY = 0.8;

    private final SinkhornEngine engine;
    private final double[] nu;
    private final double[] sums;
    private final double[] factors;
    private double goal;
    private int maxPasses;
    private double error;
    private double previousError;
    private SolveTrace trace = SolveTrace.NONE;

    SinkhornIterate(SinkhornEngine engine) {
        this.engine = engine;
        this.nu = engine.nu();
        this.sums = new double[nu.length];
        this.factors = new double[nu.length];
    }

    /** Starts at the column potentials {@code v}, in units of log 2, and fits the rows; {@code newTrace} records all steps. */
    void start(double[] v, double tolerance, int newMaxPasses, SolveTrace newTrace) {
        goal = SAFETY * tolerance;
        maxPasses = newMaxPasses;
        error = Double.NaN;
        trace = newTrace;
        engine.start(v);
        fit();
        trace.addStart(engine.passes(), error);
    }

    /** Whether the goal is reached, no pass is left, or the error is NaN because sums have vanished. */
    boolean ended() {
        return error <= goal || engine.passes() >= maxPasses || Double.isNaN(error);
    }

    /** The passes that are left. */
    int passesLeft() {
        return maxPasses - engine.passes();
    }

    /** The error that the solve goes on to. */
    double goal() {
        return goal;
    }

    /** The largest {@code |columnSum / nu_j - 1|} over columns with mass; NaN if it is not defined. */
    double error() {
        return error;
    }

    /** The factor by which the last move changed the error. */
    double contraction() {
        return error / previousError;
    }

    /** The column sums. */
    double[] sums() {
        return sums;
    }

    /** The column factors that {@link #scale} multiplies by; the caller fills them. */
    double[] factors() {
        return factors;
    }

    /** Fits the rows, and sums the columns, which ends a step of this kind. */
    void fit(StepKind kind) {
        fit();
        trace.add(kind, engine.passes(), error);
    }

    private void fit() {
        previousError = error;
        engine.fit(sums);
        error = relativeError(sums, nu);
    }

    /** Scales the columns by {@link #factors} and fits the rows. */
    void scale(StepKind kind) {
        engine.scale(factors);
        fit(kind);
    }

    /** As {@link #scale(StepKind)}; measures the result if the predicted error, {@code rate} times the last one, reaches the goal. */
    void scale(StepKind kind, double rate) {
        engine.scale(factors);
        if (error * rate <= goal) {
            engine.measureNextFit();
        }
        fit(kind);
    }

    /** One iteration of Sinkhorn: fits the columns to their marginals, then the rows. */
    void alternate() {
        for (int j = 0; j < nu.length; j++) {
            factors[j] = nu[j] > 0 ? nu[j] / sums[j] : 1;
        }
        scale(StepKind.PLAIN, error / previousError);
    }

    /** The largest {@code |sum / target - 1|} over positive targets; NaN if a sum is NaN. */
    static double relativeError(double[] sums, double[] targets) {
        double largest = 0;
        for (int i = 0; i < sums.length; i++) {
            double error = targets[i] > 0 ? Math.abs(sums[i] / targets[i] - 1) : 0;
            if (Double.isNaN(error)) {
                return error;
            }
            largest = error > largest ? error : largest;
        }
        return largest;
    }
}
