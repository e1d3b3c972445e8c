package dev.gatun.internal.weights;

/**
 * The tensors of one layer.
 *
 * @param query           the dense layer of the queries
 * @param key             of the keys
 * @param value           of the values
 * @param attentionOutput of the attended values
 * @param attentionNorm   the normalisation of its sum with the layer's input
 * @param intermediate    the dense layer before the activation
 * @param output          the dense layer behind it
 * @param outputNorm      the normalisation of its sum with the result of {@code attentionNorm}
 */
public record EncoderLayer(LinearTensor query, LinearTensor key, LinearTensor value, LinearTensor attentionOutput,
                           NormTensor attentionNorm, LinearTensor intermediate, LinearTensor output, NormTensor outputNorm) {
}
