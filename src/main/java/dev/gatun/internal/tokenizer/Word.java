package dev.gatun.internal.tokenizer;

/**
 * The word that is being read: its characters and where each begins in the text. At its end it is taken apart: the longest token that it
 * begins with, then the longest one that follows, and so on; the unknown token if that fails anywhere or the word is too long.
 */
final class Word extends Sink {

    private final int maxCharacters;
    private final char[] units;
    private final int[] begins;
    /** The hash of the units before each, and the powers of its base. */
    private final int[] hashes;
    private final int[] powers;
    private final int[] pieces;
    private final int[] pieceEnds;

    private String text;
    private Vocabulary vocabulary;
    private int unknown;
    private TokenBuffer tokens;

    private int length;
    private int characters;
    private int hash;
    /** Where the last character begins. */
    private int last;

    Word(int maxCharacters) {
        int capacity = 2 * maxCharacters;
        this.maxCharacters = maxCharacters;
        this.units = new char[capacity];
        this.begins = new int[capacity];
        this.hashes = new int[capacity + 1];
        this.powers = new int[capacity + 1];
        this.pieces = new int[capacity];
        this.pieceEnds = new int[capacity];
        powers[0] = 1;
        for (int i = 0; i < capacity; i++) {
            powers[i + 1] = Vocabulary.BASE * powers[i];
        }
    }

    int maxCharacters() {
        return maxCharacters;
    }

    /** Makes ready for words of {@code text}, whose tokens go to {@code tokens}. */
    void start(String text, Vocabulary vocabulary, int unknown, TokenBuffer tokens) {
        this.text = text;
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.tokens = tokens;
        reset();
    }

    /** Lets go of the text. */
    void finish() {
        text = null;
        vocabulary = null;
        tokens = null;
    }

    private void reset() {
        length = 0;
        characters = 0;
        hash = 0;
    }

    /**
     * Reads the characters of a word from {@code at} on, as long as they are ASCII.
     *
     * @param entries the entries of the first 128 characters
     * @return where the first other character is
     */
    int readAscii(String text, int at, int[] entries) {
        char[] units = this.units;
        int[] begins = this.begins;
        int length = this.length;
        int hash = this.hash;
        int end = Math.min(text.length(), at + maxCharacters - Math.min(characters, maxCharacters));
        int first = at;
        for (; at < end; at++) {
            char unit = text.charAt(at);
            if (unit >= 0x80 || entries[unit] >= 0x80) {
                break;
            }
            int point = entries[unit];
            units[length] = (char) point;
            begins[length++] = at;
            hash = Vocabulary.BASE * hash + point;
        }
        this.length = length;
        this.hash = hash;
        if (at > first) {
            characters += at - first;
            last = at - 1;
        }
        return at;
    }

    @Override
    void word(int point, int begin) {
        last = begin;
        if (characters++ >= maxCharacters) {
            // Nothing but its end matters of a word that is too long.
            characters = maxCharacters + 1;
        } else if (point < Character.MIN_SUPPLEMENTARY_CODE_POINT) {
            unit((char) point, begin);
        } else {
            unit(Character.highSurrogate(point), begin);
            unit(Character.lowSurrogate(point), begin);
        }
    }

    private void unit(char unit, int begin) {
        units[length] = unit;
        begins[length++] = begin;
        hash = Vocabulary.BASE * hash + unit;
    }

    @Override
    void alone(int point, int begin) {
        end();
        word(point, begin);
        end();
    }

    @Override
    void end(int at) {
        end();
    }

    @Override
    void space(int point, int begin) {
        end();
    }

    /** Takes the word apart. */
    void end() {
        if (characters == 0) {
            return;
        }
        int id = characters > maxCharacters ? unknown : vocabulary.start(units, 0, length, hash);
        if (id >= 0) {
            tokens.add(id, begins[0], endAt(last));
        } else {
            split();
        }
        reset();
    }

    private void split() {
        for (int i = 0; i < length; i++) {
            hashes[i + 1] = Vocabulary.BASE * hashes[i] + units[i];
        }
        int count = 0;
        for (int from = 0; from < length; from = pieceEnds[count++]) {
            if (!findPiece(from, count)) {
                tokens.add(unknown, begins[0], endAt(last));
                return;
            }
        }
        int from = 0;
        for (int i = 0; i < count; i++) {
            tokens.add(pieces[i], begins[from], endAt(begins[pieceEnds[i] - 1]));
            from = pieceEnds[i];
        }
    }

    /** Finds the longest token at {@code from}, and notes it as piece {@code index}. */
    private boolean findPiece(int from, int index) {
        int longest = from == 0 ? vocabulary.longestStart() : vocabulary.longestInner();
        for (int to = (int) Math.min(length, (long) from + longest); to > from; to--) {
            int hash = hashes[to] - hashes[from] * powers[to - from];
            int id = from == 0 ? vocabulary.start(units, from, to, hash) : vocabulary.inner(units, from, to, hash);
            if (id >= 0) {
                pieces[index] = id;
                pieceEnds[index] = to;
                return true;
            }
        }
        return false;
    }

    /** The end of the character of the text that begins at {@code begin}. */
    int endAt(int begin) {
        int next = begin + 1;
        return next < text.length() && Character.isSurrogatePair(text.charAt(begin), text.charAt(next)) ? next + 1 : next;
    }
}
