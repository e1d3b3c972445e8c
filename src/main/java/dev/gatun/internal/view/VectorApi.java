package dev.gatun.internal.view;

import dev.gatun.kernel.VectorUnit;

/** The check that the kernels can run: they need the incubating Vector API and vectors of at least 128 bits. */
public final class VectorApi {

    private VectorApi() {
    }

    /** @throws IllegalStateException if the JVM has no vectors for the kernels; the message states in one sentence how to get them */
    public static void require() {
        VectorUnit.require();
    }
}
