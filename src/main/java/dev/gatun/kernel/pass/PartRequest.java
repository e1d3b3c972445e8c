package dev.gatun.kernel.pass;

import java.io.Serial;
import java.io.Serializable;

/**
 * What a {@link SinkhornPass} reads beside its log-kernel: enough for another machine, which has the log-kernel, to compute the rows of
 * some parts. Potentials are in units of log 2. What a pass does not read is null.
 *
 * @param kind       the pass
 * @param float64    whether the log-kernel is in float64
 * @param v          column potentials
 * @param w          the vector that rows are multiplied by
 * @param u          row potentials
 * @param masses     marginals of the rows
 * @param logarithms log2 of the marginals of the rows
 */
public record PartRequest(Kind kind, boolean float64, double[] v, double[] w, double[] u, double[] masses, double[] logarithms)
        implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    /** The passes that other machines can share. */
    public enum Kind {
        /** {@link SinkhornPass#fitRows(double[], double[], double[], double[])}. */
        FIT,
        /** {@link SinkhornPass#fitRowsAndSum}. */
        FIT_AND_SUM,
        /** {@link SinkhornPass#couple}. */
        COUPLE,
        /** {@link SinkhornPass#multiply}. */
        MULTIPLY,
        /** {@link SinkhornPass#sums}. */
        SUM
    }
}
