package dev.gatun.onnx;

/**
 * An ONNX model of one graph, put together node by node, as the bytes of a {@code ModelProto}. Field numbers are those of
 * {@code onnx.proto}.
 */
public final class OnnxGraph {

    /** What a tensor's entries are. */
    public enum Element {
        FLOAT(1),
        INT32(6),
        INT64(7),
        BOOL(9),
        FLOAT16(10),
        DOUBLE(11),
        BFLOAT16(16);

        final int number;

        Element(int number) {
            this.number = number;
        }
    }

    /** A size of a tensor that its run alone knows. */
    public static final int ANY = 0;

    private static final int IR_VERSION = 11;
    private static final int OPERATOR_SET = 23;

    private final ProtobufMessage message = new ProtobufMessage();

    public OnnxGraph(String name) {
        message.with(2, name);
    }

    /** Appends a node; those whose outputs it takes come before it. */
    public OnnxGraph with(OnnxNode node) {
        message.with(1, node.message());
        return this;
    }

    /** Names a tensor that a run is given. */
    public OnnxGraph in(String name, Element element, int... shape) {
        message.with(11, tensor(name, element, shape));
        return this;
    }

    /** Names a tensor of floats that a run returns. */
    public OnnxGraph out(String name, int... shape) {
        message.with(12, tensor(name, Element.FLOAT, shape));
        return this;
    }

    /** Names a constant that is the number of an axis. */
    public OnnxGraph axis(String name, int axis) {
        message.with(5, new ProtobufMessage().with(1, 1).with(2, Element.INT64.number).with(7, axis).with(8, name));
        return this;
    }

    /** Names a constant that is one float. */
    public OnnxGraph constant(String name, float value) {
        message.with(5, new ProtobufMessage().with(2, Element.FLOAT.number).with(4, value).with(8, name));
        return this;
    }

    /** Names a stored tensor. */
    public OnnxGraph with(OnnxConstant constant) {
        message.with(5, constant.message());
        return this;
    }

    /** The model. */
    public byte[] toModel() {
        return new ProtobufMessage().with(1, IR_VERSION).with(7, message)
                .with(8, operatorSet("", OPERATOR_SET)).with(8, operatorSet(OnnxNode.MICROSOFT_DOMAIN, 1)).toByteArray();
    }

    private static ProtobufMessage operatorSet(String domain, int version) {
        return new ProtobufMessage().with(1, domain).with(2, version);
    }

    private static ProtobufMessage tensor(String name, Element element, int... shape) {
        ProtobufMessage dimensions = new ProtobufMessage();
        for (int size : shape) {
            dimensions.with(1, size == ANY ? new ProtobufMessage() : new ProtobufMessage().with(1, size));
        }
        ProtobufMessage type = new ProtobufMessage().with(1, element.number).with(2, dimensions);
        return new ProtobufMessage().with(1, name).with(2, new ProtobufMessage().with(1, type));
    }
}
