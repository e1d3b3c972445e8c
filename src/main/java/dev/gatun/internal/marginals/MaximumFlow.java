package dev.gatun.internal.marginals;

import dev.gatun.kernel.pack.VisiblePairs;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * A maximum flow of mass from rows to columns along visible pairs (Edmonds and Karp 1972). One augmenting path takes
 * {@code O(N M / 64)}, and there are about N + M of them.
 */
final class MaximumFlow {

    /** Masses below this part of their row or column may be the rounding of others. */
    private static final double NEGLIGIBLE = 1e-12;

    private static final int NONE = -1;

    private final VisiblePairs pairs;
    private final double[] mu;
    private final double[] nu;
    private final double[] supply;
    private final double[] demand;
    private final PairFlow flow;
    private final int[] reachedBy;
    private final int[] takenFrom;

    /**
     * Computes the flow.
     *
     * @param mu row masses
     * @param nu column masses, of the same total
     */
    MaximumFlow(VisiblePairs pairs, double[] mu, double[] nu) {
        this.pairs = pairs;
        this.mu = mu;
        this.nu = nu;
        this.supply = mu.clone();
        this.demand = nu.clone();
        this.flow = new PairFlow(mu.length, nu.length);
        this.reachedBy = new int[nu.length];
        this.takenFrom = new int[mu.length];
        fill();
        while (augment()) {
            // Each path moves more mass.
        }
    }

    /** The flow. */
    PairFlow flow() {
        return flow;
    }

    /** Whether the flow leaves mass on row i. */
    boolean leaves(int i) {
        return supply[i] > NEGLIGIBLE * mu[i];
    }

    /**
     * The rows reachable from row {@code start}, to columns that it sees and back to the rows that these have mass from; null if a column
     * with demand is reachable.
     */
    boolean[] reachableRows(int start) {
        ArrayDeque<Integer> waiting = new ArrayDeque<>();
        boolean[] seen = new boolean[mu.length];
        Arrays.fill(reachedBy, NONE);
        waiting.add(start);
        seen[start] = true;
        return search(waiting, seen) == NONE ? seen : null;
    }

    /** Whether the last {@link #reachableRows} reached column j. */
    boolean reachesColumn(int j) {
        return reachedBy[j] != NONE;
    }

    /** Moves mass greedily, without moving any back. */
    private void fill() {
        for (int i = 0; i < mu.length; i++) {
            for (int j = pairs.next(i, 0); j < nu.length && supply[i] > 0; j = pairs.next(i, j + 1)) {
                double amount = Math.min(supply[i], demand[j]);
                if (amount > 0) {
                    supply[i] -= amount;
                    demand[j] -= amount;
                    flow.add(i, j, amount);
                }
            }
        }
    }

    /** Moves mass along a shortest path from a row with supply to a column with demand; false if there is none. */
    private boolean augment() {
        ArrayDeque<Integer> waiting = new ArrayDeque<>();
        Arrays.fill(reachedBy, NONE);
        Arrays.fill(takenFrom, NONE);
        boolean[] seen = new boolean[mu.length];
        for (int i = 0; i < mu.length; i++) {
            if (leaves(i)) {
                waiting.add(i);
                seen[i] = true;
            }
        }
        int end = search(waiting, seen);
        if (end == NONE) {
            return false;
        }
        move(end);
        return true;
    }

    /** The first column with demand that the waiting rows reach, breadth first, or {@link #NONE}. */
    private int search(ArrayDeque<Integer> waiting, boolean[] seen) {
        long[] unvisited = VisiblePairs.all(nu.length);
        while (!waiting.isEmpty()) {
            int i = waiting.poll();
            for (int j = pairs.next(i, 0, unvisited); j < nu.length; j = pairs.next(i, j + 1, unvisited)) {
                VisiblePairs.remove(unvisited, j);
                reachedBy[j] = i;
                if (demand[j] > NEGLIGIBLE * nu[j]) {
                    return j;
                }
                for (int r = 0; r < flow.rowCount(j); r++) {
                    int other = flow.row(j, r);
                    if (!seen[other]) {
                        seen[other] = true;
                        takenFrom[other] = j;
                        waiting.add(other);
                    }
                }
            }
        }
        return NONE;
    }

    private void move(int end) {
        double amount = demand[end];
        int j = end;
        int i = reachedBy[j];
        while (takenFrom[i] != NONE) {
            amount = Math.min(amount, flow.amount(i, takenFrom[i]));
            j = takenFrom[i];
            i = reachedBy[j];
        }
        amount = Math.min(amount, supply[i]);
        supply[i] -= amount;
        demand[end] -= amount;
        j = end;
        while (j != NONE) {
            i = reachedBy[j];
            flow.add(i, j, amount);
            j = takenFrom[i];
            if (j != NONE) {
                flow.add(i, j, -amount);
            }
        }
    }
}
