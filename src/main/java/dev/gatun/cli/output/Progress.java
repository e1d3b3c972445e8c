package dev.gatun.cli.output;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * A line on a terminal that counts the heads, or other things, that are done. It appears after a second and is erased at the end.
 */
public final class Progress implements AutoCloseable {

    private static final long DELAY_NANOS = 1_000_000_000;

    private final PrintStream terminal;
    private final int total;
    private final String things;
    private final LongSupplier clock;
    private final long start;
    private int written;

    /** @param terminal the stream, or {@code null} for none */
    Progress(PrintStream terminal, int total, LongSupplier clock) {
        this(terminal, total, "heads", clock);
    }

    /** @param things the name of what is counted, in the plural */
    Progress(PrintStream terminal, int total, String things, LongSupplier clock) {
        this.terminal = terminal;
        this.total = total;
        this.things = things;
        this.clock = clock;
        this.start = clock.getAsLong();
    }

    /** Reports that {@code done} of them are done. */
    public void done(int done) {
        if (terminal == null || clock.getAsLong() - start < DELAY_NANOS) {
            return;
        }
        String line = done + " of " + total + " " + things + " done";
        terminal.print("\r" + line);
        terminal.flush();
        written = line.length();
    }

    /** Erases the line. */
    @Override
    public void close() {
        if (written > 0) {
            terminal.print("\r" + " ".repeat(written) + "\r");
            terminal.flush();
            written = 0;
        }
    }
}
