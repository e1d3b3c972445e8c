package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@code 2^x} in float64.
 *
 * <p>{@code 2^x} is the square of {@code 2^(x/2)}, whose exponent is always normal, so that results underflow to 0 without a test. With n
 * the integer nearest to x/2 and f the rest, the exponential series up to {@code (f log 2)^13} gives {@code 2^f} to 4e-18 before rounding,
 * and n is added to its exponent bits.
 */
public final class Float64Exponential {

    /** Replaces all smaller arguments; its power underflows to 0. */
    private static final double MIN_ARGUMENT = -2040;

    /** Adding it leaves the nearest integer in the low bits of the double. */
    private static final double ROUND = 0x1.8p52;

    private static final int SIGNIFICAND = 52;
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** {@code (log 2)^k / k!}. */
    private static final double[] C = coefficients();

    private Float64Exponential() {
    }

    private static double[] coefficients() {
        double[] c = new double[14];
        c[0] = 1;
        for (int k = 1; k < c.length; k++) {
            c[k] = c[k - 1] * LogTwo.VALUE / k;
        }
        return c;
    }

    /**
     * {@code 2^x} of {@code count} entries. Error: at most 3 ULP (2.02 measured) where the result is not subnormal.
     *
     * @param x     at most 1000, minus infinity included; plain, at any alignment
     * @param from  the place of the first entry
     * @param count a multiple of 32, so that there are no tails
     * @param power receives the powers, from place 0 on; may be x if {@code from} is 0
     */
    public static void exp2(double[] x, int from, int count, double[] power) {
        DoubleVector round = Lanes.DOUBLE_ZEROS.broadcast(ROUND);
        DoubleVector c0 = Lanes.DOUBLE_ZEROS.broadcast(C[0]);
        DoubleVector c1 = Lanes.DOUBLE_ZEROS.broadcast(C[1]);
        DoubleVector c2 = Lanes.DOUBLE_ZEROS.broadcast(C[2]);
        DoubleVector c3 = Lanes.DOUBLE_ZEROS.broadcast(C[3]);
        DoubleVector c4 = Lanes.DOUBLE_ZEROS.broadcast(C[4]);
        DoubleVector c5 = Lanes.DOUBLE_ZEROS.broadcast(C[5]);
        DoubleVector c6 = Lanes.DOUBLE_ZEROS.broadcast(C[6]);
        DoubleVector c7 = Lanes.DOUBLE_ZEROS.broadcast(C[7]);
        DoubleVector c8 = Lanes.DOUBLE_ZEROS.broadcast(C[8]);
        DoubleVector c9 = Lanes.DOUBLE_ZEROS.broadcast(C[9]);
        DoubleVector c10 = Lanes.DOUBLE_ZEROS.broadcast(C[10]);
        DoubleVector c11 = Lanes.DOUBLE_ZEROS.broadcast(C[11]);
        DoubleVector c12 = Lanes.DOUBLE_ZEROS.broadcast(C[12]);
        DoubleVector c13 = Lanes.DOUBLE_ZEROS.broadcast(C[13]);
        for (int at = 0; at < count; at += 2 * DOUBLES) {
            DoubleVector f0 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + at).max(MIN_ARGUMENT).mul(0.5);
            DoubleVector f1 = DoubleVector.fromArray(Lanes.DOUBLES, x, from + at + DOUBLES).max(MIN_ARGUMENT).mul(0.5);
            DoubleVector n0 = f0.add(round);
            DoubleVector n1 = f1.add(round);
            f0 = f0.sub(n0.sub(round));
            f1 = f1.sub(n1.sub(round));
            DoubleVector p0 = c13.fma(f0, c12);
            DoubleVector p1 = c13.fma(f1, c12);
            p0 = p0.fma(f0, c11);
            p1 = p1.fma(f1, c11);
            p0 = p0.fma(f0, c10);
            p1 = p1.fma(f1, c10);
            p0 = p0.fma(f0, c9);
            p1 = p1.fma(f1, c9);
            p0 = p0.fma(f0, c8);
            p1 = p1.fma(f1, c8);
            p0 = p0.fma(f0, c7);
            p1 = p1.fma(f1, c7);
            p0 = p0.fma(f0, c6);
            p1 = p1.fma(f1, c6);
            p0 = p0.fma(f0, c5);
            p1 = p1.fma(f1, c5);
            p0 = p0.fma(f0, c4);
            p1 = p1.fma(f1, c4);
            p0 = p0.fma(f0, c3);
            p1 = p1.fma(f1, c3);
            p0 = p0.fma(f0, c2);
            p1 = p1.fma(f1, c2);
            p0 = p0.fma(f0, c1);
            p1 = p1.fma(f1, c1);
            p0 = p0.fma(f0, c0);
            p1 = p1.fma(f1, c0);
            p0 = Lanes.DOUBLE_VECTOR.cast(Lanes.LONG_VECTOR.cast(p0.reinterpretShape(Lanes.LONGS, 0))
                    .add(Lanes.LONG_VECTOR.cast(n0.reinterpretShape(Lanes.LONGS, 0)).lanewise(VectorOperators.LSHL, SIGNIFICAND))
                    .reinterpretShape(Lanes.DOUBLES, 0));
            p1 = Lanes.DOUBLE_VECTOR.cast(Lanes.LONG_VECTOR.cast(p1.reinterpretShape(Lanes.LONGS, 0))
                    .add(Lanes.LONG_VECTOR.cast(n1.reinterpretShape(Lanes.LONGS, 0)).lanewise(VectorOperators.LSHL, SIGNIFICAND))
                    .reinterpretShape(Lanes.DOUBLES, 0));
            p0.mul(p0).intoArray(power, at);
            p1.mul(p1).intoArray(power, at + DOUBLES);
        }
    }
}
