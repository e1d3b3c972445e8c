package dev.gatun.dynamics;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The strongly connected components of a directed graph, by two depth-first searches (Kosaraju; Sharir 1981), and their periods. */
final class StrongComponents {

    private final int size;
    private final int[][] followers;
    private final int[] component;
    private final int count;

    /** @param followers the ends of the edges that leave each node */
    StrongComponents(int[][] followers) {
        this.size = followers.length;
        this.followers = followers;
        this.component = new int[size];
        this.count = findComponents();
    }

    /**
     * The nodes of each component, ascending.
     *
     * @param open whether those components are meant that an edge leaves, or those that none leaves
     */
    List<int[]> members(boolean open) {
        boolean[] left = new boolean[count];
        for (int i = 0; i < size; i++) {
            for (int j : followers[i]) {
                left[component[i]] |= component[j] != component[i];
            }
        }
        List<int[]> members = new ArrayList<>();
        for (int c = 0; c < count; c++) {
            int wanted = c;
            if (left[c] == open) {
                members.add(IntStream.range(0, size).filter(i -> component[i] == wanted).toArray());
            }
        }
        return members;
    }

    /**
     * The greatest common divisor of the lengths of all cycles of a component, 1 if there is no cycle.
     *
     * <p>With the depths of a breadth-first search, every edge from i to j closes cycles of length {@code depth_i + 1 - depth_j}, up to
     * multiples of the period.
     *
     * @param nodes a component that no edge leaves
     */
    int period(int[] nodes) {
        int[] depth = new int[size];
        Arrays.fill(depth, -1);
        depth[nodes[0]] = 0;
        int period = 0;
        ArrayDeque<Integer> waiting = new ArrayDeque<>(List.of(nodes[0]));
        while (!waiting.isEmpty() && period != 1) {
            int i = waiting.poll();
            for (int j : followers[i]) {
                if (depth[j] < 0) {
                    depth[j] = depth[i] + 1;
                    waiting.add(j);
                } else {
                    period = greatestCommonDivisor(period, Math.abs(depth[i] + 1 - depth[j]));
                }
            }
        }
        return period == 0 ? 1 : period;
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }

    /** Numbers the components: a search against the edges, from each node in the reverse order in which the first search left it. */
    private int findComponents() {
        int[] order = finishingOrder();
        int[][] predecessors = predecessors();
        Arrays.fill(component, -1);
        int found = 0;
        for (int k = size - 1; k >= 0; k--) {
            if (component[order[k]] < 0) {
                fill(order[k], found++, predecessors);
            }
        }
        return found;
    }

    private void fill(int start, int number, int[][] predecessors) {
        ArrayDeque<Integer> waiting = new ArrayDeque<>(List.of(start));
        component[start] = number;
        while (!waiting.isEmpty()) {
            for (int i : predecessors[waiting.pop()]) {
                if (component[i] < 0) {
                    component[i] = number;
                    waiting.push(i);
                }
            }
        }
    }

    /** The nodes in the order in which a depth-first search leaves them. */
    private int[] finishingOrder() {
        int[] order = new int[size];
        int[] next = new int[size];
        boolean[] seen = new boolean[size];
        int finished = 0;
        ArrayDeque<Integer> path = new ArrayDeque<>();
        for (int start = 0; start < size; start++) {
            if (!seen[start]) {
                seen[start] = true;
                path.push(start);
            }
            while (!path.isEmpty()) {
                int i = path.peek();
                if (next[i] == followers[i].length) {
                    order[finished++] = path.pop();
                } else if (!seen[followers[i][next[i]++]]) {
                    int j = followers[i][next[i] - 1];
                    seen[j] = true;
                    path.push(j);
                }
            }
        }
        return order;
    }

    private int[][] predecessors() {
        int[] counts = new int[size];
        for (int[] row : followers) {
            for (int j : row) {
                counts[j]++;
            }
        }
        int[][] predecessors = new int[size][];
        Arrays.setAll(predecessors, j -> new int[counts[j]]);
        for (int i = size - 1; i >= 0; i--) {
            for (int j : followers[i]) {
                predecessors[j][--counts[j]] = i;
            }
        }
        return predecessors;
    }
}
