package dev.gatun.internal.onnx;

import dev.gatun.internal.format.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What an ONNX file says, a {@code ModelProto}: the nodes of its graph, its initialisers, and the names of its inputs and outputs. Messages
 * in several pieces add up, as the wire format has it. Everything else is skipped.
 */
public final class OnnxModel {

    /** The bytes of a name. */
    static final int MAX_NAME = 1 << 12;

    /** Nodes, names of inputs and outputs, attributes and initialisers together. An encoder of 48 layers has some 40 000. */
    private static final int MAX_ITEMS = 1 << 20;

    private static final int GRAPH_FIELD = 7;

    private static final int NODE_FIELD = 1;
    private static final int INITIALISER_FIELD = 5;
    private static final int INPUT_FIELD = 11;
    private static final int OUTPUT_FIELD = 12;

    private static final int VALUE_NAME_FIELD = 1;

    private final ModelFile file;
    private final List<OnnxNode> nodes = new ArrayList<>();
    private final SequencedMap<String, OnnxTensor> initialisers = new LinkedHashMap<>();
    private final List<String> inputs = new ArrayList<>(4);
    private final List<String> outputs = new ArrayList<>(4);
    private boolean graphFound;
    private int items;

    private OnnxModel(ModelFile file) {
        this.file = file;
    }

    public static OnnxModel read(ModelFile file) {
        OnnxModel model = new OnnxModel(file);
        WireReader reader = new WireReader(file);
        while (reader.next()) {
            if (reader.field() == GRAPH_FIELD) {
                model.graphFound = true;
                reader.enter();
                model.addGraph(reader);
                reader.leave();
            }
        }
        if (!model.graphFound) {
            throw file.fault("is not an ONNX model: it has no graph");
        }
        return model;
    }

    private void addGraph(WireReader reader) {
        while (reader.next()) {
            switch (reader.field()) {
                case NODE_FIELD -> {
                    OnnxNode node = counted(new OnnxNode());
                    reader.enter();
                    node.add(reader, this);
                    reader.leave();
                    nodes.add(node);
                }
                case INITIALISER_FIELD -> {
                    OnnxTensor tensor = counted(new OnnxTensor(file));
                    reader.enter();
                    tensor.add(reader);
                    reader.leave();
                    if (initialisers.put(tensor.name(), tensor) != null) {
                        throw file.fault("has the initialiser %s twice", Names.quote(tensor.name()));
                    }
                }
                case INPUT_FIELD -> inputs.add(counted(valueName(reader)));
                case OUTPUT_FIELD -> outputs.add(counted(valueName(reader)));
                default -> {
                }
            }
        }
    }

    private static String valueName(WireReader reader) {
        String name = "";
        reader.enter();
        while (reader.next()) {
            if (reader.field() == VALUE_NAME_FIELD) {
                name = reader.text(MAX_NAME);
            }
        }
        reader.leave();
        return name;
    }

    /** Counts one item of the graph. */
    <T> T counted(T item) {
        if (++items > MAX_ITEMS) {
            throw file.fault("has more than %d nodes, names, attributes and initialisers", MAX_ITEMS);
        }
        return item;
    }

    public ModelFile file() {
        return file;
    }

    public List<OnnxNode> nodes() {
        return nodes;
    }

    public SequencedMap<String, OnnxTensor> initialisers() {
        return initialisers;
    }

    public List<String> inputs() {
        return inputs;
    }

    public List<String> outputs() {
        return outputs;
    }
}
