package dev.gatun.internal.marginals;

import java.util.Arrays;

/** The connected components of a bipartite graph of rows and columns, by union-find over its edges. */
public final class Components {

    /** The component of a row or column without edges. */
    public static final int NONE = -1;

    private final int rows;
    private final int[] parent;
    private int count;

    /** @param nodes the number of rows and columns that may have edges */
    public Components(int rows, int columns, int nodes) {
        this.rows = rows;
        this.count = nodes;
        this.parent = new int[rows + columns];
        Arrays.setAll(parent, i -> i);
    }

    /** Adds an edge. */
    public void connect(int row, int column) {
        int a = root(row);
        int b = root(rows + column);
        if (a != b) {
            parent[Math.max(a, b)] = Math.min(a, b);
            count--;
        }
    }

    /** Whether all rows and columns that may have edges are connected, so that more edges change nothing. */
    public boolean connected() {
        return count == 1;
    }

    private int root(int i) {
        int at = i;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    /** The component of every row and then of every column, numbered from 0 on; {@link #NONE} for one without edges. */
    public int[] labels() {
        int[] label = new int[parent.length];
        int[] size = new int[parent.length];
        for (int i = 0; i < parent.length; i++) {
            size[root(i)]++;
        }
        int labels = 0;
        for (int i = 0; i < parent.length; i++) {
            int root = root(i);
            if (root == i) {
                label[i] = size[i] > 1 ? labels++ : NONE;
            } else {
                label[i] = label[root];
            }
        }
        return label;
    }
}
