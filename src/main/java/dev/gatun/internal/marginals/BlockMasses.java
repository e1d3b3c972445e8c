package dev.gatun.internal.marginals;

import java.util.Arrays;

/**
 * The masses of the rows and columns of a {@link Staircase}, and what plan they leave room for.
 *
 * <p>By Hall's theorem (in its form for masses) there is a plan if and only if no set of rows has more mass than the columns
 * that it sees. Where it has just as much, entries by which other rows see those columns stay empty in every plan, though
 * they are visible; where there is no such set, every visible entry carries mass in some plan. Of the sets that see the same
 * columns the largest says all, and in a staircase these are few: rows 0 to m, which see the columns before the end of row m
 * and fill each other's holes; and, where row m has a hole, this row and those that end before it, which see what row m sees.
 * With sums of masses at hand each takes a few steps.
 *
 * <p>Marginals may come from float32, so masses count as equal within a part of the lesser of what lies in a set and beside it.
 * What exceeds another mass by no more than the tolerance of the solve can be met within that tolerance.
 */
final class BlockMasses {

    /** The part within which masses count as equal. */
    private static final double ROUNDING = 1e-6;

    /** Masses below this part of the total may be what is left of others. */
    private static final double DUST = 1e-12;

    private static final int NOWHERE = Staircase.NOWHERE;

    private final Staircase block;
    private final double[] mu;
    private final double[] nu;
    private final double rowTotal;
    private final double columnTotal;
    private final double dust;
    private final double allowed;
    private final double[] rowsBefore;
    private final double[] columnsBefore;

    /**
     * A set of rows, the largest that sees no more columns.
     *
     * @param endRow    it has the rows before this
     * @param row       and this one, or {@link #NOWHERE}
     * @param endColumn they see the columns before this
     * @param hole      but for this one, or {@link #NOWHERE}
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
     * @param mu        all row masses, those of the block among them; nu likewise
     * @param tolerance the part by which masses may differ
     */
    BlockMasses(Staircase block, double[] mu, double[] nu, double tolerance) {
        this.block = block;
        this.mu = Arrays.copyOfRange(mu, block.firstRow(), block.firstRow() + block.rows());
        this.nu = Arrays.copyOfRange(nu, block.firstColumn(), block.firstColumn() + block.columns());
        this.rowTotal = Support.total(this.mu);
        this.columnTotal = Support.total(this.nu);
        this.dust = DUST * rowTotal;
        this.allowed = tolerance;
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

    Support support() {
        if (!sameTotals() || strandedRow() != NOWHERE || strandedColumn() != NOWHERE || find(Support.NONE) != null) {
            return Support.NONE;
        }
        return find(Support.PARTIAL) != null ? Support.PARTIAL : Support.TOTAL;
    }

    /** Why the support is not total, in one sentence without its beginning; empty where it is. */
    String why() {
        return switch (support()) {
            case TOTAL -> "";
            case PARTIAL -> "some visible entries are zero in every plan, so no finite potentials reach the marginals: "
                    + need(find(Support.PARTIAL));
            case NONE -> whyNone();
        };
    }

    private String whyNone() {
        if (!sameTotals()) {
            return "rows have a mass of %s and columns of %s".formatted(rowTotal, columnTotal);
        }
        int row = strandedRow();
        if (row != NOWHERE) {
            return "row %s has a mass of %s but sees no column with mass".formatted(block.firstRow() + row, mu[row]);
        }
        int column = strandedColumn();
        if (column != NOWHERE) {
            return "column %s has a mass of %s but no row with mass sees it"
                    .formatted(block.firstColumn() + column, nu[column]);
        }
        return whyNone(find(Support.NONE));
    }

    private String whyNone(RowSet set) {
        if (set.hole != NOWHERE) {
            return "a mass of %s on %s is more than the %s of all columns seen from there"
                    .formatted(mass(set), rows(set), seen(set));
        }
        return "columns from %s on have a mass of %s, but the rows that see any of them, from %s on, one of %s".formatted(
                block.firstColumn() + set.endColumn, totalFrom(nu, set.endColumn), block.firstRow() + set.endRow,
                totalFrom(mu, set.endRow));
    }

    /** What a set that leaves partial support asks for. */
    private String need(RowSet set) {
        if (set.hole != NOWHERE) {
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
        return Math.abs(rowTotal - columnTotal) <= Math.max(allowed, DUST) * Math.max(rowTotal, columnTotal);
    }

    /** A row with mass, however little, that sees no column with mass. */
    private int strandedRow() {
        for (int i = 0; i < mu.length; i++) {
            int j = 0;
            while (mu[i] > 0 && j < nu.length && !(nu[j] > 0 && block.sees(i, j))) {
                j++;
            }
            if (j == nu.length) {
                return i;
            }
        }
        return NOWHERE;
    }

    /** A column with mass that no row with mass sees. */
    private int strandedColumn() {
        for (int j = 0; j < nu.length; j++) {
            int i = mu.length - 1;
            while (nu[j] > 0 && i >= 0 && !(mu[i] > 0 && block.sees(i, j))) {
                i--;
            }
            if (i < 0) {
                return j;
            }
        }
        return NOWHERE;
    }

    /** The first set that leaves no more than {@code support}; null where there is none. */
    private RowSet find(Support support) {
        for (int i = 0; i < mu.length; i++) {
            RowSet upToRow = new RowSet(i + 1, NOWHERE, block.end(i), NOWHERE);
            if (leaves(upToRow).compareTo(support) >= 0) {
                return upToRow;
            }
            RowSet withHole = new RowSet(block.rowsBeforeHole(i), i, block.end(i), block.hole(i));
            if (withHole.hole != NOWHERE && leaves(withHole).compareTo(support) >= 0) {
                return withHole;
            }
        }
        return null;
    }

    /** What support a set leaves. */
    private Support leaves(RowSet set) {
        double own = mass(set);
        double beside = rowTotal - own;
        double seen = seen(set);
        double slack = ROUNDING * Math.min(own, beside) + dust;
        if (own > seen + Math.max(slack, allowed * Math.min(own, beside))) {
            return Support.NONE;
        }
        boolean tight = Math.abs(own - seen) <= slack && Math.min(seen, beside) > dust;
        return tight && crossed(set) ? Support.PARTIAL : Support.TOTAL;
    }

    private double mass(RowSet set) {
        return rowsBefore[set.endRow] + (set.row == NOWHERE ? 0 : mu[set.row]);
    }

    /** The mass of the columns that a set sees, scaled to the total of the rows. */
    private double seen(RowSet set) {
        return columnsBefore[set.endColumn]
                - (set.hole == NOWHERE ? 0 : columnsBefore[set.hole + 1] - columnsBefore[set.hole]);
    }

    /**
     * Whether rows with mass beside a set see columns with mass that it sees. One that sees any of them sees the first or,
     * where that is its hole, the second.
     */
    private boolean crossed(RowSet set) {
        int first = nextSeen(set, 0);
        int second = nextSeen(set, first + 1);
        for (int i = set.endRow; i < mu.length; i++) {
            if (mu[i] > dust && !set.has(i) && (block.sees(i, first) || block.sees(i, second))) {
                return true;
            }
        }
        return false;
    }

    /** The next column with mass, from {@code j} on, that a set sees; one past the last column if there is none. */
    private int nextSeen(RowSet set, int j) {
        int next = j;
        while (next < nu.length && !(nu[next] > dust && set.sees(next))) {
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
