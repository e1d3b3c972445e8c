package dev.gatun.onnx;

/** One node of a graph: an operator with its inputs, its one output and its attributes, as a {@code NodeProto}. */
public final class OnnxNode {

    /** Operators that ONNX Runtime adds to the standard's. */
    public static final String MICROSOFT_DOMAIN = "com.microsoft";

    private static final int ATTRIBUTE_FLOAT = 1;
    private static final int ATTRIBUTE_INT = 2;
    private static final int ATTRIBUTE_STRING = 3;
    private static final int ATTRIBUTE_TENSOR = 4;
    private static final int ATTRIBUTE_INTS = 7;

    private final ProtobufMessage message = new ProtobufMessage();

    private OnnxNode(String domain, String operator, String out, String... in) {
        for (String name : in) {
            message.with(1, name);
        }
        message.with(2, out).with(4, operator).with(7, domain);
    }

    /** {@code out = operator(in...)} of the standard; an input of no name is one that the operator goes without. */
    public static OnnxNode of(String operator, String out, String... in) {
        return new OnnxNode("", operator, out, in);
    }

    /** {@code out = operator(in...)} of ONNX Runtime's own. */
    public static OnnxNode contributed(String operator, String out, String... in) {
        return new OnnxNode(MICROSOFT_DOMAIN, operator, out, in);
    }

    /** With an attribute that is an integer, and not negative. */
    public OnnxNode with(String attribute, int value) {
        message.with(5, new ProtobufMessage().with(1, attribute).with(3, value).with(20, ATTRIBUTE_INT));
        return this;
    }

    /** With an attribute that is a float. */
    public OnnxNode with(String attribute, float value) {
        message.with(5, new ProtobufMessage().with(1, attribute).with(2, value).with(20, ATTRIBUTE_FLOAT));
        return this;
    }

    /** With an attribute that is a string. */
    public OnnxNode with(String attribute, String value) {
        message.with(5, new ProtobufMessage().with(1, attribute).with(4, value).with(20, ATTRIBUTE_STRING));
        return this;
    }

    /** With an attribute that is a list of integers, which may be negative. */
    public OnnxNode with(String attribute, int[] values) {
        ProtobufMessage list = new ProtobufMessage().with(1, attribute).with(20, ATTRIBUTE_INTS);
        for (int value : values) {
            list.with(8, (long) value);
        }
        message.with(5, list);
        return this;
    }

    /** With an attribute that is a tensor. */
    public OnnxNode with(String attribute, OnnxConstant value) {
        message.with(5, new ProtobufMessage().with(1, attribute).with(5, value.message()).with(20, ATTRIBUTE_TENSOR));
        return this;
    }

    ProtobufMessage message() {
        return message;
    }
}
