package dev.gatun.internal.view;

import java.util.function.Supplier;

/** Makes what owns much memory. */
public final class Allocation {

    private Allocation() {
    }

    /**
     * What {@code made} gives; what it has reserved by the time that it fails belongs to nobody, and is collected.
     *
     * @throws OutOfMemoryError if there is no room for it; the message says what was asked for
     */
    public static <T> T of(Supplier<T> made, String what) {
        try {
            return made.get();
        } catch (OutOfMemoryError full) {
            OutOfMemoryError error = new OutOfMemoryError("no room for %s: %s".formatted(what, full.getMessage()));
            error.initCause(full);
            throw error;
        }
    }
}
