package dev.gatun.kernel.pack;

import dev.gatun.kernel.Lanes;
import dev.gatun.kernel.ScoreTile;
import java.util.Locale;

/**
 * The one log-kernel of the library, {@code z_ij = <x_i, y_j> + a_i + b_j}, in units of log 2, with the mask of entries
 * that are visible, and with a bias of single entries where scores are not inner products alone.
 *
 * <p>x is {@code rows x inner} and y is {@code columns x inner}, row after row; a and b are kept in double precision.
 * Every regime is a choice of these four; none of them needs a kernel of its own. The log-kernel is made by
 * {@link LogKernelBuilder}.
 *
 * <p>Inner products are summed in single precision where that is accurate. With {@code range} the bound of z by Cauchy and Schwarz
 * and d the components, an entry is off by at most {@code (d + 3) 2^-24 range}: a rounding of every partial sum ({@link ScoreTile}),
 * of x, of y, of b, and of the sum with b, all in one direction; or {@code (min(d, 64) + d / 64 + 3) 2^-24 range} where products are
 * summed in spans. Where roundings fall at random, as for the queries and keys of trained models, the error was measured below
 * {@code 0.8 * 2^-24 * range}: 3e-6 of a probability at a range of 64. Which of the two is taken is decided by
 * {@link #MAX_SINGLE_ERROR}. Beyond {@link #singlePrecisionRange} the products are summed in double precision, and only differences
 * from a row's reference are rounded to float.
 */
public final class LogKernel {

    /**
     * The largest range of z for single precision, whatever the number of components: up to it {@code 2^z} needs no maximum taken
     * off, for neither it nor a sum of it overflows or vanishes.
     */
    public static final double SINGLE_PRECISION_RANGE = 64;

    /** The most that z may be off by in single precision, in units of log 2: a probability by twice that, 4e-4 of itself. */
    static final double MAX_SINGLE_ERROR = 72 * SINGLE_PRECISION_RANGE * 0x1p-24;

    /** Roundings of x, of y, and of offsets, which count twice. */
    private static final int PACKING = 3;

    /** The largest range of z: scores of 1e12 in double precision still differ by steps of 1e-4. */
    public static final double MAX_RANGE = 1e12 / Math.log(2);

    /** How many times the largest score an entry can be: centred pairs, offsets and self-scores. */
    public static final double MAX_SCORES = 32;

    private final int rows;
    private final int columns;
    private final int inner;
    private final Mask mask;
    private final Panel x;
    private final Panel y;
    private final double[] a;
    private final double[] b;
    private final EntryBias bias;
    private boolean inSpans;

    /** @param bias what is added to single entries; null for nothing */
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
     * The largest range of z for single precision. It is {@link #SINGLE_PRECISION_RANGE} up to 384 components, and falls with more
     * of them, for an entry to be off by no more than {@link #MAX_SINGLE_ERROR}.
     *
     * @param inner the length of the inner products
     */
    public static double singlePrecisionRange(int inner) {
        return rangeFor(ScoreTile.roundingsOfSpans(inner));
    }

    /** The largest range at which sums with so many roundings stay below {@link #MAX_SINGLE_ERROR}. */
    public static double rangeFor(int roundings) {
        return Math.min(SINGLE_PRECISION_RANGE, MAX_SINGLE_ERROR / ((roundings + PACKING) * 0x1p-24));
    }

    /**
     * Refuses what cannot be told apart in double precision.
     *
     * @throws IllegalArgumentException if {@code range} is not below {@link #MAX_RANGE}
     */
    public static void requireMeasurable(double range) {
        if (!(range < MAX_RANGE)) {
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "scores of up to %.3g are too large: at most %.0g can be told apart",
                    range * Math.log(2), MAX_RANGE * Math.log(2)));
        }
    }

    /** Rows: the number of vectors x. */
    public int rows() {
        return rows;
    }

    /** Columns: the number of vectors y. */
    public int columns() {
        return columns;
    }

    /** The entries that are not minus infinity. */
    public Mask mask() {
        return mask;
    }

    /** The log-kernel with rows and columns exchanged; in double precision it shares this one's memory. */
    public LogKernel transposed() {
        LogKernel transposed = new LogKernel(inner, mask.transposed(), y.repacked(columns, inner, Lanes.BLOCK),
                x.repacked(rows, inner, Lanes.QUAD), b, a, bias == null ? null : bias.transposed());
        transposed.inSpans = inSpans;
        return transposed;
    }

    public int inner() {
        return inner;
    }

    /** Whether single precision sums products in spans of components. */
    public boolean inSpans() {
        return inSpans;
    }

    public void inSpans(boolean newInSpans) {
        inSpans = newInSpans;
    }

    /** Whether inner products are summed in double precision. */
    public boolean isFloat64() {
        return x.isFloat64();
    }

    public Panel x() {
        return x;
    }

    public Panel y() {
        return y;
    }

    /** What is added to single entries, or null. */
    public EntryBias bias() {
        return bias;
    }

    /** What row {@code i} adds. */
    public double rowOffset(int i) {
        return a[i];
    }

    /** What column {@code j} adds. */
    public double columnOffset(int j) {
        return b[j];
    }
}
