package dev.gatun.kernel.pass;

import dev.gatun.kernel.Distances;
import dev.gatun.kernel.Exponential;
import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.ScoreTile;
import dev.gatun.kernel.Numerators;
import dev.gatun.kernel.pack.EntryTile;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Packing;
import dev.gatun.kernel.pack.PairBias;
import dev.gatun.kernel.pack.Pattern;
import dev.gatun.kernel.pack.ValuePanel;
import java.util.Arrays;

/**
 * One worker's scratch: a block of rows, the tile of log-kernels at hand, and the running reference and sum of each row.
 *
 * <p>{@link #load} takes a block; then for each tile of columns {@link #score}, {@link #raise}, {@link #weigh} and what is
 * to be done with the weights. In double precision a weight is {@code 2^(z - reference)}, and raising (the online
 * softmax) moves each row's reference up to its largest log-kernel so far and shrinks earlier sums. In single precision
 * log-kernels are bounded by their range, so that {@code 2^z} can neither overflow nor vanish: references stay at 0 and
 * raising does nothing.
 *
 * <p>Not for use by two threads at once.
 */
public final class Tile {

    /** A row that has seen nothing yet; finite, so that minus infinity less it is still minus infinity. */
    private static final double NOTHING = -3e38;

    /** Below any sum of a row with mass, and its inverse a float: a row without mass has zeros to multiply. */
    private static final double MIN_SUM = 1e-30;

    /** The reference of a row without mass: finite, and so high that every weight is 0. */
    static final double MAX_REFERENCE = 3e38;

    /** {@code DEPTH x BLOCK}: scores in single precision before {@link #weigh}, weights after it. */
    float[] numerators = new float[Lanes.DEPTH * Lanes.BLOCK];

    /** By what factor sums over earlier tiles shrink, then what rows are written with, row by row. */
    final float[] factor = new float[Lanes.BLOCK];

    /** Each row's sum of weights, relative to its reference. */
    final double[] sum = new double[Lanes.BLOCK];

    private final int[] seenFrom = new int[Lanes.DEPTH];
    private final int[] seenTo = new int[Lanes.DEPTH];
    private final long[] hidden = new long[Lanes.DEPTH];
    private final float[] tileSum = new float[Lanes.BLOCK];
    private final double[] reference = new double[Lanes.BLOCK];
    private final double[] before = new double[Lanes.BLOCK];
    private double[] blockFloat64 = new double[0];
    private double[] scores = new double[0];
    private float[] sums = new float[0];
    private PairTile pairs;
    private EntryTile entries;
    private boolean raised;

    private LogKernel kernel;
    private int firstRow;
    private int rowCount;

    /** Takes rows {@code block * BLOCK} and on; no row has seen anything yet. */
    void load(LogKernel logKernel, int block) {
        kernel = logKernel;
        firstRow = block * Lanes.BLOCK;
        rowCount = Math.min(Lanes.BLOCK, kernel.rows() - firstRow);
        if (kernel.isFloat64()) {
            reserve();
            kernel.x().transposeFloat64(firstRow, rowCount, kernel.inner(), blockFloat64);
        }
        Arrays.fill(reference, kernel.isFloat64() ? NOTHING : 0);
        Arrays.fill(factor, 1f);
        raised = false;
        Arrays.fill(sum, 0.0);
    }

    private void reserve() {
        int entries = kernel.inner() * Lanes.BLOCK;
        if (blockFloat64.length < entries) {
            blockFloat64 = new double[entries];
            scores = new double[Lanes.DEPTH * Lanes.BLOCK];
        }
    }

    /** The first row of the block. */
    int firstRow() {
        return firstRow;
    }

    /** The rows of the block that exist. */
    int rowCount() {
        return rowCount;
    }

    /** Where the tiles of this block begin: a multiple of {@link Lanes#DEPTH}. */
    int firstColumn() {
        return kernel.mask().firstColumn(firstRow) / Lanes.DEPTH * Lanes.DEPTH;
    }

    /** One past the last column that this block sees. */
    int endColumn() {
        return kernel.mask().endColumn(firstRow + rowCount - 1, kernel.columns());
    }

    /** {@code DEPTH x BLOCK} scores in double precision. */
    double[] scores() {
        return scores;
    }

    /** The log-kernel at which a row's weight is 1. */
    double reference(int row) {
        return reference[row];
    }

