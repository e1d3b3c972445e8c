package dev.gatun.internal.tokenizer;

import java.util.Arrays;

/** A normalised part of a text, written out: for tokens that are looked for in it before words are. */
final class NormalisedText extends Sink implements CharSequence {

    private static final int FIRST_LENGTH = 256;
    private static final int LARGE = 1 << 16;

    private char[] units = new char[FIRST_LENGTH];
    private int[] begins = new int[FIRST_LENGTH];
    private int length;

    /** Null where the text alone is asked for. */
    private AddedTokens added;
    private Word word;
    private TokenBuffer tokens;

    /** Makes ready for a text: at the end of each part, words go to {@code word}, and tokens of {@code added} to {@code tokens}. */
    void start(AddedTokens added, Word word, TokenBuffer tokens) {
        this.added = added;
        this.word = word;
        this.tokens = tokens;
        length = 0;
    }

    @Override
    void word(int point, int begin) {
        if (point < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
            unit((char) point, begin);
        } else {
            unit(Character.highSurrogate(point), begin);
            unit(Character.lowSurrogate(point), begin);
        }
    }

    private void unit(char unit, int begin) {
        if (length == units.length) {
            units = Arrays.copyOf(units, 2 * length);
            begins = Arrays.copyOf(begins, 2 * length);
        }
        units[length] = unit;
        begins[length++] = begin;
    }

    /** Chinese characters have spaces around them; punctuation has not. */
    @Override
    void alone(int point, int begin) {
        boolean apart = !CharacterData.isPunctuation(point);
        if (apart) {
            unit(' ', begin);
        }
        word(point, begin);
        if (apart) {
            unit(' ', begin);
        }
    }

    @Override
    void space(int point, int begin) {
        unit((char) point, begin);
    }

    /** Finds tokens in what was written, and words between them. */
    @Override
    void end(int end) {
        while (length > 0 && begins[length - 1] >= end) {
            length--;
        }
        if (added == null) {
            return;
        }
        int from = 0;
        for (int at = 0; at < length && !tokens.isFull(); ) {
            AddedToken token = added.longestAt(this, at);
            if (token == null) {
                at++;
                continue;
            }
            int to = at + token.content().length();
            if (token.isAllowed(this, at, to)) {
                int begin = token.begin(this, at, from);
                words(from, begin);
                from = token.end(this, to);
                tokens.add(token.id(), begins[begin], word.endAt(begins[from - 1]));
            }
            // The next one may begin with white space that belongs to this one.
            at = to;
        }
        words(from, length);
        length = 0;
    }

    private void words(int from, int to) {
        for (int at = from; at < to && !tokens.isFull(); ) {
            int point = Character.codePointAt(units, at, to);
            word.accept(CharacterTable.entryOf(point), begins[at]);
            at += Character.charCount(point);
        }
        word.end();
    }

    boolean isLarge() {
        return units.length > LARGE;
    }

    /** What was written, as a string. */
    @Override
    public String toString() {
        return new String(units, 0, length);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public char charAt(int index) {
        return units[index];
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return new String(units, start, end - start);
    }
}
