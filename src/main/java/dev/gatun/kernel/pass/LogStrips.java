package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.Float64Exponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * Strips of float64 log-kernels, {@link Lanes#BLOCK} rows at a time: the entry of row r of the block and column j is at
 * {@code j * BLOCK + r}, in units of log 2; minus infinity if it is hidden, and in padding rows. Each row is a lane, so sums over columns
 * and products with vectors are lane by lane, in the order of the columns.
 */
public final class LogStrips {

    private final LogKernel kernel;
    private final Offsets offsets;
    private final double[] rowPotential;

    /**
     * {@code z_ij + u_i + v_j}.
     *
     * @param kernel          z, float64
     * @param rowPotential    u, or null for none
     * @param columnPotential v, or null for none
     */
    public LogStrips(LogKernel kernel, double[] rowPotential, double[] columnPotential) {
        this.kernel = kernel;
        this.offsets = Offsets.of(kernel, columnPotential);
        this.rowPotential = rowPotential;
    }

    /** The number of strips. */
    public int blocks() {
        return Lanes.blocks(kernel.rows());
    }

    /** Entries of a strip. */
    public static int length(int columns) {
        return ArrayLength.of(columns, Lanes.BLOCK);
    }

    /**
     * Fills a strip.
     *
     * @param strip receives it from {@code at} on
     */
    public void fill(int block, Tile tile, double[] strip, int at) {
        Arrays.fill(strip, at, at + length(kernel.columns()), Double.NEGATIVE_INFINITY);
        visit(block, tile, (first, columns, entries) ->
                System.arraycopy(entries, 0, strip, at + first * Lanes.BLOCK, columns * Lanes.BLOCK));
    }

    /** Receives the tiles of a strip. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Receives entries {@code (r, first + c)} of a block at {@code entries[c * BLOCK + r]}, which it may overwrite.
         *
         * @param columns columns of the tile, at most {@link Lanes#DEPTH}
         */
        void tile(int first, int columns, double[] entries);
    }

    /** Visits the tiles of a strip from the first visible column to the last, in order. */
    public void visit(int block, Tile tile, Visitor visitor) {
        tile.load(kernel, block);
        double[] ofRow = new double[Lanes.BLOCK];
        Arrays.fill(ofRow, Double.NEGATIVE_INFINITY);
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            ofRow[r] = kernel.rowOffset(i) + (rowPotential == null ? 0 : rowPotential[i]);
        }
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.hideFloat64(first, columns);
            addToRows(tile.scores(), 0, columns, ofRow);
            visitor.tile(first, columns, tile.scores());
        }
    }

    /** {@code entry += ofRow_r} for each row r, over {@code columns} columns. */
    public static void addToRows(double[] strip, int at, int columns, double[] ofRow) {
        for (int from = at; from < at + columns * Lanes.BLOCK; from += Lanes.BLOCK) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                strip[from + r] += ofRow[r];
            }
        }
    }

    /** {@code entry + f_j} for each column j, to {@code out} from place 0 on. */
    public static void addToColumns(double[] strip, int at, double[] f, double[] out) {
        for (int j = 0, to = 0; j < f.length; j++, to += Lanes.BLOCK) {
            double ofColumn = f[j];
            for (int r = 0; r < Lanes.BLOCK; r++) {
                out[to + r] = strip[at + to + r] + ofColumn;
            }
        }
    }

    /**
     * {@code log2 sum_j 2^(entry)} of each row; minus infinity for a row without a visible entry.
     *
     * @param powers scratch, as long as a strip
     */
    public static void logSums(double[] strip, int at, int columns, double[] powers, double[] sums) {
        double[] greatest = new double[Lanes.BLOCK];
        Arrays.fill(greatest, -Double.MAX_VALUE);
        Numerators.raise(strip, at, columns, greatest);
        double[] shift = new double[Lanes.BLOCK];
        for (int r = 0; r < Lanes.BLOCK; r++) {
            shift[r] = greatest[r] == -Double.MAX_VALUE ? 0 : -greatest[r];
        }
        System.arraycopy(strip, at, powers, 0, columns * Lanes.BLOCK);
        addToRows(powers, 0, columns, shift);
        Float64Exponential.exp2(powers, 0, columns * Lanes.BLOCK, powers);
        Arrays.fill(sums, 0, Lanes.BLOCK, 0.0);
        for (int from = 0; from < columns * Lanes.BLOCK; from += Lanes.BLOCK) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                sums[r] += powers[from + r];
            }
        }
        for (int r = 0; r < Lanes.BLOCK; r++) {
            sums[r] = sums[r] == 0 ? Double.NEGATIVE_INFINITY : LogTwo.log2(sums[r]) - shift[r];
        }
    }

    /** {@code 2^(entry)} of {@code columns} columns; see {@link Float64Exponential}. */
    public static void powers(double[] strip, int at, int columns, double[] powers) {
        Float64Exponential.exp2(strip, at, columns * Lanes.BLOCK, powers);
    }

    /**
     * {@code sum_j p_j f_j} of each row: one chain of fused multiply-adds, from the first column on.
     *
     * @param powers p, a strip of probabilities, from {@code start} on
     * @param f      one entry for each column
     * @param out    receives the rows of the strip from {@code at} on, up to its end
     */
    public static void product(double[] powers, int start, double[] f, double[] out, int at) {
        double[] sums = new double[Lanes.BLOCK];
        for (int j = 0, from = start; j < f.length; j++, from += Lanes.BLOCK) {
            double factor = f[j];
            for (int r = 0; r < Lanes.BLOCK; r++) {
                sums[r] = Math.fma(powers[from + r], factor, sums[r]);
            }
        }
        System.arraycopy(sums, 0, out, at, Math.min(Lanes.BLOCK, out.length - at));
    }
}
