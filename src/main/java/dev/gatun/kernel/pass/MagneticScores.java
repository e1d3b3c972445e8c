package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;

/**
 * Float64 log-moduli and phases of the tiles on and above the diagonal of a Hermitian kernel, kept from the pass that sums its rows until
 * the tiles of the conjugate are formed: 12 bytes an entry, in place of two inner products.
 */
public final class MagneticScores {

    private final double[][][] moduli;
    private final float[][][] phases;

    /** No scores yet. */
    public MagneticScores(int blocks) {
        this.moduli = new double[blocks][blocks][];
        this.phases = new float[blocks][blocks][];
    }

    /** Keeps a tile, if it is on or above the diagonal. */
    void keep(int block, int column, double[] modulus, float[] phase) {
        if (column >= block) {
            moduli[block][column] = modulus.clone();
            phases[block][column] = phase.clone();
        }
    }

    /** Whether a tile is kept. */
    boolean has(int block, int column) {
        return moduli[block] != null && moduli[block][column] != null;
    }

    /** Copies a tile, with the potentials of its columns added to the log-moduli. */
    void give(int block, int column, double[] potential, double[] modulus, float[] phase) {
        double[] kept = moduli[block][column];
        for (int c = 0, at = 0; c < Lanes.DEPTH; c++) {
            double v = column * Lanes.DEPTH + c < potential.length ? potential[column * Lanes.DEPTH + c] : 0;
            for (int end = at + Lanes.BLOCK; at < end; at++) {
                modulus[at] = kept[at] + v;
            }
        }
        System.arraycopy(phases[block][column], 0, phase, 0, phase.length);
    }

    /** Drops the tiles of a row of tiles. */
    void drop(int block) {
        moduli[block] = null;
        phases[block] = null;
    }
}
