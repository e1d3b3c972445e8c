package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.sinkhorn.trace.TracedStep;
import java.util.List;

/**
 * The reported figures of a solve. {@code dev.gatun.SinkhornSolution} has the same components and defines each.
 *
 * @param u row potentials in natural units; not copied
 * @param v column potentials likewise
 */
public record Solution(Outcome outcome, int iterations, double rowError, double columnError, double rowErrorL1,
                       double columnErrorL1, double contraction, double[] u, double[] v, double relaxation, int newtonSteps,
                       String reason, List<TracedStep> trace) {
}
