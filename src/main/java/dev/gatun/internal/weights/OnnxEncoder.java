package dev.gatun.internal.weights;

import dev.gatun.internal.format.Names;
import dev.gatun.internal.format.Shape;
import dev.gatun.internal.onnx.ModelFile;
import dev.gatun.internal.onnx.OnnxGraph;
import dev.gatun.internal.onnx.OnnxMatrix;
import dev.gatun.internal.onnx.OnnxModel;
import dev.gatun.internal.onnx.OnnxNode;
import dev.gatun.internal.onnx.OnnxTensor;
import dev.gatun.internal.onnx.StoredNumbers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the tensors of a BERT encoder in an ONNX graph by what the graph does with them. Names play no part, except that an input whose
 * name contains {@code type} or {@code segment} holds the types of tokens.
 *
 * <p>Each softmax of products of queries and keys is an attention. From there on the graph must be that of BERT: a residual sum and its
 * normalisation, two dense layers with an activation between, a residual sum and its normalisation, whose result the next layer takes; and
 * the first layer takes the normalised sum of embeddings.
 */
final class OnnxEncoder {

    private static final int MAX_LAYERS = 1024;

    /** Nodes from which attentions are searched: one a layer, and few others. */
    private static final int MAX_SOFTMAXES = 2 * MAX_LAYERS;

    /** The longest array. */
    private static final long MAX_ENTRIES = Integer.MAX_VALUE - 8;

    private static final double SCALE_TOLERANCE = 1e-3;

    private static final Set<String> QUANTISED = Set.of("DequantizeLinear", "QuantizeLinear", "DynamicQuantizeLinear", "MatMulInteger",
            "QLinearMatMul", "ConvInteger", "QAttention", "QGemm", "QOrderedMatMul", "DynamicQuantizeMatMul", "MatMulIntegerToFloat",
            "MatMulNBits", "MatMulBnb4", "QEmbedLayerNormalization", "GatherBlockQuantized", "DynamicQuantizeLSTM");

    private static final Set<String> FUSED = Set.of("Attention", "MultiHeadAttention", "PackedAttention", "PackedMultiHeadAttention",
            "GroupQueryAttention", "EmbedLayerNormalization", "SkipLayerNormalization", "BiasGelu", "FusedMatMul", "RotaryEmbedding");

    private final ModelFile file;
    private final OnnxGraph graph;
    private final OnnxBlocks blocks;

    private OnnxEncoder(OnnxModel model) {
        this.file = model.file();
        requirePlain(model);
        this.graph = new OnnxGraph(model);
        this.blocks = new OnnxBlocks(graph);
    }

    /**
     * The tensors of the encoder in {@code file}.
     *
     * @param heads heads of each layer, 0 if the graph is to tell
     */
    static EncoderTensors read(ModelFile file, int heads) {
        return new OnnxEncoder(OnnxModel.read(file)).tensors(heads);
    }

    private void requirePlain(OnnxModel model) {
        for (OnnxNode node : model.nodes()) {
            if (QUANTISED.contains(node.operator())) {
                throw file.fault("is quantised, by %s: take the float32 or float16 model, often model.onnx beside it", node);
            }
            if (FUSED.contains(node.operator())) {
                throw file.fault("was optimised for one runtime, to %s: take the model as it was exported", node);
            }
        }
        for (String input : model.inputs()) {
            if (input.startsWith("past_key") || input.contains("decoder_input")) {
                throw file.fault("is not a BERT encoder: the input %s is that of a decoder", Names.quote(input));
            }
        }
    }

    private EncoderTensors tensors(int heads) {
        OnnxAttention.Search search = new OnnxAttention.Search(blocks);
        Map<String, OnnxAttention> byInput = new HashMap<>();
        int softmaxes = 0;
        for (OnnxNode node : graph.nodes()) {
            if (node.is("Softmax") && ++softmaxes > MAX_SOFTMAXES) {
                throw blocks.unsupported("its graph has more than %d softmaxes", MAX_SOFTMAXES);
            }
            OnnxAttention attention = node.is("Softmax") ? search.of(node) : null;
            if (attention != null) {
                requireOneInput(attention);
                if (byInput.put(attention.query().input(), attention) != null || byInput.size() > MAX_LAYERS) {
                    throw blocks.unsupported("two attentions have the input %s", Names.quote(attention.query().input()));
                }
            }
        }
        if (byInput.isEmpty()) {
            for (OnnxNode node : graph.nodes()) {
                if (!node.isStandard()) {
                    throw blocks.unsupported("its graph has no softmax of products of queries and keys in the open, but %s of the "
                            + "domain %s", node, Names.quote(node.domain()));
                }
            }
            throw blocks.unsupported("its graph has no softmax of products of queries and keys");
        }
        return chain(byInput, heads);
    }

