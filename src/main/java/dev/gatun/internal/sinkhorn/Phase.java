package dev.gatun.internal.sinkhorn;

/** How long a solve of potentials may go on. */
public enum Phase {
    /** A head as it is. */
    AT_ONCE(40, 600, false),
    /** A head heated up, whose potentials lead to the next. */
    ON_THE_WAY(100, Integer.MAX_VALUE, false),
    /** A head whose potentials have been led to it. */
    TO_THE_END(1000, Integer.MAX_VALUE, true),
    /** A problem for which there is no other way. */
    ALL_THE_WAY(Integer.MAX_VALUE, Integer.MAX_VALUE, true);

    /** Newton steps. */
    final int steps;

    /** Passes over the kernel. */
    final int passes;

    /** Whether plain iteration goes on where Newton steps get no further. */
    final boolean persistent;

    Phase(int steps, int passes, boolean persistent) {
        this.steps = steps;
        this.passes = passes;
        this.persistent = persistent;
    }
}
