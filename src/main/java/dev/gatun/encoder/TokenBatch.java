package dev.gatun.encoder;

import dev.gatun.internal.view.Checks;
import java.util.Arrays;

/**
 * The token ids of some texts, one text after the other without padding. Text i has the tokens {@code offset(i) .. offset(i + 1) - 1}.
 *
 * <p>A batch has memory for a largest number of tokens and texts. It is filled again and again without an allocation: {@link #clear} and
 * {@link #add}. It is not for use by two threads at once.
 */
public final class TokenBatch {

    private final int[] ids;
    private final int[] offsets;
    private int texts;

    /**
     * An empty batch.
     *
     * @param maxTokens the largest number of tokens of all texts together
     * @param maxTexts  the largest number of texts
     * @throws IllegalArgumentException if a number is not positive
     */
    public TokenBatch(int maxTokens, int maxTexts) {
        Checks.positive(maxTokens, "tokens of a batch");
        Checks.positive(maxTexts, "texts of a batch");
        this.ids = new int[maxTokens];
        this.offsets = new int[Math.addExact(maxTexts, 1)];
    }

    /**
     * A batch of given texts, which is full.
     *
     * @param texts the token ids of each text, with the special tokens
     * @return the batch
     * @throws IllegalArgumentException if there is no text, or a text has no token
     */
    public static TokenBatch of(int[]... texts) {
        Checks.positive(texts.length, "texts of a batch");
        TokenBatch batch = new TokenBatch(Checks.total(Arrays.stream(texts).mapToInt(text -> text.length).toArray(), "tokens of a text"),
                texts.length);
        for (int[] text : texts) {
            batch.add(text);
        }
        return batch;
    }

    /** Removes all texts. */
    public void clear() {
        texts = 0;
    }

    /**
     * Adds a text.
     *
     * @param text its tokens, with the special tokens
     * @throws IllegalArgumentException if the batch has no room for it; then nothing has been added
     */
    public void add(TokenizedText text) {
        int count = text.count();
        requireRoom(count);
        int at = offsets[texts];
        for (int i = 0; i < count; i++) {
            ids[at + i] = text.id(i);
        }
        end(at + count);
    }

    /**
     * Adds a text.
     *
     * @param text the ids of its tokens, with those of the special tokens
     * @throws IllegalArgumentException if the text has no token or the batch has no room for it; then nothing has been added
     */
    public void add(int[] text) {
        add(text, 0, text.length);
    }

    /**
     * Adds a text from a part of an array.
     *
     * @param text  token ids
     * @param from  where those of the text begin
     * @param count how many it has
     * @throws IllegalArgumentException  likewise
     * @throws IndexOutOfBoundsException if the array has no such part
     */
    public void add(int[] text, int from, int count) {
        requireRoom(count);
        System.arraycopy(text, from, ids, offsets[texts], count);
        end(offsets[texts] + count);
    }

    private void requireRoom(int count) {
        Checks.positive(count, "tokens of a text");
        if (texts == maxTexts()) {
            throw new IllegalArgumentException("the batch has room for %s texts, which are there already".formatted(texts));
        }
        if (count > ids.length - offsets[texts]) {
            throw new IllegalArgumentException("the batch has room for %s tokens, of which %s are taken: a text of %s does not fit"
                    .formatted(ids.length, offsets[texts], count));
        }
    }

    private void end(int offset) {
        texts++;
        offsets[texts] = offset;
    }

    /** {@return the number of texts} */
    public int texts() {
        return texts;
    }

    /** {@return the number of tokens of all texts together} */
    public int tokens() {
        return offsets[texts];
    }

    /** {@return the largest number of texts} */
    public int maxTexts() {
        return offsets.length - 1;
    }

    /** {@return the largest number of tokens of all texts together} */
    public int maxTokens() {
        return ids.length;
    }

    /**
     * The first token of text i, which is one past the last token of text {@code i - 1}.
     *
     * @param i 0 to {@link #texts}
     * @return its place
     * @throws IndexOutOfBoundsException if there is no such text
     */
    public int offset(int i) {
        Checks.index(i, texts + 1, "offset");
        return offsets[i];
    }

    /**
     * The number of tokens of text i.
     *
     * @param i 0 to {@link #texts} - 1
     * @return the number
     * @throws IndexOutOfBoundsException if there is no such text
     */
    public int length(int i) {
        Checks.index(i, texts, "text");
        return offsets[i + 1] - offsets[i];
    }

    /**
     * A token of the batch.
     *
     * @param i 0 to {@link #tokens} - 1
     * @return its id
     * @throws IndexOutOfBoundsException if there is no such token
     */
    public int id(int i) {
        Checks.index(i, tokens(), "token");
        return ids[i];
    }

    /** The memory of the ids, of which the first {@link #tokens} are valid. */
    int[] ids() {
        return ids;
    }

    /** The memory of the offsets, of which the first {@link #texts} + 1 are valid. */
    int[] offsets() {
        return offsets;
    }

    @Override
    public String toString() {
        return "TokenBatch[%s texts of %s tokens]".formatted(texts, tokens());
    }
}
