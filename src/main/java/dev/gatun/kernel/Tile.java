package dev.gatun.kernel;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * One worker's scratch: a block of rows, the tile of scores at hand, and the running maximum and sum of each row.
 *
 * <p>{@link #load} takes a block; then for each tile of columns {@link #score}, {@link #raise} (online softmax: moves
 * each row's reference up to its largest log-kernel so far and says by what factor earlier sums shrink) and
 * {@link #weigh} (turns log-kernels into weights {@code 2^(z - reference)} and adds them to the sums). The methods serve
 * both precisions of {@link LogKernel}; after {@link #weigh} nothing depends on it.
 *
 * <p>Not for use by two threads at once.
 */
public final class Tile {

    private static final int STEP = Lanes.FLOATS.length();

    /** A row that has seen nothing yet; finite, so that minus infinity less it is still minus infinity. */
    private static final double NOTHING = -3e38;

    /** The reference of a row without mass: finite, and so high that every weight is 0. */
    static final double GREATEST_REFERENCE = 3e38;

    /** {@code DEPTH x BLOCK}: scores in single precision before {@link #weigh}, weights after it. */
    final float[] weights = new float[Lanes.DEPTH * Lanes.BLOCK];

    /** By what factor sums over earlier tiles shrink, row by row. */
    final float[] factor = new float[Lanes.BLOCK];

    /** Each row's sum of weights, relative to its reference. */
    final double[] sum = new double[Lanes.BLOCK];

    private final float[] tileSum = new float[Lanes.BLOCK];
    private final float[] single = new float[Lanes.BLOCK];
    private final double[] reference = new double[Lanes.BLOCK];
    private float[] blockSingles = new float[0];
    private double[] blockDoubles = new double[0];
    private double[] scores = new double[0];

    private float[] sums = new float[0];

    private LogKernel kernel;
    private int firstRow;
    private int rowCount;

    /** Takes rows {@code block * BLOCK} and on; no row has seen anything yet. */
    void load(LogKernel logKernel, int block) {
        kernel = logKernel;
        firstRow = block * Lanes.BLOCK;
        rowCount = Math.min(Lanes.BLOCK, kernel.rows() - firstRow);
        reserve();
        if (kernel.precise()) {
            kernel.x().transposeDoubles(firstRow, rowCount, kernel.inner(), blockDoubles);
        } else {
            kernel.x().transposeSingles(firstRow, rowCount, kernel.inner(), blockSingles);
        }
        Arrays.fill(reference, NOTHING);
        Arrays.fill(single, (float) NOTHING);
        Arrays.fill(sum, 0.0);
    }

    private void reserve() {
        int entries = kernel.inner() * Lanes.BLOCK;
        if (kernel.precise() && blockDoubles.length < entries) {
            blockDoubles = new double[entries];
            scores = new double[Lanes.DEPTH * Lanes.BLOCK];
        } else if (!kernel.precise() && blockSingles.length < entries) {
            blockSingles = new float[entries];
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
        return kernel.band().firstColumn(firstRow) / Lanes.DEPTH * Lanes.DEPTH;
    }

    /** One past the last column that this block sees. */
    int endColumn() {
        return kernel.band().endColumn(firstRow + rowCount - 1, kernel.columns());
    }

    /** {@code DEPTH x BLOCK} scores in double precision. */
    double[] scores() {
        return scores;
    }

    /** Sets a row's reference by hand, in place of {@link #raise}. */
    void reference(int row, double value) {
        reference[row] = value;
        single[row] = (float) value;
    }

    /** Gives the rows of the block that do not exist no weight: set by hand, no reference is above their scores. */
    void leaveOutUnused() {
        for (int r = rowCount; r < Lanes.BLOCK; r++) {
            reference(r, GREATEST_REFERENCE);
        }
    }

    /** The log-kernel at which a row's weight is 1. */
    double reference(int row) {
        return reference[row];
    }

    /** Log (base 2) of the row's sum of {@code 2^z}; minus infinity if it has seen nothing. */
    double logSum(int row) {
        return sum[row] == 0 ? Double.NEGATIVE_INFINITY : reference[row] + Math.log(sum[row]) / Math.log(2);
    }

    /** Inner products with {@code columns} columns from {@code first} on, masked. */
    void score(int first, int columns) {
        multiply(first, columns);
        mask(first, columns);
    }

    /** Inner products with {@code columns} columns from {@code first} on. */
    void multiply(int first, int columns) {
        if (kernel.precise()) {
            ScoreTile.doubles(blockDoubles, kernel.inner(), kernel.y().doubles(), first, columns, scores);
        } else {
            ScoreTile.floats(blockSingles, kernel.inner(), kernel.y().singles(), first, columns, weights);
        }
    }

    /** Makes the entries outside the band minus infinity. */
    void mask(int first, int columns) {
        if (kernel.band().covers(firstRow, firstRow + rowCount - 1, first, first + columns - 1)) {
            return;
        }
        for (int c = 0; c < columns; c++) {
            for (int r = 0; r < rowCount; r++) {
                if (!kernel.band().visible(firstRow + r, first + c)) {
                    if (kernel.precise()) {
                        scores[c * Lanes.BLOCK + r] = Double.NEGATIVE_INFINITY;
                    } else {
                        weights[c * Lanes.BLOCK + r] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
        }
    }

    /** Moves the references up to the largest log-kernel seen, and shrinks the sums accordingly. */
    void raise(Offsets offsets, int first, int columns) {
        if (kernel.precise()) {
            raiseDoubles(scores, columns, offsets.doubles(), first, reference, factor);
        } else {
            raiseSingles(weights, columns, offsets.singles(), first, single, factor);
            for (int r = 0; r < Lanes.BLOCK; r++) {
                reference[r] = single[r];
            }
        }
        for (int r = 0; r < Lanes.BLOCK; r++) {
            sum[r] *= factor[r];
        }
    }

    /** Turns scores into weights {@code 2^(score + offset - reference)} and adds them to the sums. */
    void weigh(Offsets offsets, int first, int columns) {
        if (kernel.precise()) {
            weighDoubles(scores, columns, offsets.doubles(), first, reference, weights, tileSum);
        } else {
            weighSingles(weights, columns, offsets.singles(), first, single, tileSum);
        }
        for (int r = 0; r < Lanes.BLOCK; r++) {
            sum[r] += tileSum[r];
        }
    }

    /** Room for {@code components x BLOCK} sums over weighted values, all zero. */
    float[] sums(int components) {
        int entries = components * Lanes.BLOCK;
        if (sums.length < entries) {
            sums = new float[entries];
        }
        Arrays.fill(sums, 0, entries, 0f);
        return sums;
    }

    /**
     * Writes {@code components x BLOCK} sums, each times its row's factor, to the block's rows of {@code out}.
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
     * Writes a tile of {@code columns x BLOCK} to the rows of a strip.
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
                strip[to] = tile[from];
            }
        }
    }

    /** Turns scores into log-kernels {@code a + score + offset}, rounded to float. */
    void settle(Offsets offsets, int first, int columns) {
        for (int c = 0; c < columns; c++) {
            for (int r = 0, at = c * Lanes.BLOCK; r < rowCount; r++, at++) {
                double a = kernel.rowOffset(firstRow + r);
                weights[at] = (float) (kernel.precise() ? scores[at] + offsets.doubles()[first + c] + a
                        : weights[at] + offsets.singles()[first + c] + a);
            }
        }
    }

    private static void raiseSingles(float[] scores, int columns, float[] offset, int first,
                                     float[] reference, float[] factor) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 4 * STEP) {
            FloatVector before0 = FloatVector.fromArray(Lanes.FLOATS, reference, lane);
            FloatVector before1 = FloatVector.fromArray(Lanes.FLOATS, reference, lane + STEP);
            FloatVector before2 = FloatVector.fromArray(Lanes.FLOATS, reference, lane + 2 * STEP);
            FloatVector before3 = FloatVector.fromArray(Lanes.FLOATS, reference, lane + 3 * STEP);
            FloatVector greatest0 = before0;
            FloatVector greatest1 = before1;
            FloatVector greatest2 = before2;
            FloatVector greatest3 = before3;
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector b = FloatVector.broadcast(Lanes.FLOATS, offset[first + c]);
                greatest0 = greatest0.max(FloatVector.fromArray(Lanes.FLOATS, scores, at).add(b));
                greatest1 = greatest1.max(FloatVector.fromArray(Lanes.FLOATS, scores, at + STEP).add(b));
                greatest2 = greatest2.max(FloatVector.fromArray(Lanes.FLOATS, scores, at + 2 * STEP).add(b));
                greatest3 = greatest3.max(FloatVector.fromArray(Lanes.FLOATS, scores, at + 3 * STEP).add(b));
            }
            greatest0.intoArray(reference, lane);
            greatest1.intoArray(reference, lane + STEP);
            greatest2.intoArray(reference, lane + 2 * STEP);
            greatest3.intoArray(reference, lane + 3 * STEP);
            Exponential.exp2(before0.sub(greatest0)).intoArray(factor, lane);
            Exponential.exp2(before1.sub(greatest1)).intoArray(factor, lane + STEP);
            Exponential.exp2(before2.sub(greatest2)).intoArray(factor, lane + 2 * STEP);
            Exponential.exp2(before3.sub(greatest3)).intoArray(factor, lane + 3 * STEP);
        }
    }

    private static void weighSingles(float[] scores, int columns, float[] offset, int first,
                                     float[] reference, float[] sum) {
        for (int lane = 0; lane < Lanes.BLOCK; lane += 2 * STEP) {
            FloatVector base0 = FloatVector.fromArray(Lanes.FLOATS, reference, lane);
            FloatVector base1 = FloatVector.fromArray(Lanes.FLOATS, reference, lane + STEP);
            FloatVector total0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector total1 = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector b = FloatVector.broadcast(Lanes.FLOATS, offset[first + c]);
                FloatVector z0 = FloatVector.fromArray(Lanes.FLOATS, scores, at).add(b);
                FloatVector z1 = FloatVector.fromArray(Lanes.FLOATS, scores, at + STEP).add(b);
                FloatVector weight0 = Exponential.exp2(z0.sub(base0));
                FloatVector weight1 = Exponential.exp2(z1.sub(base1));
                weight0.intoArray(scores, at);
                weight1.intoArray(scores, at + STEP);
                total0 = total0.add(weight0);
                total1 = total1.add(weight1);
            }
            total0.intoArray(sum, lane);
            total1.intoArray(sum, lane + STEP);
        }
    }

    private static void raiseDoubles(double[] scores, int columns, double[] offset, int first,
                                     double[] reference, float[] factor) {
        int step = Lanes.DOUBLES.length();
        for (int lane = 0; lane < Lanes.BLOCK; lane += step) {
            DoubleVector before = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane);
            DoubleVector greatest = before;
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                greatest = greatest.max(DoubleVector.fromArray(Lanes.DOUBLES, scores, at).add(offset[first + c]));
            }
            greatest.intoArray(reference, lane);
            narrow(before.sub(greatest)).intoArray(factor, lane);
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += Lanes.FLOATS.length()) {
            Exponential.exp2(FloatVector.fromArray(Lanes.FLOATS, factor, lane)).intoArray(factor, lane);
        }
    }

    private static void weighDoubles(double[] scores, int columns, double[] offset, int first,
                                     double[] reference, float[] weights, float[] sum) {
        int step = Lanes.DOUBLES.length();
        for (int lane = 0; lane < Lanes.BLOCK; lane += step) {
            DoubleVector base = DoubleVector.fromArray(Lanes.DOUBLES, reference, lane);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                DoubleVector z = DoubleVector.fromArray(Lanes.DOUBLES, scores, at).add(offset[first + c]);
                narrow(z.sub(base)).intoArray(weights, at);
            }
        }
        for (int lane = 0; lane < Lanes.BLOCK; lane += Lanes.FLOATS.length()) {
            FloatVector total = FloatVector.zero(Lanes.FLOATS);
            for (int c = 0, at = lane; c < columns; c++, at += Lanes.BLOCK) {
                FloatVector weight = Exponential.exp2(FloatVector.fromArray(Lanes.FLOATS, weights, at));
                weight.intoArray(weights, at);
                total = total.add(weight);
            }
            total.intoArray(sum, lane);
        }
    }

    /** As many floats as there were doubles, rounded to nearest. */
    static FloatVector narrow(DoubleVector x) {
        return (FloatVector) x.convertShape(VectorOperators.D2F, Lanes.HALF_FLOATS, 0);
    }
}
