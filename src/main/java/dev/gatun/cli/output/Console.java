package dev.gatun.cli.output;

import java.io.PrintStream;
import java.util.Locale;

/**
 * The streams of a command.
 *
 * @param out      results
 * @param err      faults, one line each, and progress
 * @param terminal whether {@code err} is a terminal, which shows progress
 */
public record Console(PrintStream out, PrintStream err, boolean terminal) {

    /** Reports progress over {@code total} heads. */
    public Progress progress(int total) {
        return new Progress(terminal ? err : null, total, System::nanoTime);
    }

    /** Reports progress over {@code total} things, named in the plural. */
    public Progress progress(int total, String things) {
        return new Progress(terminal ? err : null, total, things, System::nanoTime);
    }

    /** Writes one line to {@code err} and escapes whatever could break it or control a terminal. */
    public void complain(String message) {
        StringBuilder line = new StringBuilder("gatun: ");
        message.codePoints().forEach(character -> {
            switch (Character.getType(character)) {
                case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                     Character.PARAGRAPH_SEPARATOR -> line.append(String.format(Locale.ROOT, "\\u%04x", character));
                default -> line.appendCodePoint(character);
            }
        });
        err.println(line);
    }
}
