package dev.gatun.internal.tokenizer;

import java.util.Arrays;

/**
 * The tokens of texts, one text after the other, in arrays that grow: ids, and where each token begins and ends in its text. It also
 * holds what the tokenizer needs while it reads. A buffer serves one thread at a time, and any tokenizer.
 */
public final class TokenBuffer {

    private static final int FIRST_LENGTH = 64;

    private int[] ids = new int[FIRST_LENGTH];
    private int[] begins = new int[FIRST_LENGTH];
    private int[] ends = new int[FIRST_LENGTH];
    private int count;
    private int limit = Integer.MAX_VALUE;
    private boolean full;

    private final TextReader reader = new TextReader();
    private Word word;
    private NormalisedText normalised;

    /** The number of tokens of all texts. */
    public int count() {
        return count;
    }

    /** The ids of the tokens, in an array that may be longer and is replaced when the buffer grows. */
    public int[] ids() {
        return ids;
    }

    /** Where tokens begin in their text, in UTF-16 units, likewise. */
    public int[] begins() {
        return begins;
    }

    /** Where tokens end in their text, exclusive, likewise. */
    public int[] ends() {
        return ends;
    }

    /** Whether the last text had more tokens than it was allowed. */
    public boolean isTruncated() {
        return full;
    }

    /** Forgets all tokens, and keeps the memory. */
    public void clear() {
        count = 0;
        full = false;
    }

    /** Allows as many tokens as fit before index {@code end}. */
    void limit(int end) {
        limit = end;
        full = false;
    }

    /** Adds a token, or notes that it did not fit. */
    void add(int id, int begin, int end) {
        if (count == limit) {
            full = true;
            return;
        }
        if (count == ids.length) {
            grow();
        }
        ids[count] = id;
        begins[count] = begin;
        ends[count++] = end;
    }

    private void grow() {
        int length = Math.max(count + 1, (int) Math.min(2L * count, Integer.MAX_VALUE - 8));
        ids = Arrays.copyOf(ids, length);
        begins = Arrays.copyOf(begins, length);
        ends = Arrays.copyOf(ends, length);
    }

    boolean isFull() {
        return full;
    }

    void setFull(boolean full) {
        this.full = full;
    }

    TextReader reader() {
        return reader;
    }

    Word word(int maxCharacters) {
        if (word == null || word.maxCharacters() != maxCharacters) {
            word = new Word(maxCharacters);
        }
        return word;
    }

    NormalisedText normalised() {
        if (normalised == null) {
            normalised = new NormalisedText();
        }
        return normalised;
    }

    /** Gives back the scratch memory of a text of unusual length. */
    void trim() {
        if (normalised != null && normalised.isLarge()) {
            normalised = null;
        }
    }
}
