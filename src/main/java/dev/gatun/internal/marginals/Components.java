package dev.gatun.internal.marginals;

import java.util.Arrays;

/** The connected components of a bipartite graph of rows and columns, found edge by edge. */
public final class Components {

    /** The component of a row or column without edges. */
    public static final int NONE = -1;

    private final int rows;
    private final int[] parent;
    private int parts;

    /** @param ends rows and columns that may have edges */
    public Components(int rows, int columns, int ends) {
        this.rows = rows;
        this.parts = ends;
        this.parent = new int[rows + columns];
        Arrays.setAll(parent, i -> i);
    }

    /** Adds an edge. */
    public void connect(int row, int column) {
        int a = root(row);
        int b = root(rows + column);
        if (a != b) {
            parent[Math.max(a, b)] = Math.min(a, b);
            parts--;
        }
    }

    /** Whether all that may have edges is connected, so that more of them change nothing. */
    public boolean connected() {
        return parts == 1;
    }

    private int root(int i) {
        int at = i;
        while (parent[at] != at) {
            parent[at] = parent[parent[at]];
            at = parent[at];
        }
        return at;
    }

    /** The numbers of the components from 0 on, of the rows and then of the columns; {@link #NONE} for one without edges. */
    public int[] labels() {
        int[] label = new int[parent.length];
        int[] size = new int[parent.length];
        for (int i = 0; i < parent.length; i++) {
            size[root(i)]++;
        }
        int count = 0;
        for (int i = 0; i < parent.length; i++) {
            int root = root(i);
            if (root == i) {
                label[i] = size[i] > 1 ? count++ : NONE;
            } else {
                label[i] = label[root];
            }
        }
        return label;
    }
}
