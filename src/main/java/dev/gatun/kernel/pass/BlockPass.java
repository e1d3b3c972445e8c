package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.ValuePanel;
import java.util.Arrays;

/**
 * One pass of a block of rows over all its columns: scores, exponentials and whatever is summed, tile by tile, with
 * nothing larger than a tile stored.
 *
 * <p>All potentials and logarithms are in units of log 2. Rows are done independently of each other and their tiles in
 * a fixed order, so a result does not depend on which thread does which block.
 */
public final class BlockPass {

    private final float[] scale;
    private LogKernel kernel;
    private Offsets offsets;
    private Offsets spare;
    private SoftCap cap;
    private PairBias pairs;
    private boolean capPairs;
    private double slope;
    private double sink = Double.NEGATIVE_INFINITY;

    /**
     * @param columnPotential what is added to each column, or null for nothing
     */
    public BlockPass(LogKernel kernel, double[] columnPotential) {
        this.kernel = kernel;
        boolean factored = columnPotential != null && !kernel.isFloat64();
        this.offsets = factored ? Offsets.none(kernel) : Offsets.of(kernel, columnPotential);
        this.scale = factored ? scale(kernel, columnPotential) : null;
    }

    /**
     * Takes the next log-kernel, of the same columns as the last and without a potential; allocates nothing but at the
     * first change of precision.
     */
    public void bind(LogKernel next) {
        if (next.isFloat64() != kernel.isFloat64()) {
            Offsets used = offsets;
            offsets = spare == null ? Offsets.none(next) : spare;
            spare = used;
        }
        offsets.fill(next);
        kernel = next;
    }

    /** What {@link #softmax} takes into each row's sum, {@code 2^sink}, without a value; minus infinity for nothing. */
    public void sink(double newSink) {
        sink = newSink;
    }

    /**
     * Has {@link #softmax} cap the inner products, before offsets are added: for log-kernels that were built for it.
     *
     * @param newCap in units of log 2
     */
    public void softCap(double newCap) {
        cap = new SoftCap(newCap, kernel.columns());
    }

    /** What {@link #softmax} adds to each entry of the log-kernel, the range of which has room for it; or null. */
    public void pairs(PairBias newPairs) {
        pairs = newPairs;
    }

    /** Has {@link #softmax} cap the bias of {@link #pairs} together with the inner products. */
    public void capPairs() {
        capPairs = true;
    }

    /** Has {@link #softmax} add {@code slope |j - (i + columns - rows)|}, in units of log 2; the range has room for it. */
    public void distances(double newSlope) {
        slope = newSlope;
    }

    /**
     * Potentials as factors of the weights. In single precision they must stay out of the exponent: as large as the
     * log-kernel itself, they would cost it a bit.
     */
    private static float[] scale(LogKernel kernel, double[] columnPotential) {
        float[] scale = new float[columnPotential.length];
        for (int j = 0; j < scale.length; j++) {
            scale[j] = (float) Math.pow(2, kernel.columnOffset(j) + columnPotential[j]);
        }
        return scale;
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
            tile.score(offsets, first, columns);
            tile.raiseReferences(first, columns);
            tile.exponentiate(first, columns, scale);
        }
        writeLogSums(tile, logSums);
    }

    private void writeLogSums(Tile tile, double[] logSums) {
        for (int r = 0; logSums != null && r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            logSums[i] = kernel.rowOffset(i) + (pairs == null ? 0 : pairs.level(i)) + tile.logSum(r);
        }
    }

    /**
     * {@code out_i = sum_j softmax_j(z_ij + v_j) values_j}, with an online softmax; zeros for a row that sees nothing.
     *
     * @param values {@code columns x components}
     * @param out    {@code rows x components}, row after row; receives the rows of the block
     */
    public void softmax(int block, Tile tile, ValuePanel values, float[] out) {
        softmax(block, tile, values, out, null);
    }

    /**
     * As above, with the logarithms of the row sums beside it.
     *
     * @param logSums receives {@code log2 sum_j 2^(z_ij + v_j)}, minus infinity for a row that sees nothing; or null
     */
    public void softmax(int block, Tile tile, ValuePanel values, float[] out, double[] logSums) {
        tile.load(kernel, block);
        float[] sums = tile.clearedSums(values.components());
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            score(tile, first, columns);
            tile.raiseReferences(first, columns);
            tile.exponentiate(first, columns, scale);
            tile.accumulate(values, first, columns, sums);
        }
        tile.normalise();
        if (sink != Double.NEGATIVE_INFINITY) {
            tile.addSink(sink, pairs);
        }
        writeLogSums(tile, logSums);
        tile.writeRows(sums, values.components(), out);
    }

    private void score(Tile tile, int first, int columns) {
        if (cap == null) {
            tile.score(offsets, first, columns);
        } else {
            tile.score(cap.nothing(kernel.isFloat64()), first, columns);
            if (capPairs) {
                tile.addBias(pairs, first, columns);
            }
            tile.cap(cap, offsets, first, columns);
        }
        if (slope != 0) {
            tile.addDistances(slope, first, columns);
        }
        if (pairs != null && !capPairs) {
            tile.addBias(pairs, first, columns);
        } else if (pairs != null) {
            tile.hidePairs(pairs, columns);
        }
    }

    /** Values as {@link #scaled} takes them: times the factors that the columns have in single precision. */
    public ValuePanel scaledValues(ValuePanel values) {
        return scale == null ? values : values.times(scale);
    }

    /**
     * {@code out_i = sum_j 2^(z_ij + u_i + v_j) values_j}.
     *
     * @param rowPotential u; minus infinity gives a row of zeros
     * @param values       what {@link #scaledValues} made of the values
     */
    public void scaled(int block, Tile tile, double[] rowPotential, ValuePanel values, float[] out) {
        scale(block, tile, rowPotential);
        float[] sums = tile.clearedSums(values.components());
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, null);
            tile.accumulate(values, first, columns, sums);
        }
        tile.writeRows(sums, values.components(), out);
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
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, scale);
            tile.writeColumns(tile.entries, columns, strip, first, kernel.columns(), 1, 0);
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
            tile.score(offsets, first, columns);
            tile.addRowOffsets(first, columns);
            tile.writeColumns(tile.entries, columns, strip, first, kernel.columns(), 1, 0);
        }
    }

    /** Takes a block whose rows are scaled by potentials of their own, not normalised. */
    private void scale(int block, Tile tile, double[] rowPotential) {
        tile.load(kernel, block);
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            tile.setLevel(r, kernel.rowOffset(i) + rowPotential[i]);
        }
        tile.clearPaddingRows();
    }
}
