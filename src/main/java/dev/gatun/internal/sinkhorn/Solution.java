package dev.gatun.internal.sinkhorn;

import java.util.Locale;

/** What is reported of a solve: the components of {@code dev.gatun.SinkhornSolution}, which defines each. */
public record Solution(Outcome outcome, int iterations, double rowError, double columnError, double rowErrorL1,
                       double columnErrorL1, double contraction, double[] u, double[] v, double relaxation, int newtonSteps,
                       String reason) {

    /** Why a solve was given up. */
    static String stalled(double error, int iterations) {
        return String.format(Locale.ROOT, "a marginal is still off by %.2g after %d iterations", error, iterations);
    }
}
