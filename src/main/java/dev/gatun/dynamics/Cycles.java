package dev.gatun.dynamics;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The strongest cycles of a stationary current. The largest current is closed by the way back whose least current is the largest;
 * what runs along all of that cycle is taken off, and the next one is found in what is left. Currents of a stationary distribution run in
 * circles only, so there is a way back, though perhaps along currents that are not among those given.
 */
final class Cycles {

    /** What is left of a current beside what it was when it counts as used up. */
    private static final double USED_UP = 1e-9;

    private final Map<Integer, List<Edge>> leaving = new HashMap<>();
    private final List<Edge> edges = new ArrayList<>();

    /** A current and what is left of it. */
    private static final class Edge {
        private final Current current;
        private double left;

        Edge(Current current) {
            this.current = current;
            this.left = current.current();
        }
    }

    /** A token that can be come to along currents of at least {@code width}, the last of them {@code by}. */
    private record Reached(int token, double width, Edge by) {
    }

    private Cycles(List<Current> currents) {
        for (Current current : currents) {
            Edge edge = new Edge(current);
            edges.add(edge);
            leaving.computeIfAbsent(current.from(), token -> new ArrayList<>()).add(edge);
        }
    }

    /**
     * Up to {@code count} cycles, in the order in which they are found.
     *
     * @param currents the largest ones: cycles weaker than the least of them may be missed
     */
    static List<Cycle> strongest(List<Current> currents, int count) {
        Cycles cycles = new Cycles(currents);
        List<Cycle> found = new ArrayList<>();
        boolean more = true;
        while (more && found.size() < count) {
            more = cycles.takeNext(found);
        }
        return found;
    }

    /** Takes the cycle of the largest current that has a way back; whether there was one with any. */
    private boolean takeNext(List<Cycle> found) {
        edges.sort(Comparator.comparingDouble((Edge edge) -> edge.left).reversed());
        for (Edge edge : edges) {
            if (edge.left <= USED_UP * edge.current.current()) {
                return false;
            }
            Deque<Edge> way = widestWay(edge.current.to(), edge.current.from());
            if (way != null) {
                way.addFirst(edge);
                found.add(take(way));
                return true;
            }
        }
        return false;
    }

    private static Cycle take(Deque<Edge> way) {
        double current = way.stream().mapToDouble(edge -> edge.left).min().orElseThrow();
        way.forEach(edge -> edge.left -= current);
        return new Cycle(way.stream().map(edge -> edge.current.from()).toList(), current,
                way.stream().mapToDouble(edge -> edge.current.affinity()).sum());
    }

    /** The way whose least current is the largest; null if there is none. */
    private Deque<Edge> widestWay(int from, int to) {
        Map<Integer, Edge> by = new HashMap<>();
        PriorityQueue<Reached> next = new PriorityQueue<>(
                Comparator.comparingDouble(Reached::width).reversed().thenComparingInt(Reached::token));
        next.add(new Reached(from, Double.POSITIVE_INFINITY, null));
        while (!next.isEmpty() && !by.containsKey(to)) {
            Reached reached = next.poll();
            if (by.containsKey(reached.token())) {
                continue;
            }
            by.put(reached.token(), reached.by());
            for (Edge edge : leaving.getOrDefault(reached.token(), List.of())) {
                if (edge.left > USED_UP * edge.current.current()) {
                    next.add(new Reached(edge.current.to(), Math.min(reached.width(), edge.left), edge));
                }
            }
        }
        if (!by.containsKey(to)) {
            return null;
        }
        Deque<Edge> way = new ArrayDeque<>();
        for (int token = to; token != from; token = way.getFirst().current.from()) {
            way.addFirst(by.get(token));
        }
        return way;
    }
}
