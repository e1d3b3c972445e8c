package dev.gatun.internal.encoder;

import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.internal.weights.EncoderSizes;
import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.linear.Activation;

/** The weights of a model, packed for its products. Immutable, shared by all plans. */
public final class EncoderWeights {

    private final EncoderSizes sizes;
    private final boolean bfloat16;
    private final EmbeddingTable word;
    private final float[] positions;
    private final float[] types;
    private final Norm embeddingNorm;
    private final PackedLayer[] layers;

    /** Weights of packed layers; the other tensors are read here. */
    EncoderWeights(EncoderSizes sizes, ModelTensors tensors, boolean bfloat16, EmbeddingTable word, PackedLayer[] layers) {
        int hidden = sizes.hidden();
        this.sizes = sizes;
        this.bfloat16 = bfloat16;
        this.word = word;
        this.positions = TensorChecks.require(tensors.position(), ArrayLength.of(sizes.positions(), hidden), "position embeddings");
        this.types = sizes.types() == 0 ? new float[hidden]
                : TensorChecks.require(tensors.type(), ArrayLength.of(sizes.types(), hidden), "type embeddings");
        this.embeddingNorm = TensorChecks.require(tensors.embeddingNorm(), hidden, "the layer norm of the embeddings");
        this.layers = layers;
    }

    /**
     * Packs the weights of a model on the calling thread.
     *
     * @param bfloat16 whether weights are rounded to bfloat16
     * @throws IllegalArgumentException if a tensor has another size, or an entry is not finite
     */
    public static EncoderWeights of(EncoderSizes sizes, ModelTensors tensors, boolean bfloat16) {
        return new WeightPacking(sizes, tensors, bfloat16).weights();
    }

    /** Whether the kernels for these weights are compiled. */
    Compilation compilation() {
        return Compilation.of(bfloat16);
    }

    /** The function between the two products of a feed-forward layer. */
    Activation activation() {
        return switch (sizes.activation()) {
            case GELU -> Activation.GELU;
            case GELU_TANH -> Activation.GELU_TANH;
            case RELU -> Activation.RELU;
        };
    }

    /** The sizes of the model. */
    public EncoderSizes sizes() {
        return sizes;
    }

    /** Sums the embeddings of a token, of type 0 and of a position. */
    void embed(int id, int position, float[] to, int at) {
        word.add(id, types, positions, position, to, at);
    }

    Norm embeddingNorm() {
        return embeddingNorm;
    }

    PackedLayer layer(int layer) {
        return layers[layer];
    }
}
