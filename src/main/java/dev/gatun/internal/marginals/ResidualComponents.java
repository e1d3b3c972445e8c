package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.VisiblePairs;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * The strongly connected components (Kosaraju) of the residual graph of a flow, in which a row leads to every column that it sees, and
 * a column to every row that it has mass from. A visible pair between two of them carries mass in no coupling. Edges of rows are the
 * bits of the visible pairs: they are not listed, for a head may have millions.
 */
final class ResidualComponents {

    private static final int NONE = -1;

    private final VisiblePairs pairs;
    private final VisiblePairs transposed;
    private final PairFlow flow;
    private final double[] mu;
    private final double[] nu;
    private final double rounding;
    private final int n;
    private final int[] component;
    private final boolean[] seen;
    private final long[] unseenColumns;
    private final long[] unassignedRows;
    private final int[] place;
    private final int[] order;
    private int finished;

    /** @param rounding the part of the lesser mass of its row and column up to which a flow counts as 0 */
    ResidualComponents(VisiblePairs pairs, VisiblePairs transposed, PairFlow flow, double[] mu, double[] nu, double rounding) {
        this.pairs = pairs;
        this.transposed = transposed;
        this.flow = flow;
        this.mu = mu;
        this.nu = nu;
        this.rounding = rounding;
        this.n = mu.length;
        this.component = new int[n + nu.length];
        this.seen = new boolean[component.length];
        this.unseenColumns = VisiblePairs.all(nu.length);
        this.unassignedRows = VisiblePairs.all(n);
        this.place = new int[component.length];
        this.order = new int[component.length];
    }

    /** The component of every row, and then of every column. */
    int[] find() {
        for (int start = 0; start < seen.length; start++) {
            visit(start);
        }
        Arrays.fill(component, NONE);
        for (int k = order.length - 1; k >= 0; k--) {
            if (component[order[k]] == NONE) {
                assignPredecessors(order[k]);
            }
        }
        return component;
    }

    private void visit(int start) {
        ArrayDeque<Integer> path = new ArrayDeque<>();
        for (int node = enter(start, path); node != NONE; node = path.isEmpty() ? NONE : path.peek()) {
            int next = successor(node);
            if (next == NONE) {
                order[finished++] = path.pop();
            } else {
                enter(next, path);
            }
        }
    }

    private int enter(int node, ArrayDeque<Integer> path) {
        if (seen[node]) {
            return NONE;
        }
        seen[node] = true;
        if (node >= n) {
            VisiblePairs.remove(unseenColumns, node - n);
        }
        path.push(node);
        return node;
    }

    /** The next unseen successor of a node, or {@link #NONE}. */
    private int successor(int node) {
        if (node < n) {
            int j = pairs.next(node, place[node], unseenColumns);
            place[node] = j;
            return j < nu.length ? n + j : NONE;
        }
        int j = node - n;
        while (place[node] < flow.rowCount(j)) {
            int i = flow.row(j, place[node]++);
            if (!seen[i] && carries(i, j)) {
                return i;
            }
        }
        return NONE;
    }

    /** Assigns the component {@code start} to its node and to every node without one that leads there. */
    private void assignPredecessors(int start) {
        ArrayDeque<Integer> waiting = new ArrayDeque<>();
        assign(start, start);
        waiting.add(start);
        while (!waiting.isEmpty()) {
            int node = waiting.poll();
            if (node < n) {
                for (int c = 0; c < flow.columnCount(node); c++) {
                    if (carries(node, flow.column(node, c))) {
                        take(n + flow.column(node, c), start, waiting);
                    }
                }
            } else {
                for (int i = transposed.next(node - n, 0, unassignedRows); i < n;
                        i = transposed.next(node - n, i + 1, unassignedRows)) {
                    take(i, start, waiting);
                }
            }
        }
    }

    private void take(int node, int number, ArrayDeque<Integer> waiting) {
        if (component[node] == NONE) {
            assign(node, number);
            waiting.add(node);
        }
    }

    private void assign(int node, int number) {
        component[node] = number;
        if (node < n) {
            VisiblePairs.remove(unassignedRows, node);
        }
    }

    private boolean carries(int i, int j) {
        return flow.amount(i, j) > rounding * Math.min(mu[i], nu[j]);
    }
}
