package dev.gatun.internal.weights;

import dev.gatun.onnx.OnnxConstant;
import dev.gatun.onnx.OnnxGraph;
import dev.gatun.onnx.OnnxGraph.Element;
import dev.gatun.onnx.OnnxNode;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A small encoder of random tensors, and its ONNX graph in the forms of different exporters. Entries are multiples of 1/64 that float16
 * and bfloat16 hold exactly.
 */
final class SmallEncoder {

    static final int LAYERS = 2;
    static final int HEADS = 2;
    static final int HIDDEN = 8;
    static final int INTERMEDIATE = 12;
    static final int VOCABULARY = 11;
    static final int POSITIONS = 7;
    static final int TYPES = 2;
    static final float EPSILON = 1e-6f;

    /** What exporters do in other ways than in the plainest graph. */
    enum Option {
        /** Dense layers are {@code Gemm} on matrices, between changes of shape. */
        GEMM,
        /** Dense layers are {@code Gemm} of weights with those of one output consecutive. */
        GEMM_TRANSPOSED,
        /** Weights with those of one output consecutive are transposed by a node. */
        TRANSPOSE_NODE,
        /** The bias comes first in the sum. */
        BIAS_FIRST,
        /** Normalisations are one node. */
        NORM_NODE,
        /** The square of deviations is a product. */
        SQUARE_BY_PRODUCT,
        GELU_NODE,
        GELU_TANH_NODE,
        /** GELU by tanh in nodes of their own. */
        GELU_TANH,
        RELU,
        /** Queries and keys are scaled, not scores. */
        SCALE_BEFORE,
        /** The scale is computed from a shape. */
        SCALE_FROM_SHAPE,
        /** The shape of heads is joined from parts. */
        JOINED_SHAPE,
        /** Positions are rows of a slice, not looked up. */
        SLICED_POSITIONS,
        /** There are no types of tokens. */
        NO_TYPES,
        /** There is one type, whose vector is added to all. */
        ONE_TYPE,
        /** Copies stand before weights and behind results. */
        COPIES,
        /** Stored tensors are nodes, not initialisers. */
        CONSTANT_NODES,
        /** Masked scores are replaced, not lowered by a sum. */
        MASK_BY_CHOICE,
        /** Masked scores are at least the lowest float. */
        LIMITED_MASK,
        /** Numbers and lists of integers are attributes of nodes, not tensors. */
        NUMBERS_IN_NODES,
        /** Stored tensors are in another file. */
        ELSEWHERE,
        /** The states are used by a pooling in the graph. */
        POOLED
    }

    /** What makes a graph one of another kind, or damages it. */
    enum Flaw {
        NONE, CAUSAL, COMPARED_POSITIONS, LEARNED_BIAS, RELATIVE, ROTARY, SPLIT_PROJECTION, OTHER_KEYS, NORM_BEFORE, GATED, QUANTISED,
        FUSED, SCALE, SILU, NO_ATTENTION, POSITIONS_OF_TOKENS, NO_POSITIONS, TWO_WORDS, SHORT_BIAS, WIDE_KEYS, EPSILONS,
        ACTIVATIONS, UNUSED, DECODER_INPUT, SCALED_VALUES, SOFTMAX_OVER_QUERIES, MEAN_OF_TOKENS,
        POSITIONS_FROM_TWO, SLICE_FROM_TWO, VECTORS_FROM_TWO, SHORT_WEIGHTS, LONG_WEIGHTS, SUBTRACTED_SCORES, MASK_AS_FACTOR,
        SCORES_AS_DIVISOR, SCORES_AS_CHOICE, LIMITED_SCORES, SCORES_TWICE, NEGATIVE_EPSILON, TALL_BIAS, NO_INTERMEDIATE, ROUNDED_WEIGHTS,
        LISTED_POSITIONS, EVERY_OTHER_POSITION
    }

    static final String OTHER_FILE = "small.onnx_data";

    private final ByteArrayOutputStream other = new ByteArrayOutputStream();
    final Map<String, float[]> tensors = new LinkedHashMap<>();

    private Flaw flaw = Flaw.NONE;
    private final Random random;
    private final Set<Option> options;
    private final Element element;
    private final OnnxConstant.Form form;
    private OnnxGraph graph;
    private int names;

