package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One worker's scratch for the Hermitian kernel: the tile of the moduli and the tile of the phases.
 *
 * <p>Not for use by two threads at once.
 */
public final class MagneticTile {

    private static final int FLOATS = Lanes.FLOATS.length();
    private static final int DOUBLES = Lanes.DOUBLES.length();

    /** Adding and subtracting it rounds a float64 below 2^51 to the nearest integer. */
    private static final double ROUND_FLOAT64 = 0x1.8p52;

    /** Adding and subtracting it rounds a float32 below 2^22 to the nearest integer. */
    private static final float ROUND_FLOAT32 = 0x1.8p23f;

    /** The forward log-kernel, then its sum with the backward one, then the moduli. */
    final Tile modulus = new Tile();

    /** The backward log-kernel, then the phases in turns. */
    final Tile phase = new Tile();

    private final double[] rowTurns = new double[Lanes.BLOCK];
    private final float[] rowTurnsFloat32 = new float[Lanes.BLOCK];
    private boolean float64;

    /** Loads a block of both log-kernels. The phases of the offsets of its rows are reduced to fractions of a turn. */
    void load(LogKernel forward, LogKernel backward, double kappa, int block) {
        float64 = forward.isFloat64();
        modulus.load(forward, block);
        phase.load(backward, block);
        for (int r = 0; r < modulus.rowCount(); r++) {
            int i = modulus.firstRow() + r;
            double turns = kappa * (backward.rowOffset(i) - forward.rowOffset(i));
            rowTurns[r] = turns - Math.rint(turns);
            rowTurnsFloat32[r] = (float) rowTurns[r];
        }
    }

    /**
     * Computes the log-kernels of {@code columns} columns from {@code first} on: their sum in the tile of {@link #modulus}, and kappa times
     * their difference, minus its nearest integer, in the entries of {@link #phase}. Only moduli are hidden, because a phase must stay
     * finite: 0 times NaN is not 0.
     */
    void score(MagneticPass pass, int first, int columns) {
        int block = modulus.firstRow() / Lanes.BLOCK;
        if (pass.kept() != null && pass.kept().has(block, first / Lanes.DEPTH)) {
            pass.kept().give(block, first / Lanes.DEPTH, pass.potential().float64(), modulus.scores(), phase.entries);
            return;
        }
        modulus.score(pass.forwardOffsets(), first, columns);
        phase.score(pass.backwardOffsets(), first, columns);
        if (float64) {
            combineFloat64(modulus.scores(), phase.scores(), columns, pass.potential().float64(), first, rowTurns,
                    pass.kappa(), phase.entries);
        } else {
            combineFloat32(modulus.entries, phase.entries, columns, pass.potential().float32(), first,
                    rowTurnsFloat32, (float) pass.kappa());
        }
    }

