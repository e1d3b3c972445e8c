package dev.gatun;

import dev.gatun.kernel.Band;
import java.util.stream.IntStream;

/**
 * Whether a plan with given marginals exists on the visible entries of a kernel, and whether every visible entry can
 * carry mass: known from masses alone, before any iteration.
 *
 * <p>For a kernel in which row i sees columns 0 to i + shift, mass can move from a later row to an earlier column but
 * not back. At each cut between columns the mass of the rows that see beyond it must cover the columns beyond it; where
 * it just does, entries that cross the cut the other way stay empty in every plan, though they are visible.
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

    /** The support of a kernel with {@code band} visible. */
    static Support of(Band band, double[] mu, double[] nu) {
        double total = total(mu);
        if (!sameMass(total, total(nu)) || stranded(band, mu, nu)) {
            return NONE;
        }
        return band.everything() ? TOTAL : causal(band.upper(), mu, nu, ROUNDING * total);
    }

    /** Why there is no plan, in one sentence. */
    static String whyNone(double[] mu, double[] nu) {
        double rows = total(mu);
        double columns = total(nu);
        return sameMass(rows, columns) ? "some rows or columns have mass that the mask leaves no room for"
                : "rows have a mass of %s and columns of %s".formatted(rows, columns);
    }

    /** Whether two totals are equal but for rounding. */
    static boolean sameMass(double rows, double columns) {
        return Math.abs(rows - columns) <= ROUNDING * rows;
    }

    /** Whether a row has mass, however little, but sees no column with mass, or a column no such row. */
    private static boolean stranded(Band band, double[] mu, double[] nu) {
        for (int i = 0; i < mu.length; i++) {
            int row = i;
            if (mu[i] > 0 && IntStream.range(0, nu.length).noneMatch(j -> nu[j] > 0 && band.visible(row, j))) {
                return true;
            }
        }
        for (int j = 0; j < nu.length; j++) {
            int column = j;
            if (nu[j] > 0 && IntStream.range(0, mu.length).noneMatch(i -> mu[i] > 0 && band.visible(i, column))) {
                return true;
            }
        }
        return false;
    }

    private static Support causal(int shift, double[] mu, double[] nu, double slack) {
        Support support = TOTAL;
        double rowsBeyond = total(mu);
        double columnsBeyond = total(nu);
        int row = 0;
        for (int column = 0; column <= nu.length; column++) {
            for (; row < mu.length && row + shift < column; row++) {
                rowsBeyond -= mu[row];
            }
            if (columnsBeyond - rowsBeyond > slack) {
                return NONE;
            }
            boolean crossed = rowsBeyond > slack && total(nu) - columnsBeyond > slack;
            if (crossed && rowsBeyond - columnsBeyond <= slack) {
                support = PARTIAL;
            }
            if (column < nu.length) {
                columnsBeyond -= nu[column];
            }
        }
        return support;
    }

    /** The sum of all masses. */
    static double total(double[] masses) {
        double total = 0;
        for (double mass : masses) {
            total += mass;
        }
        return total;
    }
}
