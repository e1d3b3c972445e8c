package dev.gatun.cli;

import java.util.Locale;

/** Ends a command: an exit status other than 0, and the one line that says why. */
final class Fault extends RuntimeException {

    /** The exit status when the computation says no. */
    static final int REFUSED = 1;

    /** The exit status of bad usage or bad input. */
    static final int USAGE = 2;

    private static final long serialVersionUID = 1L;

    private final int status;

    private Fault(int status, String message) {
        super(message);
        this.status = status;
    }

    /** Bad usage or bad input: the user asked for what cannot be done. */
    static Fault usage(String format, Object... arguments) {
        return new Fault(USAGE, String.format(Locale.ROOT, format, arguments));
    }

    /** The computation says no, to a question that was well put. */
    static Fault refused(String format, Object... arguments) {
        return new Fault(REFUSED, String.format(Locale.ROOT, format, arguments));
    }

    int status() {
        return status;
    }
}