    private static void combineFloat32(float[] forward, float[] backward, int columns, float[] potential, int first,
                                       float[] rowTurns, float kappa) {
        FloatVector scale = Lanes.FLOAT_ZEROS.broadcast(kappa);
        FloatVector round = Lanes.FLOAT_ZEROS.broadcast(ROUND_FLOAT32);
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * FLOATS) {
            FloatVector base0 = FloatVector.fromArray(Lanes.FLOATS, rowTurns, lane);
            FloatVector base1 = FloatVector.fromArray(Lanes.FLOATS, rowTurns, lane + FLOATS);
            FloatVector base2 = FloatVector.fromArray(Lanes.FLOATS, rowTurns, lane + 2 * FLOATS);
            FloatVector base3 = FloatVector.fromArray(Lanes.FLOATS, rowTurns, lane + 3 * FLOATS);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector v = Lanes.FLOAT_ZEROS.broadcast(potential[first + c]);
                FloatVector f0 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, forward, at));
                FloatVector f1 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, forward, at + FLOATS));
                FloatVector f2 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, forward, at + 2 * FLOATS));
                FloatVector f3 = Lanes.FLOAT_VECTOR.cast(FloatVector.fromArray(Lanes.FLOATS, forward, at + 3 * FLOATS));
                FloatVector b0 = FloatVector.fromArray(Lanes.FLOATS, backward, at);
                FloatVector b1 = FloatVector.fromArray(Lanes.FLOATS, backward, at + FLOATS);
                FloatVector b2 = FloatVector.fromArray(Lanes.FLOATS, backward, at + 2 * FLOATS);
                FloatVector b3 = FloatVector.fromArray(Lanes.FLOATS, backward, at + 3 * FLOATS);
                f0.add(b0).add(v).intoArray(forward, at);
                f1.add(b1).add(v).intoArray(forward, at + FLOATS);
                f2.add(b2).add(v).intoArray(forward, at + 2 * FLOATS);
                f3.add(b3).add(v).intoArray(forward, at + 3 * FLOATS);
                FloatVector turns0 = b0.sub(f0).fma(scale, base0);
                FloatVector turns1 = b1.sub(f1).fma(scale, base1);
                FloatVector turns2 = b2.sub(f2).fma(scale, base2);
                FloatVector turns3 = b3.sub(f3).fma(scale, base3);
                turns0.sub(turns0.add(round).sub(round)).intoArray(backward, at);
                turns1.sub(turns1.add(round).sub(round)).intoArray(backward, at + FLOATS);
                turns2.sub(turns2.add(round).sub(round)).intoArray(backward, at + 2 * FLOATS);
                turns3.sub(turns3.add(round).sub(round)).intoArray(backward, at + 3 * FLOATS);
            }
        }
    }

    private static void combineFloat64(double[] forward, double[] backward, int columns, double[] potential, int first,
                                       double[] rowTurns, double kappa, float[] turns) {
        DoubleVector scale = Lanes.DOUBLE_ZEROS.broadcast(kappa);
        DoubleVector round = Lanes.DOUBLE_ZEROS.broadcast(ROUND_FLOAT64);
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * DOUBLES) {
            DoubleVector base0 = DoubleVector.fromArray(Lanes.DOUBLES, rowTurns, lane);
            DoubleVector base1 = DoubleVector.fromArray(Lanes.DOUBLES, rowTurns, lane + DOUBLES);
            DoubleVector base2 = DoubleVector.fromArray(Lanes.DOUBLES, rowTurns, lane + 2 * DOUBLES);
            DoubleVector base3 = DoubleVector.fromArray(Lanes.DOUBLES, rowTurns, lane + 3 * DOUBLES);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                DoubleVector v = Lanes.DOUBLE_ZEROS.broadcast(potential[first + c]);
                DoubleVector f0 = DoubleVector.fromArray(Lanes.DOUBLES, forward, at);
                DoubleVector f1 = DoubleVector.fromArray(Lanes.DOUBLES, forward, at + DOUBLES);
                DoubleVector f2 = DoubleVector.fromArray(Lanes.DOUBLES, forward, at + 2 * DOUBLES);
                DoubleVector f3 = DoubleVector.fromArray(Lanes.DOUBLES, forward, at + 3 * DOUBLES);
                DoubleVector b0 = DoubleVector.fromArray(Lanes.DOUBLES, backward, at);
                DoubleVector b1 = DoubleVector.fromArray(Lanes.DOUBLES, backward, at + DOUBLES);
                DoubleVector b2 = DoubleVector.fromArray(Lanes.DOUBLES, backward, at + 2 * DOUBLES);
                DoubleVector b3 = DoubleVector.fromArray(Lanes.DOUBLES, backward, at + 3 * DOUBLES);
                f0.add(b0).add(v).intoArray(forward, at);
                f1.add(b1).add(v).intoArray(forward, at + DOUBLES);
                f2.add(b2).add(v).intoArray(forward, at + 2 * DOUBLES);
                f3.add(b3).add(v).intoArray(forward, at + 3 * DOUBLES);
                DoubleVector turns0 = b0.sub(f0).fma(scale, base0);
                DoubleVector turns1 = b1.sub(f1).fma(scale, base1);
                DoubleVector turns2 = b2.sub(f2).fma(scale, base2);
                DoubleVector turns3 = b3.sub(f3).fma(scale, base3);
                Lanes.HALF_FLOAT_VECTOR.cast(turns0.sub(turns0.add(round).sub(round))
                        .convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0)).intoArray(turns, at);
                Lanes.HALF_FLOAT_VECTOR.cast(turns1.sub(turns1.add(round).sub(round))
                        .convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0)).intoArray(turns, at + DOUBLES);
                Lanes.HALF_FLOAT_VECTOR.cast(turns2.sub(turns2.add(round).sub(round))
                        .convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0)).intoArray(turns, at + 2 * DOUBLES);
                Lanes.HALF_FLOAT_VECTOR.cast(turns3.sub(turns3.add(round).sub(round))
                        .convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0)).intoArray(turns, at + 3 * DOUBLES);
            }
        }
    }
}
