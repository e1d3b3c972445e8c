package dev.gatun.internal.rows;

import dev.gatun.kernel.coupling.PartSums;
import dev.gatun.kernel.pass.PartRows;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** The results of the parts of a pass in less memory: sums over rows are added as far as their tree allows. */
public final class PassResults {

    private PassResults() {
    }

    /**
     * Joins results of consecutive parts.
     *
     * @return one result where results add up, else all of them
     * @throws IllegalStateException if a part between the others is missing
     */
    public static List<Serializable> joined(List<? extends Serializable> results) {
        List<PartRows> rows = new ArrayList<>();
        List<PartSums> sums = new ArrayList<>();
        for (Serializable result : results) {
            if (result instanceof PartRows part) {
                rows.add(part);
            } else if (result instanceof PartSums[] nodes) {
                sums.addAll(List.of(nodes));
            }
        }
        if (!results.isEmpty() && rows.size() == results.size()) {
            return List.of(PartRows.joined(rows));
        }
        Serializable nodes = PartSums.joined(sums).toArray(PartSums[]::new);
        return sums.isEmpty() ? List.copyOf(results) : List.of(nodes);
    }

    /**
     * Joins the results of all parts.
     *
     * @throws IllegalStateException if a part is missing
     */
    public static List<Serializable> joined(List<? extends Serializable> results, int parts) {
        return joined(results).stream().map(result -> whole(result, parts)).toList();
    }

    private static Serializable whole(Serializable result, int parts) {
        return switch (result) {
            case PartRows rows -> rows.whole(parts);
            case PartSums[] nodes -> new PartSums[] {PartSums.total(List.of(nodes), parts)};
            default -> result;
        };
    }
}
