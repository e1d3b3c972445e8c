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
 * The strongest cycles of a stationary current, found one after the other: the largest current is closed by the path back whose
 * smallest current is the largest, and the current of that cycle, the minimum over its edges, is subtracted from all its edges.
 *
 * <p>The currents of a stationary distribution have no divergence, so every current is part of a cycle; but a cycle may need currents
 * that are not among those given.
 */
final class Cycles {

    /** The part of a current at which its remainder counts as 0. */
    private static final double USED_UP = 1e-9;

    private final Map<Integer, List<Edge>> leaving = new HashMap<>();
    private final List<Edge> edges = new ArrayList<>();

    /** A current and its remainder. */
    private static final class Edge {
        private final Current current;
        private double left;

        Edge(Current current) {
            this.current = current;
            this.left = current.current();
        }
    }

    /** A token that a path of currents of at least {@code width} reaches, and its last edge. */
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
     * @param currents the largest currents: cycles with smaller ones may be missed
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

    /** Takes the cycle of the largest current that a path back closes; false if there is none. */
    private boolean takeNext(List<Cycle> found) {
        edges.sort(Comparator.comparingDouble((Edge edge) -> edge.left).reversed());
        for (Edge edge : edges) {
            if (edge.left <= USED_UP * edge.current.current()) {
                return false;
            }
            Deque<Edge> path = widestPath(edge.current.to(), edge.current.from());
            if (path != null) {
                path.addFirst(edge);
                found.add(take(path));
                return true;
            }
        }
        return false;
    }

    private static Cycle take(Deque<Edge> cycle) {
        double current = cycle.stream().mapToDouble(edge -> edge.left).min().orElseThrow();
        cycle.forEach(edge -> edge.left -= current);
        return new Cycle(cycle.stream().map(edge -> edge.current.from()).toList(), current,
                cycle.stream().mapToDouble(edge -> edge.current.affinity()).sum());
    }

    /** The path whose smallest current is the largest; null if there is none. */
    private Deque<Edge> widestPath(int from, int to) {
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
        Deque<Edge> path = new ArrayDeque<>();
        for (int token = to; token != from; token = path.getFirst().current.from()) {
            path.addFirst(by.get(token));
        }
        return path;
    }
}
