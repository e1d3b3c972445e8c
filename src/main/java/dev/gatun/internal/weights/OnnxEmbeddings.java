package dev.gatun.internal.weights;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.onnx.OnnxAttribute;
import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxNode;
import dev.gatun.internal.onnx.OnnxTensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The embeddings whose normalised sum the first layer of a graph takes.
 *
 * @param word     the vectors of tokens
 * @param position of positions
 * @param type     of types of tokens, or the one of the only type, or null
 * @param norm     the normalisation of their sum
 */
record OnnxEmbeddings(OnnxTensor word, OnnxTensor position, OnnxTensor type, OnnxNorm norm) {

    private static final int MAX_ADDENDS = 16;
    private static final int MAX_NODES = 256;
    private static final int MAX_POSITIONS = 1 << 16;

    /** What a row of an embedding is chosen by. */
    private enum Index {
        TOKEN, TYPE, POSITION
    }

    /**
     * The embeddings that {@code norm} normalises the sum of, or null if it normalises something else. Of two that no input of the graph
     * chooses rows of, the larger one is that of positions.
     */
    static OnnxEmbeddings of(OnnxGraph graph, OnnxNorm norm) {
        OnnxTensor[] found = new OnnxTensor[Index.values().length];
        for (String addend : addends(graph, norm.input())) {
            OnnxNode node = graph.producer(addend);
            OnnxTensor constant = graph.constant(addend);
            OnnxTensor table = constant != null ? constant : node == null ? null : table(graph, node);
            if (table == null || !table.isFloatingPoint()) {
                return null;
            }
            Index index = constant != null ? constant(table) : node.is("Gather") ? index(graph, node, table) : Index.POSITION;
            if (index == Index.POSITION && found[index.ordinal()] != null && found[Index.TYPE.ordinal()] == null) {
                OnnxTensor other = found[index.ordinal()];
                boolean more = table.count() > other.count();
                found[index.ordinal()] = more ? table : other;
                found[Index.TYPE.ordinal()] = more ? other : table;
            } else if (found[index.ordinal()] != null) {
                throw graph.fault("is not a BERT encoder: the tensors %s and %s are both embeddings by %s",
                        Names.quote(found[index.ordinal()].name()), Names.quote(table.name()), index.name().toLowerCase(Locale.ROOT));
            } else {
                found[index.ordinal()] = table;
            }
        }
        if (found[Index.TOKEN.ordinal()] == null) {
            return null;
        }
        if (found[Index.POSITION.ordinal()] == null) {
            throw graph.fault("is not a BERT encoder: it has no position embeddings");
        }
        return new OnnxEmbeddings(found[Index.TOKEN.ordinal()], found[Index.POSITION.ordinal()], found[Index.TYPE.ordinal()], norm);
    }

    private static List<String> addends(OnnxGraph graph, String sum) {
        List<String> addends = new ArrayList<>();
        Deque<String> open = new ArrayDeque<>(List.of(sum));
        while (!open.isEmpty() && addends.size() + open.size() <= MAX_ADDENDS) {
            String name = graph.entries(open.pop());
            OnnxNode node = graph.producer(name);
            if (node != null && node.is("Add")) {
                open.push(node.input(0));
                open.push(node.input(1));
            } else {
                addends.add(name);
            }
        }
        return open.isEmpty() ? addends : List.of(sum);
    }

    /** The stored table that a node takes rows of, or null. */
    private static OnnxTensor table(OnnxGraph graph, OnnxNode node) {
        requireFromFirst(graph, node);
        boolean rows = node.is("Gather") && node.integer("axis", 0) == 0 || node.is("Slice") || node.is("Expand");
        return rows ? graph.constant(graph.entries(node.input(0))) : null;
    }

    /** A constant addend is a vector of the only type, or the vectors of all positions. */
    private static Index constant(OnnxTensor table) {
        return table.trailingSizes(1).length == 1 ? Index.TYPE : Index.POSITION;
    }

    private static Index index(OnnxGraph graph, OnnxNode gather, OnnxTensor table) {
        Set<String> inputs = inputs(graph, gather.input(1));
        String direct = graph.entries(gather.input(1));
        if (inputs.contains(direct)) {
            String name = direct.toLowerCase(Locale.ROOT);
            return name.contains("type") || name.contains("segment") ? Index.TYPE
                    : name.contains("position") ? Index.POSITION : Index.TOKEN;
        }
        if (!inputs.isEmpty()) {
            throw graph.fault("is not a BERT encoder: rows of %s are chosen by what is computed from the values of %s, as positions are "
                    + "in RoBERTa", Names.quote(table.name()), Names.quote(inputs.iterator().next()));
        }
        requireCounted(graph, gather.input(1), table);
        return Index.POSITION;
    }

    /** A slice, of positions or of their vectors, must begin with the first and leave none out. */
    private static void requireFromFirst(OnnxGraph graph, OnnxNode node) {
        if (node == null || !node.is("Slice")) {
            return;
        }
        long[] steps = graph.integers(node.input(4), MAX_ADDENDS);
        for (int i = 0; steps != null && i < steps.length; i++) {
            if (steps[i] != 1) {
                throw graph.fault("is not a BERT encoder: positions are %d apart, by %s", steps[i], node);
            }
        }
        OnnxAttribute attribute = node.attribute("starts");
        long[] starts = attribute == null ? graph.integers(node.input(1), MAX_ADDENDS) : attribute.integers();
        for (int i = 0; starts != null && i < starts.length; i++) {
            if (starts[i] != 0) {
                throw graph.fault("is not a BERT encoder: positions begin at %d, by %s", starts[i], node);
            }
        }
    }

    /** Positions that are stored must be 0, 1, 2, ... */
    private static void requireCounted(OnnxGraph graph, String indices, OnnxTensor table) {
        OnnxNode part = graph.producer(graph.entries(indices));
        requireFromFirst(graph, part);
        String stored = part != null && part.is("Slice") ? part.input(0) : indices;
        long[] positions = graph.integers(stored, MAX_POSITIONS);
        if (positions == null && graph.isStored(stored)) {
            throw graph.fault("is not a BERT encoder: the rows of %s for tokens are stored in a form that is not read",
                    Names.quote(table.name()));
        }
        for (int i = 0; positions != null && i < positions.length; i++) {
            if (positions[i] != i) {
                throw graph.fault("is not a BERT encoder: the row of %s for token %d is %d", Names.quote(table.name()), i, positions[i]);
            }
        }
    }

    /** The inputs of the graph that a tensor depends on by their values, not by their shapes alone. */
    private static Set<String> inputs(OnnxGraph graph, String tensor) {
        Set<String> inputs = new HashSet<>();
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(tensor));
        while (!open.isEmpty()) {
            if (seen.size() == MAX_NODES) {
                throw graph.fault("is not a BERT encoder: %s is computed by %d nodes or more", Names.quote(tensor), MAX_NODES);
            }
            String name = graph.entries(open.pop());
            OnnxNode node = graph.producer(name);
            if (node == null && graph.constant(name) == null) {
                inputs.add(name);
            }
            if (node != null && !OnnxGraph.SHAPES.contains(node.operator()) && seen.add(name)) {
                node.pushInputs(open);
            }
        }
        return inputs;
    }
}
