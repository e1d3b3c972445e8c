package dev.gatun.server;

import dev.gatun.encoder.TextEncoder;
import java.util.List;
import java.util.Map;

/**
 * The encoder behind a server: the tokens of a text, and the embeddings of a batch of token sequences. Safe for use by several threads.
 */
public interface ServedEncoder {

    /**
     * An encoder of this library.
     *
     * @param encoder the encoder; a server of it does not close it
     * @return what a server needs of it
     */
    static ServedEncoder of(TextEncoder encoder) {
        return of(encoder, encoder.name());
    }

    /**
     * An encoder of this library under another name.
     *
     * @param encoder the encoder; a server of it does not close it
     * @param name    the name of the model in answers
     * @return what a server needs of it
     */
    static ServedEncoder of(TextEncoder encoder, String name) {
        return new ServedTextEncoder(encoder, name);
    }

    /** {@return the name of the model, which answers carry} */
    String name();

    /** {@return what makes one vector of a text's hidden states: {@code mean} or {@code cls}} */
    String pooling();

    /** {@return the type of the stored weights: {@code float32} or {@code bfloat16}} */
    String weights();

    /** {@return the number of components of an embedding} */
    int dimension();

    /** {@return the largest number of tokens of a text, special tokens included} */
    int maxTokens();

    /** {@return the number of token ids: an id is at least 0 and below this} */
    int vocabulary();

    /** {@return prefixes of texts by the name that a request gives, such as {@code query} and {@code passage}; empty for most models} */
    Map<String, String> prompts();

    /**
     * The ids of all tokens of a text, between those of {@code [CLS]} and {@code [SEP]}. Nothing is cut.
     *
     * @param text a text
     * @return its token ids
     */
    int[] encode(String text);

    /**
     * All tokens of a text, special tokens included. Nothing is cut.
     *
     * @param text a text
     * @return its tokens
     */
    List<ServedToken> tokenize(String text);

    /**
     * The embeddings of a ragged batch, before they are normalised. What a text gets does not depend on the others.
     *
     * @param ids     the token ids of all texts, one text after the other
     * @param offsets the first token of each text, and the end of the last: one more entry than there are texts
     * @return an embedding of {@link #dimension()} components per text, in new arrays
     */
    float[][] embed(int[] ids, int[] offsets);

    /**
     * Divides an embedding, or its first components, by their length.
     *
     * @param row the components
     */
    void normalise(float[] row);
}
