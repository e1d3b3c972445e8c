package dev.gatun;

import dev.gatun.kernel.Band;
import dev.gatun.kernel.Mask;
import dev.gatun.kernel.Sequences;
import java.util.Arrays;

/**
 * Whether a plan with given marginals exists on the visible entries of a kernel, and whether every visible entry can
 * carry mass: known from masses alone, before any iteration.
 *
 * <p>Sequences that do not see each other are told apart. For a kernel in which row i sees columns 0 to i + shift, mass can
 * move from a later row to an earlier column but not back. At each cut between columns the mass of the rows that see beyond
 * it must cover the columns beyond it; where it just does, entries that cross the cut the other way stay empty in every
 * plan, though they are visible.
 */
enum Support {
    /** Every visible entry between rows and columns with mass carries mass in some plan. */
    TOTAL,
    /** There is a plan, but some visible entries are zero in each. */
    PARTIAL,
    /** There is no plan. */
    NONE;

    /** Masses within this part of the total count as equal: marginals may come from float32. */
    private static final double ROUNDING = 1e-6;

    private static final int NOWHERE = -1;

    /** The support of a kernel with the entries of {@code mask} visible. */
    static Support of(Mask mask, double[] mu, double[] nu) {
        return switch (mask) {
            case Band band -> of(band, mu, nu);
            case Sequences sequences -> of(sequences, mu, nu);
        };
    }

    /** That of the sequence which has least. */
    private static Support of(Sequences sequences, double[] mu, double[] nu) {
        Support least = TOTAL;
        for (int s = 0; s < sequences.count(); s++) {
            Support own = of(sequences.band(s), rows(sequences, s, mu), columns(sequences, s, nu));
            least = own.compareTo(least) > 0 ? own : least;
        }
        return least;
    }

    private static double[] rows(Sequences sequences, int s, double[] mu) {
        return Arrays.copyOfRange(mu, sequences.rowStart(s), sequences.rowStart(s + 1));
    }

    private static double[] columns(Sequences sequences, int s, double[] nu) {
        return Arrays.copyOfRange(nu, sequences.columnStart(s), sequences.columnStart(s + 1));
    }

    private static Support of(Band band, double[] mu, double[] nu) {
        if (!sameMass(total(mu), total(nu)) || strandedRow(band, mu, nu) != NOWHERE
                || strandedColumn(band, mu, nu) != NOWHERE) {
            return NONE;
        }
        if (band.everything()) {
            return TOTAL;
        }
        return cut(band.upper(), mu, nu, NONE) != NOWHERE ? NONE : cut(band.upper(), mu, nu, PARTIAL) != NOWHERE ? PARTIAL
                : TOTAL;
    }

    /** Why there is no plan, or why no finite potentials reach the marginals, in one sentence; empty where there is nothing. */
    static String why(Mask mask, double[] mu, double[] nu) {
        return switch (mask) {
            case Band band -> why(band, mu, nu, 0, 0);
            case Sequences sequences -> why(sequences, mu, nu);
        };
    }

    private static String why(Sequences sequences, double[] mu, double[] nu) {
        Support worst = of(sequences, mu, nu);
        for (int s = 0; s < sequences.count(); s++) {
            double[] rows = rows(sequences, s, mu);
            double[] columns = columns(sequences, s, nu);
            if (worst != TOTAL && of(sequences.band(s), rows, columns) == worst) {
                return "in sequence %d %s".formatted(s,
                        why(sequences.band(s), rows, columns, sequences.rowStart(s), sequences.columnStart(s)));
            }
        }
        return "";
    }

    private static String why(Band band, double[] mu, double[] nu, int firstRow, int firstColumn) {
        return switch (of(band, mu, nu)) {
            case TOTAL -> "";
            case PARTIAL -> whyPartial(band, mu, nu, firstRow, firstColumn);
            case NONE -> whyNone(band, mu, nu, firstRow, firstColumn);
        };
    }

    private static String whyNone(Band band, double[] mu, double[] nu, int firstRow, int firstColumn) {
        double rows = total(mu);
        double columns = total(nu);
        if (!sameMass(rows, columns)) {
            return "rows have a mass of %s and columns of %s".formatted(rows, columns);
        }
        int row = strandedRow(band, mu, nu);
        if (row != NOWHERE) {
            return "row %d has a mass of %s but sees no column with mass".formatted(firstRow + row, mu[row]);
        }
        int column = strandedColumn(band, mu, nu);
        if (column != NOWHERE) {
            return "column %d has a mass of %s but no row with mass sees it".formatted(firstColumn + column, nu[column]);
        }
        int from = cut(band.upper(), mu, nu, NONE);
        int seeing = firstSeeing(from, band.upper());
        return "columns from %d on have a mass of %s, but the rows that see any of them, from %d on, one of %s".formatted(
                firstColumn + from, totalFrom(nu, from), firstRow + seeing, totalFrom(mu, seeing));
    }

    private static String whyPartial(Band band, double[] mu, double[] nu, int firstRow, int firstColumn) {
        int from = cut(band.upper(), mu, nu, PARTIAL);
        return ("some visible entries are zero in every plan, so no finite potentials reach the marginals: rows from %d on need"
                + " all their mass for columns from %d on").formatted(firstRow + firstSeeing(from, band.upper()), firstColumn + from);
    }

    /** Whether two totals are equal but for rounding. */
    static boolean sameMass(double rows, double columns) {
        return Math.abs(rows - columns) <= ROUNDING * rows;
    }

    /** A row with mass, however little, that sees no column with mass. */
    private static int strandedRow(Band band, double[] mu, double[] nu) {
        for (int i = 0; i < mu.length; i++) {
            int j = 0;
            while (j < nu.length && !(nu[j] > 0 && band.visible(i, j))) {
                j++;
            }
            if (mu[i] > 0 && j == nu.length) {
                return i;
            }
        }
        return NOWHERE;
    }

    /** A column with mass that no row with mass sees. */
    private static int strandedColumn(Band band, double[] mu, double[] nu) {
        for (int j = 0; j < nu.length; j++) {
            int i = mu.length - 1;
            while (i >= 0 && !(mu[i] > 0 && band.visible(i, j))) {
                i--;
            }
            if (nu[j] > 0 && i < 0) {
                return j;
            }
        }
        return NOWHERE;
    }

    /** The first column from which on the columns need more mass than the rows that see them have, or all of it. */
    private static int cut(int shift, double[] mu, double[] nu, Support support) {
        double all = total(nu);
        double slack = ROUNDING * all;
        double rowsBeyond = total(mu);
        double columnsBeyond = all;
        int row = 0;
        for (int column = 0; column < nu.length; column++) {
            for (; row < mu.length && row + shift < column; row++) {
                rowsBeyond -= mu[row];
            }
            boolean crossed = rowsBeyond > slack && all - columnsBeyond > slack;
            if (support == NONE ? columnsBeyond - rowsBeyond > slack : crossed && rowsBeyond - columnsBeyond <= slack) {
                return column;
            }
            columnsBeyond -= nu[column];
        }
        return NOWHERE;
    }

    /** The first row that sees {@code column}. */
    private static int firstSeeing(int column, int shift) {
        return Math.max(0, column - shift);
    }

    private static double totalFrom(double[] masses, int first) {
        double total = 0;
        for (int i = first; i < masses.length; i++) {
            total += masses[i];
        }
        return total;
    }

    /** The sum of all masses. */
    static double total(double[] masses) {
        return totalFrom(masses, 0);
    }
}
