package dev.gatun.kernel;

import java.util.Arrays;

/**
 * A full Sinkhorn iteration in one pass over the log-kernel: the exponentials that give a block of rows its potentials
 * serve the sums of the columns as well.
 *
 * <p>Holds one strip of weights, {@code BLOCK x columns}. Blocks are done in order. All potentials are in units of
 * log 2. Not for use by two threads at once.
 */
public final class SinkhornPass {

    private final LogKernel kernel;
    private final float[] strip;
    private final double[] references;
    private final float[] factor = new float[Lanes.BLOCK];
    private final ColumnSums columnSums = new ColumnSums();
    private final Tile tile = new Tile();

    /** Makes room for passes over {@code kernel}. */
    public SinkhornPass(LogKernel kernel) {
        this.kernel = kernel;
        int tiles = (kernel.columns() + Lanes.DEPTH - 1) / Lanes.DEPTH;
        this.strip = new float[Math.multiplyExact(tiles * Lanes.DEPTH, Lanes.BLOCK)];
        this.references = new double[tiles * Lanes.BLOCK];
    }

    /**
     * Fits the rows to their marginals, {@code u_i = log2 mu_i - log2 sum_j 2^(z_ij + v_j)}, and sums the columns of
     * the plan {@code 2^(z_ij + u_i + v_j)} that this makes.
     *
     * @param logMarginals log2 mu; minus infinity for a row without mass
     * @param v            column potentials
     * @param u            receives the row potentials; minus infinity for a row without mass
     * @param sums         receives the column sums of the plan
     */
    public void fitRows(double[] logMarginals, double[] v, double[] u, double[] sums) {
        Offsets offsets = Offsets.of(kernel, v);
        Arrays.fill(sums, 0.0);
        for (int block = 0; block < Lanes.blocks(kernel.rows()); block++) {
            tile.load(kernel, block);
            weigh(offsets);
            for (int r = 0; r < tile.rowCount(); r++) {
                int i = tile.firstRow() + r;
                double logSum = kernel.rowOffset(i) + tile.logSum(r);
                u[i] = logMarginals[i] == Double.NEGATIVE_INFINITY ? logMarginals[i] : logMarginals[i] - logSum;
            }
            sum(logMarginals, sums);
        }
    }

    /** Fills the strip with weights, each tile relative to the references that its rows had by then. */
    private void weigh(Offsets offsets) {
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.raise(first, columns);
            tile.weigh(first, columns, null);
            System.arraycopy(tile.weights, 0, strip, first * Lanes.BLOCK, columns * Lanes.BLOCK);
            for (int r = 0; r < Lanes.BLOCK; r++) {
                references[first / Lanes.DEPTH * Lanes.BLOCK + r] = tile.reference(r);
            }
        }
    }

    private void sum(double[] logMarginals, double[] sums) {
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                double shrunk = references[first / Lanes.DEPTH * Lanes.BLOCK + r] - tile.reference(r);
                factor[r] = r < tile.rowCount() && tile.sum[r] > 0
                        ? (float) (Math.pow(2, shrunk + logMarginals[tile.firstRow() + r]) / tile.sum[r]) : 0f;
            }
            int columns = Math.min(Lanes.DEPTH, end - first);
            columnSums.add(strip, first * Lanes.BLOCK, columns, factor, sums, first);
        }
    }

    /**
     * Row and column sums of the plan {@code 2^(z_ij + u_i + v_j)} as its entries are in float.
     *
     * @param rowSums    receives the sums of the rows
     * @param columnSums receives the sums of the columns
     */
    public void sums(double[] u, double[] v, double[] rowSums, double[] columnSums) {
        Arrays.fill(columnSums, 0.0);
        BlockPass pass = new BlockPass(kernel, v);
        for (int block = 0; block < pass.blocks(); block++) {
            pass.sums(block, tile, u, rowSums, this.columnSums, columnSums);
        }
    }
}
