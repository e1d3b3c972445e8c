package dev.gatun.internal.weights;

import java.util.LinkedHashMap;
import java.util.Map;

/** All tensors of an encoder's file, by the names that {@link SmallEncoder} has for roles. */
final class TensorsByRole {

    private final Map<String, float[]> tensors = new LinkedHashMap<>();

    private TensorsByRole() {
    }

    static Map<String, float[]> of(EncoderFile file) {
        TensorsByRole all = new TensorsByRole();
        all.embedding("word", file.word());
        all.embedding("position", file.position());
        all.embedding("type", file.type());
        all.norm("norm", file.embeddingNorm());
        for (int l = 0; l < file.sizes().layers(); l++) {
            EncoderLayer layer = file.layer(l);
            all.dense(l + ".query", layer.query());
            all.dense(l + ".key", layer.key());
            all.dense(l + ".value", layer.value());
            all.dense(l + ".attentionOutput", layer.attentionOutput());
            all.norm(l + ".attentionNorm", layer.attentionNorm());
            all.dense(l + ".intermediate", layer.intermediate());
            all.dense(l + ".output", layer.output());
            all.norm(l + ".outputNorm", layer.outputNorm());
        }
        return all.tensors;
    }

    private void embedding(String role, EmbeddingTensor tensor) {
        float[] values = new float[tensor.rows() * tensor.columns()];
        tensor.read(values);
        tensors.put(role, values);
    }

    private void norm(String role, NormTensor tensor) {
        float[] gain = new float[tensor.size()];
        float[] shift = new float[tensor.size()];
        tensor.read(gain, shift);
        tensors.put(role + ".gain", gain);
        tensors.put(role + ".shift", shift);
    }

    private void dense(String role, LinearTensor tensor) {
        float[] weights = new float[tensor.inputs() * tensor.outputs()];
        float[] bias = new float[tensor.outputs()];
        tensor.read(weights, bias);
        tensors.put(role + ".weight", weights);
        tensors.put(role + ".bias", bias);
    }
}
