package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.OnnxAttribute;
import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxNode;
import dev.gatun.internal.onnx.OnnxTensor;
import java.util.List;

/**
 * A layer normalisation of a graph: the node {@code LayerNormalization}, or the mean, the deviations from it and their root mean square
 * in nodes of their own.
 *
 * @param input   the tensor that is normalised
 * @param output  the result
 * @param gain    the factor of each component
 * @param shift   what is added to each component
 * @param epsilon what is added to the variance
 */
record OnnxNorm(String input, String output, OnnxTensor gain, OnnxTensor shift, double epsilon) {

    private static final float DEFAULT_EPSILON = 1e-5f;

    /** The normalisation that {@code node} is, or whose deviations from the mean it computes; null if it is none. */
    static OnnxNorm of(OnnxGraph graph, OnnxNode node) {
        if (node.operator().equals("LayerNormalization") && (node.isStandard() || node.domain().equals("com.microsoft"))) {
            OnnxTensor gain = graph.constant(graph.entries(node.input(1)));
            OnnxTensor shift = graph.constant(graph.entries(node.input(2)));
            boolean last = isLast(node.integer("axis", -1));
            return gain == null || shift == null || !last ? null : new OnnxNorm(graph.entries(node.input(0)), graph.entries(node.output()),
                    gain, shift, decimal(node.number("epsilon", DEFAULT_EPSILON)));
        }
        String input = graph.entries(node.input(0));
        OnnxNode mean = node.is("Sub") ? graph.producer(node.input(1)) : null;
        return mean != null && isMean(graph, mean) && graph.entries(mean.input(0)).equals(input)
                ? ofDeviations(graph, input, graph.entries(node.output())) : null;
    }

    private static OnnxNorm ofDeviations(OnnxGraph graph, String input, String deviations) {
        for (OnnxNode quotient : graph.users(deviations)) {
            Double epsilon = quotient.is("Div") && graph.entries(quotient.input(0)).equals(deviations)
                    ? epsilon(graph, quotient.input(1), deviations) : null;
            if (epsilon != null) {
                return scaled(graph, input, graph.entries(quotient.output()), epsilon);
            }
        }
        return null;
    }

    /** What is added to the variance in the root that {@code name} is, or null. */
    private static Double epsilon(OnnxGraph graph, String name, String deviations) {
        OnnxNode root = graph.producer(name);
        OnnxNode sum = root != null && (root.is("Sqrt") || isHalfPower(graph, root)) ? graph.producer(root.input(0)) : null;
        if (sum == null || !sum.is("Add")) {
            return null;
        }
        for (int i = 0; i < 2; i++) {
            Double epsilon = graph.scalar(sum.input(i));
            OnnxNode mean = graph.producer(sum.input(1 - i));
            if (epsilon != null && mean != null && isMean(graph, mean) && isSquare(graph, graph.producer(mean.input(0)), deviations)) {
                return decimal(epsilon.floatValue());
            }
        }
        return null;
    }

    /** Whether a node takes the mean over components. Its axes are an attribute, or an input in newer models. */
    private static boolean isMean(OnnxGraph graph, OnnxNode node) {
        if (!node.is("ReduceMean")) {
            return false;
        }
        OnnxAttribute attribute = node.attribute("axes");
        long[] axes = attribute == null ? graph.integers(node.input(1), 2) : attribute.integers();
        return axes != null && axes.length == 1 && isLast(axes[0]);
    }

    /** Whether an axis of a batch of states is that of components. */
    private static boolean isLast(long axis) {
        return axis == -1 || axis == 2;
    }

    private static boolean isHalfPower(OnnxGraph graph, OnnxNode node) {
        Double exponent = node.is("Pow") ? graph.scalar(node.input(1)) : null;
        return exponent != null && exponent == 0.5;
    }

    private static boolean isSquare(OnnxGraph graph, OnnxNode node, String deviations) {
        if (node == null || !graph.entries(node.input(0)).equals(deviations)) {
            return false;
        }
        if (node.is("Mul")) {
            return graph.entries(node.input(1)).equals(deviations);
        }
        Double exponent = node.is("Pow") ? graph.scalar(node.input(1)) : null;
        return exponent != null && exponent == 2;
    }

    private static OnnxNorm scaled(OnnxGraph graph, String input, String normalised, double epsilon) {
        for (OnnxNode product : graph.users(normalised)) {
            OnnxTensor gain = product.is("Mul") ? other(graph, product, normalised) : null;
            String scaled = graph.entries(product.output());
            for (OnnxNode sum : gain == null ? List.<OnnxNode>of() : graph.users(scaled)) {
                OnnxTensor shift = sum.is("Add") ? other(graph, sum, scaled) : null;
                if (shift != null) {
                    return new OnnxNorm(input, graph.entries(sum.output()), gain, shift, epsilon);
                }
            }
        }
        return null;
    }

    /** The stored operand of {@code node} beside {@code operand}, or null. */
    private static OnnxTensor other(OnnxGraph graph, OnnxNode node, String operand) {
        int index = graph.entries(node.input(0)).equals(operand) ? 1 : 0;
        OnnxTensor tensor = graph.constant(graph.entries(node.input(index)));
        return tensor != null && tensor.isFloatingPoint() ? tensor : null;
    }

    /** The shortest decimal number that rounds to {@code value}: what was written before it became a float32. */
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }
}
