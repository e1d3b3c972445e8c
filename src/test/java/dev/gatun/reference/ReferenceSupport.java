package dev.gatun.reference;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Whether marginals can be met on the support of a log-kernel, decided exactly by a maximal flow of the row masses to
 * the columns along the finite entries. This is the truth for the status of a Sinkhorn solve.
 */
public final class ReferenceSupport {

    /** What a scaling of the kernel can reach. */
    public enum Kind {
        /** Some plan has mass on every finite entry: the scaling exists and convergence is geometric. */
        SCALABLE,
        /** A plan exists, but some entry carries mass in none: the scaling is only a limit, convergence sublinear. */
        LIMIT_ONLY,
        /** No plan has these marginals. */
        INFEASIBLE
    }

    private static final double ROUNDING = 1e-12;

    private ReferenceSupport() {
    }

    /** Entries in rows or columns of zero mass do not count. */
    public static Kind classify(double[][] z, double[] mu, double[] nu) {
        double total = ReferenceMatrix.sum(mu);
        if (Math.abs(total - ReferenceMatrix.sum(nu)) > ROUNDING * total) {
            return Kind.INFEASIBLE;
        }
        double[][] flow = new double[mu.length][nu.length];
        double[] supply = mu.clone();
        double[] demand = nu.clone();
        double dust = ROUNDING * total / (mu.length + nu.length);
        while (augment(z, flow, supply, demand, dust)) {
        }
        if (ReferenceMatrix.sum(supply) > ROUNDING * total) {
            return Kind.INFEASIBLE;
        }
        return everyEntryCarries(z, mu, nu, flow, dust) ? Kind.SCALABLE : Kind.LIMIT_ONLY;
    }

    /** Sends mass along one shortest path from a row with supply to a column with demand; false when there is none. */
    private static boolean augment(double[][] z, double[][] flow, double[] supply, double[] demand, double dust) {
        int n = supply.length;
        int[] parents = search(z, flow, supply, dust);
        int end = -1;
        for (int j = 0; j < demand.length && end < 0; j++) {
            end = demand[j] > dust && parents[n + j] >= 0 ? n + j : -1;
        }
        if (end < 0) {
            return false;
        }
        double amount = demand[end - n];
        int start = end;
        for (; parents[start] != start; start = parents[start]) {
            amount = start < n ? Math.min(amount, flow[start][parents[start] - n]) : amount;
        }
        amount = Math.min(amount, supply[start]);
        supply[start] -= amount;
        demand[end - n] -= amount;
        for (int node = end; parents[node] != node; node = parents[node]) {
            if (node < n) {
                flow[node][parents[node] - n] -= amount;
            } else {
                flow[parents[node]][node - n] += amount;
            }
        }
        return true;
    }

    /** A cycle row -> column -> row through an entry moves mass onto it; without one every plan gives it the same. */
    private static boolean everyEntryCarries(double[][] z, double[] mu, double[] nu, double[][] flow, double dust) {
        for (int j = 0; j < nu.length; j++) {
            double[] start = new double[mu.length];
            for (int i = 0; i < mu.length; i++) {
                start[i] = flow[i][j] > dust ? 1 : 0;
            }
            int[] parents = search(z, flow, start, dust);
            for (int i = 0; i < mu.length && nu[j] > 0; i++) {
                boolean counts = mu[i] > 0 && z[i][j] != Double.NEGATIVE_INFINITY;
                if (counts && parents[i] < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Breadth first from the rows marked: rows reach columns by finite entries, columns the rows that send to them. */
    private static int[] search(double[][] z, double[][] flow, double[] marked, double dust) {
        int n = z.length;
        int columns = ReferenceMatrix.columns(z);
        int[] parents = new int[n + columns];
        Arrays.fill(parents, -1);
        Deque<Integer> queue = new ArrayDeque<>();
        for (int i = 0; i < n; i++) {
            if (marked[i] > dust) {
                parents[i] = i;
                queue.add(i);
            }
        }
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (int next = 0; next < n + columns; next++) {
                boolean edge = node < n
                        ? next >= n && z[node][next - n] != Double.NEGATIVE_INFINITY
                        : next < n && flow[next][node - n] > dust;
                if (edge && parents[next] < 0) {
                    parents[next] = node;
                    queue.add(next);
                }
            }
        }
        return parents;
    }
}
