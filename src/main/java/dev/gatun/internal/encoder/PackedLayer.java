package dev.gatun.internal.encoder;

import dev.gatun.internal.encoder.ModelTensors.Norm;
import dev.gatun.kernel.linear.LinearWeights;

/**
 * The packed weights of a layer.
 *
 * @param heads           to queries, keys and values, side by side
 * @param attentionOutput from the results of all heads, before the first residual
 * @param attentionNorm   after it
 * @param intermediate    to the activation
 * @param output          from the activation, before the second residual
 * @param outputNorm      after it
 */
record PackedLayer(LinearWeights heads, LinearWeights attentionOutput, Norm attentionNorm, LinearWeights intermediate,
                    LinearWeights output, Norm outputNorm) {
}
