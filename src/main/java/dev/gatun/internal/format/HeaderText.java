package dev.gatun.internal.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A strict reader of a textual header or file, byte by byte, with the tokens that the grammars of NumPy and JSON share. Methods skip
 * white space first unless they state otherwise.
 */
public abstract sealed class HeaderText permits JsonText, PythonText {

    /** Any number of so many digits fits in a long, and exceeds any file. */
    private static final int MAX_DIGITS = 18;

    private final Source file;
    private final byte[] bytes;
    private final long start;
    private final String part;
    private int position;

    /**
     * @param start the position of {@code bytes} in the file, for messages
     * @param part  what of the file they are, for messages: the file itself where it is empty
     */
    HeaderText(Source file, byte[] bytes, long start, String part) {
        this.file = file;
        this.bytes = bytes;
        this.start = start;
        this.part = part;
    }

    /** Whether the next character is {@code character}. */
    public final boolean sees(char character) {
        int at = position;
        while (at < bytes.length && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\t' || bytes[at] == '\r')) {
            at++;
        }
        position = at;
        return peek() == character;
    }

    /** Steps over {@code character} if it is next. */
    public final boolean accept(char character) {
        boolean seen = sees(character);
        if (seen) {
            position++;
        }
        return seen;
    }

    public final void expect(char character) {
        if (!accept(character)) {
            throw malformed("'" + character + "'");
        }
    }

    /** Steps over {@code word} if it is next. */
    public final boolean acceptWord(String word) {
        sees(word.charAt(0));
        for (int i = 0; i < word.length(); i++) {
            int at = position + i;
            if (at >= bytes.length || bytes[at] != word.charAt(i)) {
                return false;
            }
        }
        position += word.length();
        return true;
    }

    /** A non-negative integer without leading zeros; {@code name}, with its article, is for messages. */
    final long size(String name) {
        if (accept('-')) {
            throw file.fault("its header has %s that is negative, at byte %d", name, start + position - 1);
        }
        int first = position;
        long value = 0;
        while (peek() >= '0' && peek() <= '9') {
            if (position - first == MAX_DIGITS) {
                throw file.fault("its header has %s beyond any file, at byte %d", name, start + first);
            }
            value = 10 * value + (take() - '0');
        }
        if (position == first || (bytes[first] == '0' && position > first + 1)) {
            position = first;
            throw malformed(name);
        }
        return value;
    }

    /** Steps over a number of at most nine digits that is written as ids are, and returns it; otherwise stays, and returns -1. */
    final long shortNumber() {
        int at = position;
        int value = 0;
        while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9' && at - position < 9) {
            value = 10 * value + (bytes[at++] - '0');
        }
        int digits = at - position;
        boolean ended = at < bytes.length && (bytes[at] == ',' || bytes[at] == '\n' || bytes[at] == '}' || bytes[at] == ']');
        if (!ended || digits == 0 || digits > 1 && bytes[position] == '0') {
            return -1;
        }
        position = at;
        return value;
    }

    public final void expectEnd() {
        sees('\n');
        if (position < bytes.length) {
            throw malformed("nothing more");
        }
    }

    /** The next byte, 0 to 255, or -1 at the end. Skips no white space. */
    public final int peek() {
        return position < bytes.length ? bytes[position] & 0xff : -1;
    }

    /** Steps over the next byte and returns it, or -1 at the end. Skips no white space. */
    final int take() {
        int next = peek();
        if (next >= 0) {
            position++;
        }
        return next;
    }

    /** Steps over printable ASCII characters, up to a quotation mark or a backslash. Skips no white space. */
    final void skipPlain() {
        int at = position;
        while (at < bytes.length && bytes[at] >= ' ' && bytes[at] != '"' && bytes[at] != '\\') {
            at++;
        }
        position = at;
    }

    /** The number of bytes stepped over. */
    final int position() {
        return position;
    }

    /** The bytes stepped over since {@code first}, a character each. */
    final String latinSince(int first) {
        return new String(bytes, first, position - first, StandardCharsets.ISO_8859_1);
    }

    /** The bytes stepped over since {@code first}. */
    final ByteBuffer since(int first) {
        return ByteBuffer.wrap(bytes, first, position - first);
    }

    public final Source file() {
        return file;
    }

    public final RuntimeException malformed(String expected) {
        return file.fault("%sis malformed at byte %d: expected %s", part.isEmpty() ? "" : part + " ", start + position, expected);
    }
}