    private void requireOneInput(OnnxAttention attention) {
        for (OnnxDense dense : List.of(attention.key(), attention.value())) {
            if (!dense.input().equals(attention.query().input())) {
                throw blocks.unsupported("queries come from %s, but keys or values from %s, as in decoders",
                        Names.quote(attention.query().input()), Names.quote(dense.input()));
            }
        }
    }

    /** Follows the layers from the one whose input is the normalised sum of embeddings. */
    private EncoderTensors chain(Map<String, OnnxAttention> byInput, int heads) {
        String first = null;
        OnnxEmbeddings embeddings = null;
        for (String input : byInput.keySet()) {
            OnnxNorm norm = blocks.normTo(input);
            OnnxEmbeddings sum = norm == null ? null : OnnxEmbeddings.of(graph, norm);
            if (sum != null) {
                first = input;
                embeddings = sum;
            }
        }
        if (first == null) {
            throw blocks.unsupported("no attention takes a normalised sum of word and position embeddings");
        }
        int hidden = size(embeddings.word(), 1, "word embeddings");
        List<OnnxLayer> layers = new ArrayList<>();
        String state = first;
        for (OnnxAttention next = byInput.remove(state); next != null; next = byInput.remove(state)) {
            OnnxLayer layer = OnnxLayer.of(blocks, layers.size(), state, next);
            layers.add(layer);
            state = layer.outputNorm().output();
        }
        if (!byInput.isEmpty()) {
            throw blocks.unsupported("the attention on %s takes no result of the %d layers before it",
                    Names.quote(byInput.keySet().iterator().next()), layers.size());
        }
        requireFinal(state);
        int found = heads(layers, heads, hidden);
        requireScale(layers, found, hidden);
        return new EncoderTensors(embedding(embeddings.word(), hidden, "word embeddings"),
                embedding(embeddings.position(), hidden, "position embeddings"),
                embeddings.type() == null ? EmbeddingTensor.none(hidden) : embedding(embeddings.type(), hidden, "type embeddings"),
                norm(embeddings.norm(), hidden, "the embeddings"), stored(layers, hidden), found, epsilon(embeddings, layers),
                activation(layers));
    }

    /** The last layer's result must be an output, or be used. */
    private void requireFinal(String state) {
        boolean output = false;
        for (String name : graph.model().outputs()) {
            output |= graph.entries(name).equals(state);
        }
        if (!output && graph.users(state).isEmpty()) {
            throw blocks.unsupported("the result of the last layer found, %s, is not used", Names.quote(state));
        }
    }

    private int heads(List<OnnxLayer> layers, int given, int hidden) {
        long found = 0;
        for (OnnxLayer layer : layers) {
            OnnxAttention attention = layer.attention();
            double components = 1 / (attention.scale() * attention.scale());
            boolean whole = components >= 1 && components <= hidden && Math.abs(components - Math.rint(components)) < 1e-2;
            long heads = attention.heads() > 0 ? attention.heads() : whole ? hidden / Math.round(components) : 0;
            if (found > 0 && heads > 0 && heads != found) {
                throw blocks.unsupported("its layers have %d and %d heads", found, heads);
            }
            found = Math.max(found, heads);
        }
        if (found > 0 && given > 0 && found != given) {
            throw file.fault("has %d heads a layer, but its configuration says %d", found, given);
        }
        long heads = Math.max(found, given);
        if (heads == 0) {
            throw file.fault("does not tell its number of heads: a config.json beside it is needed");
        }
        if (hidden % heads != 0) {
            throw file.fault("divides states of %d components among %d heads", hidden, heads);
        }
        return (int) heads;
    }

    private void requireScale(List<OnnxLayer> layers, int heads, int hidden) {
        double expected = 1 / Math.sqrt((double) hidden / heads);
        for (int i = 0; i < layers.size(); i++) {
            double scale = layers.get(i).attention().scale();
            if (Math.abs(scale / expected - 1) > SCALE_TOLERANCE) {
                throw blocks.unsupported("layer %d: its scores are multiplied by %s, not by 1/sqrt(%d)", i, scale, hidden / heads);
            }
        }
    }

