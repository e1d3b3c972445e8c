package dev.gatun.kernel;

import java.util.Locale;

/**
 * The one log-kernel of the library, {@code z_ij = <x_i, y_j> + a_i + b_j}, in units of log 2, with the mask of entries
 * that are visible, and with a bias of single entries where scores are not inner products alone.
 *
 * <p>x is {@code rows x inner} and y is {@code columns x inner}, row after row; a and b are kept in double precision.
 * Every regime is a choice of these four; none of them needs a kernel of its own. The log-kernel is made by
 * {@link LogKernelBuilder}.
 *
 * <p>Inner products are summed in single precision where that is accurate: the rounding error of such a sum was measured
 * below {@code 0.8 * 2^-24 * range}, where {@code range} bounds the terms by Cauchy and Schwarz. Where the range
 * exceeds {@link #SINGLE_PRECISION_RANGE} the products are summed in double precision, and only differences from a
 * row's reference are rounded to float.
 */
public final class LogKernel {

    /**
     * The largest range of z for single precision. Beyond it, rounding would move a probability by over 3e-6; up to it
     * {@code 2^z} needs no maximum taken off, for neither it nor a sum of it overflows or vanishes.
     */
    public static final double SINGLE_PRECISION_RANGE = 64;

    /** The largest range of z: scores of 1e12 in double precision still differ by steps of 1e-4. */
    public static final double GREATEST_RANGE = 1e12 / Math.log(2);

    private final int rows;
    private final int columns;
    private final int inner;
    private final Mask mask;
    private final Panel x;
    private final Panel y;
    private final double[] a;
    private final double[] b;
    private final EntryBias bias;

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
     * Refuses what cannot be told apart in double precision.
     *
     * @throws IllegalArgumentException if {@code range} is not below {@link #GREATEST_RANGE}
     */
    public static void requireMeasurable(double range) {
        if (!(range < GREATEST_RANGE)) {
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "scores of up to %.3g are too large: at most %.0g can be told apart",
                    range * Math.log(2), GREATEST_RANGE * Math.log(2)));
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
        return new LogKernel(inner, mask.transposed(), y.repacked(columns, inner, Lanes.BLOCK),
                x.repacked(rows, inner, Lanes.QUAD), b, a, bias == null ? null : bias.transposed());
    }

    int inner() {
        return inner;
    }

    /** Whether inner products are summed in double precision. */
    public boolean precise() {
        return x.precise();
    }

    Panel x() {
        return x;
    }

    Panel y() {
        return y;
    }

    /** What is added to single entries, or null. */
    EntryBias bias() {
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
