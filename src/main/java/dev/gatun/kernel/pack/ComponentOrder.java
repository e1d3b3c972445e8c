package dev.gatun.kernel.pack;

/**
 * The order of components in packed vectors. In each full group of {@value #GROUP} components, component c of the group is at place
 * {@code c % 4 * 4 + c / 4}: the order of four vectors of 16 lanes after each of their fours is transposed. Components that fill no group
 * keep their place. Both sides of an inner product have the same order, and products are summed in the order of places.
 */
public final class ComponentOrder {

    /** Components of a group. */
    static final int GROUP = 16;

    private ComponentOrder() {
    }

    /** The place of component {@code c} of d. */
    static int place(int c, int d) {
        int group = c - c % GROUP;
        return group + GROUP > d ? c : group + c % 4 * 4 + c % GROUP / 4;
    }

    /** The components of vectors of d in the order of their places, which is that of the sums of inner products. */
    public static int[] of(int d) {
        int[] order = new int[d];
        for (int c = 0; c < d; c++) {
            order[place(c, d)] = c;
        }
        return order;
    }
}
