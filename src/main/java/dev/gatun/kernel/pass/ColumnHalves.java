package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.ColumnSums;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import java.util.Arrays;

/**
 * A {@link ColumnPass} in two halves, for machines that have all columns of some rows, or all rows of some columns: first the
 * {@linkplain #invert inverse sums} of columns, then the {@linkplain #multiply products} of rows. Scores are computed in both. Results are
 * those of the one pass, bit for bit.
 */
public final class ColumnHalves {

    private final LogKernel kernel;
    private final Offsets none;
    private final float[] rowFactors;

    /** @param kernel float32; the offsets of its columns cancel */
    public ColumnHalves(LogKernel kernel) {
        this.kernel = kernel;
        this.none = Offsets.none(kernel);
        this.rowFactors = rowFactors(kernel);
    }

    /** {@code 2^a_i} of each row, and 0 of padding rows. */
    static float[] rowFactors(LogKernel kernel) {
        float[] factors = new float[ArrayLength.of(Lanes.blocks(kernel.rows()), Lanes.BLOCK)];
        for (int i = 0; i < kernel.rows(); i++) {
            factors[i] = (float) LogTwo.exp2(kernel.rowOffset(i));
        }
        return factors;
    }

    /** The number of blocks of rows. */
    public int blocks() {
        return Lanes.blocks(kernel.rows());
    }

    /**
     * The inverse of the sum of each column of a tile.
     *
     * @param column  the tile's first column, a multiple of {@link Lanes#DEPTH}
     * @param inverse receives {@code 1 / sum_i 2^z_ij} at the place of each column; 0 for a column of zeros
     */
    public void invert(int column, Tile tile, double[] inverse) {
        int end = Math.min(column + Lanes.DEPTH, kernel.columns());
        float[] total = new float[Lanes.DEPTH * ColumnSums.FOLDED];
        float[] folded = new float[total.length];
        for (int block = 0; block < blocks(); block++) {
            loadScaled(block, tile);
            if (column >= tile.firstColumn() && column < tile.endColumn()) {
                int columns = Math.min(end, tile.endColumn()) - column;
                exponentiate(tile, column, columns);
                Arrays.fill(folded, 0f);
                ColumnSums.fold(tile.entries, 0, columns, tile.rowFactors, folded, 0);
                for (int at = 0; at < columns * ColumnSums.FOLDED; at++) {
                    total[at] += folded[at];
                }
            }
        }
        for (int j = column; j < end; j++) {
            inverse[j] = inverse(total, j - column);
        }
    }

    /** The inverse of the sum of the partial sums of a column. */
    static float inverse(float[] folded, int column) {
        double sum = 0;
        for (int at = column * ColumnSums.FOLDED; at < (column + 1) * ColumnSums.FOLDED; at++) {
            sum += folded[at];
        }
        return sum == 0 ? 0 : (float) (1 / sum);
    }

    private void loadScaled(int block, Tile tile) {
        tile.load(kernel, block);
        tile.setRowFactors(rowFactors, block * Lanes.BLOCK);
    }

    private void exponentiate(Tile tile, int first, int columns) {
        tile.score(none, first, columns);
        tile.exponentiate(first, columns, null);
    }

    /** The values divided by the sums of their columns. */
    public PackedValues scaledValues(PackedValues values, double[] inverse) {
        float[] factors = new float[inverse.length];
        for (int j = 0; j < factors.length; j++) {
            factors[j] = (float) inverse[j];
        }
        return values.times(factors);
    }

    /**
     * The products of a block of rows.
     *
     * @param scaled {@link #scaledValues}
     * @param out    {@code rows x components}, row after row; receives the rows of the block
     */
    public void multiply(int block, Tile tile, PackedValues scaled, float[] out) {
        loadScaled(block, tile);
        float[] sums = new float[scaled.sums(Lanes.BLOCK)];
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            exponentiate(tile, first, columns);
            scaled.accumulate(tile.entries, 0, columns, first, sums, 0, tile.rowCount());
        }
        tile.writeRows(sums, scaled, out);
    }
}
