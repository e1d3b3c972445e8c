package dev.gatun.bench;

/**
 * ONNX models of one node, {@code out = operator(q, k, v)} with float32 tensors of one shape, as the bytes of a
 * {@code ModelProto}. Field numbers are those of {@code onnx.proto}.
 */
final class OnnxModel {

    private static final int IR_VERSION = 11;
    private static final String ONNX_DOMAIN = "";
    private static final String MICROSOFT_DOMAIN = "com.microsoft";
    private static final int ELEMENT_FLOAT = 1;
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
        ProtobufMessage graph = new ProtobufMessage().with(1, node).with(2, "attention")
                .with(11, tensor("q", shape)).with(11, tensor("k", shape)).with(11, tensor("v", shape))
                .with(12, tensor("out", shape));
        return new ProtobufMessage().with(1, IR_VERSION).with(7, graph)
                .with(8, operatorSet(ONNX_DOMAIN, 23)).with(8, operatorSet(MICROSOFT_DOMAIN, 1)).toByteArray();
    }

    private static ProtobufMessage node(String operator, String domain) {
        return new ProtobufMessage().with(1, "q").with(1, "k").with(1, "v").with(2, "out")
                .with(4, operator).with(7, domain);
    }

    private static ProtobufMessage integer(String name, int value) {
        return new ProtobufMessage().with(1, name).with(3, value).with(20, ATTRIBUTE_INT);
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
