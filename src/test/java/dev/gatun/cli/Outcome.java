package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.output.Fault;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The exit status and the output of a command.
 *
 * @param status the exit status
 * @param out    what it wrote to standard output
 * @param err    what it wrote to standard error
 */
record Outcome(int status, String out, String err) {

    /** Runs a command line; the arguments need not be strings. */
    static Outcome of(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        int status = Main.run(words, new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, false, StandardCharsets.UTF_8), false);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The command is done and wrote nothing to standard error. */
    Outcome assertDone() {
        assertEquals("", err);
        assertEquals(0, status);
        return this;
    }

    /** The status is {@code expected}, and standard error is one line that contains all {@code parts}. */
    Outcome assertEnded(int expected, String... parts) {
        assertEquals(expected, status, err);
        assertTrue(err.startsWith("gatun: "), err);
        assertEquals(1, err.lines().count(), err);
        assertTrue(err.endsWith("\n"), err);
        for (String part : parts) {
            assertTrue(err.contains(part), err + " lacks " + part);
        }
        return this;
    }

    /** The status is that of bad usage or input, and standard output is empty. */
    void assertRefused(String... parts) {
        assertEnded(Fault.USAGE, parts);
        assertEquals("", out);
    }
}
