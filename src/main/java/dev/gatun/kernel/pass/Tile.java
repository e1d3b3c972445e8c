package dev.gatun.kernel.pass;

import dev.gatun.kernel.Distances;
import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.EntryTile;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PackedValues;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.tile.ScoreTile;
import java.util.Arrays;

/**
 * One worker's scratch for a pass over a block of rows: the current tile of the log-kernel or of its exponentials, and the reference and
 * the sum of each row.
 *
 * <p>{@link #load} begins a block. For each tile of columns follow {@link #score}, {@link #raiseReferences}, {@link #exponentiate}, and the
 * use of the exponentials. In float64 a numerator is {@code 2^(z - reference)}: as in an online softmax, each row's reference rises to its
 * largest log-kernel so far, and earlier sums shrink. In float32 log-kernels are bounded by their range, so {@code 2^z} neither overflows
 * nor underflows, and references stay 0.
 *
 * <p>Not for use by two threads at once.
 */
public final class Tile {

    /** The reference of a row before its first visible entry; finite, so that minus infinity minus it is minus infinity. */
    private static final double NO_REFERENCE = -3e38;

    /** Below the sum of every row with a visible entry, and with an inverse in float32; rows without one have only zeros to multiply. */
    private static final double MIN_SUM = 1e-30;

    /** The reference of a row without mass: finite, and so high that every numerator is 0. */
    static final double MAX_REFERENCE = 3e38;

    /** {@code DEPTH x BLOCK}: after {@link #exponentiate} the numerators; before it, in float32, the log-kernels. */
    float[] entries = new float[Lanes.DEPTH * Lanes.BLOCK];

    /** For each row the factor by which sums over earlier tiles shrink; in the end the factor with which the row is written. */
    final float[] rowFactors = new float[Lanes.BLOCK];

    /** For each row the sum of its numerators, relative to its reference. */
    final double[] rowSums = new double[Lanes.BLOCK];

    private final TileMask mask = new TileMask();
    private final float[] tileSums = new float[Lanes.BLOCK];
    private final double[] references = new double[Lanes.BLOCK];
    private final double[] before = new double[Lanes.BLOCK];
    private double[] blockFloat64 = new double[0];
    private double[] scores = new double[0];
    private float[] sums = new float[0];
    private PairTile pairTile;
    private EntryTile biasTile;
    private boolean raised;

    private LogKernel kernel;
    private int firstRow;
    private int rowCount;

    /** Rows that are computed in float32: all of the block, or its rows rounded up to slices. */
    private int computedRows;

    /** Begins with the rows from {@code block * BLOCK} on: sums are 0 and references are unset. */
    void load(LogKernel logKernel, int block) {
        kernel = logKernel;
        firstRow = block * Lanes.BLOCK;
        rowCount = Math.min(Lanes.BLOCK, kernel.rows() - firstRow);
        computedRows = Lanes.BLOCK;
        mask.bind(kernel.mask(), firstRow, rowCount);
        if (kernel.isFloat64()) {
            reserve();
            kernel.x().transposeFloat64(firstRow, rowCount, kernel.inner(), blockFloat64);
        }
        Arrays.fill(references, kernel.isFloat64() ? NO_REFERENCE : 0);
        Arrays.fill(rowFactors, 1f);
        raised = false;
        Arrays.fill(rowSums, 0.0);
    }

    /** As {@link #load}, for a pass that uses no entry of padding rows: these may be left as they are. */
    void loadRows(LogKernel logKernel, int block) {
        load(logKernel, block);
        computedRows = Lanes.slices(rowCount);
    }

    private void reserve() {
        int length = kernel.inner() * Lanes.BLOCK;
        if (blockFloat64.length < length) {
            blockFloat64 = new double[length];
            scores = new double[Lanes.DEPTH * Lanes.BLOCK];
        }
    }

    /** The first row of the block. */
    int firstRow() {
        return firstRow;
    }

    /** The number of rows of the block, without padding rows. */
    int rowCount() {
        return rowCount;
    }

    /** The first column of the first tile with a visible entry: a multiple of {@link Lanes#DEPTH}. */
    int firstColumn() {
        return kernel.mask().firstColumn(firstRow) / Lanes.DEPTH * Lanes.DEPTH;
    }

