package dev.gatun.internal.rows;

import dev.gatun.kernel.pass.GroupRequest;
import java.io.Serial;
import java.io.Serializable;

/** What a solve has other machines compute. Its text completes "a pass that". */
public sealed interface RowRequest extends Serializable {

    /** Which log-kernel of the head. */
    KernelChoice choice();

    /** Whether it is in float64. */
    boolean float64();

    /** A pass over groups of rows, which are its parts: {@link dev.gatun.kernel.pass.GroupRows}. */
    record Pass(KernelChoice choice, GroupRequest request) implements RowRequest {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public boolean float64() {
            return request.float64();
        }

        @Override
        public String toString() {
            return switch (request.kind()) {
                case FIT -> "fits the rows and sums the columns";
                case FIT_AND_SUM -> "fits the rows and sums both sides";
                case COUPLE -> "multiplies by the coupling and its transpose";
                case MULTIPLY -> "multiplies by the coupling";
                case SUM -> "sums rows and columns";
            };
        }
    }

    /** {@code log2 sum_i 2^(z_ij + u_i)} of columns, whose blocks are its parts: {@link dev.gatun.internal.head.RowEntries}. */
    record ColumnLogSums(KernelChoice choice, boolean float64, double[] u) implements RowRequest {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public String toString() {
            return "sums the columns in the log domain";
        }
    }
}
