package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.coupling.RowGroups;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * What a {@link SinkhornPass} computes of the rows of consecutive groups. What a pass does not compute is null.
 *
 * @param firstGroup the first group
 * @param groups     the number of groups
 * @param u          the potentials of their rows
 * @param rowSums    the sums, or the products, of their rows
 * @param columnSums the column sums of each group
 */
public record GroupRows(int firstGroup, int groups, double[] u, double[] rowSums, double[][] columnSums) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Those of groups {@code first .. end - 1}, whose column sums are taken from {@code groups}.
     *
     * @param u       potentials of all rows; null if there are none
     * @param rowSums sums of all rows likewise
     * @param columns whether there are column sums
     */
    public static GroupRows of(RowGroups groups, int first, int end, double[] u, double[] rowSums, boolean columns) {
        double[][] columnSums = columns ? new double[end - first][] : null;
        for (int group = first; group < end && columns; group++) {
            columnSums[group - first] = groups.sums(group);
            groups.put(group, null);
        }
        return new GroupRows(first, end - first, rows(groups, first, end, u), rows(groups, first, end, rowSums), columnSums);
    }

    private static double[] rows(RowGroups groups, int first, int end, double[] all) {
        return all == null ? null : Arrays.copyOfRange(all, groups.firstBlock(first) * Lanes.BLOCK,
                Math.min(all.length, groups.endBlock(end - 1) * Lanes.BLOCK));
    }

    /**
     * Takes the results of all groups, in any order.
     *
     * @param groups receives the column sums
     * @param u       receives potentials of all rows; null if there are none
     * @param rowSums receives sums of all rows; null if there are none
     */
    static void put(List<? extends Serializable> results, RowGroups groups, double[] u, double[] rowSums) {
        int computed = 0;
        for (Serializable result : results) {
            GroupRows rows = (GroupRows) result;
            rows.put(groups, u, rowSums);
            computed += rows.groups;
        }
        if (computed != groups.count()) {
            throw new IllegalStateException("%s of %s groups of rows were computed".formatted(computed, groups.count()));
        }
    }

    /** As above, of results without potentials. */
    public static void put(List<? extends Serializable> results, RowGroups groups, double[] rowSums) {
        put(results, groups, null, rowSums);
    }

    private void put(RowGroups to, double[] allU, double[] allSums) {
        int first = to.firstBlock(firstGroup) * Lanes.BLOCK;
        if (u != null) {
            System.arraycopy(u, 0, allU, first, u.length);
        }
        if (rowSums != null && allSums != null) {
            System.arraycopy(rowSums, 0, allSums, first, rowSums.length);
        }
        for (int g = 0; columnSums != null && g < groups; g++) {
            to.put(firstGroup + g, columnSums[g]);
        }
    }
}
