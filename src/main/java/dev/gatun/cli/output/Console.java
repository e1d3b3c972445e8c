package dev.gatun.cli.output;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Where a command writes.
 *
 * @param out     results
 * @param err     faults, one line each, and progress
 * @param watched whether somebody watches {@code err}, so that progress is worth showing
 */
public record Console(PrintStream out, PrintStream err, boolean watched) {

    /** Reports on {@code total} heads being worked at. */
    public Progress progress(int total) {
        return new Progress(watched ? err : null, total, System::nanoTime);
    }

    /** Reports on {@code total} other things, named in the plural, being worked at. */
    public Progress progress(int total, String things) {
        return new Progress(watched ? err : null, total, things, System::nanoTime);
    }

    /** One line on standard error: whatever could break it or drive a terminal is escaped. */
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
