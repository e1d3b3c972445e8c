package dev.gatun.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;

/**
 * One worker's scratch for the Hermitian kernel: the tile of moduli and the tile of phases.
 *
 * <p>Not for use by two threads at once.
 */
public final class MagneticTile {

    /** Adding and taking it off again rounds a double below 2^51 to the nearest integer. */
    private static final double ROUND_DOUBLE = 0x1.8p52;

    private static final float ROUND_SINGLE = 0x1.8p23f;

    /** Scores of the forward log-kernel, then of both together. */
    final Tile modulus = new Tile();

    /** Scores of the backward log-kernel, then phases in turns. */
    final Tile phase = new Tile();

    private final double[] rowPhase = new double[Lanes.BLOCK];
    private final float[] rowPhaseSingle = new float[Lanes.BLOCK];
    private boolean precise;

    void load(LogKernel forward, LogKernel backward, int block) {
        precise = forward.precise();
        modulus.load(forward, block);
        phase.load(backward, block);
        for (int r = 0; r < modulus.rowCount(); r++) {
            int i = modulus.firstRow() + r;
            rowPhase[r] = backward.rowOffset(i) - forward.rowOffset(i);
            rowPhaseSingle[r] = (float) rowPhase[r];
        }
    }

    /**
     * Scores of both log-kernels for {@code columns} columns from {@code first} on: their sum as the tile of
     * {@link #modulus}, and {@code kappa} times their difference, less its nearest integer, as the weights of
     * {@link #phase}. Only the moduli are masked: a phase has to stay finite, for zero times NaN is not zero.
     */
    void score(Offsets phases, double kappa, int first, int columns) {
        modulus.multiply(first, columns);
        phase.multiply(first, columns);
        if (precise) {
            combineDoubles(modulus.scores(), phase.scores(), columns, phases.doubles(), first, rowPhase, kappa,
                    phase.weights);
        } else {
            combineSingles(modulus.weights, phase.weights, columns, phases.singles(), first, rowPhaseSingle,
                    (float) kappa);
        }
        modulus.mask(first, columns);
    }

    private static void combineSingles(float[] forward, float[] backward, int columns, float[] offset, int first,
                                       float[] rowPhase, float kappa) {
        int step = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.BLOCK; lane += step) {
            FloatVector base = FloatVector.fromArray(Lanes.FLOATS, rowPhase, lane);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector f = FloatVector.fromArray(Lanes.FLOATS, forward, at);
                FloatVector b = FloatVector.fromArray(Lanes.FLOATS, backward, at);
                f.add(b).intoArray(forward, at);
                FloatVector turns = b.sub(f).add(base.add(offset[first + c])).mul(kappa);
                turns.sub(turns.add(ROUND_SINGLE).sub(ROUND_SINGLE)).intoArray(backward, at);
            }
        }
    }

    private static void combineDoubles(double[] forward, double[] backward, int columns, double[] offset, int first,
                                       double[] rowPhase, double kappa, float[] turnsTile) {
        int step = Lanes.DOUBLES.length();
        for (int lane = 0; lane < Lanes.BLOCK; lane += step) {
            DoubleVector base = DoubleVector.fromArray(Lanes.DOUBLES, rowPhase, lane);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                DoubleVector f = DoubleVector.fromArray(Lanes.DOUBLES, forward, at);
                DoubleVector b = DoubleVector.fromArray(Lanes.DOUBLES, backward, at);
                f.add(b).intoArray(forward, at);
                DoubleVector turns = b.sub(f).add(base.add(offset[first + c])).mul(kappa);
                Tile.narrow(turns.sub(turns.add(ROUND_DOUBLE).sub(ROUND_DOUBLE))).intoArray(turnsTile, at);
            }
        }
    }
}
