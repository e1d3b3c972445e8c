package dev.gatun.internal.weights;

/**
 * How a model was trained to make the embedding of a text, as its files or its name tell.
 *
 * @param pooling       what the embedding is of the last hidden states, or null if nothing tells
 * @param normalised    whether the embedding is divided by its norm; without meaning if nothing tells the pooling
 * @param queryPrefix   what precedes a text that searches, often empty
 * @param passagePrefix what precedes a text that is searched, often empty
 */
public record EmbeddingForm(StatePooling pooling, boolean normalised, String queryPrefix, String passagePrefix) {

    /** What one vector is made of the states of all tokens. */
    public enum StatePooling {
        /** Their mean. */
        MEAN,
        /** The first one. */
        CLS
    }
}