    /** Log (base 2) of the row's sum of {@code 2^z}; minus infinity if it has seen nothing. */
    double logSum(int row) {
        return sum[row] == 0 ? Double.NEGATIVE_INFINITY : reference[row] + Math.log(sum[row]) / Math.log(2);
    }

    /** Log-kernels of {@code columns} columns from {@code first} on, without what the rows add. */
    void score(Offsets offsets, int first, int columns) {
        if (kernel.isFloat64()) {
            ScoreTile.float64(blockFloat64, kernel.inner(), kernel.y().float64(), offsets.float64(), first, columns,
                    scores);
        } else if (kernel.inSpans()) {
            ScoreTile.spans(kernel.x().float32(), firstRow * kernel.inner(), kernel.inner(), kernel.y().float32(),
                    offsets.float32(), first, columns, numerators);
        } else {
            ScoreTile.float32(kernel.x().float32(), firstRow * kernel.inner(), kernel.inner(), kernel.y().float32(),
                    offsets.float32(), first, columns, numerators);
        }
        if (kernel.bias() != null) {
            addBias(first, columns);
        }
    }

    /** Adds the bias that the log-kernel has of its own. */
    private void addBias(int first, int columns) {
        if (entries == null) {
            entries = new EntryTile();
        }
        if (kernel.isFloat64()) {
            kernel.bias().add(entries, firstRow, rowCount, first, columns, scores);
        } else {
            kernel.bias().add(entries, firstRow, rowCount, first, columns, numerators);
        }
    }

    /** Caps log-kernels that were formed without offsets, and adds those of the columns. */
    void cap(SoftCap cap, Offsets offsets, int first, int columns) {
        if (kernel.isFloat64()) {
            cap.apply(scores, columns, offsets.float64(), first);
        } else {
            cap.apply(numerators, columns, offsets.float32(), first);
        }
    }

    /** Adds what {@code bias} gives to single entries. */
    void add(PairBias bias, int first, int columns) {
        if (pairs == null) {
            pairs = new PairTile();
        }
        pairs.load(bias, crossesMask(first, columns) ? kernel.mask() : null, firstRow, rowCount, first, columns);
        if (kernel.isFloat64()) {
            pairs.add(bias, scores, columns);
        } else {
            pairs.add(bias, numerators, columns);
        }
    }

    /** Masks what {@code bias}, which was added last, masks: for log-kernels that have been capped since. */
    void mask(PairBias bias, int columns) {
        if (kernel.isFloat64()) {
            pairs.mask(bias, scores, columns);
        } else {
            pairs.mask(bias, numerators, columns);
        }
    }

    /** Adds {@code slope |j - (i + columns - rows)|}, a bias by distance. */
    void addDistances(double slope, int first, int columns) {
        int nearest = firstRow + kernel.columns() - kernel.rows() - first;
        if (kernel.isFloat64()) {
            Distances.add(scores, columns, nearest, slope);
        } else {
            Distances.add(numerators, columns, nearest, slope);
        }
    }

    /** Moves the references up to the largest log-kernel seen, and shrinks the sums accordingly. */
    void raise(int first, int columns) {
        raised = false;
        if (!kernel.isFloat64()) {
            return;
        }
        hide(first, columns);
        System.arraycopy(reference, 0, before, 0, Lanes.BLOCK);
        Numerators.raise(scores, 0, columns, reference);
        for (int r = 0; r < Lanes.BLOCK; r++) {
            factor[r] = 1;
            if (reference[r] > before[r]) {
                factor[r] = Exponential.exp2((float) (before[r] - reference[r]));
                sum[r] *= factor[r];
                raised = true;
            }
        }
    }

    /**
     * Turns log-kernels into weights, zeros where they are masked, and adds them to the sums.
     *
     * @param scale in single precision a factor for each column, or null for none
     */
    void weigh(int first, int columns, float[] scale) {
        if (kernel.isFloat64()) {
            hide(first, columns);
            Numerators.float64(scores, columns, reference, numerators, tileSum);
        } else {
            Numerators.float32(numerators, columns, tileSum);
            if (scale != null) {
                Numerators.scale(numerators, columns, scale, first, tileSum);
            }
            if (crossesMask(first, columns)) {
                mask(first, columns, tileSum);
            }
        }
        for (int r = 0; r < Lanes.BLOCK; r++) {
            sum[r] += tileSum[r];
        }
    }

