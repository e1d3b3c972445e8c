package dev.gatun.kernel.pass;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.PackedValues;
import java.util.Arrays;

/**
 * One pass of a block of rows over all its columns, tile by tile: scores, exponentials, and their sums and products. Nothing larger than a
 * tile is stored.
 *
 * <p>Potentials and logarithms are in units of log 2. Rows are independent of each other and their tiles have a fixed order, so results do
 * not depend on which thread computes which block.
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
     * @param columnPotential v, added to each column; null for none
     */
    public BlockPass(LogKernel kernel, double[] columnPotential) {
        this.kernel = kernel;
        boolean factored = columnPotential != null && !kernel.isFloat64();
        this.offsets = factored ? Offsets.none(kernel) : Offsets.of(kernel, columnPotential);
        this.scale = factored ? scale(kernel, columnPotential) : null;
    }

    /**
     * Binds the next log-kernel, of the same largest number of columns, without a potential. Allocates only at the first change of precision.
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

    /** Adds {@code 2^sink} to the row sums of {@link #softmax}, without a value; minus infinity for none. */
    public void sink(double newSink) {
        sink = newSink;
    }

    /**
     * Caps the inner products of {@link #softmax} before offsets are added. The log-kernel must have been built for a soft cap.
     *
     * @param newCap in units of log 2
     */
    public void softCap(double newCap) {
        cap = new SoftCap(newCap, kernel.maxColumns());
    }

    /** Adds a bias to each entry of the log-kernel in {@link #softmax}, whose range must have been widened for it; null for none. */
    public void pairs(PairBias newPairs) {
        pairs = newPairs;
    }

    /** Caps the bias of {@link #pairs} together with the inner products. */
    public void capPairs() {
        capPairs = true;
    }

    /** Adds {@code slope |j - (i + columns - rows)|} in {@link #softmax}, in units of log 2; the range must have been widened for it. */
    public void distances(double newSlope) {
        slope = newSlope;
    }

    /**
     * Potentials as factors of the numerators, in float32. In the exponent, potentials as large as the log-kernel itself would cost it one
     * bit of precision.
     */
    private static float[] scale(LogKernel kernel, double[] columnPotential) {
        float[] scale = new float[columnPotential.length];
        for (int j = 0; j < scale.length; j++) {
            scale[j] = (float) LogTwo.exp2(kernel.columnOffset(j) + columnPotential[j]);
        }
        return scale;
    }

    /** The number of blocks. */
    public int blocks() {
        return Lanes.blocks(kernel.rows());
    }

    /**
     * {@code log2 sum_j 2^(z_ij + v_j)} of each row; minus infinity for a row without a visible entry.
     *
     * @param logSums receives the rows of the block at their own places
     */
    public void logSums(int block, Tile tile, double[] logSums) {
        tile.loadRows(kernel, block);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.raiseReferences(first, columns);
            tile.exponentiate(first, columns, scale);
        }
        writeLogSums(tile, logSums, 0);
    }

    private void writeLogSums(Tile tile, double[] logSums, int first) {
        for (int r = 0; logSums != null && r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            logSums[first + i] = kernel.rowOffset(i) + (pairs == null ? 0 : pairs.level(i)) + tile.logSum(r);
        }
    }

    /**
     * {@code out_i = sum_j softmax_j(z_ij + v_j) values_j}, with an online softmax; zeros for a row without a visible entry.
     *
     * @param values {@code columns x components}
     * @param out    {@code rows x components}, row after row; receives the rows of the block
     */
    public void softmax(int block, Tile tile, PackedValues values, float[] out) {
        softmax(block, tile, values, out, null, 0);
    }

    /**
     * As above, with the logarithms of the row sums.
     *
     * @param logSums receives {@code log2 sum_j 2^(z_ij + v_j)}, minus infinity for a row without a visible entry; null if not needed
     * @param at      the row of {@code out} and of {@code logSums} that receives row 0
     */
    public void softmax(int block, Tile tile, PackedValues values, float[] out, double[] logSums, int at) {
        tile.loadRows(kernel, block);
        float[] sums = tile.sumsOfTiles(values);
        int last = tile.lastTile();
        for (int first = tile.firstColumn(); first < last; first += Lanes.DEPTH) {
            exponentiate(tile, first, Lanes.DEPTH);
            tile.accumulate(values, first, Lanes.DEPTH, sums);
        }
        int columns = Math.max(tile.endColumn() - last, 0);
        exponentiate(tile, last, columns);
        tile.rescale(values, sums);
        tile.normalise();
        if (sink != Double.NEGATIVE_INFINITY) {
            tile.addSink(sink, pairs);
        }
        writeLogSums(tile, logSums, at);
        tile.finish(values, last, columns, sums, out, at);
    }

    private void exponentiate(Tile tile, int first, int columns) {
        if (columns > 0) {
            score(tile, first, columns);
            tile.raiseReferences(first, columns);
            tile.exponentiate(first, columns, scale);
        }
    }

    private void score(Tile tile, int first, int columns) {
        if (cap == null) {
            tile.score(offsets, first, columns);
        } else {
            tile.score(cap.none(kernel.isFloat64()), first, columns);
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

    /** The values times the factors of the columns in float32, for {@link #scaled}. */
    public PackedValues scaledValues(PackedValues values) {
        return scale == null ? values : values.times(scale);
    }

    /**
     * {@code out_i = sum_j 2^(z_ij + u_i + v_j) values_j}.
     *
     * @param rowPotential u; minus infinity gives a row of zeros
     * @param values       the result of {@link #scaledValues}
     */
    public void scaled(int block, Tile tile, double[] rowPotential, PackedValues values, float[] out) {
        loadScaled(block, tile, rowPotential);
        float[] sums = tile.sumsOfTiles(values);
        int last = tile.lastTile();
        for (int first = tile.firstColumn(); first < last; first += Lanes.DEPTH) {
            exponentiateScaled(tile, first, Lanes.DEPTH);
            tile.accumulate(values, first, Lanes.DEPTH, sums);
        }
        int columns = Math.max(tile.endColumn() - last, 0);
        exponentiateScaled(tile, last, columns);
        tile.finish(values, last, columns, sums, out, 0);
    }

    private void exponentiateScaled(Tile tile, int first, int columns) {
        if (columns > 0) {
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, null);
        }
    }

    /**
     * The entries {@code 2^(z_ij + u_i + v_j)}.
     *
     * @param strip receives the rows of the block, row after row: {@code BLOCK x columns}, zeros for hidden entries
     */
    public void entries(int block, Tile tile, double[] rowPotential, float[] strip) {
        loadScaled(block, tile, rowPotential);
        Arrays.fill(strip, 0, tile.rowCount() * kernel.columns(), 0f);
        for (int first = tile.firstColumn(), end = tile.endColumn(); first < end; first += Lanes.DEPTH) {
            int columns = Math.min(Lanes.DEPTH, end - first);
            tile.score(offsets, first, columns);
            tile.exponentiate(first, columns, scale);
            tile.writeColumns(tile.entries, columns, strip, first, kernel.columns(), 1, 0);
        }
    }

    /**
     * The log-kernel {@code z_ij + v_j}, rounded to float32.
     *
     * @param strip receives the rows of the block, row after row: {@code BLOCK x columns}, minus infinity for hidden
     *              entries
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

    /** Loads a block whose rows are scaled by potentials rather than normalised. */
    private void loadScaled(int block, Tile tile, double[] rowPotential) {
        tile.load(kernel, block);
        for (int r = 0; r < tile.rowCount(); r++) {
            int i = tile.firstRow() + r;
            tile.setLevel(r, kernel.rowOffset(i) + rowPotential[i]);
        }
        tile.clearPaddingRows();
    }
}
