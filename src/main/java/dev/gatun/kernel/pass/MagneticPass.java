package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.SineCosine;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import java.util.Arrays;

/**
 * One pass of a block of rows over the Hermitian kernel {@code 2^(f_ij + b_ij + v_j) e^(2 pi i kappa (b_ij - f_ij))}, where f is the
 * forward and b the backward log-kernel: their sum gives the modulus, their difference the phase.
 *
 * <p>Both log-kernels have the same shape, precision and mask. The phase is reduced to a fraction of a turn before it is rounded to
 * float32.
 */
public final class MagneticPass {

    private final LogKernel forward;
    private final LogKernel backward;
    private final double kappa;
    private final Offsets forwardOffsets;
    private final Offsets backwardOffsets;
    private final Offsets potential;
    private final MagneticScores kept;

    /**
     * @param kappa           turns of phase per unit of {@code b_ij - f_ij}
     * @param columnPotential v, added to the log-modulus of each column; null for none
     */
    public MagneticPass(LogKernel forward, LogKernel backward, double kappa, double[] columnPotential) {
        this(forward, backward, kappa, columnPotential, null);
    }

    /**
     * As above, for log-kernels in float64.
     *
     * @param kept receives the scores that {@link #logSums} computes, without potentials, and gives them instead of computing them again;
     *             null for none
     */
    public MagneticPass(LogKernel forward, LogKernel backward, double kappa, double[] columnPotential, MagneticScores kept) {
        this.kept = kept;
        this.forward = forward;
        this.backward = backward;
        this.kappa = kappa;
        this.forwardOffsets = Offsets.of(forward, null);
        this.backwardOffsets = Offsets.of(backward, null);
        this.potential = Offsets.exactly(forward.isFloat64(),
                columnPotential == null ? new double[forward.columns()] : columnPotential);
    }

    /** The number of blocks. */
    public int blocks() {
        return Lanes.blocks(forward.rows());
    }

    /** {@code log2 sum_j 2^(f_ij + b_ij + v_j)} of each row: the logarithm of the sum of its moduli. */
    public void logSums(int block, MagneticTile tile, double[] logSums) {
        tile.load(forward, backward, kappa, block);
        for (int first = tile.modulus.firstColumn(), end = tile.modulus.endColumn(); first < end;
                first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(this, first, columns);
            if (kept != null) {
                kept.keep(block, first / Lanes.DEPTH, tile.modulus.scores(), tile.phase.entries);
            }
            tile.modulus.raiseReferences(first, columns);
            tile.modulus.exponentiate(first, columns, null);
        }
        for (int r = 0; r < tile.modulus.rowCount(); r++) {
            int i = tile.modulus.firstRow() + r;
            logSums[i] = forward.rowOffset(i) + backward.rowOffset(i) + tile.modulus.logSum(r);
        }
    }

    /**
     * {@code out_i = sum_j P_ij values_j}, where the moduli of each row of P sum to 1.
     *
     * @param values {@code columns x components}
     * @param out    {@code rows x 2 components}: real and imaginary parts side by side
     */
    public void apply(int block, MagneticTile tile, PackedValues values, float[] out) {
        tile.load(forward, backward, kappa, block);
        Tile modulus = tile.modulus;
        float[] real = modulus.clearedSums(values);
        float[] imaginary = tile.phase.clearedSums(values);
        for (int first = modulus.firstColumn(), end = modulus.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(this, first, columns);
            modulus.raiseReferences(first, columns);
            modulus.exponentiate(first, columns, null);
            SineCosine.rotate(modulus.entries, tile.phase.entries, columns * Lanes.BLOCK);
            modulus.accumulate(values, first, columns, real);
            modulus.accumulate(tile.phase.entries, values, first, columns, imaginary);
        }
        modulus.normalise();
        modulus.writeRows(real, values, out, 2, 0);
        modulus.writeRows(imaginary, values, out, 2, 1);
    }

    /**
     * The entries {@code 2^(f_ij + b_ij + u_i + v_j) e^(i phase)}.
     *
     * @param rowPotential u
     * @param strip        receives the rows of the block: {@code BLOCK x 2 columns}, real and imaginary side by side
     */
    public void entries(int block, MagneticTile tile, double[] rowPotential, float[] strip) {
        tile.load(forward, backward, kappa, block);
        Tile modulus = tile.modulus;
        for (int r = 0; r < modulus.rowCount(); r++) {
            int i = modulus.firstRow() + r;
            modulus.setLevel(r, forward.rowOffset(i) + backward.rowOffset(i) + rowPotential[i]);
        }
        modulus.clearPaddingRows();
        int width = 2 * forward.columns();
        Arrays.fill(strip, 0, modulus.rowCount() * width, 0f);
        for (int first = modulus.firstColumn(), end = modulus.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(this, first, columns);
            modulus.exponentiate(first, columns, null);
            SineCosine.rotate(modulus.entries, tile.phase.entries, columns * Lanes.BLOCK);
            modulus.writeColumns(modulus.entries, columns, strip, first, width, 2, 0);
            modulus.writeColumns(tile.phase.entries, columns, strip, first, width, 2, 1);
        }
    }

    void load(MagneticTile tile, int block) {
        tile.load(forward, backward, kappa, block);
    }

    double kappa() {
        return kappa;
    }

    Offsets forwardOffsets() {
        return forwardOffsets;
    }

    Offsets backwardOffsets() {
        return backwardOffsets;
    }

    /** Kept scores; null if there are none. */
    MagneticScores kept() {
        return kept;
    }

    Offsets potential() {
        return potential;
    }
}
