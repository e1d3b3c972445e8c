package dev.gatun.internal.onnx;

import java.util.Arrays;
import java.util.function.LongConsumer;

/** An attribute of a node, an {@code AttributeProto}: its name and the values of the types that encoders use. */
public final class OnnxAttribute {

    private static final int NAME_FIELD = 1;
    private static final int FLOAT_FIELD = 2;
    private static final int INT_FIELD = 3;
    private static final int STRING_FIELD = 4;
    private static final int TENSOR_FIELD = 5;
    private static final int INTS_FIELD = 8;

    /** Bytes of a word that chooses between forms of an operator. */
    private static final int MAX_TEXT = 64;

    /** Integers of a list that are kept: axes, permutations and shapes have fewer. */
    private static final int MAX_INTEGERS = 16;

    private final ModelFile file;
    private String name = "";
    private float number;
    private long integer;
    private String text = "";
    private OnnxTensor tensor;
    private long[] integers = {};
    private boolean tooMany;

    OnnxAttribute(ModelFile file) {
        this.file = file;
    }

    /** Adds the message that {@code reader} has entered. */
    void add(WireReader reader) {
        while (reader.next()) {
            switch (reader.field()) {
                case NAME_FIELD -> name = reader.text(OnnxModel.MAX_NAME);
                case FLOAT_FIELD -> number = reader.number();
                case INT_FIELD -> integer = reader.integer();
                case STRING_FIELD -> text = reader.length() > MAX_TEXT ? "" : reader.text(MAX_TEXT);
                case TENSOR_FIELD -> {
                    tensor = tensor == null ? new OnnxTensor(file) : tensor;
                    reader.enter();
                    tensor.add(reader);
                    reader.leave();
                }
                case INTS_FIELD -> reader.integers(new Integers());
                default -> {
                }
            }
        }
    }

    /** Keeps integers as they are read. */
    private final class Integers implements LongConsumer {

        @Override
        public void accept(long value) {
            if (integers.length == MAX_INTEGERS) {
                tooMany = true;
                return;
            }
            integers = Arrays.copyOf(integers, integers.length + 1);
            integers[integers.length - 1] = value;
        }
    }

    public String name() {
        return name;
    }

    public float number() {
        return number;
    }

    public long integer() {
        return integer;
    }

    public String text() {
        return text;
    }

    /** The tensor, or null. */
    public OnnxTensor tensor() {
        return tensor;
    }

    /** The integers, or null if they are more than are kept. */
    public long[] integers() {
        return tooMany ? null : integers;
    }
}
