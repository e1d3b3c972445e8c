package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.SineCosine;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.tile.TileProduct;
import java.util.Arrays;

/**
 * The tiles on and above the diagonal of a symmetric matrix {@code a_ij = 2^(z_ij + u_i + u_j)}, or of a Hermitian one with a phase. Tiles
 * below the diagonal are their transposes.
 *
 * <p>The potential u makes the matrix the conjugate of a stochastic operator: entries are at most 1, up to rounding. In float64 it is part
 * of the exponent; in float32 it becomes factors of rows and columns. Tiles on the diagonal are made symmetric to the last bit.
 */
public final class ConjugateTiles {

    private final LogKernel kernel;
    private final Offsets offsets;
    private final MagneticPass magnetic;
    private final double[] potential;
    private final double[] levels;
    private final float[] rowFactors;
    private final float[] columnFactors;

    /** One worker's scratch, with the current tile. */
    public static final class Scratch {
        private final Tile tile = new Tile();
        private final float[] rows = new float[Lanes.BLOCK];
        private final float[] ownReal = new float[Lanes.DEPTH * Lanes.BLOCK];
        private float[] ownImaginary;
        private MagneticTile magnetic;

        /** {@code DEPTH x BLOCK}: real parts of the current tile. */
        float[] real = ownReal;

        /** Imaginary parts of the current tile; null if it has none. */
        float[] imaginary;

        /** Stores the current tile in the scratch itself. */
        void useOwn() {
            if (ownImaginary == null && magnetic != null) {
                ownImaginary = new float[Lanes.DEPTH * Lanes.BLOCK];
            }
            use(ownReal, ownImaginary);
        }

        /** Stores the current tile in other arrays. */
        void use(float[] newReal, float[] newImaginary) {
            real = newReal;
            imaginary = newImaginary;
        }
    }

    private ConjugateTiles(LogKernel kernel, MagneticPass magnetic, double[] rowOffsets, double[] potential) {
        this.kernel = kernel;
        this.potential = potential;
        this.magnetic = magnetic;
        this.levels = rowOffsets;
        int padded = Lanes.blocks(potential.length) * Lanes.BLOCK;
        this.rowFactors = new float[padded];
        this.columnFactors = new float[padded];
        for (int i = 0; i < potential.length; i++) {
            levels[i] += potential[i];
            rowFactors[i] = (float) LogTwo.exp2(levels[i]);
            columnFactors[i] = (float) LogTwo.exp2(potential[i]);
        }
        this.offsets = Offsets.of(kernel, kernel.isFloat64() ? potential : null);
    }

    /**
     * A symmetric matrix.
     *
     * @param kernel    z, symmetric up to rounding
     * @param potential u, in units of log 2
     */
    public static ConjugateTiles symmetric(LogKernel kernel, double[] potential) {
        double[] rowOffsets = new double[kernel.rows()];
        Arrays.setAll(rowOffsets, kernel::rowOffset);
        return new ConjugateTiles(kernel, null, rowOffsets, potential);
    }

    /**
     * A Hermitian matrix, {@code 2^(f_ij + b_ij + u_i + u_j) e^(2 pi i kappa (b_ij - f_ij))}.
     *
     * @param backward the transpose of {@code forward}, in the same precision
     * @param kappa    turns of phase per unit of {@code b_ij - f_ij}
     * @param kept     the scores that the pass for the row sums has kept; null for none
     */
    public static ConjugateTiles hermitian(LogKernel forward, LogKernel backward, double kappa, double[] potential,
                                           MagneticScores kept) {
        double[] rowOffsets = new double[forward.rows()];
        Arrays.setAll(rowOffsets, i -> forward.rowOffset(i) + backward.rowOffset(i));
        MagneticPass pass = new MagneticPass(forward, backward, kappa, forward.isFloat64() ? potential : null, kept);
        return new ConjugateTiles(forward, pass, rowOffsets, potential);
    }

    /** u, in units of log 2. */
    public double potential(int i) {
        return potential[i];
    }

