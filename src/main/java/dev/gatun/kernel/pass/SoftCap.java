package dev.gatun.kernel.pass;

import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Soft caps {@code cap * tanh(z / cap)} of the log-kernels of a tile, before the offsets of columns are added.
 *
 * <p>With {@code e = exp(2 z / cap) - 1} the hyperbolic tangent is {@code e / (e + 2)}. For {@code 2^(n + f)}, n an integer and f in
 * [-1/2, 1/2], a polynomial gives {@code 2^f - 1}, and e follows without cancellation: {@code 2^n (2^f - 1) + (2^n - 1)}. Error: at most
 * 6 ULP of the capped log-kernel, in float32 and in float64, for small log-kernels as well as large ones. Domain: all finite numbers; where
 * the tangent rounds to 1, n is bounded. Tiles are {@code columns x BLOCK}, plain arrays at any alignment, without tails.
 */
public final class SoftCap {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Beyond this argument the tangent rounds to 1 in float64. */
    private static final int MAX_ARGUMENT = 60;

    private static final int SIGNIFICAND = 52;
    private static final double ROUND = 0x1.8p52;

    /** The series of {@code (2^f - 1) / f}, to 5e-18. */
    private static final double C1 = LogTwo.VALUE;
    private static final double C2 = C1 * C1 / 2;
    private static final double C3 = C2 * C1 / 3;
    private static final double C4 = C3 * C1 / 4;
    private static final double C5 = C4 * C1 / 5;
    private static final double C6 = C5 * C1 / 6;
    private static final double C7 = C6 * C1 / 7;
    private static final double C8 = C7 * C1 / 8;
    private static final double C9 = C8 * C1 / 9;
    private static final double C10 = C9 * C1 / 10;
    private static final double C11 = C10 * C1 / 11;
    private static final double C12 = C11 * C1 / 12;
    private static final double C13 = C12 * C1 / 13;

    private final double cap;
    private final double twice;
    private final Offsets float32;
    private final Offsets float64;

    /**
     * @param cap     in units of log 2, positive
     * @param columns of the log-kernels
     */
    public SoftCap(double cap, int columns) {
        this.cap = cap;
        this.twice = 2 / (cap * LogTwo.VALUE);
        this.float32 = Offsets.exactly(false, new double[columns]);
        this.float64 = Offsets.exactly(true, new double[columns]);
    }

    /** Offsets of 0, for log-kernels that will be capped. */
    Offsets none(boolean isFloat64) {
        return isFloat64 ? float64 : float32;
    }

    /** Caps float32 log-kernels, and adds each column's offset. */
    void apply(float[] tile, int columns, float[] offset, int first) {
        float32(tile, columns, (float) Math.min(twice, Float.MAX_VALUE), (float) cap, offset, first);
    }

    /** Caps float64 log-kernels, and adds each column's offset. */
    void apply(double[] scores, int columns, double[] offset, int first) {
        float64(scores, columns, Math.min(twice, Double.MAX_VALUE), cap, offset, first);
    }

    /** Caps {@code columns x BLOCK} float64 log-kernels, at most as many as this cap was made for. */
    public void apply(double[] logKernels, int columns) {
        apply(logKernels, columns, float64.float64(), 0);
    }

