package dev.gatun;

/** The gate to the kernels: they need the incubating Vector API. */
final class VectorApi {

    static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorApi() {
    }

    /** Says in one sentence what to do when the JVM was started without the Vector API. */
    static void require() {
        if (!PRESENT) {
            throw new IllegalStateException(
                    "Gatun needs the Vector API: start java with --add-modules jdk.incubator.vector");
        }
    }
}
