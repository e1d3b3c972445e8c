package dev.gatun.cli.output;

import java.util.Locale;

/** Ends a command: an exit status other than 0, and the one line that says why. */
public final class Fault extends RuntimeException {

    /** The exit status when the computation says no. */
    public static final int REFUSED = 1;

    /** The exit status of bad usage or bad input. */
    public static final int USAGE = 2;

    private static final long serialVersionUID = 1L;

    private final int status;

    private Fault(int status, String message) {
        super(message);
        this.status = status;
    }

    /** Bad usage or bad input: the user asked for what cannot be done. */
    public static Fault usage(String format, Object... arguments) {
        return new Fault(USAGE, String.format(Locale.ROOT, format, arguments));
    }

    /** The computation says no, to a question that was well put. */
    public static Fault refused(String format, Object... arguments) {
        return new Fault(REFUSED, String.format(Locale.ROOT, format, arguments));
    }

    public int status() {
        return status;
    }
}
