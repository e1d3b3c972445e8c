package dev.gatun.internal.weights;

import java.util.Map;

/** {@link SmallEncoder}s as {@code .safetensors} files, by the names of each family. */
final class SafeTensorsFiles {

    static final String CONFIG = """
            {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 12,
             "layer_norm_eps": 1e-06, "hidden_act": "gelu", "position_embedding_type": "absolute", "vocab_size": 11}""";

    private static final Map<String, String> BERT = Map.of("query", "attention.self.query", "key", "attention.self.key",
            "value", "attention.self.value", "attentionOutput", "attention.output.dense", "attentionNorm", "attention.output.LayerNorm",
            "intermediate", "intermediate.dense", "output", "output.dense", "outputNorm", "output.LayerNorm");

    private static final Map<String, String> DISTILBERT = Map.of("query", "attention.q_lin", "key", "attention.k_lin",
            "value", "attention.v_lin", "attentionOutput", "attention.out_lin", "attentionNorm", "sa_layer_norm",
            "intermediate", "ffn.lin1", "output", "ffn.lin2", "outputNorm", "output_layer_norm");

    private SafeTensorsFiles() {
    }

    static SafeTensorsFile written(SmallEncoder model, String type) {
        return written(model, type, "");
    }

    static SafeTensorsFile written(SmallEncoder model, String type, String prefix) {
        return written(model, type, prefix, "encoder.layer.%s.", BERT);
    }

    static SafeTensorsFile distilBert(SmallEncoder model) {
        return written(model, "F32", "distilbert.", "transformer.layer.%s.", DISTILBERT);
    }

    private static SafeTensorsFile written(SmallEncoder model, String type, String prefix, String layers, Map<String, String> roles) {
        SafeTensorsFile file = new SafeTensorsFile(type);
        model.tensors.forEach((role, values) -> {
            String[] parts = role.split("\\.");
            switch (parts[0]) {
                case "word", "position", "type" -> {
                    if (values.length > 0) {
                        file.add(prefix + "embeddings." + parts[0].replace("type", "token_type") + "_embeddings.weight", values,
                                values.length / SmallEncoder.HIDDEN, SmallEncoder.HIDDEN);
                    }
                }
                case "norm" -> file.add(prefix + "embeddings.LayerNorm." + standard(parts[1]), values, values.length);
                default -> layer(file, prefix + layers.formatted(parts[0]) + roles.get(parts[1]) + ".", parts[2], values,
                        model.tensors.get(role.replace("weight", "bias")));
            }
        });
        return file;
    }

    private static void layer(SafeTensorsFile file, String name, String part, float[] values, float[] bias) {
        if (part.equals("weight")) {
            int inputs = values.length / bias.length;
            file.add(name + part, SmallEncoder.transposed(values, inputs), bias.length, inputs);
        } else {
            file.add(name + standard(part), values, values.length);
        }
    }

    private static String standard(String part) {
        return part.replace("gain", "weight").replace("shift", "bias");
    }
}
