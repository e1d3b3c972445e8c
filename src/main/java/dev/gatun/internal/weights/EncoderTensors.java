package dev.gatun.internal.weights;

import java.util.List;

/**
 * The tensors of an encoder by role, whatever file they come from, with what the file tells of the computation.
 *
 * @param word          vectors of the tokens
 * @param position      of the positions
 * @param type          of the types of tokens, of no rows if there are none
 * @param embeddingNorm the normalisation of the sum of the three
 * @param layers        the layers in order
 * @param heads         heads of each layer
 * @param epsilon       what normalisations add to a variance
 * @param activation    the function between the dense layers
 */
record EncoderTensors(EmbeddingTensor word, EmbeddingTensor position, EmbeddingTensor type, NormTensor embeddingNorm,
                      List<EncoderLayer> layers, int heads, double epsilon, HiddenActivation activation) {

    EncoderSizes sizes() {
        return new EncoderSizes(layers.size(), heads, word.columns(), layers.getFirst().intermediate().outputs(), word.rows(),
                position.rows(), type.rows(), epsilon, activation);
    }
}
