package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.coupling.RowGroups;
import dev.gatun.kernel.coupling.TreeSums;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pass.LogStrips;
import dev.gatun.kernel.pass.PartRows;
import dev.gatun.kernel.pass.Tile;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Passes over {@code exp(c z_ij + v_j)} of one head in float64, {@link Lanes#BLOCK} rows at a time; the fraction c of the inverse
 * temperature is 1 unless set.
 *
 * <p>Workers compute {@linkplain RowGroups groups} of blocks side by side, each with column sums of its own, and so do other machines.
 * Results are bitwise the same for any number of them. The log-kernel is stored if it fits the memory that is allowed, and computed in
 * every pass if not. All potentials and logarithms are in units of log 2.
 */
final class KernelSweep {

    private final LogKernel kernel;
    private final KernelSource source;
    private final LogStrips strips;
    private final double[][] stored;
    private final HeadLoop.Pieces pieces;
    private final RowGroups groups;
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
        private final double[] own;
        private final Tile tile = new Tile();
        private final TreeSums partSums;
        private int firstRow;
        private int rowCount;

        private Block(int columns, boolean stored, RowGroups groups) {
            this.partSums = groups.treeSums(columns);
            this.powers = new double[LogStrips.length(columns)];
            this.own = stored ? null : new double[LogStrips.length(columns)];
        }

        /** The row of the head that is row 0 of the block. */
        int firstRow() {
            return firstRow;
        }

        /** The number of rows, less than {@link Lanes#BLOCK} in the last block. */
        int rowCount() {
            return rowCount;
        }

        /** The largest difference of two visible entries of row r of {@link #logKernel}. */
        double range(int r) {
            double smallest = Double.POSITIVE_INFINITY;
            double largest = Double.NEGATIVE_INFINITY;
            for (int at = r; at < logKernel.length; at += Lanes.BLOCK) {
                boolean visible = logKernel[at] > Double.NEGATIVE_INFINITY;
                smallest = visible ? Math.min(smallest, logKernel[at]) : smallest;
                largest = visible ? Math.max(largest, logKernel[at]) : largest;
            }
            return Math.max(0, largest - smallest);
        }

        /** Adds {@code sum_r factor_r power_rj} to the sum of each column j; padding rows have factors of 0. */
        private void addColumns(double[] columnSums) {
            Arrays.fill(factors, rowCount, Lanes.BLOCK, 0.0);
            for (int j = 0, at = 0; j < columnSums.length; j++, at += Lanes.BLOCK) {
                double even = 0;
                double odd = 0;
                for (int r = 0; r < Lanes.BLOCK; r += 2) {
                    even = Math.fma(factors[r], powers[at + r], even);
                    odd = Math.fma(factors[r + 1], powers[at + r + 1], odd);
                }
                columnSums[j] += even + odd;
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
     * @param source says which it is
     * @param memory bytes that may be used to store it
     */
    KernelSweep(LogKernel kernel, KernelSource source, long memory, HeadLoop.Pieces pieces) {
        this.kernel = kernel;
        this.source = source;
        this.strips = new LogStrips(kernel, null, null);
        this.pieces = pieces;
        this.groups = new RowGroups(kernel.rows());
        long bytes = (long) Double.BYTES * strips.blocks() * LogStrips.length(kernel.columns());
        this.stored = bytes <= memory ? new double[strips.blocks()][] : null;
        this.blocks = new Block[pieces.threads()];
    }

    /** The pairs that are visible. */
    Mask mask() {
        return kernel.mask();
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
     * Runs a pass over all rows, here or on other machines.
     *
     * @param v          column potentials; minus infinity for a column without mass
     * @param rows       receives the number of each row; null if there are none
     * @param columnSums receives the sums of the columns; null if there are none
     */
    void run(double[] v, SweepPass pass, double[] rows, double[] columnSums) {
        if (pieces.machines() != null) {
            PartRows.put(pieces.machines().run(new SweepRequest(source, fraction, v, pass), groups.parts()), groups, rows);
        } else if (columnSums == null) {
            pieces.run(groups.count(), (group, worker) -> groups.each(group, worker, partPass(v, pass, rows)));
        } else {
            groups.allocate(kernel.columns());
            pieces.run(groups.count(), (group, worker) -> groups.sum(group, worker, block(worker).partSums, partPass(v, pass, rows)));
        }
        if (columnSums != null) {
            groups.total(columnSums);
        }
        passes++;
    }

    /** The block of a worker. */
    private Block block(int worker) {
        if (blocks[worker] == null) {
            blocks[worker] = new Block(kernel.columns(), stored != null, groups);
        }
        return blocks[worker];
    }

    private RowGroups.PartPass partPass(double[] v, SweepPass pass, double[] rows) {
        return (part, worker, sums) -> {
            Block block = block(worker);
            for (int index = groups.firstBlockOfPart(part); index < groups.endBlockOfPart(part); index++) {
                load(block, index);
                block.load(fraction, v);
                pass.visit(block, rows);
                if (sums != null) {
                    block.addColumns(sums);
                }
            }
        };
    }

    /** Computes parts {@code first .. end - 1} of a pass of another machine. */
    static PartRows compute(LogKernel kernel, SweepRequest request, int first, int end) {
        KernelSweep sweep = new KernelSweep(kernel, null, 0, HeadLoop.Pieces.between(0, 1));
        sweep.fraction = request.fraction();
        double[] rows = request.pass().hasNumbers() ? new double[kernel.rows()] : null;
        return PartRows.of(sweep.groups, first, end, request.pass().sumsColumns() ? kernel.columns() : 0,
                sweep.partPass(request.v(), request.pass(), rows), null, rows);
    }

    /**
     * Visits every block, here.
     *
     * @param v        column potentials; minus infinity for a column without mass
     * @param parallel visits blocks on any thread
     * @param inOrder  then visits each block on the calling thread, in order
     */
    void each(double[] v, Consumer<Block> parallel, Consumer<Block> inOrder) {
        for (int first = 0; first < strips.blocks(); first += blocks.length) {
            int start = first;
            int count = Math.min(blocks.length, strips.blocks() - first);
            pieces.run(count, (b, worker) -> {
                Block block = block(b);
                load(block, start + b);
                block.load(fraction, v);
                parallel.accept(block);
            });
            for (int b = 0; b < count; b++) {
                inOrder.accept(blocks[b]);
            }
        }
        passes++;
    }

    private void load(Block block, int index) {
        block.firstRow = index * Lanes.BLOCK;
        block.rowCount = Math.min(Lanes.BLOCK, kernel.rows() - block.firstRow);
        if (stored == null) {
            block.logKernel = block.own;
            strips.fill(index, block.tile, block.logKernel, 0);
            return;
        }
        if (stored[index] == null) {
            stored[index] = new double[LogStrips.length(kernel.columns())];
            strips.fill(index, block.tile, stored[index], 0);
        }
        block.logKernel = stored[index];
    }

    /** {@code log2 sum_i 2^(c z_ij + u_i)} of each column, in one pass whose log-kernel is not stored. */
    double[] columnLogSums(double[] u) {
        double[] logSums = new double[kernel.columns()];
        KernelSweep transposed = new KernelSweep(kernel.transposed(), source.transposed(), 0, pieces);
        transposed.setFraction(fraction);
        transposed.run(u, new SweepPass.LogSums(), logSums, null);
        passes++;
        return logSums;
    }
}
