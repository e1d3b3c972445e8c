package dev.gatun.bench;

import dev.gatun.internal.encoder.FileTensors;
import dev.gatun.internal.encoder.ModelTensors.Linear;
import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.encoder.ModelTensors.Role;
import dev.gatun.internal.weights.EncoderFile;
import dev.gatun.internal.weights.EncoderSizes;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** An encoder in the files that Jlama reads: {@code model.safetensors}, {@code config.json} and {@code tokenizer.json}. */
final class JlamaModel {

    private final Map<String, float[]> tensors = new LinkedHashMap<>();
    private final StringBuilder header = new StringBuilder("{");
    private long bytes;

    private JlamaModel() {
    }

    /** Writes the files. */
    static void write(EncoderFile file, Path folder) throws IOException {
        EncoderSizes sizes = file.sizes();
        Files.copy(file.tokenizer(), folder.resolve("tokenizer.json"));
        Files.writeString(folder.resolve("config.json"), """
                {"architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu", "hidden_size": %d, "intermediate_size": %d,
                 "layer_norm_eps": %s, "max_position_embeddings": %d, "num_attention_heads": %d, "num_hidden_layers": %d, "vocab_size": %d}
                """.formatted(sizes.hidden(), sizes.intermediate(), sizes.epsilon(), sizes.positions(), sizes.heads(), sizes.layers(),
                sizes.vocabulary()));
        JlamaModel model = new JlamaModel();
        model.add(new FileTensors(file), sizes);
        model.write(folder.resolve("model.safetensors"));
    }

    private void add(FileTensors file, EncoderSizes sizes) {
        int hidden = sizes.hidden();
        add("embeddings.word_embeddings.weight", file.word(), sizes.vocabulary(), hidden);
        add("embeddings.position_embeddings.weight", file.position(), sizes.positions(), hidden);
        add("embeddings.token_type_embeddings.weight", file.type(), sizes.types(), hidden);
        add("embeddings.LayerNorm", file.embeddingNorm());
        for (int layer = 0; layer < sizes.layers(); layer++) {
            String name = "encoder.layer." + layer + ".";
            add(name + "attention.self.query", file.linear(layer, Role.QUERY));
            add(name + "attention.self.key", file.linear(layer, Role.KEY));
            add(name + "attention.self.value", file.linear(layer, Role.VALUE));
            add(name + "attention.output.dense", file.linear(layer, Role.ATTENTION_OUTPUT));
            add(name + "attention.output.LayerNorm", file.attentionNorm(layer));
            add(name + "intermediate.dense", file.linear(layer, Role.INTERMEDIATE));
            add(name + "output.dense", file.linear(layer, Role.OUTPUT));
            add(name + "output.LayerNorm", file.outputNorm(layer));
        }
        add("pooler.dense", new Linear(new float[hidden * hidden], new float[hidden]));    // Jlama asks for it and does not use it
    }

    private void add(String name, Norm norm) {
        add(name + ".weight", norm.gain(), norm.gain().length);
        add(name + ".bias", norm.shift(), norm.shift().length);
    }

    private void add(String name, Linear linear) {
        int outputs = linear.bias().length;
        int inputs = linear.weights().length / outputs;
        float[] weights = new float[outputs * inputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < inputs; i++) {
                weights[o * inputs + i] = linear.weights()[i * outputs + o];
            }
        }
        add(name + ".weight", weights, outputs, inputs);
        add(name + ".bias", linear.bias(), outputs);
    }

    private void add(String name, float[] entries, int... shape) {
        tensors.put(name, entries);
        header.append(header.length() == 1 ? "" : ",").append("\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
                .formatted(name, Arrays.toString(shape), bytes, bytes + 4L * entries.length));
        bytes += 4L * entries.length;
    }

    private void write(Path path) throws IOException {
        header.append('}').repeat(' ', 8 - header.length() % 8);
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(path))) {
            out.writeLong(Long.reverseBytes(header.length()));
            out.write(header.toString().getBytes(StandardCharsets.US_ASCII));
            for (float[] entries : tensors.values()) {
                ByteBuffer content = ByteBuffer.allocate(4 * entries.length).order(ByteOrder.LITTLE_ENDIAN);
                content.asFloatBuffer().put(entries);
                out.write(content.array());
            }
        }
    }
}
