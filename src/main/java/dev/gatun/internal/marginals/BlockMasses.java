package dev.gatun.internal.marginals;

import java.util.Arrays;

/**
 * The support of couplings on a {@link Staircase} with given row and column masses.
 *
 * <p>By Hall's theorem (in its form for masses) a coupling exists if and only if no set of rows has more mass than the columns that
 * it sees. If a set has as much, the visible entries of other rows in those columns are zero in every coupling; if no set has, every
 * visible entry carries mass in some coupling. Only the largest of the sets that see the same columns matters, and a staircase has few:
 * rows 0 to m, which see the columns before the end of row m and fill each other's holes; and, if row m has a hole, this row and those
 * that end before it, which see the columns of row m. With cumulative sums of the masses each takes a few steps.
 *
 * <p>Marginals may come from float32, so two masses count as equal if they differ by a small part of the lesser of the masses inside
 * and outside a set. A difference within the tolerance of the solve can be met within that tolerance.
 */
final class BlockMasses {

    /** The part within which masses count as equal. */
    private static final double ROUNDING = 1e-6;

    /** Masses below this part of the total may be the rounding of others. */
    private static final double NEGLIGIBLE = 1e-12;

    private static final int NONE = Staircase.NONE;

    private final Staircase block;
    private final double[] mu;
    private final double[] nu;
    private final double rowTotal;
    private final double columnTotal;
    private final double negligible;
    private final double tolerance;
    private final double[] rowsBefore;
    private final double[] columnsBefore;

    /**
     * A set of rows, the largest that sees its columns.
     *
     * @param endRow    one past the last row of those from 0 on
     * @param row       a further row, or {@link #NONE}
     * @param endColumn one past the last column that the set sees
     * @param hole      a column before it that the set does not see, or {@link #NONE}
     */
    private record RowSet(int endRow, int row, int endColumn, int hole) {
        boolean has(int i) {
            return i < endRow || i == row;
        }

        boolean sees(int j) {
            return j < endColumn && j != hole;
        }
    }

    /**
     * @param mu        the row masses of the whole mask
     * @param nu        the column masses of the whole mask
     * @param tolerance the part by which masses may differ
     */
    BlockMasses(Staircase block, double[] mu, double[] nu, double tolerance) {
        this.block = block;
        this.mu = Arrays.copyOfRange(mu, block.firstRow(), block.firstRow() + block.rows());
        this.nu = Arrays.copyOfRange(nu, block.firstColumn(), block.firstColumn() + block.columns());
        this.rowTotal = Support.total(this.mu);
        this.columnTotal = Support.total(this.nu);
        this.negligible = NEGLIGIBLE * rowTotal;
        this.tolerance = tolerance;
        this.rowsBefore = sumsBefore(this.mu, 1);
        this.columnsBefore = sumsBefore(this.nu, columnTotal > 0 ? rowTotal / columnTotal : 1);
    }

    private static double[] sumsBefore(double[] masses, double scale) {
        double[] sums = new double[masses.length + 1];
        for (int i = 0; i < masses.length; i++) {
            sums[i + 1] = sums[i] + scale * masses[i];
        }
        return sums;
    }

    /** The support. */
    Support support() {
        if (!sameTotals() || isolatedRow() != NONE || isolatedColumn() != NONE || find(Support.NONE) != null) {
            return Support.NONE;
        }
        return find(Support.PARTIAL) != null ? Support.PARTIAL : Support.TOTAL;
    }

    /** Why the support is not total, in a sentence that may follow {@link Staircase#place}; empty if it is. */
    String why() {
        return switch (support()) {
            case TOTAL -> "";
            case PARTIAL -> "some visible entries are zero in every coupling, so no finite potentials reach the marginals: "
                    + need(find(Support.PARTIAL));
            case NONE -> whyNone();
        };
    }

    private String whyNone() {
        if (!sameTotals()) {
            return "rows have a mass of %s and columns of %s".formatted(rowTotal, columnTotal);
        }
        int row = isolatedRow();
        if (row != NONE) {
            return "row %s has a mass of %s but sees no column with mass".formatted(block.firstRow() + row, mu[row]);
        }
        int column = isolatedColumn();
        if (column != NONE) {
            return "column %s has a mass of %s but no row with mass sees it"
                    .formatted(block.firstColumn() + column, nu[column]);
        }
        return whyNone(find(Support.NONE));
    }

