package dev.gatun.encoder;

import dev.gatun.internal.tokenizer.TokenBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * The tokens of one text, special tokens included. Token {@code i} stands at {@code begin(i)} to {@code end(i)}, in UTF-16 units as in
 * {@link String#substring(int, int)}; places never decrease from one token to the next. A special token around the text has no length.
 * Pieces of one character, such as the letters of a Hangul syllable, share its place. Immutable.
 */
public final class TokenizedText {

    private final String text;
    private final Tokenizer tokenizer;
    private final int[] ids;
    private final int[] begins;
    private final int[] ends;
    private final boolean truncated;

    TokenizedText(String text, Tokenizer tokenizer, TokenBuffer tokens) {
        this.text = text;
        this.tokenizer = tokenizer;
        this.ids = Arrays.copyOf(tokens.ids(), tokens.count());
        this.begins = Arrays.copyOf(tokens.begins(), tokens.count());
        this.ends = Arrays.copyOf(tokens.ends(), tokens.count());
        this.truncated = tokens.isTruncated();
    }

    /** {@return the text} */
    public String text() {
        return text;
    }

    /** {@return the number of tokens} */
    public int count() {
        return ids.length;
    }

    /**
     * The id of a token.
     *
     * @param i 0 to {@link #count} - 1
     * @return its id
     * @throws IndexOutOfBoundsException if there is no such token
     */
    public int id(int i) {
        return ids[Objects.checkIndex(i, ids.length)];
    }

    /** {@return the ids of all tokens, in a new array} */
    public int[] ids() {
        return ids.clone();
    }

    /**
     * A token as the vocabulary has it.
     *
     * @param i 0 to {@link #count} - 1
     * @return its characters, with the prefix {@code ##} inside a word
     * @throws IndexOutOfBoundsException if there is no such token
     */
    public String token(int i) {
        return tokenizer.token(id(i));
    }

    /**
     * Where a token begins in the text.
     *
     * @param i 0 to {@link #count} - 1
     * @return the index of its first UTF-16 unit
     * @throws IndexOutOfBoundsException if there is no such token
     */
    public int begin(int i) {
        return begins[Objects.checkIndex(i, ids.length)];
    }

    /**
     * Where a token ends in the text.
     *
     * @param i 0 to {@link #count} - 1
     * @return the index after its last UTF-16 unit
     * @throws IndexOutOfBoundsException if there is no such token
     */
    public int end(int i) {
        return ends[Objects.checkIndex(i, ids.length)];
    }

    /** {@return whether the text has more tokens than were asked for} */
    public boolean truncated() {
        return truncated;
    }

    @Override
    public String toString() {
        return "TokenizedText[%s tokens%s]".formatted(count(), truncated ? ", truncated" : "");
    }
}