    private double epsilon(OnnxEmbeddings embeddings, List<OnnxLayer> layers) {
        double epsilon = embeddings.norm().epsilon();
        if (!(epsilon >= 0 && epsilon < 1)) {
            throw blocks.unsupported("its normalisations add %s to variances, not a number of 0 to 1", epsilon);
        }
        for (OnnxLayer layer : layers) {
            for (OnnxNorm norm : List.of(layer.attentionNorm(), layer.outputNorm())) {
                if (norm.epsilon() != epsilon) {
                    throw blocks.unsupported("its normalisations add %s and %s to variances", epsilon, norm.epsilon());
                }
            }
        }
        return epsilon;
    }

    private HiddenActivation activation(List<OnnxLayer> layers) {
        HiddenActivation activation = layers.getFirst().activation();
        for (OnnxLayer layer : layers) {
            if (layer.activation() != activation) {
                throw blocks.unsupported("its layers have the activations %s and %s", activation, layer.activation());
            }
        }
        return activation;
    }

    private List<EncoderLayer> stored(List<OnnxLayer> layers, int hidden) {
        int intermediate = (int) Math.min(layers.getFirst().intermediate().matrix().outputs(), Integer.MAX_VALUE);
        if (intermediate == 0) {
            throw file.fault("layer 0: the intermediate weights are %d x 0", hidden);
        }
        List<EncoderLayer> stored = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            OnnxLayer layer = layers.get(i);
            OnnxAttention attention = layer.attention();
            stored.add(new EncoderLayer(linear(attention.query(), hidden, hidden, i, "query"),
                    linear(attention.key(), hidden, hidden, i, "key"), linear(attention.value(), hidden, hidden, i, "value"),
                    linear(attention.output(), hidden, hidden, i, "attention output"),
                    norm(layer.attentionNorm(), hidden, "the attention of layer ".concat(Integer.toString(i))),
                    linear(layer.intermediate(), hidden, intermediate, i, "intermediate"),
                    linear(layer.output(), intermediate, hidden, i, "output"),
                    norm(layer.outputNorm(), hidden, "the output of layer ".concat(Integer.toString(i)))));
        }
        return List.copyOf(stored);
    }

    private LinearTensor linear(OnnxDense dense, int inputs, int outputs, int index, String role) {
        OnnxMatrix matrix = dense.matrix();
        if (matrix.inputs() != inputs || matrix.outputs() != outputs) {
            throw file.fault("layer %d: the %s weights are %d x %d, not %d x %d", index, role, matrix.inputs(), matrix.outputs(), inputs,
                    outputs);
        }
        if ((long) inputs * outputs > MAX_ENTRIES) {
            throw file.fault("layer %d: the %s weights are %d x %d, more than one array holds", index, role, inputs, outputs);
        }
        StoredNumbers bias = dense.bias() == null ? null
                : vector(dense.bias(), outputs, "layer ", index, ": the ", role, " bias");
        return new LinearTensor(matrix.tensor().numbers(), matrix.transposed(), bias, inputs, outputs);
    }

    private NormTensor norm(OnnxNorm norm, int size, String place) {
        return new NormTensor(vector(norm.gain(), size, "the gain behind ", place),
                vector(norm.shift(), size, "the shift behind ", place), size);
    }

    /** @param role what it is, in parts that a message joins */
    private StoredNumbers vector(OnnxTensor tensor, int size, Object... role) {
        if (tensor.count() != size || tensor.trailingSizes(1).length > 1) {
            StringBuilder name = new StringBuilder();
            for (Object part : role) {
                name.append(part);
            }
            throw file.fault("%s has shape %s, not %d entries", name, tensor.shape(), size);
        }
        return tensor.numbers();
    }

    private EmbeddingTensor embedding(OnnxTensor tensor, int hidden, String role) {
        int rows = size(tensor, 0, role);
        if (size(tensor, 1, role) != hidden) {
            throw file.fault("the %s have shape %s, not rows of %d", role, tensor.shape(), hidden);
        }
        if ((long) rows * hidden > MAX_ENTRIES) {
            throw file.fault("the %s have shape %s, more than one array holds", role, tensor.shape());
        }
        return new EmbeddingTensor(tensor.numbers(), rows, hidden);
    }

    /** A size of a matrix. */
    private int size(OnnxTensor tensor, int dimension, String role) {
        long[] sizes = tensor.trailingSizes(2);
        long[] matrix = sizes.length == 1 ? new long[] {1, sizes[0]} : sizes;
        if (matrix.length != 2 || matrix[dimension] < 1 || matrix[dimension] > MAX_ENTRIES) {
            throw file.fault("the %s have shape %s, not that of a matrix", role, new Shape(tensor.sizes()));
        }
        return (int) matrix[dimension];
    }
}
