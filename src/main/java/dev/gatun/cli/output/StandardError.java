package dev.gatun.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;

/**
 * Gives {@link System#err} back the caller's standard error.
 *
 * <p>A JVM that resolves the incubating Vector API prints a warning on file descriptor 2 before any program code runs. No option
 * silences it, and a CDS or AOT archive does not either. A caller who reads one line of standard error for one fault must not see that
 * warning. So the {@code gatun} launcher filters descriptor 2 and passes the real standard error as descriptor 0. The program reads no
 * standard input and writes there directly: unfiltered, unbuffered, in order, and to a terminal, a pipe, a socket or a file open for
 * appending alike. Besides 1 and 2, descriptor 0 is the only one that Java can use without opening a file.
 */
public final class StandardError {

    /** Set by the launcher when descriptor 0 is the caller's standard error: {@code terminal}, or {@code plain}. */
    private static final String PROPERTY = "gatun.stderr";

    private StandardError() {
    }

    /** Redirects {@link System#err} if the launcher asks for it. {@code main} calls it first. */
    public static void restore() {
        if (System.getProperty(PROPERTY) != null) {
            System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.in), true, System.err.charset()));
        }
    }

    /** Whether standard error is a terminal; {@code false} without the launcher. */
    public static boolean isTerminal() {
        return "terminal".equals(System.getProperty(PROPERTY));
    }
}