    /** One past the last column visible to the block. */
    int endColumn() {
        return kernel.mask().endColumn(firstRow + rowCount - 1, kernel.columns());
    }

    /** The first column of the last tile with an entry that is visible to the block; {@link #firstColumn} if there is none. */
    int lastTile() {
        int first = firstColumn();
        return first + Math.max(endColumn() - first - 1, 0) / Lanes.DEPTH * Lanes.DEPTH;
    }

    /** {@code DEPTH x BLOCK} log-kernels in float64. */
    double[] scores() {
        return scores;
    }

    /** The log-kernel at which the row's numerator is 1. */
    double reference(int row) {
        return references[row];
    }

    /** {@code log2} of the row's sum of {@code 2^z}, without the row's offset; minus infinity if no entry is visible. */
    double logSum(int row) {
        return rowSums[row] == 0 ? Double.NEGATIVE_INFINITY : references[row] + LogTwo.log2(rowSums[row]);
    }

    /** Computes the log-kernels of {@code columns} columns from {@code first} on, without the offsets of the rows. */
    void score(Offsets offsets, int first, int columns) {
        if (kernel.isFloat64()) {
            ScoreTile.float64(blockFloat64, kernel.inner(), kernel.y().float64(), offsets.float64(), first, columns,
                    scores);
        } else if (kernel.inSpans()) {
            ScoreTile.spans(kernel.x().float32(), firstRow * kernel.inner(), kernel.inner(), kernel.y().float32(),
                    offsets.float32(), first, columns, entries, computedRows);
        } else {
            ScoreTile.float32(kernel.x().float32(), firstRow * kernel.inner(), kernel.inner(), kernel.y().float32(),
                    offsets.float32(), first, columns, entries, computedRows);
        }
        if (kernel.bias() != null) {
            addBias(first, columns);
        }
    }

    /** Adds the log-kernel's own bias. */
    private void addBias(int first, int columns) {
        if (biasTile == null) {
            biasTile = new EntryTile();
        }
        if (kernel.isFloat64()) {
            kernel.bias().add(biasTile, firstRow, rowCount, first, columns, scores);
        } else {
            kernel.bias().add(biasTile, firstRow, rowCount, first, columns, entries);
        }
    }

    /** Caps log-kernels that were computed without offsets, and adds the offsets of the columns. */
    void cap(SoftCap cap, Offsets offsets, int first, int columns) {
        if (kernel.isFloat64()) {
            cap.apply(scores, columns, offsets.float64(), first);
        } else {
            cap.apply(entries, columns, offsets.float32(), first);
        }
    }

    /** Adds a bias of pairs to the log-kernels, less the levels of the rows. */
    void addBias(PairBias bias, int first, int columns) {
        if (pairTile == null) {
            pairTile = new PairTile();
        }
        pairTile.load(bias, mask.crosses(first, columns) ? kernel.mask() : null, firstRow, rowCount, first, columns);
        if (kernel.isFloat64()) {
            pairTile.add(bias, scores, columns);
        } else {
            pairTile.add(bias, entries, columns);
        }
    }

    /** Hides the pairs that {@code bias}, which was added last, hides: for log-kernels that have been capped since then. */
    void hidePairs(PairBias bias, int columns) {
        if (kernel.isFloat64()) {
            pairTile.hide(bias, scores, columns);
        } else {
            pairTile.hide(bias, entries, columns);
        }
    }

    /** Adds {@code slope |j - (i + columns - rows)|} to the log-kernels. */
    void addDistances(double slope, int first, int columns) {
        int nearest = firstRow + kernel.columns() - kernel.rows() - first;
        if (kernel.isFloat64()) {
            Distances.add(scores, columns, nearest, slope);
        } else {
            Distances.add(entries, columns, nearest, slope);
        }
    }

    /** Raises the references to the largest log-kernels of the tile, and rescales the sums accordingly; does nothing in float32. */
    void raiseReferences(int first, int columns) {
        raised = false;
        if (!kernel.isFloat64()) {
            return;
        }
        hideFloat64(first, columns);
        System.arraycopy(references, 0, before, 0, Lanes.BLOCK);
        Numerators.raise(scores, 0, columns, references);
        for (int r = 0; r < Lanes.BLOCK; r++) {
            rowFactors[r] = 1;
            if (references[r] > before[r]) {
                rowFactors[r] = Exponential.exp2((float) (before[r] - references[r]));
                rowSums[r] *= rowFactors[r];
                raised = true;
            }
        }
    }

