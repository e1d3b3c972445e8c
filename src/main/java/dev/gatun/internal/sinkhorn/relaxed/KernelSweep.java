package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.LogStrips;
import dev.gatun.kernel.pass.Tile;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Passes over {@code exp(c z_ij + v_j)} of one head in float64, {@link Lanes#BLOCK} rows at a time; the fraction c of the inverse
 * temperature is 1 unless set.
 *
 * <p>Workers compute blocks side by side and common results add them in order, so results are bitwise the same for any number of
 * workers. The log-kernel is stored if it fits the memory that is allowed, and computed in every pass if not. All potentials and
 * logarithms are in units of log 2.
 */
final class KernelSweep {

    private final LogKernel kernel;
    private final LogStrips strips;
    private final double[][] stored;
    private final HeadLoop.Pieces pieces;
    private final Block[] blocks;
    private double fraction = 1;
    private int passes;

    /**
     * A block of rows and its exponentials.
     *
     * <p>Entry (row r of the block, column j) lies at {@code j * BLOCK + r}.
     */
    static final class Block {
        /** {@code z_ij}. */
        double[] logKernel;
        /** {@code 2^(c z_ij + v_j)}, each row relative to its largest entry. */
        final double[] powers;
        /** Row sums of {@link #powers}. */
        final double[] sums = new double[Lanes.BLOCK];
        /** {@code log2 sum_j 2^(c z_ij + v_j)}; minus infinity for a row without entries. */
        final double[] logSums = new double[Lanes.BLOCK];
        /** Factors of the rows of {@link #powers}, set by a visitor. */
        final double[] factors = new double[Lanes.BLOCK];
        /** {@code sum_r factor_r power_rj} of each column, after {@link #sumColumns}. */
        final double[] columnSums;
        private final double[] own;
        private int firstRow;
        private int rowCount;

        private Block(int columns, boolean stored) {
            this.powers = new double[LogStrips.length(columns)];
            this.own = stored ? null : new double[LogStrips.length(columns)];
            this.columnSums = new double[columns];
        }

        /** The row of the head that is row 0 of the block. */
        int firstRow() {
            return firstRow;
        }

        /** The number of rows, less than {@link Lanes#BLOCK} in the last block. */
        int rowCount() {
            return rowCount;
        }

        /** The largest difference of two visible entries of a row of {@link #logKernel}. */
        double range() {
            double range = 0;
            for (int r = 0; r < rowCount; r++) {
                double smallest = Double.POSITIVE_INFINITY;
                double largest = Double.NEGATIVE_INFINITY;
                for (int at = r; at < logKernel.length; at += Lanes.BLOCK) {
                    boolean visible = logKernel[at] > Double.NEGATIVE_INFINITY;
                    smallest = visible ? Math.min(smallest, logKernel[at]) : smallest;
                    largest = visible ? Math.max(largest, logKernel[at]) : largest;
                }
                range = Math.max(range, largest - smallest);
            }
            return range;
        }

        /** Whether the entry of row r of the block and column j is visible. */
        boolean visible(int r, int j) {
            return logKernel[j * Lanes.BLOCK + r] > Double.NEGATIVE_INFINITY;
        }

        /** {@code columnSums_j = sum_r factor_r power_rj}; padding rows have factors of 0. */
        void sumColumns() {
            Arrays.fill(factors, rowCount, Lanes.BLOCK, 0.0);
            for (int j = 0, at = 0; j < columnSums.length; j++, at += Lanes.BLOCK) {
                double even = 0;
                double odd = 0;
                for (int r = 0; r < Lanes.BLOCK; r += 2) {
                    even = Math.fma(factors[r], powers[at + r], even);
                    odd = Math.fma(factors[r + 1], powers[at + r + 1], odd);
                }
                columnSums[j] = even + odd;
            }
        }

        /** {@code out_r = sum_j power_rj w_j}. */
        void multiply(double[] w, double[] out) {
            LogStrips.product(powers, 0, w, out, 0);
        }

        /** Writes {@code factor_r power_rj} for all columns j. */
        void row(int r, double[] out) {
            for (int j = 0; j < out.length; j++) {
                out[j] = factors[r] * powers[j * Lanes.BLOCK + r];
            }
        }

        private void load(double fraction, double[] v) {
            for (int j = 0, at = 0; j < v.length; j++, at += Lanes.BLOCK) {
                double potential = v[j];
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    powers[at + r] = fraction * logKernel[at + r] + potential;
                }
            }
            LogStrips.logSums(powers, 0, v.length, powers, logSums);
            Arrays.fill(sums, 0.0);
            for (int at = 0; at < powers.length; at += Lanes.BLOCK) {
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    sums[r] += powers[at + r];
                }
            }
        }
    }

    /**
     * @param kernel the log-kernel z in float64
     * @param memory bytes that may be used to store it
     */
    KernelSweep(LogKernel kernel, long memory, HeadLoop.Pieces pieces) {
        this.kernel = kernel;
        this.strips = new LogStrips(kernel, null, null);
        this.pieces = pieces;
        long bytes = (long) Double.BYTES * strips.blocks() * LogStrips.length(kernel.columns());
        this.stored = bytes <= memory ? new double[strips.blocks()][] : null;
        this.blocks = new Block[Math.min(pieces.threads(), strips.blocks())];
        for (int b = 0; b < blocks.length; b++) {
            blocks[b] = new Block(kernel.columns(), stored != null);
        }
    }

    /** Sets the fraction of the inverse temperature that multiplies the log-kernel. */
    void setFraction(double newFraction) {
        fraction = newFraction;
    }

    /** The number of passes. */
    int passes() {
        return passes;
    }

    /**
     * Visits every block.
     *
     * @param v        column potentials; minus infinity for a column without mass
     * @param parallel visits blocks on any thread
     * @param inOrder  then visits each block on the calling thread, in order
     */
    void each(double[] v, Consumer<Block> parallel, Consumer<Block> inOrder) {
        for (int first = 0; first < strips.blocks(); first += blocks.length) {
            int start = first;
            int count = Math.min(blocks.length, strips.blocks() - first);
            pieces.each(count, (b, scratch) -> {
                load(blocks[b], start + b, scratch.tile);
                blocks[b].load(fraction, v);
                parallel.accept(blocks[b]);
            });
            for (int b = 0; b < count; b++) {
                inOrder.accept(blocks[b]);
            }
        }
        passes++;
    }

    private void load(Block block, int index, Tile tile) {
        block.firstRow = index * Lanes.BLOCK;
        block.rowCount = Math.min(Lanes.BLOCK, kernel.rows() - block.firstRow);
        if (stored == null) {
            block.logKernel = block.own;
            strips.fill(index, tile, block.logKernel, 0);
            return;
        }
        if (stored[index] == null) {
            stored[index] = new double[LogStrips.length(kernel.columns())];
            strips.fill(index, tile, stored[index], 0);
        }
        block.logKernel = stored[index];
    }

    /** {@code log2 sum_i 2^(c z_ij + u_i)} of each column, in one pass whose log-kernel is not stored. */
    double[] columnLogSums(double[] u) {
        double[] logSums = new double[kernel.columns()];
        KernelSweep transposed = new KernelSweep(kernel.transposed(), 0, pieces);
        transposed.setFraction(fraction);
        transposed.each(u, block -> System.arraycopy(block.logSums, 0, logSums,
                block.firstRow(), block.rowCount()), block -> { });
        passes++;
        return logSums;
    }
}
