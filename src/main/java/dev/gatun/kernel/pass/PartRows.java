package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.coupling.RowGroups;
import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What a pass over {@link RowGroups} computes of the rows of consecutive parts. What a pass does not compute is null.
 *
 * @param firstPart  the first part
 * @param parts      the number of parts
 * @param u          the potentials of their rows
 * @param rowSums    the sums, or the products, of their rows
 * @param columnSums the column sums, in as few nodes as the parts allow
 */
public record PartRows(int firstPart, int parts, double[] u, double[] rowSums, PartSums[] columnSums) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * Runs a pass over parts {@code first .. end - 1}.
     *
     * @param columns the number of column sums; 0 for none
     * @param u       receives potentials at the places of the rows; null if there are none
     * @param rowSums receives sums likewise
     */
    public static PartRows of(RowGroups groups, int first, int end, int columns, RowGroups.PartPass pass, double[] u, double[] rowSums) {
        List<PartSums> sums = new ArrayList<>();
        for (int part = first; part < end; part++) {
            double[] own = columns == 0 ? null : new double[columns];
            pass.run(part, 0, own);
            if (own != null) {
                sums.add(new PartSums(part, 1, new double[][] {own}));
                sums = PartSums.joined(sums);
            }
        }
        return new PartRows(first, end - first, rows(groups, first, end, u), rows(groups, first, end, rowSums),
                columns == 0 ? null : sums.toArray(PartSums[]::new));
    }

    private static double[] rows(RowGroups groups, int first, int end, double[] all) {
        return all == null ? null : Arrays.copyOfRange(all, groups.firstBlockOfPart(first) * Lanes.BLOCK,
                Math.min(all.length, groups.endBlockOfPart(end - 1) * Lanes.BLOCK));
    }

    /**
     * Takes the results of all parts, in any order.
     *
     * @param groups  receives the column sums
     * @param u       receives potentials of all rows; null if there are none
     * @param rowSums receives sums of all rows; null if there are none
     */
    static void put(List<? extends Serializable> results, RowGroups groups, double[] u, double[] rowSums) {
        int computed = 0;
        List<PartSums> sums = new ArrayList<>();
        for (Serializable result : results) {
            PartRows rows = (PartRows) result;
            int first = groups.firstBlockOfPart(rows.firstPart) * Lanes.BLOCK;
            copy(rows.u, u, first);
            copy(rows.rowSums, rowSums, first);
            computed += rows.parts;
            if (rows.columnSums != null) {
                sums.addAll(List.of(rows.columnSums));
            }
        }
        if (computed != groups.parts()) {
            throw new IllegalStateException("%s of %s parts were computed".formatted(computed, groups.parts()));
        }
        if (!sums.isEmpty()) {
            groups.put(PartSums.total(sums, groups.parts()).sums()[0]);
        }
    }

    private static void copy(double[] from, double[] to, int at) {
        if (from != null && to != null) {
            System.arraycopy(from, 0, to, at, from.length);
        }
    }

    /** As above, of results without potentials. */
    public static void put(List<? extends Serializable> results, RowGroups groups, double[] rowSums) {
        put(results, groups, null, rowSums);
    }

    /**
     * The results of consecutive parts as one: the column sums are added as far as the tree allows.
     *
     * @throws IllegalStateException if some parts are missing
     */
    public static PartRows joined(List<PartRows> results) {
        List<PartRows> sorted = results.stream().sorted(Comparator.comparingInt(PartRows::firstPart)).toList();
        PartRows first = sorted.getFirst();
        int next = first.firstPart;
        List<PartSums> sums = new ArrayList<>();
        for (PartRows rows : sorted) {
            if (rows.firstPart != next) {
                throw new IllegalStateException("parts from %s on were computed after %s".formatted(rows.firstPart, next));
            }
            next += rows.parts;
            if (rows.columnSums != null) {
                sums.addAll(List.of(rows.columnSums));
            }
        }
        return new PartRows(first.firstPart, next - first.firstPart, joinedRows(sorted.stream().map(PartRows::u).toList()),
                joinedRows(sorted.stream().map(PartRows::rowSums).toList()),
                first.columnSums == null ? null : PartSums.joined(sums).toArray(PartSums[]::new));
    }

    /**
     * The same results with one array of column sums, of all parts.
     *
     * @throws IllegalStateException if some parts are missing
     */
    public PartRows whole(int allParts) {
        if (parts != allParts) {
            throw new IllegalStateException("%s of %s parts were computed".formatted(parts, allParts));
        }
        return new PartRows(firstPart, parts, u, rowSums,
                columnSums == null ? null : new PartSums[] {PartSums.total(List.of(columnSums), allParts)});
    }

    private static double[] joinedRows(List<double[]> pieces) {
        return pieces.getFirst() == null ? null : pieces.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
