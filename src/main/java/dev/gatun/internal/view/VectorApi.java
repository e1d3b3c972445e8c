package dev.gatun.internal.view;

import dev.gatun.kernel.VectorUnit;

/** The gate to the kernels: they need the incubating Vector API, and vectors of at least 128 bits. */
public final class VectorApi {

    private VectorApi() {
    }

    /** @throws IllegalStateException if the JVM has no vectors for the kernels; the message says in one sentence what to do */
    public static void require() {
        VectorUnit.require();
    }
}
