package dev.gatun.internal.format;

import java.util.Arrays;

/** A reader of the Python literals of a NumPy header. */
public final class PythonText extends HeaderText {

    public PythonText(Source file, byte[] bytes, long start) {
        super(file, bytes, start, "its header");
    }

    /**
     * A string in single or double quotes, of printable ASCII without escapes. It may follow the {@code u} that Python 2 writes.
     */
    public String string() {
        boolean prefixed = accept('u') || accept('U');
        if (prefixed && peek() != '"' && peek() != '\'') {
            throw malformed("'''");
        }
        char quote = sees('"') ? '"' : '\'';
        expect(quote);
        StringBuilder text = new StringBuilder();
        while (peek() != quote) {
            if (peek() < ' ' || peek() > '~' || peek() == '\\') {
                throw malformed("the rest of a string");
            }
            text.append((char) take());
        }
        take();
        return text.toString();
    }

    /** {@code True} or {@code False}. */
    public boolean truth() {
        if (acceptWord("True")) {
            return true;
        }
        if (acceptWord("False")) {
            return false;
        }
        throw malformed("True or False");
    }

    /**
     * A tuple of sizes, each of which may end in the {@code L} of Python 2. One entry needs a comma: {@code (3)} is a number in
     * Python, not a tuple.
     */
    public Shape tuple() {
        expect('(');
        long[] sizes = new long[4];
        int count = 0;
        while (!accept(')')) {
            sizes = count < sizes.length ? sizes : Arrays.copyOf(sizes, 2 * count);
            sizes[count++] = size("a dimension");
            if (peek() == 'L') {
                take();
            }
            if (!accept(',')) {
                if (count == 1) {
                    throw malformed("','");
                }
                expect(')');
                break;
            }
        }
        return new Shape(Arrays.copyOf(sizes, count));
    }
}
