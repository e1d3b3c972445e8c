package dev.gatun.cli.output;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;

/**
 * Gives {@link System#err} back the caller's standard error.
 *
 * <p>A JVM that resolves the incubating Vector API prints a warning on file descriptor 2 before any program code runs,
 * and no option silences it: a CDS or AOT archive does not either. A caller who reads one line of standard error for one
 * fault must not find that warning, so the {@code gatun} launcher puts a filter behind descriptor 2, and hands the real
 * standard error over as descriptor 0, where the program, which reads no standard input, writes to it directly: unfiltered,
 * unbuffered, in order, and whatever it is (a terminal, a pipe, a socket, a file open for appending). Descriptor 0, because
 * it is the one descriptor besides 1 and 2 that Java can reach without opening anything anew.
 */
public final class StandardError {

    /** Set by the launcher when descriptor 0 is the caller's standard error: {@code terminal}, or {@code plain}. */
    private static final String PROPERTY = "gatun.stderr";

    private StandardError() {
    }

    /** Redirects {@link System#err}, if the launcher has asked for it. The first thing that {@code main} does. */
    public static void restore() {
        if (System.getProperty(PROPERTY) != null) {
            System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.in), true, System.err.charset()));
        }
    }

    /** Whether somebody watches standard error, so that progress is worth showing; {@code false} without the launcher. */
    public static boolean isTerminal() {
        return "terminal".equals(System.getProperty(PROPERTY));
    }
}
