package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.SineCosine;
import dev.gatun.kernel.TileProduct;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * The tiles of a symmetric matrix {@code a_ij = 2^(z_ij + u_i + u_j)}, or of a Hermitian one with a phase, on and above the
 * diagonal; those below it are their transposes.
 *
 * <p>The potential u is what makes the matrix the conjugate of a stochastic operator: entries are then at most 1, up to
 * rounding. In double precision it is part of the exponent; in single precision rows and columns take factors. Tiles on the
 * diagonal are made symmetric to the last bit.
 */
public final class ConjugateTiles {

    private final LogKernel kernel;
    private final Offsets offsets;
    private final MagneticPass magnetic;
    private final double[] potential;
    private final double[] levels;
    private final float[] rowFactors;
    private final float[] columnFactors;

    /** What one worker needs to form tiles, and the tile at hand; not for use by two threads at once. */
    public static final class Scratch {
        private final Tile tile = new Tile();
        private final float[] rows = new float[Lanes.BLOCK];
        private final float[] ownReal = new float[Lanes.DEPTH * Lanes.BLOCK];
        private float[] ownImaginary;
        private MagneticTile magnetic;

        /** {@code DEPTH x BLOCK}: real parts of the tile at hand. */
        float[] real = ownReal;

        /** Its imaginary parts, where it has any. */
        float[] imaginary;

        /** Has the tile at hand lie in memory of its own. */
        void useOwn() {
            if (ownImaginary == null && magnetic != null) {
                ownImaginary = new float[Lanes.DEPTH * Lanes.BLOCK];
            }
            use(ownReal, ownImaginary);
        }

        /** Has the tile at hand lie in other memory. */
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
            rowFactors[i] = (float) Math.pow(2, levels[i]);
            columnFactors[i] = (float) Math.pow(2, potential[i]);
        }
        this.offsets = Offsets.of(kernel, kernel.isFloat64() ? potential : null);
    }

    /**
     * A symmetric matrix.
     *
     * @param kernel    z, symmetric but for rounding
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
     * @param kappa    turns of phase for a unit of {@code b_ij - f_ij}
     */
    public static ConjugateTiles hermitian(LogKernel forward, LogKernel backward, double kappa, double[] potential) {
        double[] rowOffsets = new double[forward.rows()];
        Arrays.setAll(rowOffsets, i -> forward.rowOffset(i) + backward.rowOffset(i));
        MagneticPass pass = new MagneticPass(forward, backward, kappa, forward.isFloat64() ? potential : null);
        return new ConjugateTiles(forward, pass, rowOffsets, potential);
    }

    /** u, in units of log 2. */
    public double potential(int i) {
        return potential[i];
    }

    /** Whether the factors that single precision takes are ordinary floats; double precision takes none. */
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

    /** Rows and columns. */
    public int size() {
        return kernel.rows();
    }

    /** Blocks of rows, and tiles of a row. */
    public int blocks() {
        return Lanes.blocks(kernel.rows());
    }

    /** One past the last tile that row {@code block} of tiles has. */
    int end(int block) {
        int lastRow = Math.min(kernel.rows(), (block + 1) * Lanes.BLOCK) - 1;
        return Lanes.blocks(kernel.mask().endColumn(lastRow, kernel.columns()));
    }

    /** Takes a row of tiles. */
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

    /** Forms tile {@code column} of the row that was loaded, whole, with zeros where there is nothing. */
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

    private void finish(float[] tile, int first, int columns, float[] rows) {
        Arrays.fill(tile, columns * Lanes.BLOCK, tile.length, 0f);
        if (!kernel.isFloat64()) {
            TileProduct.scale(tile, rows, columnFactors, first);
        }
    }

    /** Gives a tile on the diagonal the entries above it below it as well. */
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
