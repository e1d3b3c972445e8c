package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.VisiblePairs;
import java.util.Arrays;

/**
 * The support of couplings on any visible pairs: whether one exists by a {@link MaximumFlow} of mass from rows to columns, and which
 * pairs can carry mass by the {@link ResidualComponents} of the graph that it leaves.
 */
final class PairMasses {

    /** The part within which masses count as equal, since they may come from float32. */
    private static final double ROUNDING = 1e-6;

    /** Masses below this part of the total may be the rounding of others. */
    private static final double NEGLIGIBLE = 1e-12;

    private static final int NONE = -1;

    private final VisiblePairs pairs;
    private final VisiblePairs transposed;
    private final double[] mu;
    private final double[] nu;
    private final double rowTotal;
    private final double columnTotal;
    private final double tolerance;
    private final Support support;
    private String why = "";

    /** @param tolerance the part by which masses may differ */
    PairMasses(VisiblePairs pairs, double[] mu, double[] nu, double tolerance) {
        this.pairs = pairs;
        this.transposed = pairs.transposed();
        this.mu = mu;
        this.tolerance = tolerance;
        this.rowTotal = Support.total(mu);
        this.columnTotal = Support.total(nu);
        this.nu = nu.clone();
        for (int j = 0; j < nu.length && columnTotal > 0; j++) {
            this.nu[j] *= rowTotal / columnTotal;
        }
        this.support = find();
    }

    /** The support. */
    Support support() {
        return support;
    }

    /** Why the support is not total, in one sentence; empty if it is. */
    String why() {
        return why;
    }

    private Support none(String reason) {
        why = reason;
        return Support.NONE;
    }

    private Support find() {
        if (Math.abs(rowTotal - columnTotal) > Math.max(tolerance, NEGLIGIBLE) * Math.max(rowTotal, columnTotal)) {
            return none("rows have a mass of %s and columns of %s".formatted(rowTotal, columnTotal));
        }
        int row = isolated(pairs, mu, nu);
        if (row != NONE) {
            return none("row %s has a mass of %s but sees no column with mass".formatted(row, mu[row]));
        }
        int column = isolated(transposed, nu, mu);
        if (column != NONE) {
            return none("column %s has a mass of %s but no row with mass sees it".formatted(column, nu[column]));
        }
        MaximumFlow maximum = new MaximumFlow(pairs, mu, nu);
        for (int i = 0; i < mu.length; i++) {
            if (maximum.leaves(i) && exceedsColumns(maximum, i)) {
                return Support.NONE;
            }
        }
        return everyPairCarriesMass(maximum.flow()) ? Support.TOTAL : Support.PARTIAL;
    }

    /** The first row with mass that sees no column with mass, or {@link #NONE}. */
    private static int isolated(VisiblePairs pairs, double[] masses, double[] others) {
        for (int i = 0; i < masses.length; i++) {
            int j = masses[i] > 0 ? pairs.next(i, 0) : NONE;
            while (j != NONE && j < others.length && !(others[j] > 0)) {
                j = pairs.next(i, j + 1);
            }
            if (j == others.length) {
                return i;
            }
        }
        return NONE;
    }

    /** Whether the rows reachable from row {@code start}, on which mass is left, have more mass than all columns that they see. */
    private boolean exceedsColumns(MaximumFlow maximum, int start) {
        boolean[] reachable = maximum.reachableRows(start);
        if (reachable == null) {
            return false;
        }
        double own = 0;
        int count = 0;
        for (int i = 0; i < mu.length; i++) {
            own += reachable[i] ? mu[i] : 0;
            count += reachable[i] ? 1 : 0;
        }
        double seen = 0;
        for (int j = 0; j < nu.length; j++) {
            seen += maximum.reachesColumn(j) ? nu[j] : 0;
        }
        double slack = ROUNDING * Math.min(own, rowTotal - own) + NEGLIGIBLE * rowTotal;
        boolean exceeds = own > seen + Math.max(slack, tolerance * Math.min(own, rowTotal - own));
        if (exceeds) {
            why = "a mass of %s on row %s%s is more than the %s of all columns seen from there".formatted(own, start,
                    count == 1 ? "" : " and %s others".formatted(count - 1), seen);
        }
        return exceeds;
    }

    /** Whether every visible pair with mass on both sides lies in one strong component, and so carries mass in some coupling. */
    private boolean everyPairCarriesMass(PairFlow flow) {
        int[] component = new ResidualComponents(pairs, transposed, flow, mu, nu, ROUNDING).find();
        if (Arrays.stream(component).allMatch(number -> number == component[0])) {
            return true;
        }
        for (int i = 0; i < mu.length; i++) {
            for (int j = pairs.next(i, 0); j < nu.length && counts(mu[i]); j = pairs.next(i, j + 1)) {
                if (counts(nu[j]) && component[i] != component[mu.length + j]) {
                    why = ("some visible entries are zero in every coupling, so no finite potentials reach the marginals: "
                            + "row %s needs all its mass for columns other than %s").formatted(i, j);
                    return false;
                }
            }
        }
        return true;
    }

    private boolean counts(double mass) {
        return mass > NEGLIGIBLE * rowTotal;
    }
}
