package dev.gatun;

import dev.gatun.internal.sinkhorn.Outcome;
import java.util.Locale;

/** The end of a Sinkhorn solve. */
public enum SinkhornStatus {
    /** Both marginals are met within the tolerance. */
    CONVERGED,
    /**
     * The tolerance was not met within the iterations allowed, or not by float32 entries. The reason of the solution names the row or
     * column with the largest relative error.
     */
    STALLED,
    /**
     * The kernel has support but not total support (Sinkhorn and Knopp 1967), as under a causal mask with uniform marginals: no finite
     * potentials reach the marginals, and errors decrease like 1/k in the iterations k. Known before the first iteration.
     */
    SUBLINEAR_LIMIT,
    /**
     * No coupling exists: a row or column with mass has no visible entry, rows have more mass than all columns that they see, or the
     * totals of rows and columns differ by more than the tolerance. Known before the first iteration.
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

    /**
     * The name in lower case with hyphens, as the command line prints it.
     *
     * @return for example {@code sublinear-limit}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
