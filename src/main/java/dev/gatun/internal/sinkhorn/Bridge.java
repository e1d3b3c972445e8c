package dev.gatun.internal.sinkhorn;

/** The bridge of one head. {@code dev.gatun.BridgeSolution} has the same components and defines each. */
public record Bridge(Outcome outcome, int iterations, double initialError, double finalError, double[][] logPhi,
                     double[][] logPhiHat, double[][] marginals, String reason) {
}
