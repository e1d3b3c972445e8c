package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Powers of two in double precision.
 *
 * <p>{@code 2^x} is the square of {@code 2^(x/2)}, whose exponent never leaves the normal range: so what is too small for a double
 * vanishes by itself, and no lane has to be told from another. With n the integer nearest to x/2 and f the rest, the terms of the
 * exponential series up to {@code (f log 2)^13} give {@code 2^f} to 4e-18 before rounding, and n is added to its exponent bits.
 */
final class DoubleExponential {

    /** Where the least of all powers is taken to be; its square is 0. */
    private static final double LEAST = -2040;

    /** Powers below this are 0: a quotient of two others is finite. Those above 1e-284 do not feel it taken off. */
    static final double NEGLIGIBLE = 1e-300;

    /** Adding it leaves the nearest integer in the low bits of the double. */
    private static final double ROUND = 0x1.8p52;

    private static final int SIGNIFICAND = 52;
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** {@code (log 2)^k / k!}. */
    private static final double[] C = coefficients();

    private DoubleExponential() {
    }

    private static double[] coefficients() {
        double[] c = new double[14];
        c[0] = 1;
        for (int k = 1; k < c.length; k++) {
            c[k] = c[k - 1] * Math.log(2) / k;
        }
        return c;
    }

    /**
     * {@code 2^x}, at most 3 ULP off, of whole vectors.
     *
     * @param x     at most 1000, minus infinity included
     * @param from  where they begin
     * @param count a multiple of 32
     * @param power receives the powers, from its beginning
     */
    static void exp2(double[] x, int from, int count, double[] power) {
        DoubleVector round = DoubleVector.broadcast(Lanes.DOUBLES, ROUND);
        DoubleVector negligible = DoubleVector.broadcast(Lanes.DOUBLES, NEGLIGIBLE);
        for (int at = 0; at < count; at += 4 * DOUBLES) {
            DoubleVector f0 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + at).max(LEAST).mul(0.5);
            DoubleVector f1 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + at + DOUBLES).max(LEAST).mul(0.5);
            DoubleVector f2 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + at + 2 * DOUBLES).max(LEAST).mul(0.5);
            DoubleVector f3 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + at + 3 * DOUBLES).max(LEAST).mul(0.5);
            DoubleVector n0 = f0.add(round);
            DoubleVector n1 = f1.add(round);
            DoubleVector n2 = f2.add(round);
            DoubleVector n3 = f3.add(round);
            f0 = f0.sub(n0.sub(round));
            f1 = f1.sub(n1.sub(round));
            f2 = f2.sub(n2.sub(round));
            f3 = f3.sub(n3.sub(round));
            DoubleVector p0 = DoubleVector.broadcast(Lanes.DOUBLES, C[13]);
            DoubleVector p1 = p0;
            DoubleVector p2 = p0;
            DoubleVector p3 = p0;
            for (int k = 12; k >= 0; k--) {
                DoubleVector c = DoubleVector.broadcast(Lanes.DOUBLES, C[k]);
                p0 = p0.fma(f0, c);
                p1 = p1.fma(f1, c);
                p2 = p2.fma(f2, c);
                p3 = p3.fma(f3, c);
            }
            p0 = p0.viewAsIntegralLanes().add(n0.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, SIGNIFICAND))
                    .viewAsFloatingLanes();
            p1 = p1.viewAsIntegralLanes().add(n1.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, SIGNIFICAND))
                    .viewAsFloatingLanes();
            p2 = p2.viewAsIntegralLanes().add(n2.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, SIGNIFICAND))
                    .viewAsFloatingLanes();
            p3 = p3.viewAsIntegralLanes().add(n3.viewAsIntegralLanes().lanewise(VectorOperators.LSHL, SIGNIFICAND))
                    .viewAsFloatingLanes();
            p0.mul(p0).sub(negligible).max(0).intoArray(power, at);
            p1.mul(p1).sub(negligible).max(0).intoArray(power, at + DOUBLES);
            p2.mul(p2).sub(negligible).max(0).intoArray(power, at + 2 * DOUBLES);
            p3.mul(p3).sub(negligible).max(0).intoArray(power, at + 3 * DOUBLES);
        }
    }
}
