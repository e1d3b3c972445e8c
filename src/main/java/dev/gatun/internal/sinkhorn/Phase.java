package dev.gatun.internal.sinkhorn;

/** The part that one solve has in the solution of a head, and the limits that follow from it. */
enum Phase {
    /** At the inverse temperature asked for, from the start. */
    DIRECT(40, 600, false),
    /** A step of the continuation in the inverse temperature; its potentials predict those of the next step. */
    CONTINUATION(100, Integer.MAX_VALUE, false),
    /** The last step of the continuation, at the inverse temperature asked for. */
    CONTINUATION_END(1000, Integer.MAX_VALUE, true),
    /** The only solve: no continuation follows it. */
    ONLY(Integer.MAX_VALUE, Integer.MAX_VALUE, true);

    /** The largest number of Newton steps. */
    final int maxNewtonSteps;

    /** The largest number of passes over the kernel. */
    final int maxPasses;

    /** Whether plain iterations follow where Newton steps end without convergence. */
    final boolean endsWithIterations;

    Phase(int maxNewtonSteps, int maxPasses, boolean endsWithIterations) {
        this.maxNewtonSteps = maxNewtonSteps;
        this.maxPasses = maxPasses;
        this.endsWithIterations = endsWithIterations;
    }
}
