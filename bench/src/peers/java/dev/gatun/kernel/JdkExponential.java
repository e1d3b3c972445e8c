package dev.gatun.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** The JDK's natural exponential of whole vectors, in place. */
final class JdkExponential {

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private JdkExponential() {
    }

    static void array(float[] entries) {
        for (int at = 0; at < entries.length; at += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, entries, at).lanewise(VectorOperators.EXP).intoArray(entries, at);
        }
    }

    static void segment(MemorySegment entries) {
        for (long at = 0; at < entries.byteSize(); at += Lanes.FLOATS.vectorByteSize()) {
            FloatVector.fromMemorySegment(Lanes.FLOATS, entries, at, ORDER).lanewise(VectorOperators.EXP)
                    .intoMemorySegment(entries, at, ORDER);
        }
    }
}
