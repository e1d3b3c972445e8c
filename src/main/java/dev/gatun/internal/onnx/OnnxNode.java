package dev.gatun.internal.onnx;

import dev.gatun.internal.format.Names;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A node of an ONNX graph, a {@code NodeProto}: an operator with the names of its inputs and outputs, and its attributes. */
public final class OnnxNode {

    private static final int INPUT_FIELD = 1;
    private static final int OUTPUT_FIELD = 2;
    private static final int NAME_FIELD = 3;
    private static final int OPERATOR_FIELD = 4;
    private static final int ATTRIBUTE_FIELD = 5;
    private static final int DOMAIN_FIELD = 7;

    /** The bytes of an operator's name. */
    private static final int MAX_OPERATOR = 256;

    private List<String> inputs = List.of();
    private List<String> outputs = List.of();
    private List<OnnxAttribute> attributes = List.of();
    private String name = "";
    private String operator = "";
    private String domain = "";

    /** Adds the message that {@code reader} has entered. */
    void add(WireReader reader, OnnxModel model) {
        while (reader.next()) {
            switch (reader.field()) {
                case INPUT_FIELD -> inputs = with(inputs, model.counted(reader.text(OnnxModel.MAX_NAME)));
                case OUTPUT_FIELD -> outputs = with(outputs, model.counted(reader.text(OnnxModel.MAX_NAME)));
                case NAME_FIELD -> name = reader.text(OnnxModel.MAX_NAME);
                case OPERATOR_FIELD -> operator = reader.text(MAX_OPERATOR);
                case DOMAIN_FIELD -> domain = reader.text(OnnxModel.MAX_NAME);
                case ATTRIBUTE_FIELD -> {
                    OnnxAttribute attribute = model.counted(new OnnxAttribute(model.file()));
                    reader.enter();
                    attribute.add(reader);
                    reader.leave();
                    attributes = with(attributes, attribute);
                }
                default -> {
                }
            }
        }
        if (operator.isEmpty()) {
            throw reader.malformed("a node ends that has no operator");
        }
    }

    private static <T> List<T> with(List<T> list, T element) {
        List<T> longer = list.isEmpty() ? new ArrayList<>(2) : list;
        longer.add(element);
        return longer;
    }

    /** Whether it applies {@code operator} of the standard. */
    public boolean is(String operatorName) {
        return operator.equals(operatorName) && isStandard();
    }

    public boolean isStandard() {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    public String operator() {
        return operator;
    }

    public String domain() {
        return domain;
    }

    public int inputCount() {
        return inputs.size();
    }

    /** The name of an input; empty if the node goes without it. */
    public String input(int index) {
        return index < inputs.size() ? inputs.get(index) : "";
    }

    public List<String> inputs() {
        return inputs;
    }

    /** Pushes the names of the inputs that it has. */
    public void pushInputs(Deque<String> stack) {
        for (String input : inputs) {
            if (!input.isEmpty()) {
                stack.push(input);
            }
        }
    }

    public List<String> outputs() {
        return outputs;
    }

    /** The name of its first output, empty if it has none. */
    public String output() {
        return outputs.isEmpty() ? "" : outputs.getFirst();
    }

    /** The attribute of that name, or null. */
    public OnnxAttribute attribute(String attributeName) {
        for (OnnxAttribute attribute : attributes) {
            if (attribute.name().equals(attributeName)) {
                return attribute;
            }
        }
        return null;
    }

    public long integer(String attributeName, long absent) {
        OnnxAttribute attribute = attribute(attributeName);
        return attribute == null ? absent : attribute.integer();
    }

    public float number(String attributeName, float absent) {
        OnnxAttribute attribute = attribute(attributeName);
        return attribute == null ? absent : attribute.number();
    }

    /** Its operator and its name or that of its output, for messages. */
    @Override
    public String toString() {
        String label = name.isEmpty() ? output() : name;
        return "the " + operator + " node " + Names.quote(label);
    }
}