    /** Whether the factors of float32 tiles are within 2^-100 and 2^100, or 0; float64 tiles have none. */
    public boolean factored() {
        for (int i = 0; !kernel.isFloat64() && i < kernel.rows(); i++) {
            if (!ordinary(rowFactors[i]) || !ordinary(columnFactors[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean ordinary(float factor) {
        return factor == 0 || factor >= 0x1p-100f && factor <= 0x1p100f;
    }

    /** Whether entries have imaginary parts. */
    public boolean hermitian() {
        return magnetic != null;
    }

    /** The number of rows and of columns. */
    public int size() {
        return kernel.rows();
    }

    /** The number of blocks of rows, and of tiles in a row. */
    public int blocks() {
        return Lanes.blocks(kernel.rows());
    }

    /** One past the last visible tile of row {@code block} of tiles. */
    int end(int block) {
        int lastRow = Math.min(kernel.rows(), (block + 1) * Lanes.BLOCK) - 1;
        return Lanes.blocks(kernel.mask().endColumn(lastRow, kernel.columns()));
    }

    /** Loads a row of tiles. */
    void load(int block, Scratch scratch) {
        loadBlock(block, scratch);
        scratch.useOwn();
        Tile tile = modulus(scratch);
        for (int r = 0; r < tile.rowCount(); r++) {
            tile.setLevel(r, kernel.isFloat64() ? levels[tile.firstRow() + r] : 0);
        }
        tile.clearPaddingRows();
        System.arraycopy(rowFactors, block * Lanes.BLOCK, scratch.rows, 0, Lanes.BLOCK);
    }

    private Tile modulus(Scratch scratch) {
        return magnetic == null ? scratch.tile : scratch.magnetic.modulus;
    }

    private void loadBlock(int block, Scratch scratch) {
        if (magnetic == null) {
            scratch.tile.load(kernel, block);
        } else {
            if (scratch.magnetic == null) {
                scratch.magnetic = new MagneticTile();
            }
            magnetic.load(scratch.magnetic, block);
        }
    }

    /** Computes tile {@code column} of the loaded row, padded with zeros. */
    void form(int column, Scratch scratch) {
        Tile tile = modulus(scratch);
        tile.useEntries(scratch.real);
        int first = column * Lanes.DEPTH;
        int columns = Math.min(Lanes.DEPTH, kernel.columns() - first);
        if (magnetic == null) {
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, null);
        } else {
            scratch.magnetic.phase.useEntries(scratch.imaginary);
            scratch.magnetic.score(magnetic, first, columns);
            tile.exponentiate(first, columns, null);
            SineCosine.rotate(scratch.real, scratch.imaginary, columns * Lanes.BLOCK);
        }
        finish(scratch.real, first, columns, scratch.rows);
        if (magnetic != null) {
            finish(scratch.imaginary, first, columns, scratch.rows);
        }
        if (first == tile.firstRow()) {
            mirror(scratch);
        }
    }

    /** Drops the scores kept for a row of tiles, after which tiles are computed from queries and keys. */
    public void dropScores(int block) {
        if (magnetic != null && magnetic.kept() != null) {
            magnetic.kept().drop(block);
        }
    }

    private void finish(float[] tile, int first, int columns, float[] rows) {
        Arrays.fill(tile, columns * Lanes.BLOCK, tile.length, 0f);
        if (!kernel.isFloat64()) {
            TileProduct.scale(tile, rows, columnFactors, first);
        }
    }

    /** Copies the entries above the diagonal of a tile to below it. */
    private void mirror(Scratch scratch) {
        for (int c = 0; c < Lanes.DEPTH; c++) {
            for (int r = c + 1; r < Lanes.BLOCK; r++) {
                scratch.real[c * Lanes.BLOCK + r] = scratch.real[r * Lanes.BLOCK + c];
            }
        }
        for (int c = 0; magnetic != null && c < Lanes.DEPTH; c++) {
            scratch.imaginary[c * Lanes.BLOCK + c] = 0;
            for (int r = c + 1; r < Lanes.BLOCK; r++) {
                scratch.imaginary[c * Lanes.BLOCK + r] = -scratch.imaginary[r * Lanes.BLOCK + c];
            }
        }
    }
}
