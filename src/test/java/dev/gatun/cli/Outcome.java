package dev.gatun.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.cli.output.Fault;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How a command ended.
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

    /** Done, without a word on standard error. */
    Outcome assertDone() {
        assertEquals("", err);
        assertEquals(0, status);
        return this;
    }

    /** Ended with {@code expected} and exactly one line on standard error that has all of {@code parts} in it. */
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

    /** Refused as bad usage or input, nothing on standard output. */
    void assertRefused(String... parts) {
        assertEnded(Fault.USAGE, parts);
        assertEquals("", out);
    }
}
