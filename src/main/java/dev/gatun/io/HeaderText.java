package dev.gatun.io;

import java.nio.ByteBuffer;

/**
 * A strict reader of a textual header, byte by byte: what both the NumPy and the safetensors grammar have in common.
 * Every method but the constructor skips white space first.
 */
class HeaderText {

    /** More digits might not fit in a long; no size that matters has as many. */
    private static final int MAX_DIGITS = 18;

    private final Source file;
    private final byte[] bytes;
    private final long start;
    private int position;

    /** @param start the byte of the file where {@code bytes} begin, for messages */
    HeaderText(Source file, byte[] bytes, long start) {
        this.file = file;
        this.bytes = bytes;
        this.start = start;
    }

    /** Whether the next character is {@code character}. */
    final boolean sees(char character) {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
            position++;
        }
        return peek() == character;
    }

    /** Steps over {@code character} if it is next. */
    final boolean accept(char character) {
        boolean seen = sees(character);
        if (seen) {
            position++;
        }
        return seen;
    }

    final void expect(char character) {
        if (!accept(character)) {
            throw malformed("'" + character + "'");
        }
    }

    /** Steps over {@code word} if it is next. */
    final boolean acceptWord(String word) {
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

    /** An integer that is not negative, without leading zeros; {@code name}, with its article, is for messages. */
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

    final void expectEnd() {
        sees('\n');
        if (position < bytes.length) {
            throw malformed("nothing more");
        }
    }

    /** The next byte, 0 to 255, or -1 at the end. Skips nothing. */
    final int peek() {
        return position < bytes.length ? bytes[position] & 0xff : -1;
    }

    /** The next byte, stepped over, or -1 at the end. Skips nothing. */
    final int take() {
        int next = peek();
        if (next >= 0) {
            position++;
        }
        return next;
    }

    /** How many bytes were stepped over. */
    final int position() {
        return position;
    }

    /** The bytes stepped over since {@code first}. */
    final ByteBuffer since(int first) {
        return ByteBuffer.wrap(bytes, first, position - first);
    }

    final Source file() {
        return file;
    }

    final TensorFileException malformed(String expected) {
        return file.fault("its header is malformed at byte %d: expected %s", start + position, expected);
    }
}