    /**
     * Replaces the log-kernels by their numerators, 0 for hidden entries, and adds these to the sums of the rows.
     *
     * @param columnFactors in float32 a factor for each column; null for none
     */
    void exponentiate(int first, int columns, float[] columnFactors) {
        if (kernel.isFloat64()) {
            hideFloat64(first, columns);
            Numerators.float64(scores, columns, references, entries, tileSums);
        } else {
            Numerators.float32(entries, columns, tileSums, computedRows);
            if (columnFactors != null) {
                Numerators.scale(entries, columns, columnFactors, first, tileSums);
            }
            if (mask.crosses(first, columns)) {
                mask.hideFloat32(entries, first, columns, tileSums);
            }
        }
        for (int r = 0; r < computedRows; r++) {
            rowSums[r] += tileSums[r];
        }
    }

    /**
     * Replaces the log-kernels by their numerators without factors, and adds the numerators times the factors to the sums of the rows.
     *
     * @param columnFactors in float32 a factor for each column; null for none
     */
    void exponentiateUnscaled(int first, int columns, float[] columnFactors) {
        if (kernel.isFloat64() || columnFactors == null) {
            exponentiate(first, columns, null);
            return;
        }
        Numerators.float32(entries, columns, tileSums, computedRows);
        if (mask.crosses(first, columns)) {
            mask.hideFloat32(entries, first, columns, tileSums);
        }
        Numerators.multiply(entries, columns, columnFactors, first, tileSums);
        for (int r = 0; r < computedRows; r++) {
            rowSums[r] += tileSums[r];
        }
    }

    /** Rescales the sums of a product with {@code values} if references have risen. */
    void rescale(PackedValues values, float[] sums) {
        if (raised) {
            values.shrink(sums, rowFactors, rowCount);
        }
    }

    /** Adds the numerators times the values to {@code sums}, after rescaling these if references have risen. */
    void accumulate(PackedValues values, int first, int columns, float[] sums) {
        accumulate(entries, values, first, columns, sums);
    }

    /** As above, for the entries of another tile with the references of this one. */
    void accumulate(float[] tile, PackedValues values, int first, int columns, float[] sums) {
        rescale(values, sums);
        values.accumulate(tile, 0, columns, first, sums, 0, rowCount);
    }

    /** Sets the hidden log-kernels of the tile to minus infinity, in float64. */
    void hideFloat64(int first, int columns) {
        if (mask.crosses(first, columns)) {
            mask.hideFloat64(scores, first, columns);
        }
    }

    /** Scales the entries of a row to {@code 2^(z + level)}: by its reference in float64, by its factor in float32. */
    void setLevel(int row, double level) {
        rowFactors[row] = 1;
        if (kernel.isFloat64()) {
            references[row] = Math.min(-level, MAX_REFERENCE);
        } else {
            rowFactors[row] = (float) LogTwo.exp2(level);
        }
        raised = false;
    }

    /** Sets the factors of the rows, in float32. */
    void setRowFactors(float[] factors, int from) {
        System.arraycopy(factors, from, rowFactors, 0, Lanes.BLOCK);
    }

    /** Zeroes the factors of padding rows, after {@link #setLevel}. */
    void clearPaddingRows() {
        for (int r = rowCount; r < Lanes.BLOCK; r++) {
            references[r] = MAX_REFERENCE;
            rowFactors[r] = 0;
        }
    }

    /** Sets the factors of the rows to the inverses of their sums. */
    void normalise() {
        for (int r = 0; r < computedRows; r++) {
            rowFactors[r] = (float) (1 / Math.max(rowSums[r], MIN_SUM));
        }
    }

