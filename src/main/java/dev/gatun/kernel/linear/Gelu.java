package dev.gatun.kernel.linear;

import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Activations of dense layers, entry by entry, in place, of rows at any distance.
 *
 * <p><b>Layout.</b> Arrays at any alignment; columns are multiples of {@link Lanes#SLICE}, so there are no tails. Results do not depend on
 * the vector width. NaN gives NaN, infinity infinity, minus infinity 0.
 */
public final class Gelu {

    private static final int FLOATS = Lanes.FLOATS.length();

    /** The bits of the argument from which on {@code x Phi(-x)} counts as 0: it is below 8e-38. */
    static final float ERF_END = 13f;
    static final int ERF_END_BITS = 0x4150_0000;

    /**
     * {@code -log2(e) / 2} in two parts: {@code exp(-t^2 / 2) = 2^(t^2 (HALF + HALF_REST))}. Constants of the compiler, so that plain loops
     * use them without this class.
     */
    static final float HALF = (float) (-0.5 / LogTwo.VALUE);
    static final float HALF_REST = (float) (-0.5 / LogTwo.VALUE - HALF);

    /**
     * With {@code v = t / (t + 3)}, minimax coefficients of {@code exp(t^2 / 2) Phi(-t) / (1 - v)} in v for 0 <= t <= 13.2, where Phi is
     * the normal distribution function: relative error 4e-8 before rounding.
     */
    static final float SHIFT = 3f;
    static final float P0 = 0.5f;
    static final float P1 = -0x1.64c6b0p-1f;
    static final float P2 = 0x1.6cefeep-2f;
    static final float P3 = 0x1.19af2cp-4f;
    static final float P4 = -0x1.61c14cp-4f;
    static final float P5 = -0x1.24bf16p-5f;
    static final float P6 = -0x1.2e0338p-8f;
    static final float P7 = 0x1.c0b83cp-5f;
    static final float P8 = -0x1.8009cep-6f;

    /** {@code exp(-2 sqrt(2 / pi) (t + 0.044715 t^3)) = 2^(t (LINEAR + CUBIC t^2))}; beyond the end it counts as 0. */
    private static final float LINEAR = (float) (-2 * Math.sqrt(2 / Math.PI) / StrictMath.log(2));
    private static final float CUBIC = (float) (-2 * 0.044715 * Math.sqrt(2 / Math.PI) / StrictMath.log(2));
    private static final float TANH_END = 10f;
    private static final int TANH_END_BITS = Float.floatToIntBits(TANH_END);

    private static final int MAGNITUDE = Integer.MAX_VALUE;

    private Gelu() {
    }

    /**
     * {@code x Phi(x) = x (1 + erf(x / sqrt 2)) / 2}, in place: {@code max(x, 0) - |x| Phi(-|x|)}.
     *
     * <p>Error: at most 3.1 ULP for x >= 0 and 9 for -13 <= x < 0. Below -13 the result is 0, where the function is above -8e-38.
     */
    public static void erf(float[] x, int at, int stride, int rows, int columns) {
        FloatVector half = Lanes.FLOAT_ZEROS.broadcast(HALF);
        FloatVector halfRest = Lanes.FLOAT_ZEROS.broadcast(HALF_REST);
        FloatVector round = Lanes.FLOAT_ZEROS.broadcast(Exponential.ROUND);
        FloatVector one = Lanes.FLOAT_ZEROS.broadcast(1f);
        FloatVector shift = Lanes.FLOAT_ZEROS.broadcast(SHIFT);
        FloatVector end = Lanes.FLOAT_ZEROS.broadcast(ERF_END);
        IntVector endBits = Lanes.INT_ZEROS.broadcast(ERF_END_BITS);
        FloatVector c6 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C6);
        FloatVector c5 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C5);
        FloatVector c4 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C4);
        FloatVector c3 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C3);
        FloatVector c2 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C2);
        FloatVector c1 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C1);
        FloatVector p8 = Lanes.FLOAT_ZEROS.broadcast(P8);
        FloatVector p7 = Lanes.FLOAT_ZEROS.broadcast(P7);
        FloatVector p6 = Lanes.FLOAT_ZEROS.broadcast(P6);
        FloatVector p5 = Lanes.FLOAT_ZEROS.broadcast(P5);
        FloatVector p4 = Lanes.FLOAT_ZEROS.broadcast(P4);
        FloatVector p3 = Lanes.FLOAT_ZEROS.broadcast(P3);
        FloatVector p2 = Lanes.FLOAT_ZEROS.broadcast(P2);
        FloatVector p1 = Lanes.FLOAT_ZEROS.broadcast(P1);
        FloatVector p0 = Lanes.FLOAT_ZEROS.broadcast(P0);
        for (int r = 0, row = at; r < rows; r++, row += stride) {
            for (int i = row; i < row + columns; i += FLOATS) {
                FloatVector argument = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, x, i));
                FloatVector positive = argument.blend(0f, argument.compare(VectorOperators.LT, 0f));
                IntVector magnitude = Lanes.INT_VECTOR.cast(argument.reinterpretShape(Lanes.INTS, 0)).and(MAGNITUDE).min(endBits);
                FloatVector t = Lanes.FLOAT_VECTOR.cast(magnitude.reinterpretShape(Lanes.FLOATS, 0));
                // -t^2 log2(e) / 2 as a sum of two floats
                FloatVector g = t.mul(half);
                FloatVector gRest = t.fma(halfRest, t.fma(half, g.neg()));
                FloatVector z = g.mul(t);
                FloatVector zRest = gRest.fma(t, g.fma(t, z.neg()));
                FloatVector n = z.add(round);
                FloatVector f = z.sub(n.sub(round)).add(zRest);
                FloatVector v = t.div(t.add(shift));
                FloatVector power = c6.fma(f, c5);
                FloatVector tail = p8.fma(v, p7);
                power = power.fma(f, c4);
                tail = tail.fma(v, p6);
                power = power.fma(f, c3);
                tail = tail.fma(v, p5);
                power = power.fma(f, c2);
                tail = tail.fma(v, p4);
                power = power.fma(f, c1);
                tail = tail.fma(v, p3);
                power = power.fma(f, one);
                tail = tail.fma(v, p2);
                power = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(power.reinterpretShape(Lanes.INTS, 0))
                        .add(Lanes.INT_VECTOR.cast(n.reinterpretShape(Lanes.INTS, 0))
                                .lanewise(VectorOperators.LSHL, Exponential.SIGNIFICAND))
                        .reinterpretShape(Lanes.FLOATS, 0));
                tail = tail.fma(v, p1);
                tail = tail.fma(v, p0).mul(one.sub(v)).mul(power);
                tail = tail.blend(0f, t.compare(VectorOperators.EQ, end));
                t.neg().fma(tail, positive).intoArray(x, i);
            }
        }
    }

    /**
     * {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}, in place: {@code max(x, 0) - |x| / (1 + exp(...))}.
     *
     * <p>Error: at most 2 ULP for x >= 0, and for negative x 2 ULP and 1.5 for each unit of {@code log2 (x / result)}. Below -10 the
     * result is 0, where the function is above -2e-37.
     */
    public static void tanh(float[] x, int at, int stride, int rows, int columns) {
        FloatVector linear = Lanes.FLOAT_ZEROS.broadcast(LINEAR);
        FloatVector cubic = Lanes.FLOAT_ZEROS.broadcast(CUBIC);
        FloatVector round = Lanes.FLOAT_ZEROS.broadcast(Exponential.ROUND);
        FloatVector one = Lanes.FLOAT_ZEROS.broadcast(1f);
        FloatVector end = Lanes.FLOAT_ZEROS.broadcast(TANH_END);
        IntVector endBits = Lanes.INT_ZEROS.broadcast(TANH_END_BITS);
        FloatVector c6 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C6);
        FloatVector c5 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C5);
        FloatVector c4 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C4);
        FloatVector c3 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C3);
        FloatVector c2 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C2);
        FloatVector c1 = Lanes.FLOAT_ZEROS.broadcast(Exponential.C1);
        for (int r = 0, row = at; r < rows; r++, row += stride) {
            for (int i = row; i < row + columns; i += FLOATS) {
                FloatVector argument = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, x, i));
                FloatVector positive = argument.blend(0f, argument.compare(VectorOperators.LT, 0f));
                IntVector magnitude = Lanes.INT_VECTOR.cast(argument.reinterpretShape(Lanes.INTS, 0)).and(MAGNITUDE).min(endBits);
                FloatVector t = Lanes.FLOAT_VECTOR.cast(magnitude.reinterpretShape(Lanes.FLOATS, 0));
                FloatVector z = cubic.fma(t.mul(t), linear).mul(t);
                FloatVector n = z.add(round);
                FloatVector f = z.sub(n.sub(round));
                FloatVector power = c6.fma(f, c5);
                power = power.fma(f, c4);
                power = power.fma(f, c3);
                power = power.fma(f, c2);
                power = power.fma(f, c1);
                power = power.fma(f, one);
                power = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(power.reinterpretShape(Lanes.INTS, 0))
                        .add(Lanes.INT_VECTOR.cast(n.reinterpretShape(Lanes.INTS, 0))
                                .lanewise(VectorOperators.LSHL, Exponential.SIGNIFICAND))
                        .reinterpretShape(Lanes.FLOATS, 0));
                FloatVector tail = power.div(power.add(one));
                tail = tail.blend(0f, t.compare(VectorOperators.EQ, end));
                t.neg().fma(tail, positive).intoArray(x, i);
            }
        }
    }

    /** {@code max(x, 0)}, in place. */
    public static void relu(float[] x, int at, int stride, int rows, int columns) {
        for (int r = 0, row = at; r < rows; r++, row += stride) {
            for (int i = row; i < row + columns; i += FLOATS) {
                FloatVector argument = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, x, i));
                argument.blend(0f, argument.compare(VectorOperators.LT, 0f)).intoArray(x, i);
            }
        }
    }
}
