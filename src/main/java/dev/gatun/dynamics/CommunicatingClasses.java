package dev.gatun.dynamics;

import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.Lanes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The communicating classes of a chain: the sets of tokens that reach each other. No transition leaves a closed class; the chain ends
 * in one of them, and its stationary distribution is unique if there is only one.
 *
 * @param closed  the tokens of each closed class, ascending
 * @param shares  the probability that a chain started at a uniformly random token ends in each closed class, if the structure alone
 *                determines it; NaN if it depends on the probabilities
 * @param periods the period of each closed class: the greatest common divisor of the lengths of its cycles
 * @param open    the tokens of each class that is not closed
 */
record CommunicatingClasses(List<int[]> closed, double[] shares, int[] periods, List<int[]> open) {

    /** The classes of a chain: from its entries if they are stored, otherwise from its mask. */
    static CommunicatingClasses of(LogTransitions chain) {
        if (!chain.isStored()) {
            return chain.patterned() ? ofGraph(chain) : ofIntervals(chain);
        }
        return full(chain) ? new CommunicatingClasses(List.of(IntStream.range(0, chain.size()).toArray()), new double[] {1},
                new int[] {1}, List.of()) : ofGraph(chain);
    }

    /** Whether every transition is possible. */
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

    /** The number of closed classes. */
    int count() {
        return closed.size();
    }

    /** The largest period of a closed class. */
    int period() {
        return Arrays.stream(periods).max().orElseThrow();
    }

    private static CommunicatingClasses ofGraph(LogTransitions chain) {
        int size = chain.size();
        int[][] followers = new int[size][];
        for (int i = 0; i < size; i++) {
            followers[i] = followers(chain, i);
        }
        StrongComponents components = new StrongComponents(followers);
        List<int[]> closed = components.members(false);
        List<int[]> open = components.members(true);
        closed.sort((a, b) -> Integer.compare(a[0], b[0]));
        double[] shares = new double[closed.size()];
        Arrays.setAll(shares, c -> open.isEmpty() ? closed.get(c).length / (double) size : closed.size() == 1 ? 1 : Double.NaN);
        return new CommunicatingClasses(closed, shares, closed.stream().mapToInt(components::period).toArray(), open);
    }

    /** The tokens that may follow token i, ascending. */
    private static int[] followers(LogTransitions chain, int i) {
        if (!chain.isStored()) {
            return IntStream.iterate(chain.nextFollower(i, 0), j -> j < chain.size(), j -> chain.nextFollower(i, j + 1)).toArray();
        }
        double[] row = chain.row(i);
        return IntStream.range(0, row.length).filter(j -> row[j] > Double.NEGATIVE_INFINITY).toArray();
    }

    /**
     * The classes of a chain whose mask lets each token see an interval of tokens, with bounds that do not decrease from token to token:
     * the tokens that a token reaches in any number of steps are then an interval as well.
     */
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

    /** The first and one past the last token that token i reaches. */
    private static int[] reach(LogTransitions chain, int i) {
        int start = i;
        int end = i + 1;
        while (chain.firstFollower(start) < start || chain.endFollower(end - 1) > end) {
            start = Math.min(start, chain.firstFollower(start));
            end = Math.max(end, chain.endFollower(end - 1));
        }
        return new int[] {start, end};
    }
}
