package dev.gatun.kernel;

import jdk.incubator.vector.VectorShape;

/**
 * Whether this JVM has vectors that the kernels can use. Callers check it before they use a kernel, because a class whose initialisation
 * has failed stays unusable.
 */
public final class VectorUnit {

    /** Bits of the shortest vectors that the kernels support, and of the longest that they use. */
    private static final int MIN_BITS = 128;
    private static final int MAX_BITS = 512;

    private static final String MODULE = "jdk.incubator.vector";

    private static final String FAULT = ModuleLayer.boot().findModule(MODULE).isEmpty()
            ? "Gatun needs the Vector API: start java with --add-modules " + MODULE : fault(Preferred.BITS);

    /** A separate class, initialised only if the Vector API is there. The shape is known without the classes of vectors. */
    private static final class Preferred {

        static final int BITS = VectorShape.preferredShape().vectorBitSize();
    }

    private VectorUnit() {
    }

    /** The reason why the kernels cannot run with vectors of {@code bits} bits; null if they can. */
    static String fault(int bits) {
        return bits >= MIN_BITS ? null : "Gatun needs vectors of at least " + MIN_BITS + " bits; this JVM has " + bits
                + " (a CPU without them, or a small -XX:MaxVectorSize)";
    }

    /** The bits that the kernels use of vectors of {@code bits} bits: a power of two, as are the sizes of tiles. */
    static int used(int bits) {
        return Math.min(MAX_BITS, Integer.highestOneBit(bits));
    }

    /** The bits of the vectors that the kernels use. */
    static int bits() {
        return used(Preferred.BITS);
    }

    /** The float32 lanes of the vectors that the kernels use, known before the classes of vectors are loaded. */
    public static int floats() {
        return bits() / Float.SIZE;
    }

    /** Whether the kernels can run. */
    public static boolean usable() {
        return FAULT == null;
    }

    /** @throws IllegalStateException if the kernels cannot run; the message has the reason and the remedy */
    public static void require() {
        if (FAULT != null) {
            throw new IllegalStateException(FAULT);
        }
    }
}