    SmallEncoder(long seed, Set<Option> options, Element element, OnnxConstant.Form form) {
        this.random = new Random(seed);
        this.options = options;
        this.element = element;
        this.form = form;
        tensor("word", VOCABULARY * HIDDEN);
        tensor("position", POSITIONS * HIDDEN);
        tensor("type", (has(Option.NO_TYPES) ? 0 : has(Option.ONE_TYPE) ? 1 : TYPES) * HIDDEN);
        norm("norm");
        for (int l = 0; l < LAYERS; l++) {
            for (String role : new String[] {"query", "key", "value", "attentionOutput"}) {
                dense(l + "." + role, HIDDEN, HIDDEN);
            }
            norm(l + ".attentionNorm");
            dense(l + ".intermediate", HIDDEN, INTERMEDIATE);
            dense(l + ".output", INTERMEDIATE, HIDDEN);
            norm(l + ".outputNorm");
        }
    }

    static SmallEncoder plain(Option... options) {
        return new SmallEncoder(1, Set.of(options), Element.FLOAT, OnnxConstant.Form.RAW);
    }

    SmallEncoder with(Flaw newFlaw) {
        flaw = newFlaw;
        return this;
    }

    /** The activation of its graph. */
    HiddenActivation activation() {
        return has(Option.RELU) ? HiddenActivation.RELU : has(Option.GELU_NODE) ? HiddenActivation.GELU
                : has(Option.GELU_TANH_NODE) || has(Option.GELU_TANH) ? HiddenActivation.GELU_TANH : HiddenActivation.GELU;
    }

    private boolean is(Flaw some) {
        return flaw == some;
    }

    private boolean has(Option option) {
        return options.contains(option);
    }

    private void dense(String role, int inputs, int outputs) {
        tensor(role + ".weight", inputs * outputs);
        tensor(role + ".bias", outputs);
    }

    private void norm(String role) {
        tensor(role + ".gain", HIDDEN);
        tensor(role + ".shift", HIDDEN);
    }

