package dev.gatun.bench;

import dev.gatun.onnx.OnnxGraph;
import dev.gatun.onnx.OnnxGraph.Element;
import dev.gatun.onnx.OnnxNode;

/** ONNX models, {@code out = computation(q, k, v)} with float32 tensors. */
final class OnnxModel {

    private OnnxModel() {
    }

    /** Attention as ONNX Runtime contributed it: tensors of {@code 1 x tokens x (heads * dimension)}. */
    static byte[] multiHeadAttention(AttentionInputs inputs) {
        OnnxNode node = OnnxNode.contributed("MultiHeadAttention", "out", "q", "k", "v").with("num_heads", inputs.heads());
        return attention(node, 1, inputs.tokens(), inputs.heads() * inputs.dimension());
    }

    /** Attention of the ONNX standard, operator set 23: tensors of {@code 1 x heads x tokens x dimension}. */
    static byte[] attention(AttentionInputs inputs) {
        return attention(OnnxNode.of("Attention", "out", "q", "k", "v"), 1, inputs.heads(), inputs.tokens(), inputs.dimension());
    }

    /** {@link #multiHeadAttention(AttentionInputs)} of any number of tokens. */
    static byte[] multiHeadAttention(int heads, int dimension) {
        OnnxNode node = OnnxNode.contributed("MultiHeadAttention", "out", "q", "k", "v").with("num_heads", heads);
        return attention(node, 1, OnnxGraph.ANY, heads * dimension);
    }

    /** {@link #attention(AttentionInputs)} of any number of tokens. */
    static byte[] attention(int heads, int dimension) {
        return attention(OnnxNode.of("Attention", "out", "q", "k", "v"), 1, heads, OnnxGraph.ANY, dimension);
    }

    /** As above, of a padded batch: {@code sequences x longest x (heads * dimension)}, and with a mask the length of each sequence. */
    static byte[] multiHeadAttention(RaggedInputs inputs, boolean masked) {
        OnnxNode node = masked ? OnnxNode.contributed("MultiHeadAttention", "out", "q", "k", "v", "", "mask")
                : OnnxNode.contributed("MultiHeadAttention", "out", "q", "k", "v");
        OnnxGraph graph = new OnnxGraph("attention").with(node.with("num_heads", inputs.heads()));
        graph = masked ? graph.in("mask", Element.INT32, inputs.lengths().length) : graph;
        return tensors(graph, inputs.lengths().length, inputs.longest(), inputs.heads() * inputs.dimension());
    }

    /** Likewise, {@code sequences x heads x longest x dimension}, and with a mask a bias of each pair. */
    static byte[] attention(RaggedInputs inputs, boolean masked) {
        OnnxNode node = masked ? OnnxNode.of("Attention", "out", "q", "k", "v", "mask") : OnnxNode.of("Attention", "out", "q", "k", "v");
        OnnxGraph graph = new OnnxGraph("attention").with(node);
        graph = masked ? graph.in("mask", Element.FLOAT, inputs.lengths().length, 1, inputs.longest(), inputs.longest()) : graph;
        return tensors(graph, inputs.lengths().length, inputs.heads(), inputs.longest(), inputs.dimension());
    }

    private static byte[] attention(OnnxNode node, int... shape) {
        return tensors(new OnnxGraph("attention").with(node), shape);
    }

    private static byte[] tensors(OnnxGraph graph, int... shape) {
        return graph.in("q", Element.FLOAT, shape).in("k", Element.FLOAT, shape)
                .in("v", Element.FLOAT, shape).out("out", shape).toModel();
    }

    /** Sinkhorn's iterations on logarithms: the column potentials that they end with, {@code 1 x tokens}. */
    static byte[] sinkhornOfLogarithms(SinkhornInputs inputs) {
        OnnxGraph graph = new OnnxGraph("sinkhorn").with(scores("z")).axis("along-rows", 1).axis("along-columns", 0);
        String v = "v";
        for (int i = 0; i < SinkhornInputs.ITERATIONS; i++) {
            String u = potential(graph, v, "along-rows", "u" + i);
            v = potential(graph, u, "along-columns", i == SinkhornInputs.ITERATIONS - 1 ? "out" : "v" + i);
        }
        return ends(graph, inputs).toModel();
    }

    /** Logarithms of sums by their maxima: its one operator for them, ReduceLogSumExp, takes five times as long. */
    private static String potential(OnnxGraph graph, String other, String axis, String name) {
        graph.with(OnnxNode.of("Add", name + "-moved", "z", other))
                .with(OnnxNode.of("ReduceMax", name + "-greatest", name + "-moved", axis))
                .with(OnnxNode.of("Sub", name + "-differences", name + "-moved", name + "-greatest"))
                .with(OnnxNode.of("Exp", name + "-weights", name + "-differences"))
                .with(OnnxNode.of("ReduceSum", name + "-sums", name + "-weights", axis))
                .with(OnnxNode.of("Log", name + "-logarithms", name + "-sums"))
                .with(OnnxNode.of("Add", name + "-total", name + "-logarithms", name + "-greatest"))
                .with(OnnxNode.of("Neg", name, name + "-total"));
        return name;
    }

    /** Sinkhorn's iterations on exponentials, which overflow on scores of several hundred. */
    static byte[] sinkhornOfExponentials(SinkhornInputs inputs) {
        OnnxGraph graph = new OnnxGraph("sinkhorn").with(scores("s")).with(OnnxNode.of("Exp", "z", "s"))
                .with(OnnxNode.of("Exp", "start", "v")).with(OnnxNode.of("Transpose", "b", "start"));
        String b = "b";
        for (int i = 0; i < SinkhornInputs.ITERATIONS; i++) {
            graph.with(OnnxNode.of("MatMul", "rows" + i, "z", b)).with(OnnxNode.of("Reciprocal", "a" + i, "rows" + i))
                    .with(OnnxNode.of("Transpose", "at" + i, "a" + i)).with(OnnxNode.of("MatMul", "columns" + i, "at" + i, "z"))
                    .with(OnnxNode.of("Reciprocal", "bt" + i, "columns" + i)).with(OnnxNode.of("Transpose", "b" + i, "bt" + i));
            b = "b" + i;
        }
        graph.with(OnnxNode.of("Log", "out", "bt" + (SinkhornInputs.ITERATIONS - 1)));
        return ends(graph, inputs).toModel();
    }

    private static OnnxGraph ends(OnnxGraph graph, SinkhornInputs inputs) {
        int n = inputs.tokens();
        return graph.in("q", Element.FLOAT, n, inputs.dimension()).in("k", Element.FLOAT, n, inputs.dimension())
                .in("v", Element.FLOAT, 1, n).out("out", 1, n);
    }

    private static OnnxNode scores(String name) {
        return OnnxNode.of("Gemm", name, "q", "k").with("transB", 1).with("alpha", SinkhornInputs.SCALE);
    }
}
