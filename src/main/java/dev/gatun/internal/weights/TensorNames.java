package dev.gatun.internal.weights;

/** How the files of a family of models name its tensors, without the prefix that all names may have. {@code %d} is the layer. */
enum TensorNames {

    BERT("embeddings.", "encoder.layer.%d.", "attention.self.query", "attention.self.key", "attention.self.value",
            "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),

    DISTILBERT("embeddings.", "transformer.layer.%d.", "attention.q_lin", "attention.k_lin", "attention.v_lin",
            "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm");

    static final String WORD = "word_embeddings.weight";
    static final String POSITION = "position_embeddings.weight";
    static final String TYPE = "token_type_embeddings.weight";
    static final String NORM = "LayerNorm";

    private final String embeddings;
    private final String layer;
    private final String query;
    private final String key;
    private final String value;
    private final String attentionOutput;
    private final String attentionNorm;
    private final String intermediate;
    private final String output;
    private final String outputNorm;

    TensorNames(String embeddings, String layer, String query, String key, String value, String attentionOutput, String attentionNorm,
            String intermediate, String output, String outputNorm) {
        this.embeddings = embeddings;
        this.layer = layer;
        this.query = query;
        this.key = key;
        this.value = value;
        this.attentionOutput = attentionOutput;
        this.attentionNorm = attentionNorm;
        this.intermediate = intermediate;
        this.output = output;
        this.outputNorm = outputNorm;
    }

    String embeddings(String name) {
        return embeddings + name;
    }

    private String layer(int index) {
        return layer.replace("%d", Integer.toString(index));
    }

    String query(int index) {
        return layer(index) + query;
    }

    String key(int index) {
        return layer(index) + key;
    }

    String value(int index) {
        return layer(index) + value;
    }

    String attentionOutput(int index) {
        return layer(index) + attentionOutput;
    }

    String attentionNorm(int index) {
        return layer(index) + attentionNorm;
    }

    String intermediate(int index) {
        return layer(index) + intermediate;
    }

    String output(int index) {
        return layer(index) + output;
    }

    String outputNorm(int index) {
        return layer(index) + outputNorm;
    }
}
