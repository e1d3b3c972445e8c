package dev.gatun.internal.tokenizer;

/** Reads a text character by character: tokens in the raw text go to a buffer, the normalised characters between them to a sink. */
final class TextReader {

    private String text;
    private CharacterTable characters;
    private AddedTokens added;
    private Sink sink;
    private TokenBuffer tokens;

    private int at;
    /** The end of the last token in the raw text, the white space that belongs to it included. */
    private int free;
    /** The place from where on further tokens in the raw text are looked for. */
    private int search;
    /** The first of the marks that precede {@link #at}, or -1. */
    private int marks;

    /** Makes ready for a text. */
    void start(String text, CharacterTable characters, AddedTokens added, Sink sink, TokenBuffer tokens) {
        this.text = text;
        this.characters = characters;
        this.added = added;
        this.sink = sink;
        this.tokens = tokens;
        at = 0;
        free = 0;
        search = 0;
        marks = -1;
    }

    /** Lets go of the text. */
    void finish() {
        start(null, null, null, null, null);
    }

    /** Reads the text to its end, or until the buffer is full. */
    void read() {
        int[] ascii = characters.ascii();
        int length = text.length();
        Word word = sink instanceof Word direct ? direct : null;
        while (at < length && !tokens.isFull()) {
            if (word != null) {
                skipAscii(word, ascii);
                if (at == length) {
                    break;
                }
            }
            char unit = text.charAt(at);
            int point = Character.isSurrogate(unit) ? text.codePointAt(at) : unit;
            int entry = unit < ascii.length ? ascii[unit] : characters.entry(point);
            if ((entry & CharacterTable.BEGINS_TOKEN) == 0 || !readToken()) {
                readCharacter(point, entry);
            }
        }
        sink.end(length);
    }

    /** Reads letters and digits of ASCII, which most texts mostly consist of. */
    private void skipAscii(Word word, int[] ascii) {
        int first = at;
        at = word.readAscii(text, first, ascii);
        if (at > first) {
            marks = -1;
        }
    }

    /** Reads a token that begins here in the raw text; false if there is none. */
    private boolean readToken() {
        AddedToken token = at < search ? null : added.longestAt(text, at);
        if (token == null) {
            return false;
        }
        search = at + token.content().length();
        if (!token.isAllowed(text, at, search)) {
            return false;
        }
        int begin = token.begin(text, at, free);
        sink.end(begin);
        free = token.end(text, search);
        tokens.add(token.id(), begin, free);
        // The next one may begin with white space that belongs to this one.
        at = search;
        marks = -1;
        return true;
    }

    private void readCharacter(int point, int entry) {
        int begin = at;
        at += Character.charCount(point);
        if (begin < free) {
            return;
        }
        switch (entry & CharacterTable.KIND) {
            case CharacterTable.REMOVED -> { }
            case CharacterTable.MARK -> marks = marks < 0 ? begin : marks;
            case CharacterTable.REORDERED -> {
                if (marks < 0 && (entry & CharacterTable.POINT) != 0 && !isMarkNext()) {
                    sink.accept(characters.keptEntry(point), begin);
                } else {
                    boolean follows = marks >= 0 && MarkOrder.isMark(point);
                    at = MarkOrder.read(text, follows ? marks : begin, characters, added, sink);
                }
                marks = -1;
            }
            case CharacterTable.SEVERAL -> {
                for (int part : characters.several(point)) {
                    sink.accept(part, begin);
                }
                marks = -1;
            }
            default -> {
                sink.accept(entry, begin);
                marks = -1;
            }
        }
    }

    /** Whether the next character may be a mark, or is left out before one. */
    private boolean isMarkNext() {
        if (at == text.length()) {
            return false;
        }
        return switch (characters.entry(text.codePointAt(at)) & CharacterTable.KIND) {
            case CharacterTable.MARK, CharacterTable.REORDERED, CharacterTable.REMOVED -> true;
            default -> false;
        };
    }
}
