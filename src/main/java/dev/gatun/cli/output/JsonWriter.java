package dev.gatun.cli.output;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * Writes JSON (RFC 8259), indented unless compact, in ASCII. NaN becomes {@code null}, infinities become the strings {@code "inf"} and
 * {@code "-inf"}.
 */
public final class JsonWriter {

    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();
    private final Deque<Character> closers = new ArrayDeque<>();
    private final boolean compact;
    private boolean first = true;
    private boolean named;

    /** Writes with a line for each member and element. */
    public JsonWriter() {
        this(false);
    }

    private JsonWriter(boolean compact) {
        this.compact = compact;
    }

    /** Writes without line breaks and spaces. */
    public static JsonWriter compact() {
        return new JsonWriter(true);
    }

    /** Begins an object. */
    public JsonWriter beginObject() {
        return begin('{', '}');
    }

    /** Begins an array. */
    public JsonWriter beginArray() {
        return begin('[', ']');
    }

    /** Ends the object or array that was begun last. */
    public JsonWriter end() {
        char closer = closers.pop();
        if (!first) {
            newLine();
        }
        text.append(closer);
        first = false;
        if (closers.isEmpty() && !compact) {
            text.append('\n');
        }
        return this;
    }

    /** The name of the member whose value follows. */
    public JsonWriter name(String name) {
        next();
        quote(name);
        text.append(compact ? ":" : ": ");
        named = true;
        return this;
    }

    /** Writes a number. */
    public JsonWriter value(double number) {
        next();
        if (Double.isNaN(number)) {
            text.append("null");
        } else if (Double.isInfinite(number)) {
            text.append(number > 0 ? "\"inf\"" : "\"-inf\"");
        } else {
            text.append(number);
        }
        return this;
    }

    /** Writes a float32 number as the shortest decimal that reads back as the same float32 number. */
    public JsonWriter value(float number) {
        if (!Float.isFinite(number)) {
            return value((double) number);
        }
        next();
        text.append(number);
        return this;
    }

    /** Writes a number. */
    public JsonWriter value(int number) {
        next();
        text.append(number);
        return this;
    }

    /** Writes a truth value. */
    public JsonWriter value(boolean truth) {
        next();
        text.append(truth);
        return this;
    }

    /** Writes a string. */
    public JsonWriter value(String string) {
        next();
        quote(string);
        return this;
    }

    /** Writes a short array on one line. */
    public JsonWriter value(int... numbers) {
        next();
        text.append('[');
        for (int i = 0; i < numbers.length; i++) {
            text.append(i == 0 ? "" : compact ? "," : ", ").append(numbers[i]);
        }
        text.append(']');
        return this;
    }

    /** Writes finite float32 numbers on one line, each as the shortest decimal that reads back as the same float32 number. */
    public JsonWriter value(float... numbers) {
        next();
        text.append('[');
        for (int i = 0; i < numbers.length; i++) {
            text.append(i == 0 ? "" : compact ? "," : ", ").append(numbers[i]);
        }
        text.append(']');
        return this;
    }

    /**
     * The text.
     *
     * @throws IllegalStateException if an object or array has not ended
     */
    @Override
    public String toString() {
        if (!closers.isEmpty()) {
            throw new IllegalStateException(closers.size() + " objects or arrays have not ended");
        }
        return text.toString();
    }

    private JsonWriter begin(char opener, char closer) {
        next();
        text.append(opener);
        closers.push(closer);
        first = true;
        return this;
    }

    /** Writes the comma and the line break before a name, or before a value without a name. */
    private void next() {
        if (named) {
            named = false;
            return;
        }
        if (closers.isEmpty()) {
            return;
        }
        if (!first) {
            text.append(',');
        }
        newLine();
        first = false;
    }

    private void newLine() {
        if (!compact) {
            text.append('\n').append(INDENT.repeat(closers.size()));
        }
    }

    private void quote(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char character = string.charAt(i);
            if (character == '"' || character == '\\') {
                text.append('\\').append(character);
            } else if (character < ' ' || character > '~') {
                text.append(String.format(Locale.ROOT, "\\u%04x", (int) character));
            } else {
                text.append(character);
            }
        }
        text.append('"');
    }
}
