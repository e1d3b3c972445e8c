package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The dense layers and the layer normalisations of a graph, by the tensors that they take and give. */
final class OnnxBlocks {

    /** Dense layers of one input that are kept: queries, keys and values are three. */
    private static final int MAX_LAYERS = 8;

    private final OnnxGraph graph;
    private final Map<String, OnnxDense> denseByOutput = new HashMap<>();
    private final Map<String, List<OnnxDense>> denseByInput = new HashMap<>();
    private final Map<String, OnnxNorm> normByInput = new HashMap<>();
    private final Map<String, OnnxNorm> normByOutput = new HashMap<>();

    OnnxBlocks(OnnxGraph graph) {
        this.graph = graph;
        for (OnnxNode node : graph.nodes()) {
            OnnxDense dense = OnnxDense.of(graph, node);
            if (dense != null) {
                denseByOutput.put(dense.output(), dense);
                List<OnnxDense> layers = denseByInput.get(dense.input());
                if (layers == null) {
                    layers = new ArrayList<>(1);
                    denseByInput.put(dense.input(), layers);
                }
                if (layers.size() < MAX_LAYERS) {
                    layers.add(dense);
                }
            }
            OnnxNorm norm = OnnxNorm.of(graph, node);
            if (norm != null) {
                normByInput.put(norm.input(), norm);
                normByOutput.put(norm.output(), norm);
            }
        }
    }

    OnnxGraph graph() {
        return graph;
    }

    /** The dense layer that gives a tensor, or null. */
    OnnxDense denseTo(String output) {
        return denseByOutput.get(graph.entries(output));
    }

    /** The dense layers that take a tensor. */
    List<OnnxDense> denseFrom(String input) {
        return denseByInput.getOrDefault(graph.entries(input), List.of());
    }

    /** The normalisation that takes a tensor, or null. */
    OnnxNorm normFrom(String input) {
        return normByInput.get(graph.entries(input));
    }

    /** The normalisation that gives a tensor, or null. */
    OnnxNorm normTo(String output) {
        return normByOutput.get(graph.entries(output));
    }

    /** A fault of a graph that is of another kind. */
    RuntimeException unsupported(String format, Object... arguments) {
        return graph.fault("is not a BERT encoder: " + format, arguments);
    }
}
