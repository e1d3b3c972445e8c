package dev.gatun.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Sines and cosines of angles given in turns (a turn is 2 pi), lane by lane.
 *
 * <p>Domain: {@code |t| <= 2^20}; the reduction to a quarter turn is exact. Absolute error of either: at most 1.2e-7.
 */
final class SineCosine {

    /** Adding it leaves the nearest integer in the low bits of the float. */
    private static final float ROUND = 0x1.8p23f;

    /** Minimax coefficients of sin(2 pi f) / f in f^2 on [-1/8, 1/8]: relative error 5e-12 before rounding. */
    private static final float S0 = 6.2831855f;
    private static final float S1 = -41.3417f;
    private static final float S2 = 81.6052f;
    private static final float S3 = -76.69778f;
    private static final float S4 = 41.46989f;

    /** Minimax coefficients of (cos(2 pi f) - 1) / f^2 in f^2 on [-1/8, 1/8]: relative error 6e-11 before rounding. */
    private static final float C1 = -19.739208f;
    private static final float C2 = 64.93932f;
    private static final float C3 = -85.44324f;
    private static final float C4 = 59.22924f;

    private SineCosine() {
    }

    /**
     * Turns weights and their phases into complex weights: {@code real = weight cos(2 pi turns)} in place of
     * {@code weights}, {@code imaginary = weight sin(2 pi turns)} in place of {@code turns}.
     *
     * @param entries how many, a multiple of {@link Lanes#BLOCK}
     */
    static void rotate(float[] weights, float[] turns, int entries) {
        int step = Lanes.FLOATS.length();
        for (int at = 0; at < entries; at += step) {
            FloatVector weight = FloatVector.fromArray(Lanes.FLOATS, weights, at);
            FloatVector t = FloatVector.fromArray(Lanes.FLOATS, turns, at);
            FloatVector rounded = t.mul(4f).add(ROUND);
            FloatVector f = rounded.sub(ROUND).fma(FloatVector.broadcast(Lanes.FLOATS, -0.25f), t);
            FloatVector square = f.mul(f);
            FloatVector sine = sine(f, square);
            FloatVector cosine = cosine(square);
            IntVector quarter = rounded.viewAsIntegralLanes();
            VectorMask<Float> odd = quarter.and(1).compare(VectorOperators.NE, 0).cast(Lanes.FLOATS);
            IntVector cosineSign = quarter.add(1).and(2).lanewise(VectorOperators.LSHL, 30);
            IntVector sineSign = quarter.and(2).lanewise(VectorOperators.LSHL, 30);
            FloatVector real = cosine.blend(sine, odd).mul(weight);
            FloatVector imaginary = sine.blend(cosine, odd).mul(weight);
            real.viewAsIntegralLanes().lanewise(VectorOperators.XOR, cosineSign).viewAsFloatingLanes()
                    .intoArray(weights, at);
            imaginary.viewAsIntegralLanes().lanewise(VectorOperators.XOR, sineSign).viewAsFloatingLanes()
                    .intoArray(turns, at);
        }
    }

    private static FloatVector sine(FloatVector f, FloatVector square) {
        FloatVector p = FloatVector.broadcast(Lanes.FLOATS, S4);
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, S3));
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, S2));
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, S1));
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, S0));
        return p.mul(f);
    }

    private static FloatVector cosine(FloatVector square) {
        FloatVector p = FloatVector.broadcast(Lanes.FLOATS, C4);
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, C3));
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, C2));
        p = p.fma(square, FloatVector.broadcast(Lanes.FLOATS, C1));
        return p.fma(square, FloatVector.broadcast(Lanes.FLOATS, 1f));
    }
}
