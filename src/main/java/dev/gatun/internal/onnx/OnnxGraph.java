package dev.gatun.internal.onnx;

import dev.gatun.internal.format.Names;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The graph of an ONNX model by the flow of its values. Nodes that change no value, or the shape alone, are looked through:
 * {@link #value} is the name of a tensor without copies and conversions before it, {@link #entries} also without changes of shape.
 */
public final class OnnxGraph {

    /** Nodes that change neither values nor shape. */
    private static final Set<String> COPIES = Set.of("Identity", "Dropout", "Cast");

    /** Nodes that keep the values and their order. */
    private static final Set<String> RESHAPES = Set.of("Reshape", "Squeeze", "Unsqueeze", "Flatten");

    /** Nodes that read the shape of a tensor, not its values. */
    public static final Set<String> SHAPES = Set.of("Shape", "Size");

    /** Nodes that are looked through, one after another. */
    private static final int MAX_CHAIN = 32;

    /** Users of a tensor that are looked at: a state of an encoder has about a dozen. */
    private static final int MAX_USERS = 64;

    private final OnnxModel model;
    private final Map<String, OnnxNode> producers = new HashMap<>();
    private final Map<String, List<OnnxNode>> users = new HashMap<>();

    /** Names of copies, and of tensors in other shapes, with the names that they stand for. */
    private final Map<String, String> copies = new HashMap<>();
    private final Map<String, String> reshapes = new HashMap<>();

    public OnnxGraph(OnnxModel model) {
        this.model = model;
        for (OnnxNode node : model.nodes()) {
            for (String output : node.outputs()) {
                if (!output.isEmpty() && producers.put(output, node) != null) {
                    throw fault("two nodes of its graph give the tensor %s", Names.quote(output));
                }
            }
        }
        for (OnnxNode node : model.nodes()) {
            if (COPIES.contains(node.operator()) || RESHAPES.contains(node.operator())) {
                copies.put(node.output(), source(node.output(), false));
                reshapes.put(node.output(), source(node.output(), true));
            }
        }
        for (OnnxNode node : model.nodes()) {
            if (!SHAPES.contains(node.operator()) && !COPIES.contains(node.operator()) && !RESHAPES.contains(node.operator())) {
                for (int i = 0; i < node.inputCount(); i++) {
                    addUser(node.input(i), node);
                }
            }
        }
    }

    private void addUser(String name, OnnxNode node) {
        if (name.isEmpty()) {
            return;
        }
        String entries = entries(name);
        List<OnnxNode> list = users.get(entries);
        if (list == null) {
            list = new ArrayList<>(1);
            users.put(entries, list);
        }
        if (list.size() < MAX_USERS && (list.isEmpty() || list.getLast() != node)) {
            list.add(node);
        }
    }

    public OnnxModel model() {
        return model;
    }

    public List<OnnxNode> nodes() {
        return model.nodes();
    }

    /** The name of the tensor that {@code name} is a copy of. */
    public String value(String name) {
        return copies.getOrDefault(name, name);
    }

    /** The name of the tensor whose entries {@code name} has, in whatever shape. */
    public String entries(String name) {
        return reshapes.getOrDefault(name, name);
    }

    private String source(String name, boolean reshaped) {
        return source(name, reshaped, stored(source(name, true, null)));
    }

    /** @param stored what all nodes before {@code name} that change no value start from, or null if they start from no stored tensor */
    private String source(String name, boolean reshaped, OnnxTensor stored) {
        String source = name;
        for (int i = 0; i < MAX_CHAIN; i++) {
            OnnxNode node = producers.get(source);
            if (node == null || !node.isStandard() || !node.output().equals(source)
                    || !(isCopy(node, stored) || reshaped && RESHAPES.contains(node.operator()))) {
                return source;
            }
            source = node.input(0);
        }
        throw fault("more than %d nodes that change no value follow each other before %s", MAX_CHAIN, Names.quote(name));
    }

    /** A conversion is a copy unless it takes bits from a stored tensor that reading it as float32 would not. */
    private static boolean isCopy(OnnxNode node, OnnxTensor stored) {
        if (!COPIES.contains(node.operator())) {
            return false;
        }
        return !node.is("Cast") || stored == null || !stored.isFloatingPoint() || node.integer("to", 0) == stored.type()
                || node.integer("to", 0) == OnnxTensor.FLOAT32 || node.integer("to", 0) == OnnxTensor.FLOAT64;
    }

    /** The node that computes a tensor; null if it is an input or stored. */
    public OnnxNode producer(String name) {
        return producers.get(value(name));
    }

    /** The nodes that use the entries of a tensor, in whatever shape; not those that read its shape. */
    public List<OnnxNode> users(String name) {
        return users.getOrDefault(entries(name), List.of());
    }

    /** The constant that {@code name} is, an initialiser or the value of a {@code Constant} node, or null. */
    public OnnxTensor constant(String name) {
        return name.isEmpty() ? null : stored(value(name));
    }

    private OnnxTensor stored(String name) {
        OnnxNode node = producers.get(name);
        if (node == null) {
            return model.initialisers().get(name);
        }
        OnnxAttribute attribute = node.is("Constant") ? node.attribute("value") : null;
        return attribute == null ? null : attribute.tensor();
    }

    /** Whether {@code name} is a constant, of whatever type. */
    public boolean isStored(String name) {
        OnnxNode node = producer(entries(name));
        return node == null ? constant(entries(name)) != null : node.is("Constant");
    }

    /** The integers of a constant of at most {@code most} of them, or null. */
    public long[] integers(String name, int most) {
        OnnxTensor tensor = constant(entries(name));
        if (tensor != null) {
            return tensor.integers(most);
        }
        OnnxNode node = producer(entries(name));
        if (node == null || !node.is("Constant")) {
            return null;
        }
        OnnxAttribute one = node.attribute("value_int");
        OnnxAttribute many = node.attribute("value_ints");
        return one != null ? new long[] {one.integer()} : many != null ? many.integers() : null;
    }

    /** The one number of a constant, or null. */
    public Double scalar(String name) {
        String entries = entries(name);
        OnnxTensor tensor = constant(entries);
        if (tensor == null) {
            OnnxNode node = producer(entries);
            OnnxAttribute attribute = node != null && node.is("Constant") ? node.attribute("value_float") : null;
            return attribute == null ? null : Double.valueOf(attribute.number());
        }
        if (tensor.count() != 1) {
            return null;
        }
        if (tensor.isFloatingPoint()) {
            float[] one = new float[1];
            tensor.numbers().read(0, 1, one, 0);
            return (double) one[0];
        }
        long[] integers = tensor.integers(1);
        return integers == null ? null : Double.valueOf(integers[0]);
    }

    public RuntimeException fault(String format, Object... arguments) {
        return model.file().fault(format, arguments);
    }
}
