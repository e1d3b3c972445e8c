package dev.gatun.internal.sinkhorn.trace;

/**
 * A step of a solve.
 *
 * @param iteration the passes over the kernel up to its end
 * @param kind      what the solver did
 * @param error     the largest {@code |columnSum / target - 1|} after it
 */
public record TracedStep(int iteration, StepKind kind, double error) {
}
