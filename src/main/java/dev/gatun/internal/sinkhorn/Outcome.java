package dev.gatun.internal.sinkhorn;

/** How a solve ended. {@code dev.gatun.SinkhornStatus} has the same names and defines each. */
public enum Outcome {
    /** Both marginals are met within the tolerance. */
    CONVERGED,
    /** The tolerance was not met within the iterations allowed, or not by float32 entries. */
    STALLED,
    /** No finite potentials reach the marginals. */
    SUBLINEAR_LIMIT,
    /** There is no coupling. */
    INFEASIBLE
}