    private String whyNone(RowSet set) {
        if (set.hole != NONE) {
            return "a mass of %s on %s is more than the %s of all columns seen from there"
                    .formatted(mass(set), rows(set), seen(set));
        }
        return "columns from %s on have a mass of %s, but the rows that see any of them, from %s on, one of %s".formatted(
                block.firstColumn() + set.endColumn, totalFrom(nu, set.endColumn), block.firstRow() + set.endRow,
                totalFrom(mu, set.endRow));
    }

    /** The condition that a set with partial support puts on its mass. */
    private String need(RowSet set) {
        if (set.hole != NONE) {
            return "the mass on %s needs that of all columns seen from there".formatted(rows(set));
        }
        return "rows from %s on need all their mass for columns from %s on".formatted(block.firstRow() + set.endRow,
                block.firstColumn() + set.endColumn);
    }

    private String rows(RowSet set) {
        String row = "row %s".formatted(block.firstRow() + set.row);
        return set.endRow == 0 ? row : "rows before %s and %s".formatted(block.firstRow() + set.endRow, row);
    }

    private boolean sameTotals() {
        return Math.abs(rowTotal - columnTotal) <= Math.max(tolerance, NEGLIGIBLE) * Math.max(rowTotal, columnTotal);
    }

    /** The first row with positive mass that sees no column with mass, or {@link #NONE}. */
    private int isolatedRow() {
        for (int i = 0; i < mu.length; i++) {
            int j = 0;
            while (mu[i] > 0 && j < nu.length && !(nu[j] > 0 && block.sees(i, j))) {
                j++;
            }
            if (j == nu.length) {
                return i;
            }
        }
        return NONE;
    }

    /** The first column with mass that no row with mass sees, or {@link #NONE}. */
    private int isolatedColumn() {
        for (int j = 0; j < nu.length; j++) {
            int i = mu.length - 1;
            while (nu[j] > 0 && i >= 0 && !(mu[i] > 0 && block.sees(i, j))) {
                i--;
            }
            if (i < 0) {
                return j;
            }
        }
        return NONE;
    }

    /** The first set that allows no more than {@code limit}; null if there is none. */
    private RowSet find(Support limit) {
        for (int i = 0; i < mu.length; i++) {
            RowSet upToRow = new RowSet(i + 1, NONE, block.end(i), NONE);
            if (allows(upToRow).compareTo(limit) >= 0) {
                return upToRow;
            }
            RowSet withHole = new RowSet(block.rowsBeforeHole(i), i, block.end(i), block.hole(i));
            if (withHole.hole != NONE && allows(withHole).compareTo(limit) >= 0) {
                return withHole;
            }
        }
        return null;
    }

    /** The support that a set allows. */
    private Support allows(RowSet set) {
        double own = mass(set);
        double outside = rowTotal - own;
        double seen = seen(set);
        double slack = ROUNDING * Math.min(own, outside) + negligible;
        if (own > seen + Math.max(slack, tolerance * Math.min(own, outside))) {
            return Support.NONE;
        }
        boolean tight = Math.abs(own - seen) <= slack && Math.min(seen, outside) > negligible;
        return tight && crossed(set) ? Support.PARTIAL : Support.TOTAL;
    }

    private double mass(RowSet set) {
        return rowsBefore[set.endRow] + (set.row == NONE ? 0 : mu[set.row]);
    }

    /** The mass of the columns that a set sees, scaled to the total of the rows. */
    private double seen(RowSet set) {
        return columnsBefore[set.endColumn]
                - (set.hole == NONE ? 0 : columnsBefore[set.hole + 1] - columnsBefore[set.hole]);
    }

    /**
     * Whether a row with mass outside a set sees a column with mass that the set sees. A row that sees any of them sees the first or, if
     * that is its hole, the second.
     */
    private boolean crossed(RowSet set) {
        int first = nextSeen(set, 0);
        int second = nextSeen(set, first + 1);
        for (int i = set.endRow; i < mu.length; i++) {
            if (mu[i] > negligible && !set.has(i) && (block.sees(i, first) || block.sees(i, second))) {
                return true;
            }
        }
        return false;
    }

    /** The next column with mass, from {@code j} on, that a set sees; one past the last column if there is none. */
    private int nextSeen(RowSet set, int j) {
        int next = j;
        while (next < nu.length && !(nu[next] > negligible && set.sees(next))) {
            next++;
        }
        return next;
    }

    private static double totalFrom(double[] masses, int first) {
        double total = 0;
        for (int i = first; i < masses.length; i++) {
            total += masses[i];
        }
        return total;
    }
}
