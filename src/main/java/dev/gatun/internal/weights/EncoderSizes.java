package dev.gatun.internal.weights;

/**
 * The sizes of an encoder of the BERT family.
 *
 * @param layers       its layers
 * @param heads        heads of each layer
 * @param hidden       components of a token's state
 * @param intermediate components between the two dense layers of a layer
 * @param vocabulary   tokens that it knows
 * @param positions    tokens of the longest text
 * @param types        types of tokens, 0 if it knows none
 * @param epsilon      what its normalisations add to a variance
 * @param activation   the function between the two dense layers
 */
public record EncoderSizes(int layers, int heads, int hidden, int intermediate, int vocabulary, int positions, int types, double epsilon,
                           HiddenActivation activation) {
}
