package dev.gatun.internal.view;

import java.util.function.Supplier;

/** Creates objects that own much memory. */
public final class Allocation {

    private Allocation() {
    }

    /**
     * Creates an object. If that fails, nothing refers to the memory allocated so far, and it is collected.
     *
     * @param what names the object in the message of an error
     * @throws OutOfMemoryError if there is not enough memory for it
     */
    public static <T> T of(Supplier<T> creation, String what) {
        try {
            return creation.get();
        } catch (OutOfMemoryError full) {
            OutOfMemoryError error = new OutOfMemoryError("not enough memory for %s: %s".formatted(what, full.getMessage()));
            error.initCause(full);
            throw error;
        }
    }
}
