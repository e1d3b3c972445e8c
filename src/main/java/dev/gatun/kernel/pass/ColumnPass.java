package dev.gatun.kernel.pass;

import dev.gatun.kernel.ArrayLength;
import dev.gatun.kernel.ColumnSums;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import java.util.Arrays;

/**
 * The product of a column-normalised kernel with values, {@code out_i = sum_j 2^(z_ij) values_j / sum_i 2^(z_ij)}, in float32 and with one
 * pass of scores.
 *
 * <p>Columns are processed in groups. First every block of rows stores its exponentials of the group and sums its columns
 * ({@link #exponentiate}). Then the values of the group are divided by the sums of its columns ({@link #normalise}), and every block adds
 * its stored exponentials times these values to its result ({@link #accumulate}). Blocks of one step do not depend on each other, and
 * columns are summed in their order: results depend neither on which thread computes which block nor on the size of a group.
 */
public final class ColumnPass {

    /** Exponentials of a group: they should stay in the second-level cache together with the panels. */
    private static final int GROUP_ENTRIES = 1 << 16;

    /** Partial sums of a column in a block: row r belongs to sum {@code r % 16}. */
    private static final int FOLDED = ColumnSums.FOLDED;

    private final LogKernel kernel;
    private final PackedValues values;
    private final Offsets none;
    private final int blocks;
    private final int width;
    private final float[] numerators;
    private final float[] folded;
    private final float[] inverse;
    private final PackedValues scaled;
    private final float[] sums;
    private final int sumsOfBlock;
    private final float[] rowFactors;

    /**
     * @param kernel float32; the offsets of its columns cancel
     * @param values {@code columns x components}
     */
    public ColumnPass(LogKernel kernel, PackedValues values) {
        this.kernel = kernel;
        this.values = values;
        this.none = Offsets.none(kernel);
        this.blocks = Lanes.blocks(kernel.rows());
        int tiles = Math.clamp(GROUP_ENTRIES / ((long) blocks * Lanes.BLOCK * Lanes.DEPTH), 1, Lanes.blocks(kernel.columns()));
        this.width = tiles * Lanes.DEPTH;
        this.numerators = new float[ArrayLength.of(blocks * Lanes.BLOCK, width)];
        this.folded = new float[ArrayLength.of(blocks * FOLDED, width)];
        this.inverse = new float[width];
        this.scaled = PackedValues.ofShape(width, values.components());
        this.sumsOfBlock = values.sums(Lanes.BLOCK);
        this.sums = new float[ArrayLength.of(blocks, sumsOfBlock)];
        this.rowFactors = ColumnHalves.rowFactors(kernel);
    }

    /** The number of blocks of rows. */
    public int blocks() {
        return blocks;
    }

    /** The number of groups of columns. */
    public int groups() {
        return (kernel.columns() + width - 1) / width;
    }

    /** Computes and stores the exponentials of a group's columns in one block of rows, and sums the columns. */
    public void exponentiate(int group, int block, Tile tile) {
        loadScaled(block, tile);
        int from = group * width;
        int end = Math.min(from + width, kernel.columns());
        int partial = block * FOLDED * width;
        Arrays.fill(folded, partial, partial + FOLDED * width, 0f);
        for (int first = Math.max(from, tile.firstColumn()); first < Math.min(end, tile.endColumn());
                first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(none, first, columns);
            tile.exponentiate(first, columns, null);
            System.arraycopy(tile.entries, 0, numerators, place(block, first - from), columns * Lanes.BLOCK);
            ColumnSums.fold(tile.entries, 0, columns, tile.rowFactors, folded, partial + (first - from) * FOLDED);
        }
    }

    private int place(int block, int column) {
        return (block * width + column) * Lanes.BLOCK;
    }

    /** Loads a block whose rows are scaled by {@code 2^a_i}; padding rows have the factor 0. */
    private void loadScaled(int block, Tile tile) {
        tile.load(kernel, block);
        tile.setRowFactors(rowFactors, block * Lanes.BLOCK);
    }

    /** Divides a group's values by the sums of its columns, after {@link #exponentiate} of all blocks. */
    public void normalise(int group) {
        int from = group * width;
        int count = Math.min(width, kernel.columns() - from);
        for (int block = 1; block < blocks; block++) {
            int partial = block * FOLDED * width;
            for (int at = 0; at < count * FOLDED; at++) {
                folded[at] += folded[partial + at];
            }
        }
        for (int c = 0; c < count; c++) {
            inverse[c] = ColumnHalves.inverse(folded, c);
        }
        scaled.packRows(values, from, count, inverse);
    }

    /** Adds a group's products to the result of one block of rows. */
    public void accumulate(int group, int block, Tile tile) {
        tile.load(kernel, block);
        int from = group * width;
        int end = Math.min(from + width, kernel.columns());
        for (int first = Math.max(from, tile.firstColumn()); first < Math.min(end, tile.endColumn());
                first += Lanes.DEPTH) {
            scaled.accumulate(numerators, place(block, first - from), Math.min(Lanes.DEPTH, end - first), first - from, sums,
                    block * sumsOfBlock, tile.rowCount());
        }
    }

    /**
     * Writes the result of one block of rows.
     *
     * @param out {@code rows x components}, row after row; receives the rows of the block
     */
    public void write(int block, Tile tile, float[] out) {
        loadScaled(block, tile);
        tile.writeRows(sums, block * sumsOfBlock, values, out);
    }
}
