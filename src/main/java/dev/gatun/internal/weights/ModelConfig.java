package dev.gatun.internal.weights;

import dev.gatun.internal.format.JsonValue;
import dev.gatun.internal.format.Names;
import dev.gatun.internal.onnx.ModelFile;
import java.nio.file.Path;

/**
 * The {@code config.json} of a model: what kind it is, and its sizes. A size is 0 where the file does not state it.
 *
 * @param family       the spelling of names
 * @param heads        heads of each layer
 * @param layers       layers
 * @param hidden       components of a token's state
 * @param intermediate components between the two dense layers of a layer
 * @param epsilon      what normalisations add to a variance
 * @param activation   the function between the two dense layers
 */
record ModelConfig(TensorNames family, int heads, int layers, int hidden, int intermediate, double epsilon,
                   HiddenActivation activation) {

    private static final int MAX_SIZE = 1 << 24;
    private static final double DEFAULT_EPSILON = 1e-12;

    /** Reads a {@code config.json}, and refuses models that are no encoders of the BERT family. */
    static ModelConfig read(Path path) {
        try (ModelFile file = ModelFile.open(path)) {
            JsonValue config = JsonValue.read(file);
            TensorNames family = family(config);
            requirePlain(config);
            return new ModelConfig(family, size(config, "num_attention_heads", "n_heads"), size(config, "num_hidden_layers", "n_layers"),
                    size(config, "hidden_size", "dim"), size(config, "intermediate_size", "hidden_dim"),
                    epsilon(config), activation(config));
        }
    }

    private static TensorNames family(JsonValue config) {
        String type = config.text("model_type", "bert");
        return switch (type) {
            case "bert" -> TensorNames.BERT;
            case "distilbert" -> TensorNames.DISTILBERT;
            default -> throw config.field("model_type").fault("is " + Names.quote(type) + "; encoders of the types 'bert' and "
                    + "'distilbert' are read");
        };
    }

    private static void requirePlain(JsonValue config) {
        String positions = config.text("position_embedding_type", "absolute");
        if (!positions.equals("absolute")) {
            throw config.field("position_embedding_type").fault("is " + Names.quote(positions)
                    + "; models with 'absolute' positions are read");
        }
        if (config.truth("is_decoder", false)) {
            throw config.field("is_decoder").fault("is true; encoders are read");
        }
        if (config.optional("quantization_config") != null) {
            throw config.field("quantization_config").fault("tells of quantised weights; those of float32, float16 or bfloat16 are read");
        }
    }

    private static int size(JsonValue config, String name, String otherName) {
        JsonValue value = config.optional(name) == null ? config.optional(otherName) : config.optional(name);
        return value == null ? 0 : (int) value.integer(1, MAX_SIZE);
    }

    private static double epsilon(JsonValue config) {
        double epsilon = config.number("layer_norm_eps", DEFAULT_EPSILON);
        if (!(epsilon >= 0 && epsilon < 1)) {
            throw config.field("layer_norm_eps").fault("is " + epsilon + ", not a number of 0 to 1");
        }
        return epsilon;
    }

    private static HiddenActivation activation(JsonValue config) {
        String field = config.optional("hidden_act") == null && config.optional("activation") != null ? "activation" : "hidden_act";
        String name = config.text(field, "gelu");
        return switch (name) {
            case "gelu", "gelu_python" -> HiddenActivation.GELU;
            case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> HiddenActivation.GELU_TANH;
            case "relu" -> HiddenActivation.RELU;
            default -> throw config.field(field).fault("is " + Names.quote(name) + "; 'gelu', 'gelu_new' and 'relu' are read");
        };
    }
}
