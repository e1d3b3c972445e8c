package dev.gatun.internal.head;

import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import java.io.Serial;

/**
 * A pass over a chain whose parts, blocks of rows, other machines compute. Its text completes "a pass that".
 *
 * @param u potentials of the rows that make them sum to 1; null if they are asked for
 * @param v potentials of the columns; null for none
 * @param x the vector of a product
 */
public record ChainRequest(Kind kind, KernelSource source, double[] u, double[] v, double[] x) implements HeadRequest<LogKernel> {

    @Serial
    private static final long serialVersionUID = 1;

    /** The passes. */
    public enum Kind {
        /** The logarithms of the sums of the rows. */
        LOG_SUMS,
        /** {@link LogTransitions#later}. */
        LATER,
        /** {@link LogTransitions#expected}. */
        EXPECTED,
        /** {@link LogTransitions#logLater}. */
        LOG_LATER,
        /** {@link LogTransitions#logExpected}. */
        LOG_EXPECTED
    }

    @Override
    public RowEntries run(LogKernel kernel, int first, int end) {
        HeadLoop.Pieces pieces = HeadLoop.Pieces.between(first, end);
        double[] all = kind == Kind.LOG_SUMS ? LogTransitions.logSums(kernel, v, pieces)
                : product(LogTransitions.ofSomeRows(kernel, u, v, pieces));
        return RowEntries.ofBlocks(first, end, all);
    }

    private double[] product(LogTransitions chain) {
        return switch (kind) {
            case LOG_SUMS -> throw new IllegalStateException("sums are no product");
            case LATER -> chain.later(x);
            case EXPECTED -> chain.expected(x);
            case LOG_LATER -> chain.logLater(x);
            case LOG_EXPECTED -> chain.logExpected(x);
        };
    }

    @Override
    public String toString() {
        return switch (kind) {
            case LOG_SUMS -> "sums the rows of a chain";
            case LATER, LOG_LATER -> "takes a step of a chain";
            case EXPECTED, LOG_EXPECTED -> "takes expectations a step later";
        };
    }
}
