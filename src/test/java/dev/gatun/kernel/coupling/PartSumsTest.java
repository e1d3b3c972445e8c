package dev.gatun.kernel.coupling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sums of parts that threads add group by group, and machines in any pieces. */
@Tag("any-width")
class PartSumsTest {

    private static final int COLUMNS = 5;

    /** What a pass sums of a part. */
    private static double[] part(long seed, int part) {
        return new Random(seed + part).doubles(COLUMNS, -1, 1).toArray();
    }

    /** The tree by its definition: a left half whose size is a power of two, and the rest. */
    private static double[] tree(long seed, int first, int end) {
        if (end - first == 1) {
            return part(seed, first);
        }
        int half = Integer.highestOneBit(end - first - 1);
        double[] left = tree(seed, first, first + half);
        double[] right = tree(seed, first + half, end);
        Arrays.setAll(left, j -> left[j] + right[j]);
        return left;
    }

    @Property(tries = 300)
    void threadsAndMachinesAddTheSameTree(@ForAll @IntRange(min = 1, max = 500) int blocks, @ForAll @IntRange(min = 1, max = 9) int maxGroups,
                                          @ForAll @IntRange(min = 1, max = 5) int partBlocks, @ForAll long seed) {
        RowGroups groups = new RowGroups(blocks, maxGroups, partBlocks);
        double[] expected = tree(seed, 0, groups.parts());
        groups.allocate(COLUMNS);
        TreeSums tree = groups.treeSums(COLUMNS);
        boolean[] seen = new boolean[blocks];
        for (int group = groups.count() - 1; group >= 0; group--) {
            groups.sum(group, 0, tree, (part, worker, sums) -> {
                for (int block = groups.firstBlockOfPart(part); block < groups.endBlockOfPart(part); block++) {
                    assertEquals(false, seen[block]);
                    seen[block] = true;
                }
                double[] own = part(seed, part);
                Arrays.setAll(sums, j -> sums[j] + own[j]);
            });
        }
        for (boolean block : seen) {
            assertEquals(true, block);
        }
        double[] found = new double[COLUMNS];
        groups.total(found);
        assertArrayEquals(expected, found);
        assertArrayEquals(expected, onMachines(seed, groups.parts()).sums()[0]);
    }

    /** Nodes of random ranges in random order, some of them joined before the rest. */
    private static PartSums onMachines(long seed, int parts) {
        Random random = new Random(seed);
        List<List<PartSums>> ranges = new ArrayList<>();
        for (int first = 0; first < parts; ) {
            int end = Math.min(parts, first + 1 + random.nextInt(9));
            List<PartSums> nodes = new ArrayList<>();
            for (int part = first; part < end; part++) {
                nodes.add(new PartSums(part, 1, new double[][] {part(seed, part)}));
            }
            Collections.shuffle(nodes, random);
            ranges.add(PartSums.joined(nodes));
            first = end;
        }
        List<PartSums> all = new ArrayList<>();
        for (int r = 0; r < ranges.size(); r += 2) {
            List<PartSums> two = new ArrayList<>(ranges.get(r));
            two.addAll(r + 1 < ranges.size() ? ranges.get(r + 1) : List.of());
            all.addAll(random.nextBoolean() ? PartSums.joined(two) : two);
        }
        Collections.shuffle(all, random);
        return PartSums.total(all, parts);
    }

    @Test
    void aRangeOfAPowerOfTwoIsOneNode() {
        List<PartSums> nodes = new ArrayList<>();
        for (int part = 8; part < 16; part++) {
            nodes.add(new PartSums(part, 1, new double[][] {{part}}));
        }
        List<PartSums> joined = PartSums.joined(nodes);
        assertEquals(1, joined.size());
        assertEquals(8, joined.getFirst().count());
        assertArrayEquals(new double[] {92}, joined.getFirst().sums()[0]);
    }

    @Test
    void missingPartsAreAFault() {
        PartSums first = new PartSums(0, 1, new double[][] {{1}});
        PartSums third = new PartSums(2, 1, new double[][] {{1}});
        assertEquals("parts from 2 on were computed after 1",
                assertThrows(IllegalStateException.class, () -> PartSums.total(List.of(first, third), 3)).getMessage());
        assertEquals("1 of 3 parts were computed",
                assertThrows(IllegalStateException.class, () -> PartSums.total(List.of(first), 3)).getMessage());
    }

    /** Heads of up to 65 536 rows have at most 32 parts; larger ones have more, and as many groups as before. */
    @Test
    void manyRowsHaveManyParts() {
        int[] rows = {256, 4096, 65_536, 1_000_000, 10_000_000};
        assertArrayEquals(new int[] {1, 16, 32, 253, 1022}, Arrays.stream(rows).map(n -> new RowGroups(n).parts()).toArray());
        assertArrayEquals(new int[] {1, 16, 32, 32, 32}, Arrays.stream(rows).map(n -> new RowGroups(n).count()).toArray());
    }
}
