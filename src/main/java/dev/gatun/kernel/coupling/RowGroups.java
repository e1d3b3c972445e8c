package dev.gatun.kernel.coupling;

import dev.gatun.kernel.Lanes;
import java.util.Arrays;

/**
 * The blocks of a head's rows in groups that threads share. Each group sums the columns of its rows, and the sums of the groups are added
 * in order. The groups depend on the number of rows alone, so results are the same for any number of threads.
 */
public final class RowGroups {

    /** Blocks of a group: enough that adding its sums takes little time. */
    private static final int MIN_BLOCKS = 4;

    /** The largest number of groups, which bounds their memory. */
    private static final int MAX_GROUPS = 32;

    private final int blocks;
    private final int blocksPerGroup;
    private final double[][] sums;

    /**
     * Allocates the sums of all groups.
     *
     * @param rows    rows of the head
     * @param columns sums of a group
     */
    public RowGroups(int rows, int columns) {
        this(rows);
        for (int group = 0; group < sums.length; group++) {
            sums[group] = new double[columns];
        }
    }

    /** Without sums: those of each group are put before they are used. */
    public RowGroups(int rows) {
        this.blocks = Lanes.blocks(rows);
        this.blocksPerGroup = blocksPerGroup(blocks);
        this.sums = new double[(blocks + blocksPerGroup - 1) / blocksPerGroup][];
    }

    private static int blocksPerGroup(int blocks) {
        return Math.max(MIN_BLOCKS, (blocks + MAX_GROUPS - 1) / MAX_GROUPS);
    }

    /** Whether a head of {@code rows} rows has more than one group, so that threads can share it. */
    public static boolean shared(int rows) {
        return Lanes.blocks(rows) > blocksPerGroup(Lanes.blocks(rows));
    }

    /** The number of groups. */
    public int count() {
        return sums.length;
    }

    /** The first block of a group. */
    public int firstBlock(int group) {
        return group * blocksPerGroup;
    }

    /** One past the last block of a group. */
    public int endBlock(int group) {
        return Math.min(blocks, (group + 1) * blocksPerGroup);
    }

    /** The sums of a group. */
    public double[] sums(int group) {
        return sums[group];
    }

    /** Has {@code newSums} as the sums of a group. */
    public void put(int group, double[] newSums) {
        sums[group] = newSums;
    }

    /** The sums of a group, set to 0. */
    public double[] cleared(int group) {
        Arrays.fill(sums[group], 0.0);
        return sums[group];
    }

    /** Writes the sums over all groups, as many as {@code total} is long. */
    public void total(double[] total) {
        System.arraycopy(sums[0], 0, total, 0, total.length);
        for (int group = 1; group < sums.length; group++) {
            add(sums[group], total);
        }
    }

    private static void add(double[] group, double[] total) {
        for (int j = 0; j < total.length; j++) {
            total[j] += group[j];
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
