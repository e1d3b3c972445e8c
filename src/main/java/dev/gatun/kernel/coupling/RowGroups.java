package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * The blocks of a head's rows in groups that threads share, and in parts of groups that machines share. Each part sums the columns of its
 * rows, and the sums of parts are added in a binary tree: see {@link PartSums}. Groups and parts depend on the number of rows alone, so
 * results are the same for any number of threads and machines.
 */
public final class RowGroups {

    /** Blocks of a group: enough that adding its sums takes little time. */
    private static final int MIN_BLOCKS = 4;

    /** The largest number of groups, which bounds their memory. */
    private static final int MAX_GROUPS = 32;

    /** Blocks of a part, where a group has several: enough that its sums are little beside what they are sums of. */
    private static final int PART_BLOCKS = 32;

    /** The largest number of parts of a group. */
    private static final int MAX_PARTS = 32;

    private final int blocks;
    private final int blocksPerPart;
    private final int partsPerGroup;
    private final double[][] sums;
    private double[] total;

    /** A pass over the rows of a part. */
    @FunctionalInterface
    public interface PartPass {

        /**
         * Runs over the blocks of a part.
         *
         * @param sums the sums of its columns are added to; null if there are none
         */
        void run(int part, int worker, double[] sums);
    }

    /**
     * Allocates the sums of all groups.
     *
     * @param rows    rows of the head
     * @param columns sums of a group
     */
    public RowGroups(int rows, int columns) {
        this(rows);
        allocate(columns);
    }

    /** Without sums: for passes that have none, and for machines that compute parts. */
    public RowGroups(int rows) {
        this(Lanes.blocks(rows), MAX_GROUPS, PART_BLOCKS);
    }

    /** With other limits: many parts of few rows. */
    RowGroups(int blocks, int maxGroups, int partBlocks) {
        this.blocks = blocks;
        int perGroup = blocksPerGroup(blocks, maxGroups);
        this.partsPerGroup = Integer.highestOneBit(Math.clamp(perGroup / partBlocks, 1, MAX_PARTS));
        this.blocksPerPart = (perGroup + partsPerGroup - 1) / partsPerGroup;
        int blocksPerGroup = blocksPerPart * partsPerGroup;
        this.sums = new double[(blocks + blocksPerGroup - 1) / blocksPerGroup][];
    }

    /** Allocates the sums of all groups, unless it has them. */
    public void allocate(int columns) {
        for (int group = 0; group < sums.length && sums[group] == null; group++) {
            sums[group] = new double[columns];
        }
    }

    private static int blocksPerGroup(int blocks, int maxGroups) {
        return Math.max(MIN_BLOCKS, (blocks + maxGroups - 1) / maxGroups);
    }

    /** Whether a head of {@code rows} rows has more than one group, so that threads can share it. */
    public static boolean shared(int rows) {
        return Lanes.blocks(rows) > blocksPerGroup(Lanes.blocks(rows), MAX_GROUPS);
    }

    /** The number of groups. */
    public int count() {
        return sums.length;
    }

    /** The number of parts of all groups. */
    public int parts() {
        return (blocks + blocksPerPart - 1) / blocksPerPart;
    }

    /** The first block of a group. */
    public int firstBlock(int group) {
        return firstBlockOfPart(group * partsPerGroup);
    }

    /** One past the last block of a group. */
    public int endBlock(int group) {
        return firstBlock(group + 1);
    }

    /** The first block of a part; one past the last block for {@link #parts}. */
    public int firstBlockOfPart(int part) {
        return Math.min(blocks, part * blocksPerPart);
    }

    /** One past the last block of a part. */
    public int endBlockOfPart(int part) {
        return firstBlockOfPart(part + 1);
    }

    private int endPart(int group) {
        return Math.min(parts(), (group + 1) * partsPerGroup);
    }

    /** Runs a pass without sums over the parts of a group. */
    public void each(int group, int worker, PartPass pass) {
        for (int part = group * partsPerGroup; part < endPart(group); part++) {
            pass.run(part, worker, null);
        }
    }

    /** What a worker adds the sums of {@code columns} columns in; null where a group is one part. */
    public TreeSums treeSums(int columns) {
        return partsPerGroup == 1 ? null : new TreeSums(partsPerGroup, 1, columns);
    }

    /**
     * Runs a pass over the parts of a group, whose sums become those of the group.
     *
     * @param tree {@link #treeSums} of the worker
     */
    public void sum(int group, int worker, TreeSums tree, PartPass pass) {
        if (partsPerGroup == 1) {
            pass.run(group, worker, cleared(group));
            return;
        }
        int first = group * partsPerGroup;
        int end = endPart(group);
        for (int part = first; part < end; part++) {
            pass.run(part, worker, tree.cleared()[0]);
            tree.add(part - first);
        }
        System.arraycopy(tree.total(end - first)[0], 0, sums[group], 0, sums[group].length);
    }

    /** The sums of a group, set to 0. */
    public double[] cleared(int group) {
        Arrays.fill(sums[group], 0.0);
        return sums[group];
    }

    /** Has the sums over all groups from elsewhere, for the next {@link #total}. */
    public void put(double[] newTotal) {
        total = newTotal;
    }

    /** Writes the sums over all groups, as many as {@code to} is long. Sums of groups are lost. */
    public void total(double[] to) {
        double[] all = total == null ? total() : total;
        System.arraycopy(all, 0, to, 0, to.length);
        total = null;
    }

    private double[] total() {
        for (int step = 1; step < sums.length; step *= 2) {
            for (int group = 0; group + step < sums.length; group += 2 * step) {
                add(sums[group + step], sums[group]);
            }
        }
        return sums[0];
    }

    static void add(double[] from, double[] to) {
        for (int j = 0; j < to.length; j++) {
            to[j] += from[j];
        }
    }

    /**
     * The group of a piece whose worker takes its own range of pieces from the last to the first: the mirror image of the piece in the
     * range. A pass in the opposite order of the last one begins with the rows that each worker read last.
     */
    int mirrored(int piece, int threads) {
        int worker = 0;
        while (piece >= start(worker + 1, threads)) {
            worker++;
        }
        return start(worker, threads) + start(worker + 1, threads) - 1 - piece;
    }

    /** The first piece of the range of a worker, as {@code SharedWork} hands them out. */
    private int start(int worker, int threads) {
        return (int) ((long) worker * sums.length / threads);
    }
}
