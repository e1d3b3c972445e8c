package dev.gatun.internal.rows;

import dev.gatun.kernel.pass.GroupRows;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** The results of the parts of a pass as one. */
public final class PassResults {

    private PassResults() {
    }

    /**
     * The same results in less memory: the column sums of groups are added in their order, as the pass would, and become those of the
     * first group, while the others have zeros.
     */
    public static List<Serializable> merged(List<? extends Serializable> results, int parts) {
        List<GroupRows> rows = new ArrayList<>();
        for (Serializable result : results) {
            if (!(result instanceof GroupRows group)) {
                return List.copyOf(results);
            }
            rows.add(group);
        }
        rows.sort(Comparator.comparingInt(GroupRows::firstGroup));
        int next = 0;
        for (GroupRows group : rows) {
            if (group.firstGroup() != next) {
                throw new IllegalStateException("groups of rows from %s on were computed after %s".formatted(group.firstGroup(), next));
            }
            next += group.groups();
        }
        if (next != parts) {
            throw new IllegalStateException("%s of %s groups of rows were computed".formatted(next, parts));
        }
        return rows.isEmpty() ? List.of() : List.of(new GroupRows(0, parts, joined(rows.stream().map(GroupRows::u).toList()),
                joined(rows.stream().map(GroupRows::rowSums).toList()), total(rows, parts)));
    }

    private static double[] joined(List<double[]> pieces) {
        return pieces.getFirst() == null ? null : pieces.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static double[][] total(List<GroupRows> rows, int parts) {
        if (rows.getFirst().columnSums() == null) {
            return null;
        }
        double[] total = rows.getFirst().columnSums()[0].clone();
        double[][] sums = new double[parts][];
        Arrays.fill(sums, new double[total.length]);
        sums[0] = total;
        boolean first = true;
        for (GroupRows group : rows) {
            for (double[] columns : group.columnSums()) {
                for (int j = 0; !first && j < total.length; j++) {
                    total[j] += columns[j];
                }
                first = false;
            }
        }
        return sums;
    }
}
