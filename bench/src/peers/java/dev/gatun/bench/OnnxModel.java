package dev.gatun.bench;

/**
 * ONNX models, {@code out = computation(q, k, v)} with float32 tensors, as the bytes of a {@code ModelProto}. Field numbers are
 * those of {@code onnx.proto}.
 */
final class OnnxModel {

    private static final int IR_VERSION = 11;
    private static final String ONNX_DOMAIN = "";
    private static final String MICROSOFT_DOMAIN = "com.microsoft";
    private static final int ELEMENT_FLOAT = 1;
    private static final int ELEMENT_INT64 = 7;
    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;

    private OnnxModel() {
    }

    /** Attention as ONNX Runtime contributed it: tensors of {@code 1 x tokens x (heads * dimension)}. */
    static byte[] multiHeadAttention(AttentionInputs inputs) {
        ProtobufMessage node = node("MultiHeadAttention", MICROSOFT_DOMAIN)
                .with(5, integer("num_heads", inputs.heads()));
        return model(node, 1, inputs.tokens(), inputs.heads() * inputs.dimension());
    }

    /** Attention of the ONNX standard, operator set 23: tensors of {@code 1 x heads x tokens x dimension}. */
    static byte[] attention(AttentionInputs inputs) {
        return model(node("Attention", ONNX_DOMAIN), 1, inputs.heads(), inputs.tokens(), inputs.dimension());
    }

    private static byte[] model(ProtobufMessage node, int... shape) {
        return model(new ProtobufMessage().with(1, node).with(2, "attention")
                .with(11, tensor("q", shape)).with(11, tensor("k", shape)).with(11, tensor("v", shape))
                .with(12, tensor("out", shape)));
    }

    private static byte[] model(ProtobufMessage graph) {
        return new ProtobufMessage().with(1, IR_VERSION).with(7, graph)
                .with(8, operatorSet(ONNX_DOMAIN, 23)).with(8, operatorSet(MICROSOFT_DOMAIN, 1)).toByteArray();
    }

    private static ProtobufMessage node(String operator, String domain) {
        return new ProtobufMessage().with(1, "q").with(1, "k").with(1, "v").with(2, "out")
                .with(4, operator).with(7, domain);
    }

    /** Sinkhorn's iterations on logarithms: the column potentials that they end with, {@code 1 x tokens}. */
    static byte[] sinkhornOfLogarithms(SinkhornInputs inputs) {
        ProtobufMessage graph = new ProtobufMessage().with(1, scores("z")).with(2, "sinkhorn")
                .with(5, axis("along-rows", 1)).with(5, axis("along-columns", 0));
        String v = "v";
        for (int i = 0; i < SinkhornInputs.ITERATIONS; i++) {
            String u = potential(graph, v, "along-rows", "u" + i);
            v = potential(graph, u, "along-columns", i == SinkhornInputs.ITERATIONS - 1 ? "out" : "v" + i);
        }
        return model(ends(graph, inputs));
    }

    /** Logarithms of sums by their maxima: its one operator for them, ReduceLogSumExp, takes five times as long. */
    private static String potential(ProtobufMessage graph, String other, String axis, String name) {
        graph.with(1, node("Add", name + "-moved", "z", other))
                .with(1, node("ReduceMax", name + "-greatest", name + "-moved", axis))
                .with(1, node("Sub", name + "-differences", name + "-moved", name + "-greatest"))
                .with(1, node("Exp", name + "-weights", name + "-differences"))
                .with(1, node("ReduceSum", name + "-sums", name + "-weights", axis))
                .with(1, node("Log", name + "-logarithms", name + "-sums"))
                .with(1, node("Add", name + "-total", name + "-logarithms", name + "-greatest"))
                .with(1, node("Neg", name, name + "-total"));
        return name;
    }

    /** Sinkhorn's iterations on exponentials, which overflow on scores of several hundred. */
    static byte[] sinkhornOfExponentials(SinkhornInputs inputs) {
        ProtobufMessage graph = new ProtobufMessage().with(1, scores("s")).with(2, "sinkhorn")
                .with(1, node("Exp", "z", "s")).with(1, node("Exp", "start", "v")).with(1, node("Transpose", "b", "start"));
        String b = "b";
        for (int i = 0; i < SinkhornInputs.ITERATIONS; i++) {
            graph.with(1, node("MatMul", "rows" + i, "z", b)).with(1, node("Reciprocal", "a" + i, "rows" + i))
                    .with(1, node("Transpose", "at" + i, "a" + i)).with(1, node("MatMul", "columns" + i, "at" + i, "z"))
                    .with(1, node("Reciprocal", "bt" + i, "columns" + i)).with(1, node("Transpose", "b" + i, "bt" + i));
            b = "b" + i;
        }
        graph.with(1, node("Log", "out", "bt" + (SinkhornInputs.ITERATIONS - 1)));
        return model(ends(graph, inputs));
    }

    private static ProtobufMessage ends(ProtobufMessage graph, SinkhornInputs inputs) {
        int n = inputs.tokens();
        return graph.with(11, tensor("q", n, inputs.dimension())).with(11, tensor("k", n, inputs.dimension()))
                .with(11, tensor("v", 1, n)).with(12, tensor("out", 1, n));
    }

    private static ProtobufMessage scores(String name) {
        return node("Gemm", name, "q", "k").with(5, integer("transB", 1)).with(5, number("alpha", SinkhornInputs.SCALE));
    }

    private static ProtobufMessage node(String operator, String out, String... in) {
        ProtobufMessage node = new ProtobufMessage();
        for (String name : in) {
            node.with(1, name);
        }
        return node.with(2, out).with(4, operator);
    }

    private static ProtobufMessage axis(String name, int axis) {
        return new ProtobufMessage().with(1, 1).with(2, ELEMENT_INT64).with(7, axis).with(8, name);
    }

    private static ProtobufMessage integer(String name, int value) {
        return new ProtobufMessage().with(1, name).with(3, value).with(20, ATTRIBUTE_INT);
    }

    private static ProtobufMessage number(String name, float value) {
        return new ProtobufMessage().with(1, name).with(2, value).with(20, ATTRIBUTE_FLOAT);
    }

    private static ProtobufMessage operatorSet(String domain, int version) {
        return new ProtobufMessage().with(1, domain).with(2, version);
    }

    private static ProtobufMessage tensor(String name, int... shape) {
        ProtobufMessage dimensions = new ProtobufMessage();
        for (int size : shape) {
            dimensions.with(1, new ProtobufMessage().with(1, size));
        }
        ProtobufMessage type = new ProtobufMessage().with(1, ELEMENT_FLOAT).with(2, dimensions);
        return new ProtobufMessage().with(1, name).with(2, new ProtobufMessage().with(1, type));
    }
}