    /**
     * As above, but for factors that the sums take and the weights do not.
     *
     * @param factors in single precision one for each column, or null for none
     */
    void weighFor(float[] factors, int first, int columns) {
        if (kernel.isFloat64() || factors == null) {
            weigh(first, columns, null);
            return;
        }
        Numerators.float32(numerators, columns, tileSum);
        if (crossesMask(first, columns)) {
            mask(first, columns, tileSum);
        }
        Numerators.multiply(numerators, columns, factors, first, tileSum);
        for (int r = 0; r < Lanes.BLOCK; r++) {
            sum[r] += tileSum[r];
        }
    }

    /** Adds {@code numerators x values} to {@code sums}, which shrink first where the references went up. */
    void accumulate(ValuePanel values, int first, int columns, float[] sums) {
        accumulate(numerators, values, first, columns, sums);
    }

    /** As above, for another tile's weights with the references of this one. */
    void accumulate(float[] tile, ValuePanel values, int first, int columns, float[] sums) {
        if (raised) {
            shrink(sums, values.components());
        }
        values.accumulate(tile, 0, columns, first, sums, 0);
    }

    private void shrink(float[] sums, int components) {
        for (int from = 0; from < components * Lanes.BLOCK; from += Lanes.BLOCK) {
            for (int r = 0; r < Lanes.BLOCK; r++) {
                sums[from + r] *= factor[r];
            }
        }
    }

    private boolean crossesMask(int first, int columns) {
        return !kernel.mask().covers(firstRow, firstRow + rowCount - 1, first, first + columns - 1);
    }

    /** Zeros for the weights outside the mask, in single precision; sums what is left. */
    private void mask(int first, int columns, float[] sums) {
        for (int c = 0; c < columns; c++) {
            seenFrom[c] = firstVisible(first + c);
            seenTo[c] = endVisible(first + c);
        }
        if (kernel.mask().zeroDiagonal()) {
            for (int i = diagonalStart(first); i < diagonalEnd(first, columns); i++) {
                numerators[onDiagonal(i, first)] = 0;
            }
        }
        if (kernel.mask() instanceof Pattern pattern) {
            for (int c = 0; c < columns; c++) {
                hidden[c] = ~pattern.pairs().ofBlock(firstRow / Lanes.BLOCK, first + c);
            }
            Numerators.hide(numerators, columns, hidden);
        }
        Numerators.mask(numerators, columns, seenFrom, seenTo, sums);
    }

    /** Minus infinity for the entries outside the mask, in double precision. */
    void hide(int first, int columns) {
        if (!crossesMask(first, columns)) {
            return;
        }
        for (int c = 0, at = 0; c < columns; c++, at += Lanes.BLOCK) {
            Arrays.fill(scores, at, at + firstVisible(first + c), Double.NEGATIVE_INFINITY);
            Arrays.fill(scores, at + endVisible(first + c), at + Lanes.BLOCK, Double.NEGATIVE_INFINITY);
        }
        if (kernel.mask().zeroDiagonal()) {
            for (int i = diagonalStart(first); i < diagonalEnd(first, columns); i++) {
                scores[onDiagonal(i, first)] = Double.NEGATIVE_INFINITY;
            }
        }
        if (kernel.mask() instanceof Pattern pattern) {
            for (int c = 0; c < columns; c++) {
                hide(c * Lanes.BLOCK, ~pattern.pairs().ofBlock(firstRow / Lanes.BLOCK, first + c));
            }
        }
    }

    /** Minus infinity for the rows of a column whose bits are set. */
    private void hide(int column, long rows) {
        for (long left = rows; left != 0; left &= left - 1) {
            scores[column + Long.numberOfTrailingZeros(left)] = Double.NEGATIVE_INFINITY;
        }
    }

    /** The first row of the block whose entry on the diagonal lies in the tile at {@code first}. */
    private int diagonalStart(int first) {
        return Math.max(firstRow, first);
    }

    private int diagonalEnd(int first, int columns) {
        return Math.min(firstRow + Lanes.BLOCK, first + columns);
    }

    /** Where that of row {@code i} lies. */
    private int onDiagonal(int i, int first) {
        return (i - first) * Lanes.BLOCK + i - firstRow;
    }

    /** The first row of the block that sees {@code column}; the block's length if none does. */
    private int firstVisible(int column) {
        return Math.clamp(kernel.mask().firstRow(column) - firstRow, 0, Lanes.BLOCK);
    }