    private void tensor(String role, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextInt(255) - 127) / 64f;
        }
        tensors.put(role, values);
    }

    /** {@code values} of {@code rows} rows, column after column. */
    static float[] transposed(float[] values, int rows) {
        int columns = values.length / rows;
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i % columns * rows + i / columns] = values[i];
        }
        return result;
    }

    byte[] toOnnx() {
        other.reset();
        graph = new OnnxGraph("encoder").in("input_ids", Element.INT64, 1, OnnxGraph.ANY)
                .in("attention_mask", Element.INT64, 1, OnnxGraph.ANY);
        if (!has(Option.NO_TYPES) && !has(Option.ONE_TYPE)) {
            graph.in("token_type_ids", Element.INT64, 1, OnnxGraph.ANY);
        }
        if (is(Flaw.DECODER_INPUT)) {
            graph.in("past_key_values.0.key", Element.FLOAT, 1);
        }
        String mask = mask();
        if (is(Flaw.CAUSAL)) {
            mask = node("Add", mask, node("Trilu", node("Expand", number(1), node("Shape", "input_ids"))));
        }
        if (is(Flaw.COMPARED_POSITIONS)) {
            String range = node("Range", integers(0), node("Size", "input_ids"), integers(1));
            mask = node("Where", node("LessOrEqual", range, node("Unsqueeze", range, integers(1))), mask, number(-1e30));
        }
        String states = norm(embeddings(), "norm");
        for (int l = 0; l < LAYERS; l++) {
            states = layer(states, mask, l);
        }
        if (is(Flaw.UNUSED)) {
            states = "input_ids";
        }
        if (has(Option.POOLED)) {
            graph.with(OnnxNode.of("ReduceMean", "pooled", states, integers(1)).with("keepdims", 0));
        }
        graph.with(OnnxNode.of("Identity", "last_hidden_state", states)).out("last_hidden_state", 1, OnnxGraph.ANY, HIDDEN);
        return graph.toModel();
    }

    private String name() {
        return "t" + names++;
    }

    private String node(String operator, String... inputs) {
        String output = name();
        graph.with(OnnxNode.of(operator, output, inputs));
        return output;
    }

    private String node(OnnxNode node, String output) {
        graph.with(node);
        return output;
    }

    private String stored(float[] values, int... shape) {
        String name = name();
        OnnxConstant constant = has(Option.ELSEWHERE) ? elsewhere(name, values, shape)
                : OnnxConstant.of(name, element, form, values, shape);
        if (has(Option.CONSTANT_NODES)) {
            graph.with(OnnxNode.of("Constant", name).with("value", constant));
        } else {
            graph.with(constant);
        }
        String widened = element == Element.FLOAT ? name : node(OnnxNode.of("Cast", name + "_f", name).with("to", 1), name + "_f");
        return has(Option.COPIES) ? node("Identity", widened) : widened;
    }

    private OnnxConstant elsewhere(String name, float[] values, int... shape) {
        int start = other.size();
        other.writeBytes(OnnxConstant.raw(element, values));
        return OnnxConstant.elsewhere(name, element, OTHER_FILE, "" + start, "" + (other.size() - start), shape);
    }

    /** The content of the other file that the graph written last refers to. */
    byte[] other() {
        return other.toByteArray();
    }

    private String number(double value) {
        String name = name();
        if (has(Option.NUMBERS_IN_NODES)) {
            graph.with(OnnxNode.of("Constant", name).with("value_float", (float) value));
        } else {
            graph.with(OnnxConstant.of(name, Element.FLOAT, OnnxConstant.Form.RAW, new float[] {(float) value}));
        }
        return name;
    }

    private String integers(long... values) {
        String name = name();
        if (has(Option.NUMBERS_IN_NODES)) {
            graph.with(OnnxNode.of("Constant", name).with("value_ints", Arrays.stream(values).mapToInt(Math::toIntExact).toArray()));
        } else {
            graph.with(OnnxConstant.of(name, form, values, values.length));
        }
        return name;
    }

    private String mask() {
        String attended = node("Unsqueeze", "attention_mask", integers(1, 2));
        if (has(Option.MASK_BY_CHOICE)) {
            return node(OnnxNode.of("Cast", "chosen", attended).with("to", 9), "chosen");
        }
        String numbers = node(OnnxNode.of("Cast", "attended", attended).with("to", 1), "attended");
        return node("Mul", node("Sub", number(1), numbers), number(-1e30));
    }

    private String embeddings() {
        String sum = node("Gather", stored(tensors.get("word"), VOCABULARY, HIDDEN), "input_ids");
        if (has(Option.ONE_TYPE) && !has(Option.NO_TYPES)) {
            sum = node("Add", sum, stored(tensors.get("type"), HIDDEN));
        } else if (!has(Option.NO_TYPES)) {
            sum = node("Add", sum, node("Gather", stored(tensors.get("type"), TYPES, HIDDEN), "token_type_ids"));
        }
        if (is(Flaw.TWO_WORDS)) {
            sum = node("Add", sum, node("Gather", stored(tensors.get("word"), VOCABULARY, HIDDEN), "attention_mask"));
        }
        if (is(Flaw.NO_POSITIONS)) {
            return sum;
        }
        if (is(Flaw.POSITIONS_OF_TOKENS)) {
            return node("Add", sum, node("Gather", stored(tensors.get("position"), POSITIONS, HIDDEN),
                    node("CumSum", node("Equal", "input_ids", integers(1)), integers(1))));
        }
        String length = node("Gather", node("Shape", "input_ids"), integers(1));
        if (has(Option.SLICED_POSITIONS) || is(Flaw.VECTORS_FROM_TWO)) {
            return node("Add", node("Slice", stored(tensors.get("position"), 1, POSITIONS, HIDDEN),
                    integers(is(Flaw.VECTORS_FROM_TWO) ? 2 : 0), length, integers(1)), sum);
        }
        long[] all = new long[POSITIONS];
        Arrays.setAll(all, i -> is(Flaw.POSITIONS_FROM_TWO) ? i + 2 : i);
        String numbers = is(Flaw.LISTED_POSITIONS) ? name() : integers(all);
        if (is(Flaw.LISTED_POSITIONS)) {
            graph.with(OnnxNode.of("Constant", numbers).with("value_ints", Arrays.copyOf(IntStream.range(0, 16).toArray(), 17)));
        }
        String positions = node("Slice", numbers, integers(is(Flaw.SLICE_FROM_TWO) ? 2 : 0), length, integers(0),
                integers(is(Flaw.EVERY_OTHER_POSITION) ? 2 : 1));
        return node("Add", sum, node("Gather", stored(tensors.get("position"), POSITIONS, HIDDEN), positions));
    }

    private String norm(String input, String role) {
        String gain = stored(tensors.get(role + ".gain"), HIDDEN);
        String shift = stored(tensors.get(role + ".shift"), HIDDEN);
        if (has(Option.NORM_NODE)) {
            String output = name();
            return node(OnnxNode.of("LayerNormalization", output, input, gain, shift).with("epsilon", EPSILON), output);
        }
        String deviations = node("Sub", input, mean(input));
        String squares = has(Option.SQUARE_BY_PRODUCT) ? node("Mul", deviations, deviations) : node("Pow", deviations, number(2));
        double epsilon = is(Flaw.NEGATIVE_EPSILON) ? -1 : is(Flaw.EPSILONS) && role.equals("1.outputNorm") ? 1e-5 : EPSILON;
        String root = node("Sqrt", node("Add", mean(squares), number(epsilon)));
        return node("Add", node("Mul", gain, node("Div", deviations, root)), shift);
    }

    private String mean(String input) {
        return node("ReduceMean", input, integers(is(Flaw.MEAN_OF_TOKENS) ? 1 : -1));
    }

    private String dense(String input, String role) {
        float[] weights = tensors.get(role + ".weight");
        float[] bias = tensors.get(role + ".bias");
        int outputs = bias.length;
        int inputs = weights.length / outputs;
        if (is(Flaw.SHORT_BIAS) && role.equals("1.output")) {
            bias = Arrays.copyOf(bias, HIDDEN - 1);
        }
        if (is(Flaw.NO_INTERMEDIATE) && role.endsWith("intermediate")) {
            return node("MatMul", input, stored(new float[0], HIDDEN, 0));
        }
        String vector = is(Flaw.TALL_BIAS) && role.equals("1.output") ? stored(bias, bias.length, 1) : stored(bias, bias.length);
        if ((is(Flaw.SHORT_WEIGHTS) || is(Flaw.LONG_WEIGHTS)) && role.equals("0.output")) {
            weights = Arrays.copyOf(weights, weights.length + (is(Flaw.SHORT_WEIGHTS) ? -1 : 1));
            return node("Add", node("MatMul", input, stored(weights, INTERMEDIATE, HIDDEN)), vector);
        }
        if (is(Flaw.QUANTISED) && role.equals("1.output")) {
            return node("Add", node("MatMul", input, node("DequantizeLinear", stored(weights, inputs, outputs), number(1))), vector);
        }
        if (is(Flaw.WIDE_KEYS) && role.equals("1.key")) {
            String wide = stored(new float[2 * weights.length], inputs, 2 * outputs);
            return node("Add", node("MatMul", input, wide), stored(new float[2 * outputs], 2 * outputs));
        }
        if (has(Option.GEMM) || has(Option.GEMM_TRANSPOSED)) {
            String rows = node("Reshape", input, integers(-1, inputs));
            String matrix = has(Option.GEMM) ? stored(weights, inputs, outputs) : stored(transposed(weights, inputs), outputs, inputs);
            String output = name();
            graph.with(OnnxNode.of("Gemm", output, rows, matrix, vector).with("transB", has(Option.GEMM) ? 0 : 1));
            return node("Reshape", output, integers(1, -1, outputs));
        }
        String matrix = name();
        if (has(Option.TRANSPOSE_NODE)) {
            graph.with(OnnxNode.of("Transpose", matrix, stored(transposed(weights, inputs), outputs, inputs))
                    .with("perm", new int[] {1, 0}));
        } else {
            matrix = stored(weights, inputs, outputs);
        }
        if (is(Flaw.ROUNDED_WEIGHTS) && role.equals("1.query")) {
            matrix = node(OnnxNode.of("Cast", "rounded", node("Identity", matrix)).with("to", 7), "rounded");
        }
        String product = node("MatMul", input, matrix);
        return has(Option.BIAS_FIRST) ? node("Add", vector, product) : node("Add", product, vector);
    }

    private String layer(String before, String mask, int l) {
        String input = is(Flaw.NORM_BEFORE) && l > 0 ? norm(before, "norm") : before;
        String queries = split(dense(input, l + ".query"), false);
        if (is(Flaw.ROTARY)) {
            queries = node("Add", node("Mul", queries, node("Cos", mask)), node("Mul", node("Neg", queries), node("Sin", mask)));
        }
        if (is(Flaw.SPLIT_PROJECTION)) {
            queries = split(node("Slice", dense(input, l + ".query"), integers(0), integers(8), integers(2)), false);
        }
        String keys = split(dense(is(Flaw.OTHER_KEYS) ? "encoded" : input, l + ".key"), true);
        String values = split(dense(input, l + ".value"), false);
        int size = HIDDEN / HEADS;
        String scores;
        if (has(Option.SCALE_BEFORE)) {
            String root = number(Math.pow(size, -0.25));
            scores = node("MatMul", node("Mul", queries, root), node("Mul", root, keys));
        } else if (has(Option.SCALE_FROM_SHAPE)) {
            String last = node("Gather", node("Shape", queries), integers(3));
            String cast = name();
            graph.with(OnnxNode.of("Cast", cast, last).with("to", 1));
            scores = node("MatMul", node("Div", queries, node("Sqrt", cast)), keys);
        } else {
            scores = node("Div", node("MatMul", queries, keys), number(Math.sqrt(size)));
        }
        if (is(Flaw.SCALE)) {
            scores = node("Mul", scores, number(1.5));
        }
        if (is(Flaw.LEARNED_BIAS)) {
            scores = node("Add", scores, stored(new float[HEADS], HEADS, 1, 1));
        }
        if (is(Flaw.RELATIVE)) {
            scores = node("Add", scores, node("MatMul", queries, node("Neg", keys)));
        }
        scores = switch (flaw) {
            case SUBTRACTED_SCORES -> node("Sub", number(0), scores);
            case MASK_AS_FACTOR -> node("Mul", mask, scores);
            case SCORES_AS_DIVISOR -> node("Div", number(1), scores);
            case SCORES_AS_CHOICE -> node("Where", scores, number(1), number(0));
            case LIMITED_SCORES -> node("Min", scores, number(2));
            case SCORES_TWICE -> node("Add", scores, scores);
            default -> scores;
        };
        String masked = has(Option.MASK_BY_CHOICE) ? node("Where", mask, scores, number(-1e30)) : node("Add", scores, mask);
        masked = has(Option.LIMITED_MASK) ? node("Max", masked, number(-Float.MAX_VALUE)) : masked;
        if (is(Flaw.SCALED_VALUES)) {
            values = node("Mul", values, number(2));
        }
        String weights = name();
        graph.with(OnnxNode.of(is(Flaw.NO_ATTENTION) ? "Relu" : is(Flaw.FUSED) ? "FusedMatMul" : "Softmax", weights, masked)
                .with("axis", is(Flaw.SOFTMAX_OVER_QUERIES) ? 2 : 3));
        String attended = name();
        graph.with(OnnxNode.of("Transpose", attended, node("MatMul", weights, values)).with("perm", new int[] {0, 2, 1, 3}));
        String joined = node("Reshape", attended, integers(1, -1, HIDDEN));
        String state = norm(node("Add", dense(joined, l + ".attentionOutput"), before), l + ".attentionNorm");
        String inner = activated(dense(state, l + ".intermediate"), l);
        if (is(Flaw.GATED)) {
            inner = node("Mul", inner, dense(state, l + ".intermediate"));
        }
        return norm(node("Add", state, dense(inner, l + ".output")), l + ".outputNorm");
    }

    private String split(String input, boolean keys) {
        int size = HIDDEN / HEADS;
        String shape;
        if (has(Option.JOINED_SHAPE)) {
            shape = name();
            graph.with(OnnxNode.of("Concat", shape, node("Gather", node("Shape", input), integers(0)), integers(-1), integers(HEADS),
                    integers(size)).with("axis", 0));
        } else {
            shape = integers(0, -1, HEADS, size);
        }
        String output = name();
        graph.with(OnnxNode.of("Transpose", output, node("Reshape", input, shape))
                .with("perm", keys ? new int[] {0, 2, 3, 1} : new int[] {0, 2, 1, 3}));
        return output;
    }

    private String activated(String x, int layer) {
        if (is(Flaw.SILU)) {
            return node("Mul", x, node("Sigmoid", x));
        }
        if (has(Option.RELU) || is(Flaw.ACTIVATIONS) && layer == 1) {
            return node("Relu", x);
        }
        if (has(Option.GELU_NODE) || has(Option.GELU_TANH_NODE)) {
            String output = name();
            graph.with(OnnxNode.of("Gelu", output, x).with("approximate", has(Option.GELU_NODE) ? "none" : "tanh"));
            return output;
        }
        if (has(Option.GELU_TANH)) {
            String cube = node("Mul", number(0.044715), node("Pow", x, number(3)));
            String tanh = node("Tanh", node("Mul", number(Math.sqrt(2 / Math.PI)), node("Add", x, cube)));
            return node("Mul", node("Mul", number(0.5), x), node("Add", number(1), tanh));
        }
        String erf = node("Erf", node("Div", x, number(Math.sqrt(2))));
        return node("Mul", node("Mul", x, node("Add", erf, number(1))), number(0.5));
    }
}
