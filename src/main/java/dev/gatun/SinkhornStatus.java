package dev.gatun;

import dev.gatun.internal.sinkhorn.Outcome;

/** How a Sinkhorn solve ended. */
public enum SinkhornStatus {
    /** Both marginals are met within the tolerance. */
    CONVERGED,
    /**
     * The tolerance was not met within the iterations allowed, or not by entries in float32; the reason names the row or column
     * that is furthest off.
     */
    STALLED,
    /**
     * The kernel has support but not total support, as a causal mask has for uniform marginals: no finite potentials
     * reach the marginals, and the errors fall like 1/k in the iterations k. Known before the first iteration.
     */
    SUBLINEAR_LIMIT,
    /**
     * No plan exists: a row or column with mass sees nothing, rows have more mass than all that they see, or totals differ by
     * more than the tolerance.
     */
    INFEASIBLE;

    static SinkhornStatus of(Outcome outcome) {
        return switch (outcome) {
            case CONVERGED -> CONVERGED;
            case STALLED -> STALLED;
            case SUBLINEAR_LIMIT -> SUBLINEAR_LIMIT;
            case INFEASIBLE -> INFEASIBLE;
        };
    }

    /** The name as the command line prints it: lower case, with hyphens. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