    /** One past the last row of the block that sees {@code column}, at least the first that does. */
    private int endVisible(int column) {
        return Math.clamp(kernel.mask().endRow(column) - firstRow, firstVisible(column), Lanes.BLOCK);
    }

    /** Makes a row's entries {@code 2^(z + a + level)}: by its reference, or by the factor that they are written with. */
    void level(int row, double level) {
        factor[row] = 1;
        if (kernel.isFloat64()) {
            reference[row] = Math.min(-level, MAX_REFERENCE);
        } else {
            factor[row] = (float) Math.pow(2, level);
        }
        raised = false;
    }

    /** In single precision, has rows weigh what lies in {@code factors} from {@code from} on. */
    void weighRows(float[] factors, int from) {
        System.arraycopy(factors, from, factor, 0, Lanes.BLOCK);
    }

    /** Zeroes the factors of padding rows, where levels are set by hand. */
    void leaveOutUnused() {
        for (int r = rowCount; r < Lanes.BLOCK; r++) {
            reference[r] = MAX_REFERENCE;
            factor[r] = 0;
        }
    }

    /** Makes written rows sum to 1: zeros for one that has seen nothing. */
    void normalise() {
        for (int r = 0; r < Lanes.BLOCK; r++) {
            factor[r] = (float) (1 / Math.max(sum[r], MIN_SUM));
        }
    }

    /**
     * Takes {@code 2^sink} into the sums of all rows, and makes written rows sum to what is left beside it. A sink may
     * lie anywhere, far above what single precision allows the log-kernel: references move up to it.
     *
     * @param bias whose levels the rows are less; or null
     */
    void admit(double sink, PairBias bias) {
        for (int r = 0; r < rowCount; r++) {
            double z = sink - kernel.rowOffset(firstRow + r) - (bias == null ? 0 : bias.level(firstRow + r));
            if (sum[r] == 0) {
                sum[r] = 1;
                reference[r] = z;
            } else {
                double rise = Math.max(z - reference[r], 0);
                double shrunk = Math.pow(2, -rise);
                sum[r] = sum[r] * shrunk + Math.pow(2, z - reference[r] - rise);
                reference[r] = Math.max(reference[r], z);
                factor[r] = (float) (shrunk / sum[r]);
            }
        }
    }

    /** Scratch for {@code components x BLOCK} sums over weighted values, and for components up to a multiple of 4: all zero. */
    float[] sums(int components) {
        int entries = Lanes.quads(components) * Lanes.QUAD * Lanes.BLOCK;
        if (sums.length < entries) {
            sums = new float[entries];
        }
        Arrays.fill(sums, 0, entries, 0f);
        return sums;
    }

    /** Writes {@code components x BLOCK} sums, each times its row's factor, to the block's rows of {@code out}. */
    void writeRows(float[] sums, int components, float[] out) {
        writeRows(sums, 0, components, out);
    }

    /** As above, for sums from {@code from} on. */
    void writeRows(float[] sums, int from, int components, float[] out) {
        Packing.writeRows(sums, from, factor, components, rowCount, out, firstRow * components);
    }

    /**
     * As above, with a distance between components.
     *
     * @param step   entries of {@code out} from one component to the next
     * @param offset the place of component 0 in a row
     */
    void writeRows(float[] sums, int components, float[] out, int step, int offset) {
        for (int r = 0; r < rowCount; r++) {
            int to = (firstRow + r) * components * step + offset;
            for (int k = 0, from = r; k < components; k++, from += Lanes.BLOCK, to += step) {
                out[to] = sums[from] * factor[r];
            }
        }
    }

    /**
     * Writes a tile of {@code columns x BLOCK}, each row times its factor, to the rows of a strip.
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
                strip[to] = tile[from] * factor[r];
            }
        }
    }

    /** Has scores and weights lie in {@code room}, {@code DEPTH x BLOCK}, from now on. */
    void use(float[] room) {
        numerators = room;
    }

    /** Turns scores into whole log-kernels, with what the rows add, rounded to float. */
    void settle(int first, int columns) {
        for (int c = 0; c < columns; c++) {
            for (int r = 0, at = c * Lanes.BLOCK; r < rowCount; r++, at++) {
                boolean visible = kernel.mask().visible(firstRow + r, first + c);
                double score = kernel.isFloat64() ? scores[at] : numerators[at];
                numerators[at] = visible ? (float) (score + kernel.rowOffset(firstRow + r)) : Float.NEGATIVE_INFINITY;
            }
        }
    }
}
