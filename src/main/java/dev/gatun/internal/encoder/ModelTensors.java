package dev.gatun.internal.encoder;

/** The tensors of a model by role, float32. Each call may read a file; any number of threads may call. */
public interface ModelTensors {

    /** Word embeddings, {@code vocabulary x hidden}. */
    MatrixRows word();

    /** Position embeddings, {@code positions x hidden}. */
    float[] position();

    /** Embeddings of token types, {@code types x hidden}. */
    float[] type();

    /** The layer normalisation of the embeddings. */
    Norm embeddingNorm();

    /** The products of a layer, in the order of {@link Role}. */
    Linear linear(int layer, Role role);

    /** The layer normalisation after attention. */
    Norm attentionNorm(int layer);

    /** The layer normalisation after the feed-forward products. */
    Norm outputNorm(int layer);

    /** The products of a layer. */
    enum Role {
        QUERY, KEY, VALUE, ATTENTION_OUTPUT, INTERMEDIATE, OUTPUT
    }

    /**
     * A product {@code y_o = bias_o + sum_i x_i w_io}.
     *
     * @param weights {@code inputs x outputs}
     * @param bias    one for each output
     */
    record Linear(MatrixRows weights, float[] bias) {
    }

    /**
     * The factor and the addend of each normalised component.
     *
     * @param gain  the factors
     * @param shift the addends
     */
    record Norm(float[] gain, float[] shift) {
    }
}
