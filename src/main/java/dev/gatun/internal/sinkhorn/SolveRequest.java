package dev.gatun.internal.sinkhorn;

/**
 * What one solve of a {@link SinkhornSolver} must reach and may spend, in memory that the next solve reuses. The marginals are those
 * of its engine.
 */
final class SolveRequest {

    private boolean symmetric;
    private String obstruction = "";
    private double tolerance;
    private int maxPasses;
    private Phase phase = Phase.ONLY;

    /**
     * Sets the facts of a head.
     *
     * @param newSymmetric   whether its coupling is known to be symmetric, with marginals of 1
     * @param newObstruction why no finite potentials reach the marginals; empty if they do
     */
    SolveRequest of(boolean newSymmetric, String newObstruction) {
        symmetric = newSymmetric;
        obstruction = newObstruction;
        return this;
    }

    /**
     * Sets the limits of a solve.
     *
     * @param newTolerance the largest {@code |columnSum / target - 1|} that counts as converged
     * @param newMaxPasses the number of passes over the kernel that are allowed
     */
    SolveRequest within(double newTolerance, int newMaxPasses, Phase newPhase) {
        tolerance = newTolerance;
        maxPasses = newMaxPasses;
        phase = newPhase;
        return this;
    }

    boolean symmetric() {
        return symmetric;
    }

    String obstruction() {
        return obstruction;
    }

    double tolerance() {
        return tolerance;
    }

    Phase phase() {
        return phase;
    }

    /** The passes of a solve; an accelerated one takes a single pass if there is an obstruction. */
    int maxPasses(boolean accelerated) {
        return accelerated ? Math.clamp(obstruction.isEmpty() ? maxPasses : 1, 1, phase.maxPasses) : Math.max(1, maxPasses);
    }
}
