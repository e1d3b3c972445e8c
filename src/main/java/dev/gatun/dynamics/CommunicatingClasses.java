package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The communicating classes of a chain: tokens that lead to each other. Closed ones lead to no token outside: a chain ends in one of
 * them, and its stationary distribution is unique if there is one alone.
 *
 * @param members the tokens of each closed class, ascending
 * @param share   the part of all tokens, taken at random, from which a chain ends in it, where that is a matter of structure alone;
 *                NaN where it is one of probabilities
 * @param periods the greatest common divisor of the lengths of its cycles
 * @param open    the tokens of each class that is not closed
 */
record CommunicatingClasses(List<int[]> members, double[] share, int[] periods, List<int[]> open) {

    /** Those of a chain: by its entries where they are kept, else by what its tokens see. */
    static CommunicatingClasses of(LogTransitions chain) {
        if (!chain.isStored()) {
            return chain.patterned() ? new Search(chain).classes() : ofIntervals(chain);
        }
        return full(chain) ? new CommunicatingClasses(List.of(IntStream.range(0, chain.size()).toArray()), new double[] {1},
                new int[] {1}, List.of()) : new Search(chain).classes();
    }

    /** Whether each token may follow each. */
    private static boolean full(LogTransitions chain) {
        int size = chain.size();
        boolean[] whole = new boolean[chain.blocks()];
        chain.leaving((block, strip, from, scratch) -> {
            int rows = Math.min(Lanes.BLOCK, size - block * Lanes.BLOCK);
            boolean all = true;
            for (int j = 0, at = from; j < size && all; j++, at += Lanes.BLOCK) {
                for (int r = 0; r < rows; r++) {
                    all &= strip[at + r] > Double.NEGATIVE_INFINITY;
                }
            }
            whole[block] = all;
        });
        return IntStream.range(0, whole.length).allMatch(block -> whole[block]);
    }

    /** The number of closed ones. */
    int count() {
        return members.size();
    }

    /** The greatest of their periods. */
    int period() {
        return Arrays.stream(periods).max().orElseThrow();
    }

    /** Whether every token leads to each other. */
    boolean whole() {
        return count() == 1 && open.isEmpty();
    }

    /** Tokens see tokens in a row, later ones neither from nor to earlier: what they lead to in the end is a row of them as well. */
    private static CommunicatingClasses ofIntervals(LogTransitions chain) {
        int size = chain.size();
        List<int[]> closed = new ArrayList<>();
        List<int[]> open = new ArrayList<>();
        for (int i = 0, end; i < size; i = end) {
            int[] reach = reach(chain, i);
            end = i + 1;
            while (end < size && Arrays.equals(reach, reach(chain, end))) {
                end++;
            }
            (reach[0] == i && reach[1] == end ? closed : open).add(IntStream.range(i, end).toArray());
        }
        double[] shares = new double[closed.size()];
        for (int c = 0; c < shares.length; c++) {
            int end = c + 1 < shares.length ? closed.get(c + 1)[0] : size;
            shares[c] = (end - closed.get(c)[0]) / (double) size;
        }
        int[] periods = closed.stream().mapToInt(tokens -> chain.zeroDiagonal() && tokens.length == 2 ? 2 : 1).toArray();
        return new CommunicatingClasses(closed, shares, periods, open);
    }

    private static int[] reach(LogTransitions chain, int i) {
        int start = i;
        int end = i + 1;
        while (chain.firstFollower(start) < start || chain.endFollower(end - 1) > end) {
            start = Math.min(start, chain.firstFollower(start));
            end = Math.max(end, chain.endFollower(end - 1));
        }
        return new int[] {start, end};
    }

    /** Finds strongly connected components by two searches (Kosaraju), and keeps those that nothing leaves. */
    private static final class Search {
        private final int size;
        private final int[][] followers;
        private final int[] component;

        Search(LogTransitions chain) {
            this.size = chain.size();
            this.followers = new int[size][];
            for (int i = 0; i < size; i++) {
                followers[i] = followers(chain, i);
            }
            this.component = new int[size];
        }

        private static int[] followers(LogTransitions chain, int i) {
            if (!chain.isStored()) {
                return IntStream.iterate(chain.nextFollower(i, 0), j -> j < chain.size(), j -> chain.nextFollower(i, j + 1)).toArray();
            }
            double[] row = chain.row(i);
            return IntStream.range(0, row.length).filter(j -> row[j] > Double.NEGATIVE_INFINITY).toArray();
        }

        CommunicatingClasses classes() {
            int count = findComponents();
            boolean[] open = new boolean[count];
            for (int i = 0; i < size; i++) {
                for (int j : followers[i]) {
                    open[component[i]] |= component[j] != component[i];
                }
            }
            List<int[]> members = new ArrayList<>();
            List<int[]> others = new ArrayList<>();
            for (int c = 0; c < count; c++) {
                int wanted = c;
                (open[c] ? others : members).add(IntStream.range(0, size).filter(i -> component[i] == wanted).toArray());
            }
            members.sort((a, b) -> Integer.compare(a[0], b[0]));
            double[] shares = new double[members.size()];
            Arrays.setAll(shares, c -> others.isEmpty() ? members.get(c).length / (double) size : members.size() == 1 ? 1 : Double.NaN);
            return new CommunicatingClasses(members, shares, members.stream().mapToInt(this::period).toArray(), others);
        }

        private int findComponents() {
            int[] order = finishingOrder();
            int[][] leading = reversed();
            Arrays.fill(component, -1);
            int count = 0;
            for (int k = size - 1; k >= 0; k--) {
                if (component[order[k]] < 0) {
                    fill(order[k], count++, leading);
                }
            }
            return count;
        }

        private void fill(int start, int number, int[][] leading) {
            ArrayDeque<Integer> waiting = new ArrayDeque<>(List.of(start));
            component[start] = number;
            while (!waiting.isEmpty()) {
                for (int i : leading[waiting.pop()]) {
                    if (component[i] < 0) {
                        component[i] = number;
                        waiting.push(i);
                    }
                }
            }
        }

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

        private int[][] reversed() {
            int[] counts = new int[size];
            for (int[] row : followers) {
                for (int j : row) {
                    counts[j]++;
                }
            }
            int[][] leading = new int[size][];
            Arrays.setAll(leading, j -> new int[counts[j]]);
            for (int i = size - 1; i >= 0; i--) {
                for (int j : followers[i]) {
                    leading[j][--counts[j]] = i;
                }
            }
            return leading;
        }

        /** Of a breadth-first search, every edge closes cycles of length {@code depth_i + 1 - depth_j}, up to multiples. */
        private int period(int[] tokens) {
            int[] depth = new int[size];
            Arrays.fill(depth, -1);
            depth[tokens[0]] = 0;
            int period = 0;
            ArrayDeque<Integer> waiting = new ArrayDeque<>(List.of(tokens[0]));
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
    }
}
