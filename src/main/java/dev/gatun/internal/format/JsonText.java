package dev.gatun.internal.format;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A reader of the JSON of a safetensors header: strings and arrays of sizes. It steps over any other value. */
public final class JsonText extends HeaderText {

    /** The depth that the format's own reader allows, less the two objects around a field. */
    private static final int MAX_DEPTH = 126;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    /** Reused for every string: a header may have very many short ones. */
    private final StringBuilder text = new StringBuilder();

    public JsonText(Source file, byte[] bytes, long start) {
        super(file, bytes, start);
    }

    /** A string: UTF-8 without malformed sequences, escapes resolved, surrogates in pairs. */
    public String string() {
        expect('"');
        text.setLength(0);
        while (peek() != '"') {
            if (peek() == '\\') {
                take();
                text.append(escaped());
            } else {
                plain();
            }
        }
        take();
        requirePairs();
        return text.toString();
    }

    private void plain() {
        int first = position();
        while (peek() != '"' && peek() != '\\') {
            if (peek() < ' ') {
                throw malformed("the rest of a string");
            }
            take();
        }
        try {
            text.append(decoder.decode(since(first)));
        } catch (CharacterCodingException invalid) {
            throw malformed("UTF-8 in the string before");
        }
    }

    /** Each high surrogate must precede a low one. Surrogates come from escapes alone. */
    private void requirePairs() {
        boolean open = false;
        for (int i = 0; i <= text.length(); i++) {
            char unit = i < text.length() ? text.charAt(i) : ' ';
            if (open != Character.isLowSurrogate(unit)) {
                throw malformed("paired surrogates in the string before");
            }
            open = Character.isHighSurrogate(unit);
        }
    }

    private char escaped() {
        int letter = take();
        return switch (letter) {
            case '"', '\\', '/' -> (char) letter;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> codeUnit();
            default -> throw malformed("an escape before");
        };
    }

    private char codeUnit() {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0 || peek() > 'f') {
                throw malformed("four hexadecimal digits");
            }
            take();
            unit = 16 * unit + digit;
        }
        return (char) unit;
    }

    /** Steps over any value. */
    public void skipValue() {
        skipValue(MAX_DEPTH);
    }

    /** @param depth the number of objects and arrays that may still be opened */
    private void skipValue(int depth) {
        if (sees('{') || sees('[')) {
            if (depth == 0) {
                throw malformed("no more than " + MAX_DEPTH + " values inside each other");
            }
            skipMembers(take() == '{', depth - 1);
        } else if (sees('"')) {
            string();
        } else if (!acceptWord("true") && !acceptWord("false") && !acceptWord("null")) {
            skipNumber();
        }
    }

    private void skipMembers(boolean named, int depth) {
        char end = named ? '}' : ']';
        if (accept(end)) {
            return;
        }
        do {
            if (named) {
                string();
                expect(':');
            }
            skipValue(depth);
        } while (accept(','));
        expect(end);
    }

    private void skipNumber() {
        accept('-');
        if (peek() == '0') {
            take();
        } else {
            skipDigits("a value");
        }
        if (peek() == '.') {
            take();
            skipDigits("a digit");
        }
        if (peek() == 'e' || peek() == 'E') {
            take();
            if (peek() == '+' || peek() == '-') {
                take();
            }
            skipDigits("a digit");
        }
    }

    /** Steps over one or more digits. */
    private void skipDigits(String expected) {
        if (peek() < '0' || peek() > '9') {
            throw malformed(expected);
        }
        while (peek() >= '0' && peek() <= '9') {
            take();
        }
    }

    /** An array of sizes; {@code name}, with its article, is for messages. */
    public long[] sizes(String name) {
        expect('[');
        long[] sizes = new long[4];
        int count = 0;
        if (accept(']')) {
            return new long[0];
        }
        do {
            sizes = count < sizes.length ? sizes : Arrays.copyOf(sizes, 2 * count);
            sizes[count++] = size(name);
        } while (accept(','));
        expect(']');
        return Arrays.copyOf(sizes, count);
    }
}
