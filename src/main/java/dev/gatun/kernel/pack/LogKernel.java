package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.tile.ScoreTile;
import java.util.Locale;

/**
 * The log-kernel {@code z_ij = <x_i, y_j> + a_i + b_j} in units of log 2, with a {@link Mask} of its visible entries and, if the scores
 * are more than inner products, an {@link EntryBias}. Built by {@link LogKernelBuilder}.
 *
 * <p>x and y are packed {@link Panel panels} of {@code rows} and {@code columns} vectors of {@code inner} components; the offsets a and b
 * are float64. Every regime is a choice of these four, so one set of kernels serves all of them.
 *
 * <p><b>Precision.</b> Inner products are summed in float32 if that is accurate. With {@code range} the bound of z by Cauchy and Schwarz
 * and d components, the error of an entry is at most {@code (d + 3) 2^-24 range}: one rounding for each partial sum ({@link ScoreTile}),
 * for x, for y, for b, and for the sum with b, all in one direction. With products summed in spans it is at most
 * {@code (min(d, 64) + d / 64 + 3) 2^-24 range}. {@link #MAX_FLOAT32_ERROR} decides between the two. For queries and keys of trained
 * models, whose roundings are nearly random, the measured error is below {@code 0.8 * 2^-24 range}, or 3e-6 of a probability at a range of
 * 64. Beyond {@link #float32Range} products are summed in float64, and only differences from a row's reference are rounded to float32.
 */
public final class LogKernel {

    /**
     * The largest range of z for float32, whatever the number of components: up to it {@code 2^z} and its sums neither overflow nor
     * underflow, so that no maximum need be subtracted.
     */
    public static final double MAX_FLOAT32_RANGE = 64;

    /** The largest error of z in float32, in units of log 2; the relative error of a probability is twice that, 4e-4. */
    static final double MAX_FLOAT32_ERROR = 72 * MAX_FLOAT32_RANGE * 0x1p-24;

    /** Roundings of x, of y, of b, and of the sum with b, which together count as three in units of the range. */
    private static final int PACKING = 3;

    /** The largest range of z: float64 resolves scores of 1e12 to 1e-4. */
    public static final double MAX_RANGE = LogTwo.fromNatural(1e12);

    /** The largest ratio of an entry to the largest score, with centred pairs, offsets and self-scores. */
    public static final double MAX_SCORES = 32;

    private int rows;
    private int columns;
    private final int inner;
    private final Mask mask;
    private final Panel x;
    private final Panel y;
    private final double[] a;
    private final double[] b;
    private final EntryBias bias;
    private boolean inSpans;

    /**
     * A log-kernel of up to as many rows and columns as there are offsets, and of as many until {@link #resize}.
     *
     * @param bias the bias of single entries; null for none
     */
    LogKernel(int inner, Mask mask, Panel x, Panel y, double[] a, double[] b, EntryBias bias) {
        this.rows = a.length;
        this.columns = b.length;
        this.inner = inner;
        this.mask = mask;
        this.x = x;
        this.y = y;
        this.a = a;
        this.b = b;
        this.bias = bias;
    }

    /**
     * The largest range of z for float32: {@link #MAX_FLOAT32_RANGE} up to 384 components, and less for more of them, so that the error of
     * an entry is at most {@link #MAX_FLOAT32_ERROR}.
     *
     * @param inner components of the inner products
     */
    public static double float32Range(int inner) {
        return rangeFor(ScoreTile.roundingsOfSpans(inner));
    }

    /** The largest range at which the error of sums with {@code roundings} roundings is at most {@link #MAX_FLOAT32_ERROR}. */
    public static double rangeFor(int roundings) {
        return Math.min(MAX_FLOAT32_RANGE, MAX_FLOAT32_ERROR / ((roundings + PACKING) * 0x1p-24));
    }

    /**
     * Checks that float64 resolves scores of this range.
     *
     * @throws IllegalArgumentException if {@code range} is not below {@link #MAX_RANGE}
     */
    public static void requireMeasurable(double range) {
        if (!(range < MAX_RANGE)) {
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "scores of up to %.3g are too large: at most %.0g can be told apart",
                    LogTwo.toNatural(range), LogTwo.toNatural(MAX_RANGE)));
        }
    }

    /** Sets the numbers of rows and columns, at most as many as there are offsets. */
    LogKernel resize(int newRows, int newColumns) {
        rows = newRows;
        columns = newColumns;
        return this;
    }

    /** The largest number of columns that this log-kernel may have in later calls. */
    public int maxColumns() {
        return b.length;
    }

    /** The number of rows, of vectors x. */
    public int rows() {
        return rows;
    }

    /** The number of columns, of vectors y. */
    public int columns() {
        return columns;
    }

    /** The visible entries; all others are minus infinity. */
    public Mask mask() {
        return mask;
    }

    /** The log-kernel with rows and columns exchanged; in float64 it shares the panels. */
    public LogKernel transposed() {
        LogKernel transposed = new LogKernel(inner, mask.transposed(), y.repacked(columns, inner, Lanes.BLOCK),
                x.repacked(rows, inner, Lanes.QUAD), b, a, bias == null ? null : bias.transposed());
        transposed.inSpans = inSpans;
        return transposed.resize(columns, rows);
    }

    /** Components of the inner products. */
    public int inner() {
        return inner;
    }

    /** Whether float32 inner products are summed in one chain per {@link ScoreTile#SPAN} components. */
    public boolean inSpans() {
        return inSpans;
    }

    /** Sets whether float32 inner products are summed in spans. */
    void inSpans(boolean newInSpans) {
        inSpans = newInSpans;
    }

    /** Whether inner products are summed in float64. */
    public boolean isFloat64() {
        return x.isFloat64();
    }

    /** The packed vectors of the rows. */
    public Panel x() {
        return x;
    }

    /** The packed vectors of the columns. */
    public Panel y() {
        return y;
    }

    /** The bias of single entries, or null. */
    public EntryBias bias() {
        return bias;
    }

    /** The offset {@code a_i} of row i. */
    public double rowOffset(int i) {
        return a[i];
    }

    /** The offset {@code b_j} of column j. */
    public double columnOffset(int j) {
        return b[j];
    }
}