    /**
     * Adds {@code 2^sink} to the sums of all rows, and normalises the rows by these sums. The sink may be far above the float32 range of
     * the log-kernel: references rise to it.
     *
     * @param bias the bias whose levels are subtracted from the rows; null for none
     */
    void addSink(double sink, PairBias bias) {
        for (int r = 0; r < rowCount; r++) {
            double z = sink - kernel.rowOffset(firstRow + r) - (bias == null ? 0 : bias.level(firstRow + r));
            if (rowSums[r] == 0) {
                rowSums[r] = 1;
                references[r] = z;
            } else {
                double rise = Math.max(z - references[r], 0);
                double shrunk = LogTwo.exp2(-rise);
                rowSums[r] = rowSums[r] * shrunk + LogTwo.exp2(z - references[r] - rise);
                references[r] = Math.max(references[r], z);
                rowFactors[r] = (float) (shrunk / rowSums[r]);
            }
        }
    }

    /** Scratch of zeros for the sums of a product with {@code values}. */
    float[] clearedSums(PackedValues values) {
        Arrays.fill(sums(values), 0, values.sums(rowCount), 0f);
        return sums;
    }

    /** Scratch for the sums of a product with {@code values}. */
    private float[] sums(PackedValues values) {
        if (sums.length < values.sums(rowCount)) {
            sums = new float[values.sums(rowCount)];
        }
        return sums;
    }

    /** Scratch for the sums of a product with {@code values}, zeros unless there is only {@link #oneTile one tile}. */
    float[] sumsOfTiles(PackedValues values) {
        return oneTile() ? sums(values) : clearedSums(values);
    }

    /** Whether one tile holds all visible columns. */
    private boolean oneTile() {
        return lastTile() == firstColumn();
    }

    /**
     * Adds the numerators of the last tile times their values to {@code sums}, which have been rescaled, and writes these to the block's
     * rows of {@code out}, each multiplied by its row's factor.
     *
     * @param at the row of {@code out} that receives row 0
     */
    void finish(PackedValues values, int first, int columns, float[] sums, float[] out, int at) {
        values.finish(entries, columns, first, sums, oneTile(), rowFactors, rowCount, out, (at + firstRow) * values.components());
    }

    /** Writes the sums of a product with {@code values}, each multiplied by its row's factor, to the block's rows of {@code out}. */
    void writeRows(float[] sums, PackedValues values, float[] out) {
        writeRows(sums, 0, values, out);
    }

    /** As above, for sums from {@code from} on. */
    void writeRows(float[] sums, int from, PackedValues values, float[] out) {
        values.write(sums, from, rowFactors, rowCount, out, firstRow * values.components());
    }

    /**
     * As above, with a distance between the components of a row.
     *
     * @param step   entries of {@code out} from one component to the next
     * @param offset the place of component 0 in a row
     */
    void writeRows(float[] sums, PackedValues values, float[] out, int step, int offset) {
        values.writeApart(sums, rowFactors, rowCount, out, firstRow * values.components() * step + offset, step);
    }

    /**
     * Writes a tile of {@code columns x BLOCK}, each row multiplied by its factor, to the rows of a strip.
     *
     * @param first  the tile's first column
     * @param width  entries of a row of the strip
     * @param step   entries from one column to the next
     * @param offset the place of column 0 in a row
     */
    void writeColumns(float[] tile, int columns, float[] strip, int first, int width, int step, int offset) {
        for (int r = 0; r < rowCount; r++) {
            int to = r * width + first * step + offset;
            for (int c = 0, from = r; c < columns; c++, from += Lanes.BLOCK, to += step) {
                strip[to] = tile[from] * rowFactors[r];
            }
        }
    }

    /** Sets the array of the entries, {@code DEPTH x BLOCK}. */
    void useEntries(float[] newEntries) {
        entries = newEntries;
    }

    /** Adds the offsets of the rows to the log-kernels, rounded to float32; minus infinity for hidden entries. */
    void addRowOffsets(int first, int columns) {
        for (int c = 0; c < columns; c++) {
            for (int r = 0, at = c * Lanes.BLOCK; r < rowCount; r++, at++) {
                boolean visible = kernel.mask().visible(firstRow + r, first + c);
                double score = kernel.isFloat64() ? scores[at] : entries[at];
                entries[at] = visible ? (float) (score + kernel.rowOffset(firstRow + r)) : Float.NEGATIVE_INFINITY;
            }
        }
    }
}
