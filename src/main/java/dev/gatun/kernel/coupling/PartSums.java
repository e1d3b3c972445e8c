package dev.gatun.kernel.coupling;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The sums of consecutive parts of a pass, a node of the tree in which the sums of all parts are added: each node adds a left half, whose
 * number of parts is a power of two, and the rest. Sums do not depend on who has added which of them.
 *
 * @param first the first part
 * @param count the number of parts
 * @param sums  arrays of sums
 */
public record PartSums(int first, int count, double[][] sums) implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** The parts in fewer nodes: siblings are added. The arrays of left ones receive the sums. */
    public static List<PartSums> joined(List<PartSums> nodes) {
        List<PartSums> sorted = nodes.stream().sorted(Comparator.comparingInt(PartSums::first)).toList();
        List<PartSums> joined = new ArrayList<>();
        for (PartSums node : sorted) {
            PartSums last = node;
            while (!joined.isEmpty() && joined.getLast().isLeftOf(last)) {
                last = joined.removeLast().plus(last);
            }
            joined.add(last);
        }
        return joined;
    }

    private boolean isLeftOf(PartSums right) {
        return count == right.count && first + count == right.first && Integer.bitCount(count) == 1 && first % (2 * count) == 0;
    }

    private PartSums plus(PartSums right) {
        for (int a = 0; a < sums.length; a++) {
            RowGroups.add(right.sums[a], sums[a]);
        }
        return new PartSums(first, count + right.count, sums);
    }

    /**
     * The sums of all parts. The arrays of the first node receive them.
     *
     * @throws IllegalStateException if the nodes are not those of parts {@code 0 .. parts - 1}, each once
     */
    public static PartSums total(List<PartSums> nodes, int parts) {
        List<PartSums> left = joined(nodes);
        int next = 0;
        for (PartSums node : left) {
            if (node.first != next) {
                throw new IllegalStateException("parts from %s on were computed after %s".formatted(node.first, next));
            }
            next += node.count;
        }
        if (next != parts) {
            throw new IllegalStateException("%s of %s parts were computed".formatted(next, parts));
        }
        PartSums total = left.removeLast();
        while (!left.isEmpty()) {
            total = left.removeLast().plus(total);
        }
        return total;
    }
}
