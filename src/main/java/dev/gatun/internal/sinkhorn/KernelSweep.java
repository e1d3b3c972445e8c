package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pass.LogStrips;
import dev.gatun.kernel.pass.Tile;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Passes over {@code exp(part z_ij + v_j)} of one head in float64, {@link Lanes#BLOCK} rows at a time; the part is 1 unless set.
 *
 * <p>As many blocks are computed at once as there are workers; what they add to a common result is added in the order of the
 * blocks, so results are bitwise the same for any number of workers. The log-kernel is kept where it fits the memory that is
 * allowed, and computed in every pass where it does not. All potentials and logarithms are in units of log 2.
 */
final class KernelSweep {

    private final LogKernel kernel;
    private final LogStrips strips;
    private final double[][] kept;
    private final HeadLoop.Pieces pieces;
    private final Block[] blocks;
    private double part = 1;
    private int passes;

    /**
     * A block of rows and its exponentials.
     *
     * <p>Entry (row r of the block, column j) lies at {@code j * BLOCK + r}.
     */
    static final class Block {
        /** {@code z_ij}. */
        double[] logKernel;
        /** {@code 2^(part z_ij + v_j)}, each row relative to its largest. */
        final double[] powers;
        /** Row sums of {@link #powers}. */
        final double[] sums = new double[Lanes.BLOCK];
        /** {@code log2 sum_j 2^(part z_ij + v_j)}; minus infinity for a row without entries. */
        final double[] logSums = new double[Lanes.BLOCK];
        /** What a visitor multiplies the rows of {@link #powers} by. */
        final double[] factors = new double[Lanes.BLOCK];
        /** What a visitor has found for the columns. */
        final double[] ofColumns;
        private final double[] own;
        private int firstRow;
        private int rowCount;

        private Block(int columns, boolean kept) {
            this.powers = new double[LogStrips.length(columns)];
            this.own = kept ? null : new double[LogStrips.length(columns)];
            this.ofColumns = new double[columns];
        }

        int firstRow() {
            return firstRow;
        }

        /** The rows of the block that exist. */
        int rowCount() {
            return rowCount;
        }

        /** How far apart the entries of a row of {@link #logKernel} are at most. */
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

        /** Whether an entry is not masked. */
        boolean visible(int r, int j) {
            return logKernel[j * Lanes.BLOCK + r] > Double.NEGATIVE_INFINITY;
        }

        /** {@code ofColumns_j = sum_r factor_r power_rj}; rows that do not exist count for nothing. */
        void sumColumns() {
            Arrays.fill(factors, rowCount, Lanes.BLOCK, 0.0);
            for (int j = 0, at = 0; j < ofColumns.length; j++, at += Lanes.BLOCK) {
                double even = 0;
                double odd = 0;
                for (int r = 0; r < Lanes.BLOCK; r += 2) {
                    even = Math.fma(factors[r], powers[at + r], even);
                    odd = Math.fma(factors[r + 1], powers[at + r + 1], odd);
                }
                ofColumns[j] = even + odd;
            }
        }

        /** {@code out_r = sum_j power_rj w_j}. */
        void multiply(double[] w, double[] out) {
            LogStrips.product(powers, 0, w, out, 0);
        }

        /** {@code factor_r power_rj} for all columns j. */
        void row(int r, double[] out) {
            for (int j = 0; j < out.length; j++) {
                out[j] = factors[r] * powers[j * Lanes.BLOCK + r];
            }
        }

        private void load(double part, double[] v) {
            for (int j = 0, at = 0; j < v.length; j++, at += Lanes.BLOCK) {
                double ofColumn = v[j];
                for (int r = 0; r < Lanes.BLOCK; r++) {
                    powers[at + r] = part * logKernel[at + r] + ofColumn;
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
     * @param kernel in double precision
     * @param memory bytes that may be used to keep the log-kernel
     */
    KernelSweep(LogKernel kernel, long memory, HeadLoop.Pieces pieces) {
        this.kernel = kernel;
        this.strips = new LogStrips(kernel, null, null);
        this.pieces = pieces;
        long bytes = (long) Double.BYTES * strips.blocks() * LogStrips.length(kernel.columns());
        this.kept = bytes <= memory ? new double[strips.blocks()][] : null;
        this.blocks = new Block[Math.min(pieces.threads(), strips.blocks())];
        for (int b = 0; b < blocks.length; b++) {
            blocks[b] = new Block(kernel.columns(), kept != null);
        }
    }

    int rows() {
        return kernel.rows();
    }

    int columns() {
        return kernel.columns();
    }

    /** Multiplies the log-kernel by {@code newPart} from now on. */
    void heat(double newPart) {
        part = newPart;
    }

    /** Passes so far. */
    int passes() {
        return passes;
    }

    /**
     * Visits every block.
     *
     * @param v        column potentials; minus infinity for a column without mass
     * @param parallel is given blocks on any thread
     * @param inOrder  is given each block after that, on the calling thread, in order
     */
    void each(double[] v, Consumer<Block> parallel, Consumer<Block> inOrder) {
        for (int first = 0; first < strips.blocks(); first += blocks.length) {
            int start = first;
            int count = Math.min(blocks.length, strips.blocks() - first);
            pieces.each(count, (b, scratch) -> {
                load(blocks[b], start + b, scratch.tile);
                blocks[b].load(part, v);
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
        if (kept == null) {
            block.logKernel = block.own;
            strips.fill(index, tile, block.logKernel, 0);
            return;
        }
        if (kept[index] == null) {
            kept[index] = new double[LogStrips.length(kernel.columns())];
            strips.fill(index, tile, kept[index], 0);
        }
        block.logKernel = kept[index];
    }

    /** {@code log2 sum_i 2^(part z_ij + u_i)} of each column. A pass, of which nothing is kept. */
    double[] columnLogSums(double[] u) {
        double[] logSums = new double[kernel.columns()];
        KernelSweep transposed = new KernelSweep(kernel.transposed(), 0, pieces);
        transposed.heat(part);
        transposed.each(u, block -> System.arraycopy(block.logSums, 0, logSums,
                block.firstRow(), block.rowCount()), block -> { });
        passes++;
        return logSums;
    }
}