    private static void float32(float[] tile, int columns, float twice, float cap, float[] offset, int first) {
        FloatVector factor = Lanes.FLOAT_ZEROS.broadcast(twice);
        FloatVector most = Lanes.FLOAT_ZEROS.broadcast(MAX_ARGUMENT);
        FloatVector least = Lanes.FLOAT_ZEROS.broadcast(-MAX_ARGUMENT);
        FloatVector round = Lanes.FLOAT_ZEROS.broadcast(Exponential.ROUND);
        FloatVector one = Lanes.FLOAT_ZEROS.broadcast(1f);
        FloatVector greatest = Lanes.FLOAT_ZEROS.broadcast(cap);
        for (int c = 0; c < columns; c++) {
            FloatVector b = Lanes.FLOAT_ZEROS.broadcast(offset[first + c]);
            for (int at = c * Lanes.BLOCK; at < (c + 1) * Lanes.BLOCK; at += FLOATS) {
                FloatVector y = FloatVector.fromArray(Lanes.FLOATS, tile, at).mul(factor).max(least).min(most);
                FloatVector n = y.add(round);
                FloatVector f = y.sub(n.sub(round));
                FloatVector p = Lanes.FLOAT_ZEROS.broadcast(Exponential.C6).fma(f,
                        Lanes.FLOAT_ZEROS.broadcast(Exponential.C5));
                p = p.fma(f, Lanes.FLOAT_ZEROS.broadcast(Exponential.C4));
                p = p.fma(f, Lanes.FLOAT_ZEROS.broadcast(Exponential.C3));
                p = p.fma(f, Lanes.FLOAT_ZEROS.broadcast(Exponential.C2));
                p = p.fma(f, Lanes.FLOAT_ZEROS.broadcast(Exponential.C1)).mul(f);
                FloatVector power = Lanes.FLOAT_VECTOR.cast(Lanes.INT_VECTOR.cast(n.reinterpretShape(Lanes.INTS, 0))
                        .lanewise(VectorOperators.LSHL, Exponential.SIGNIFICAND)
                        .add(Lanes.INT_VECTOR.cast(one.reinterpretShape(Lanes.INTS, 0))).reinterpretShape(Lanes.FLOATS, 0));
                FloatVector e = power.fma(p, power.sub(one));
                e.div(e.add(2f)).fma(greatest, b).intoArray(tile, at);
            }
        }
    }

    private static void float64(double[] scores, int columns, double twice, double cap, double[] offset, int first) {
        DoubleVector factor = Lanes.DOUBLE_ZEROS.broadcast(twice);
        DoubleVector most = Lanes.DOUBLE_ZEROS.broadcast(MAX_ARGUMENT);
        DoubleVector least = Lanes.DOUBLE_ZEROS.broadcast(-MAX_ARGUMENT);
        DoubleVector round = Lanes.DOUBLE_ZEROS.broadcast(ROUND);
        DoubleVector one = Lanes.DOUBLE_ZEROS.broadcast(1);
        DoubleVector greatest = Lanes.DOUBLE_ZEROS.broadcast(cap);
        for (int c = 0; c < columns; c++) {
            DoubleVector b = Lanes.DOUBLE_ZEROS.broadcast(offset[first + c]);
            for (int at = c * Lanes.BLOCK; at < (c + 1) * Lanes.BLOCK; at += DOUBLES) {
                DoubleVector y = DoubleVector.fromArray(Lanes.DOUBLES, scores, at).mul(factor).max(least).min(most);
                DoubleVector n = y.add(round);
                DoubleVector f = y.sub(n.sub(round));
                DoubleVector p = Lanes.DOUBLE_ZEROS.broadcast(C13).fma(f,
                        Lanes.DOUBLE_ZEROS.broadcast(C12));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C11));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C10));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C9));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C8));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C7));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C6));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C5));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C4));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C3));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C2));
                p = p.fma(f, Lanes.DOUBLE_ZEROS.broadcast(C1)).mul(f);
                DoubleVector power = Lanes.DOUBLE_VECTOR.cast(Lanes.LONG_VECTOR.cast(n.reinterpretShape(Lanes.LONGS, 0))
                        .lanewise(VectorOperators.LSHL, SIGNIFICAND)
                        .add(Lanes.LONG_VECTOR.cast(one.reinterpretShape(Lanes.LONGS, 0))).reinterpretShape(Lanes.DOUBLES, 0));
                DoubleVector e = power.fma(p, power.sub(one));
                e.div(e.add(2)).fma(greatest, b).intoArray(scores, at);
            }
        }
    }
}
