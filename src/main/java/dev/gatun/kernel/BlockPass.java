package dev.gatun.kernel;

import java.util.Arrays;

/**
 * One pass of a block of rows over all its columns: scores, exponentials and whatever is summed, tile by tile, with
 * nothing larger than a tile stored.
 *
 * <p>All potentials and logarithms are in units of log 2. Rows are done independently of each other and their tiles in
 * a fixed order, so a result does not depend on which thread does which block.
 */
public final class BlockPass {

    private final LogKernel kernel;
    private final Offsets offsets;

    /**
     * @param columnPotential what is added to each column, or null for nothing
     */
    public BlockPass(LogKernel kernel, double[] columnPotential) {
        this.kernel = kernel;
        this.offsets = Offsets.of(kernel, columnPotential);
    }

    /** The number of blocks. */
    public int blocks() {
        return Lanes.blocks(kernel.rows());
    }

    /**
     * Logarithms of row sums, {@code log2 sum_j 2^(z_ij + v_j)}, minus infinity for a row that sees nothing.
     *
     * @param logSums receives the rows of the block at their own positions
     */
    public void logSums(int block, Tile tile, double[] logSums) {
        tile.load(kernel, block);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(first, columns);
            tile.raise(offsets, first, columns);
            tile.weigh(offsets, first, columns);
        }
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            logSums[i] = kernel.rowOffset(i) + tile.logSum(r);
        }
    }

    /**
     * {@code out_i = sum_j softmax_j(z_ij + v_j) values_j}, with an online softmax; zeros for a row that sees nothing.
     *
     * @param values {@code columns x components}, row after row
     * @param out    {@code rows x components}, row after row; receives the rows of the block
     */
    public void softmax(int block, Tile tile, float[] values, int components, float[] out) {
        tile.load(kernel, block);
        float[] sums = tile.sums(components);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(first, columns);
            tile.raise(offsets, first, columns);
            tile.weigh(offsets, first, columns);
            ValueTile.accumulate(tile.weights, columns, values, first, components, tile.factor, sums);
        }
        for (int r = 0; r < tile.rowCount(); r++) {
            tile.factor[r] = tile.sum[r] == 0 ? 0 : (float) (1 / tile.sum[r]);
        }
        tile.writeRows(sums, components, out, 1, 0);
    }

    /**
     * {@code out_i = sum_j 2^(z_ij + u_i + v_j) values_j}.
     *
     * @param rowPotential u; minus infinity gives a row of zeros
     */
    public void scaled(int block, Tile tile, double[] rowPotential, float[] values, int components, float[] out) {
        scale(block, tile, rowPotential);
        float[] sums = tile.sums(components);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(first, columns);
            tile.weigh(offsets, first, columns);
            ValueTile.accumulate(tile.weights, columns, values, first, components, tile.factor, sums);
        }
        tile.writeRows(sums, components, out, 1, 0);
    }

    /**
     * The entries themselves, {@code 2^(z_ij + u_i + v_j)}.
     *
     * @param strip receives the rows of the block, row after row: {@code BLOCK x columns}, masked entries as zeros
     */
    public void entries(int block, Tile tile, double[] rowPotential, float[] strip) {
        scale(block, tile, rowPotential);
        Arrays.fill(strip, 0, tile.rowCount() * kernel.columns(), 0f);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(first, columns);
            tile.weigh(offsets, first, columns);
            tile.writeColumns(tile.weights, columns, strip, first, kernel.columns(), 1, 0);
        }
    }

    /**
     * The log-kernel itself, {@code z_ij + v_j}, rounded to float.
     *
     * @param strip receives the rows of the block, row after row: {@code BLOCK x columns}, masked entries as minus
     *              infinity
     */
    public void logarithms(int block, Tile tile, float[] strip) {
        tile.load(kernel, block);
        Arrays.fill(strip, 0, tile.rowCount() * kernel.columns(), Float.NEGATIVE_INFINITY);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(first, columns);
            tile.settle(offsets, first, columns);
            tile.writeColumns(tile.weights, columns, strip, first, kernel.columns(), 1, 0);
        }
    }

    /**
     * Row sums of the entries, and their part of the column sums.
     *
     * @param rowSums    receives the rows of the block
     * @param columnSums added to
     */
    void sums(int block, Tile tile, double[] rowPotential, double[] rowSums, ColumnSums adder, double[] columnSums) {
        scale(block, tile, rowPotential);
        Arrays.fill(tile.factor, tile.rowCount(), Lanes.BLOCK, 0f);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(first, columns);
            tile.weigh(offsets, first, columns);
            adder.add(tile.weights, 0, columns, tile.factor, columnSums, first);
        }
        System.arraycopy(tile.sum, 0, rowSums, tile.firstRow(), tile.rowCount());
    }

    /** A row's weight is {@code 2^(score + b + v - reference)}, so the reference is {@code -(a + u)}. */
    private void scale(int block, Tile tile, double[] rowPotential) {
        tile.load(kernel, block);
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            tile.reference(r, Math.min(-(kernel.rowOffset(i) + rowPotential[i]), Tile.GREATEST_REFERENCE));
        }
        tile.leaveOutUnused();
        Arrays.fill(tile.factor, 1f);
    }
}
