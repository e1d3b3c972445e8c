package dev.gatun.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Powers of two, lane by lane.
 *
 * <p>Domain: every {@code x <= 127}, negative infinity included; NaN is not allowed. Error: at most 1 ULP where the
 * result is a normal number; below {@code x = -126} the result is a rounded subnormal, and from {@code -126.5} down
 * it is 0.
 */
final class Exponential {

    /** Adding it leaves the nearest integer, plus the exponent bias 127, in the low bits of the float. */
    private static final float ROUND = 0x1.8p23f + 127;

    private static final float LEAST = -127f;

    /** Minimax coefficients of (2^f - 1) / f on [-1/2, 1/2], for least relative error of 2^f: 2e-9 before rounding. */
    private static final float C1 = 0x1.62e43p-1f;
    private static final float C2 = 0x1.ebfbdcp-3f;
    private static final float C3 = 0x1.c6aee8p-5f;
    private static final float C4 = 0x1.3b2d4cp-7f;
    private static final float C5 = 0x1.5f3e54p-10f;
    private static final float C6 = 0x1.41fbbap-13f;

    private Exponential() {
    }

    /** {@code 2^x}. */
    static FloatVector exp2(FloatVector x) {
        FloatVector clamped = x.max(LEAST);
        FloatVector rounded = clamped.add(ROUND);
        FloatVector f = clamped.sub(rounded.sub(ROUND));
        FloatVector p = FloatVector.broadcast(Lanes.FLOATS, C6);
        p = p.fma(f, FloatVector.broadcast(Lanes.FLOATS, C5));
        p = p.fma(f, FloatVector.broadcast(Lanes.FLOATS, C4));
        p = p.fma(f, FloatVector.broadcast(Lanes.FLOATS, C3));
        p = p.fma(f, FloatVector.broadcast(Lanes.FLOATS, C2));
        p = p.fma(f, FloatVector.broadcast(Lanes.FLOATS, C1));
        p = p.fma(f, FloatVector.broadcast(Lanes.FLOATS, 1f));
        IntVector exponent = rounded.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, 23);
        return p.mul(exponent.viewAsFloatingLanes());
    }

    /** {@code 2^x} of one number, the same to the last bit as a lane of {@link #exp2(FloatVector)}. */
    static float exp2(float x) {
        float clamped = Math.max(x, LEAST);
        float rounded = clamped + ROUND;
        float f = clamped - (rounded - ROUND);
        float p = C6;
        p = Math.fma(p, f, C5);
        p = Math.fma(p, f, C4);
        p = Math.fma(p, f, C3);
        p = Math.fma(p, f, C2);
        p = Math.fma(p, f, C1);
        p = Math.fma(p, f, 1f);
        return p * Float.intBitsToFloat(Float.floatToRawIntBits(rounded) << 23);
    }
}
