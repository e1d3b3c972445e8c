package dev.gatun.spectral;

import java.util.Arrays;
import java.util.TreeMap;

/**
 * A directed graph with edge weights {@code w_ij} of at least 0, for
 * {@link MagneticMap#of(DirectedGraph, double, MagneticConvention, Eigenpairs)}. Immutable.
 */
public final class DirectedGraph {

    private final int size;
    private final TreeMap<Long, Double> weights = new TreeMap<>();

    private DirectedGraph(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a graph must have at least 1 node, not " + size);
        }
        this.size = size;
    }

    /**
     * A graph from a list of edges. The weights of repeated edges are added.
     *
     * @param size    the number of nodes
     * @param from    the node at which each edge starts
     * @param to      the node at which each edge ends
     * @param weights the weight of each edge; null for 1
     * @return the graph
     * @throws IllegalArgumentException if the lists differ in length, a node does not exist, a weight is negative or not finite, or a sum
     *                                  of weights overflows
     */
    public static DirectedGraph ofEdges(int size, int[] from, int[] to, double[] weights) {
        DirectedGraph graph = new DirectedGraph(size);
        if (from.length != to.length || weights != null && weights.length != from.length) {
            throw new IllegalArgumentException("edges need as many starts, ends and weights; there are %s, %s and %s".formatted(
                    from.length, to.length, weights == null ? "none" : weights.length));
        }
        for (int e = 0; e < from.length; e++) {
            graph.add(from[e], to[e], weights == null ? 1 : weights[e]);
        }
        return graph;
    }

    /**
     * A graph from its weight matrix.
     *
     * @param weights {@code weights[i][j]}, the weight of the edge from node i to node j; 0 for no edge
     * @return the graph
     * @throws IllegalArgumentException if the matrix is not square, or a weight is negative or not finite
     */
    public static DirectedGraph ofMatrix(double[][] weights) {
        DirectedGraph graph = new DirectedGraph(weights.length);
        for (int i = 0; i < weights.length; i++) {
            if (weights[i].length != weights.length) {
                throw new IllegalArgumentException("row %s has %s weights; expected %s".formatted(i, weights[i].length,
                        weights.length));
            }
            for (int j = 0; j < weights.length; j++) {
                graph.add(i, j, weights[i][j]);
            }
        }
        return graph;
    }

    private void add(int from, int to, double weight) {
        if (from < 0 || from >= size || to < 0 || to >= size) {
            throw new IllegalArgumentException("edge %s -> %s leaves the graph of %s nodes".formatted(from, to, size));
        }
        if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("the weight of edge %s -> %s must be at least 0 and finite, not %s".formatted(from,
                    to, weight));
        }
        if (weight > 0 && weights.merge(key(from, to), weight, Double::sum) == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("the weights of edge %s -> %s add up to more than a float64 holds".formatted(from,
                    to));
        }
    }

    private long key(int from, int to) {
        return (long) from * size + to;
    }

    /**
     * The number of nodes.
     *
     * @return N
     */
    public int size() {
        return size;
    }

    /** The weight of an edge, 0 if there is none. */
    double weight(int from, int to) {
        return weights.getOrDefault(key(from, to), 0.0);
    }

    /** The nodes that an edge in either direction joins with each node, ascending. */
    int[][] neighbours() {
        int[] counts = new int[size];
        int[][] neighbours = new int[size][4];
        for (long key : weights.keySet()) {
            int from = (int) (key / size);
            int to = (int) (key % size);
            append(neighbours, counts, from, to);
            if (weight(to, from) == 0) {
                append(neighbours, counts, to, from);
            }
        }
        for (int i = 0; i < size; i++) {
            neighbours[i] = Arrays.copyOf(neighbours[i], counts[i]);
            Arrays.sort(neighbours[i]);
        }
        return neighbours;
    }

    private static void append(int[][] lists, int[] counts, int at, int element) {
        if (counts[at] == lists[at].length) {
            lists[at] = Arrays.copyOf(lists[at], 2 * counts[at]);
        }
        lists[at][counts[at]++] = element;
    }
}
