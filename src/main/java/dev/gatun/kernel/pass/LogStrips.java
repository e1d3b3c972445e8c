package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.DoubleExponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.LogKernel;
import java.util.Arrays;

/**
 * Log-kernels in double precision, a strip of {@link Lanes#BLOCK} rows at a time: entry (row r of the block, column j) at
 * {@code j * BLOCK + r}, in units of log 2, minus infinity where it is masked and in rows that do not exist. Every row is a
 * lane, so sums over columns and products with vectors are lane by lane, in the order of the columns.
 */
public final class LogStrips {

    private final LogKernel kernel;
    private final Offsets offsets;
    private final double[] rowPotential;

    /**
     * {@code z_ij + u_i + v_j}.
     *
     * @param kernel          in double precision
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

    /** Takes the tiles of a strip. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Takes entries {@code (r, first + c)} of a block, {@code entries[c * BLOCK + r]}, as scratch.
         *
         * @param columns how many there are, at most {@link Lanes#DEPTH}
         */
        void tile(int first, int columns, double[] entries);
    }

    /** Visits the tiles of a strip that the mask does not hide as a whole, in the order of the columns. */
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

    /** Adds a number to each row of {@code columns} columns. */
    public static void addToRows(double[] strip, int at, int columns, double[] ofRow) {
        for (int from = at; from < at + columns * Lanes.BLOCK; from += Lanes.BLOCK) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                strip[from + r] += ofRow[r];
            }
        }
    }

    /** {@code entry + f_j}, to {@code out} from its beginning on. */
    public static void addToColumns(double[] strip, int at, double[] f, double[] out) {
        for (int j = 0, to = 0; j < f.length; j++, to += Lanes.BLOCK) {
            double ofColumn = f[j];
            for (int r = 0; r < Lanes.BLOCK; r++) {
                out[to + r] = strip[at + to + r] + ofColumn;
            }
        }
    }

    /**
     * {@code log2 sum_j 2^(entry)} of each row, minus infinity for one without any.
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
        DoubleExponential.exp2(powers, 0, columns * Lanes.BLOCK, powers);
        Arrays.fill(sums, 0, Lanes.BLOCK, 0.0);
        for (int from = 0; from < columns * Lanes.BLOCK; from += Lanes.BLOCK) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                sums[r] += powers[from + r];
            }
        }
        for (int r = 0; r < Lanes.BLOCK; r++) {
            sums[r] = sums[r] == 0 ? Double.NEGATIVE_INFINITY : Math.log(sums[r]) / Math.log(2) - shift[r];
        }
    }

    /** {@code 2^(entry)}; see {@link DoubleExponential}. */
    public static void powers(double[] strip, int at, int columns, double[] powers) {
        DoubleExponential.exp2(strip, at, columns * Lanes.BLOCK, powers);
    }

    /**
     * {@code sum_j p_j f_j} of each row: one chain of fused multiply-adds, from the first column on.
     *
     * @param powers a strip of probabilities, from {@code start} on
     * @param f      an entry for each column
     * @param out    receives the rows of the strip, from {@code at} on, as far as there is room
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
