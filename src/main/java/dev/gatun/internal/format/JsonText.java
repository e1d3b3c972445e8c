package dev.gatun.internal.format;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * A reader of JSON as RFC 8259 has it: of a safetensors header, strings and arrays of sizes, where it steps over any other value; of a
 * whole file, any value.
 */
public final class JsonText extends HeaderText {

    /** The depth that the reader of safetensors itself allows, less the two objects around a field. */
    static final int MAX_DEPTH = 126;

    /** Any integer of so many characters fits in a long. */
    private static final int MAX_INTEGER = 18;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();

    /** Reused for every string: a header may have very many short ones. */
    private final StringBuilder text = new StringBuilder();

    /** The text of a header that begins at byte {@code start} of the file. */
    public JsonText(Source file, byte[] bytes, long start) {
        super(file, bytes, start, "its header");
    }

    /** The text of a whole file. */
    JsonText(Source file, byte[] bytes) {
        super(file, bytes, 0, "");
    }

    /** A string: UTF-8 without malformed sequences, escapes resolved, surrogates in pairs. */
    public String string() {
        expect('"');
        int first = position();
        skipPlain();
        String ascii = latinSince(first);
        if (peek() == '"') {
            take();
            return ascii;
        }
        text.setLength(0);
        text.append(ascii);
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

    /**
     * Any value: a {@link java.util.SequencedMap} of values by name, a {@link List}, a {@link String}, a {@link Long} where a number is
     * written as an integer and fits, otherwise a {@link Double}, a {@link Boolean}, or null. A name may stand in an object once.
     */
    Object value() {
        return value(MAX_DEPTH);
    }

    private Object value(int depth) {
        sees('"');
        return switch (peek()) {
            case '"' -> string();
            case '{' -> fields(opened(depth));
            case '[' -> elements(opened(depth));
            case 't', 'f', 'n' -> word();
            default -> number();
        };
    }

    private Boolean word() {
        if (acceptWord("null")) {
            return null;
        }
        boolean truth = acceptWord("true");
        if (!truth && !acceptWord("false")) {
            throw malformed("a value");
        }
        return truth;
    }

    /** Steps into an object or an array; returns how many more may be opened in it. */
    private int opened(int depth) {
        requireDepth(depth);
        take();
        return depth - 1;
    }

    private SequencedMap<String, Object> fields(int depth) {
        SequencedMap<String, Object> fields = new LinkedHashMap<>();
        if (accept('}')) {
            return fields;
        }
        do {
            String name = string();
            expect(':');
            int count = fields.size();
            fields.put(name, value(depth));
            if (fields.size() == count) {
                throw file().fault("has the name %s twice in one object", Names.quote(name));
            }
        } while (accept(','));
        expect('}');
        return fields;
    }

    private List<Object> elements(int depth) {
        List<Object> elements = new ArrayList<>();
        if (accept(']')) {
            return elements;
        }
        do {
            elements.add(value(depth));
        } while (accept(','));
        expect(']');
        return elements;
    }

    private Object number() {
        int first = position();
        long shortNumber = shortNumber();
        if (shortNumber >= 0) {
            return shortNumber;
        }
        skipNumber();
        String digits = latinSince(first);
        boolean integer = digits.indexOf('.') < 0 && digits.indexOf('e') < 0 && digits.indexOf('E') < 0;
        if (integer && digits.length() <= MAX_INTEGER) {
            return Long.parseLong(digits);
        }
        double number = Double.parseDouble(digits);
        if (Double.isInfinite(number)) {
            throw file().fault("has a number beyond float64, at byte %d", first);
        }
        return number;
    }

    private void requireDepth(int depth) {
        if (depth == 0) {
            throw malformed("no more than " + MAX_DEPTH + " values inside each other");
        }
    }

    /** Steps over any value. */
    public void skipValue() {
        skipValue(MAX_DEPTH);
    }

    /** @param depth the number of objects and arrays that may still be opened */
    private void skipValue(int depth) {
        if (sees('{') || sees('[')) {
            requireDepth(depth);
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
