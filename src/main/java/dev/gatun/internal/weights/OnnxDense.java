package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxMatrix;
import dev.gatun.internal.onnx.OnnxNode;
import dev.gatun.internal.onnx.OnnxTensor;
import java.util.List;

/**
 * A dense layer of a graph: {@code MatMul} by a stored matrix with an {@code Add} of a stored vector, or {@code Gemm}.
 *
 * @param node   the product
 * @param input  the tensor that it is applied to, in whatever shape
 * @param output its result, with the bias, in whatever shape
 * @param matrix its weights
 * @param bias   its bias, or null
 */
record OnnxDense(OnnxNode node, String input, String output, OnnxMatrix matrix, OnnxTensor bias) {

    /** The dense layer whose product {@code node} is, or null. */
    static OnnxDense of(OnnxGraph graph, OnnxNode node) {
        if (node.is("Gemm")) {
            return ofGemm(graph, node);
        }
        OnnxMatrix matrix = node.is("MatMul") ? OnnxMatrix.of(graph, node.input(1)) : null;
        if (matrix == null || OnnxMatrix.of(graph, node.input(0)) != null) {
            return null;
        }
        String input = graph.entries(node.input(0));
        String product = graph.entries(node.output());
        List<OnnxNode> users = graph.users(product);
        if (users.size() == 1 && users.getFirst().is("Add")) {
            OnnxNode sum = users.getFirst();
            OnnxTensor bias = vector(graph, sum, product);
            if (bias != null) {
                return new OnnxDense(node, input, graph.entries(sum.output()), matrix, bias);
            }
        }
        return new OnnxDense(node, input, product, matrix, null);
    }

    private static OnnxDense ofGemm(OnnxGraph graph, OnnxNode node) {
        OnnxMatrix matrix = OnnxMatrix.of(graph, node.input(1));
        boolean plain = node.number("alpha", 1) == 1 && node.number("beta", 1) == 1 && node.integer("transA", 0) == 0;
        OnnxTensor bias = graph.constant(graph.entries(node.input(2)));
        if (matrix == null || !plain || bias == null && !node.input(2).isEmpty()) {
            return null;
        }
        return new OnnxDense(node, graph.entries(node.input(0)), graph.entries(node.output()),
                node.integer("transB", 0) == 0 ? matrix : matrix.transpose(), bias);
    }

    /** The stored vector that {@code sum} adds to {@code product}, or null. */
    private static OnnxTensor vector(OnnxGraph graph, OnnxNode sum, String product) {
        for (int i = 0; i < 2; i++) {
            OnnxTensor tensor = graph.constant(graph.entries(sum.input(i)));
            if (tensor != null && tensor.isFloatingPoint() && graph.entries(sum.input(1 - i)).equals(product)) {
                return tensor;
            }
        }
        return null;
    }
}
