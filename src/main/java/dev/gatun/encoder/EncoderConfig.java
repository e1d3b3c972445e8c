package dev.gatun.encoder;

import dev.gatun.internal.view.Checks;

/**
 * The sizes of an encoder, and how its hidden states become embeddings.
 *
 * @param layers        attention layers, L
 * @param heads         heads of a layer, H
 * @param hidden        components of a hidden state and of an embedding, D
 * @param intermediate  components between the two products of a feed-forward layer
 * @param vocabulary    tokens that have an embedding
 * @param positions     positions that have an embedding: the largest number of tokens of a text
 * @param types         token types, of which all texts have the first; 0 if the model has none
 * @param epsilon       what layer normalisation adds to a variance
 * @param pooling       how hidden states become an embedding
 * @param normalised    whether embeddings have length 1
 * @param queryPrefix   what is put before a text of kind {@link InputKind#QUERY}, not null
 * @param passagePrefix what is put before a text of kind {@link InputKind#PASSAGE}, not null
 */
public record EncoderConfig(int layers, int heads, int hidden, int intermediate, int vocabulary, int positions, int types,
                            double epsilon, Pooling pooling, boolean normalised, String queryPrefix, String passagePrefix) {

    /**
     * Checks the sizes.
     *
     * @throws IllegalArgumentException if a size but the types is not positive, the heads do not divide the hidden state, or epsilon is
     *                                  negative or not finite
     * @throws NullPointerException     if the pooling or a prefix is null
     */
    public EncoderConfig {
        Checks.positive(layers, "layers");
        Checks.positive(heads, "heads");
        Checks.positive(hidden, "hidden");
        Checks.positive(intermediate, "intermediate");
        Checks.positive(vocabulary, "vocabulary");
        Checks.positive(positions, "positions");
        Checks.stride(types, 0, "types");
        if (hidden % heads != 0) {
            throw new IllegalArgumentException("%s heads do not divide hidden states of %s components".formatted(heads, hidden));
        }
        if (!(epsilon >= 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("epsilon must be finite and not negative, not %s".formatted(epsilon));
        }
        Checks.given(pooling, "the pooling");
        Checks.given(queryPrefix, "the prefix of queries");
        Checks.given(passagePrefix, "the prefix of passages");
    }

    /**
     * The components of a query, a key or a value of a head.
     *
     * @return {@code d = D / H}
     */
    public int headDimension() {
        return hidden / heads;
    }

    /**
     * What is put before a text.
     *
     * @param kind what the text is to a search
     * @return the prefix, empty for a model that was trained without one
     */
    public String prefix(InputKind kind) {
        return switch (kind) {
            case PLAIN -> "";
            case QUERY -> queryPrefix;
            case PASSAGE -> passagePrefix;
        };
    }
}
