package dev.gatun.internal.weights;

import dev.gatun.internal.onnx.OnnxFunction;
import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * One layer of a graph: its attention, a residual sum and its normalisation, two dense layers with an activation between, a residual sum
 * and its normalisation.
 *
 * @param attention     the attention
 * @param attentionNorm the normalisation of the sum of attention and input
 * @param intermediate  the dense layer before the activation
 * @param output        the dense layer behind it
 * @param outputNorm    the normalisation of the sum with the result of {@code attentionNorm}
 * @param activation    the function between
 */
record OnnxLayer(OnnxAttention attention, OnnxNorm attentionNorm, OnnxDense intermediate, OnnxDense output, OnnxNorm outputNorm,
                 HiddenActivation activation) {

    /** Nodes between two dense layers. */
    private static final int MAX_NODES = 64;

    /** Points at which an activation is compared, and how far it may be off: a constant in float16 is. */
    private static final double[] POINTS = {-2.5, -1.5, -1, -0.5, 0.25, 0.75, 1, 2, 3};
    private static final double TOLERANCE = 1e-3;

    /** The layer whose input is {@code input} and whose attention is {@code attention}. */
    static OnnxLayer of(OnnxBlocks blocks, int index, String input, OnnxAttention attention) {
        OnnxGraph graph = blocks.graph();
        OnnxNorm attentionNorm = normOfSum(blocks, index, attention.output().output(), input, "attention");
        List<OnnxDense> following = blocks.denseFrom(attentionNorm.output());
        if (following.size() != 1) {
            throw blocks.unsupported("layer %d: %d dense layers, not one, take the normalised result of the attention", index,
                    following.size());
        }
        OnnxDense intermediate = following.getFirst();
        List<OnnxDense> behind = new ArrayList<>();
        for (String name : computed(graph, intermediate.output())) {
            behind.addAll(blocks.denseFrom(name));
        }
        if (behind.size() != 1) {
            throw blocks.unsupported("layer %d: %d dense layers, not one, follow the intermediate one", index, behind.size());
        }
        OnnxDense output = behind.getFirst();
        return new OnnxLayer(attention, attentionNorm, intermediate, output,
                normOfSum(blocks, index, output.output(), attentionNorm.output(), "output"),
                activation(blocks, index, intermediate, output));
    }

    /** The normalisation of {@code result + residual}. */
    private static OnnxNorm normOfSum(OnnxBlocks blocks, int index, String result, String residual, String role) {
        OnnxGraph graph = blocks.graph();
        for (OnnxNode sum : graph.users(result)) {
            boolean both = sum.is("Add") && (graph.entries(sum.input(0)).equals(residual) || graph.entries(sum.input(1)).equals(residual));
            OnnxNorm norm = both ? blocks.normFrom(sum.output()) : null;
            if (norm != null) {
                return norm;
            }
        }
        throw blocks.unsupported("layer %d: the result of the %s layer is not added to its input and normalised then", index,
                role);
    }

    /** The tensors computed entry by entry from {@code start}, itself included. */
    private static Set<String> computed(OnnxGraph graph, String start) {
        Set<String> names = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(start));
        while (!open.isEmpty() && names.size() < MAX_NODES) {
            String name = open.pop();
            if (names.add(name)) {
                for (OnnxNode user : graph.users(name)) {
                    if (!user.is("MatMul") && !user.is("Gemm")) {
                        open.push(graph.entries(user.output()));
                    }
                }
            }
        }
        return names;
    }

    /** The activation that the nodes between two dense layers compute, found by their values. */
    private static HiddenActivation activation(OnnxBlocks blocks, int index, OnnxDense intermediate, OnnxDense output) {
        double[] values = new double[POINTS.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = OnnxFunction.evaluate(blocks.graph(), output.input(), intermediate.output(), POINTS[i]);
        }
        HiddenActivation nearest = null;
        double smallest = TOLERANCE;
        for (HiddenActivation activation : HiddenActivation.values()) {
            double distance = 0;
            for (int i = 0; i < POINTS.length; i++) {
                double error = Math.abs(values[i] - activation.apply(POINTS[i]));
                distance = Double.isNaN(error) ? Double.POSITIVE_INFINITY : Math.max(distance, error);
            }
            if (distance < smallest) {
                nearest = activation;
                smallest = distance;
            }
        }
        if (nearest == null) {
            throw blocks.unsupported("layer %d: its activation is none of GELU, by erf or tanh, and ReLU", index);
        }
        return nearest;
    }
}
