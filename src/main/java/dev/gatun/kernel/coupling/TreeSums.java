package dev.gatun.kernel.coupling;

import java.util.Arrays;

/** Adds the sums of the parts of a group, one after the other, in the tree of {@link PartSums}. For one worker; allocates nothing later. */
public final class TreeSums {

    private final double[][][] levels;
    private double[][] own;

    /**
     * @param parts  the largest number of parts of a group, a power of two
     * @param arrays arrays of sums
     * @param length sums of an array
     */
    public TreeSums(int parts, int arrays, int length) {
        this.levels = new double[Integer.numberOfTrailingZeros(parts) + 1][arrays][length];
        this.own = new double[arrays][length];
    }

    /** Whether it was made for so many parts and such arrays. */
    public boolean fits(int parts, int arrays, int length) {
        return levels.length == Integer.numberOfTrailingZeros(parts) + 1 && own.length == arrays && own[0].length == length;
    }

    /** Receives the sums of the next part. */
    public double[][] cleared() {
        for (double[] sums : own) {
            Arrays.fill(sums, 0.0);
        }
        return own;
    }

    /** Adds {@link #cleared} as the sums of part {@code index} of the group to those before it. */
    public void add(int index) {
        int level = Integer.numberOfTrailingZeros(~index);
        for (int l = 0; l < level; l++) {
            add(levels[l], own);
        }
        double[][] free = levels[level];
        levels[level] = own;
        own = free;
    }

    /** The sums of the first {@code count} parts, which are all that were added. */
    public double[][] total(int count) {
        double[][] total = null;
        for (int l = 0; l < levels.length; l++) {
            if ((count >> l & 1) != 0) {
                if (total != null) {
                    add(levels[l], total);
                } else {
                    total = levels[l];
                }
            }
        }
        return total;
    }

    private static void add(double[][] from, double[][] to) {
        for (int a = 0; a < to.length; a++) {
            RowGroups.add(from[a], to[a]);
        }
    }
}
