package dev.gatun.cli.output;

import java.util.Locale;

/** Ends a command with an exit status other than 0 and one line that states the reason. */
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

    /** Bad usage or bad input. */
    public static Fault usage(String format, Object... arguments) {
        return new Fault(USAGE, String.format(Locale.ROOT, format, arguments));
    }

    /** The computation says no: it did not converge, or a check failed. */
    public static Fault refused(String format, Object... arguments) {
        return new Fault(REFUSED, String.format(Locale.ROOT, format, arguments));
    }

    /** The exit status. */
    public int status() {
        return status;
    }
}
