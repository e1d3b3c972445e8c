package dev.gatun.internal.operator;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.LogTransitions;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.Mask;
import dev.gatun.kernel.pack.Normalised;
import java.io.Serial;
import java.util.function.Supplier;

/** A real operator, {@code P_ij = 2^(z_ij + u_i + v_j)}. All logarithms are in units of log 2. */
public interface RealForm extends OperatorForm {

    /** The side that sums to 1: rows, columns, or both by potentials. */
    Normalised normalised();

    /** The log-kernel z of one head, in the precision that normalising {@code side} needs. */
    LogKernel kernel(int head, HeadScores inputs, Normalised side);

    /** Says to other machines which log-kernel one head has in double precision. */
    default KernelSource source(int head) {
        return new OfForm(this, head);
    }

    /** The log-kernel of a form in double precision. */
    record OfForm(RealForm form, int head) implements KernelSource {

        @Serial
        private static final long serialVersionUID = 1;

        @Override
        public LogKernel of(HeadScores inputs) {
            return form.kernel(head, inputs, Normalised.BOTH);
        }
    }

    /** The pairs that the log-kernel has visible. */
    Mask mask(int head, HeadScores inputs);

    /**
     * The potential v of the columns where rows are normalised; null for none.
     *
     * @param logSums {@code log2 sum_j 2^z_ij} of each row, computed when they are asked for
     */
    default double[] columnPotential(int head, Supplier<double[]> logSums) {
        return null;
    }

    /**
     * The stationary distribution of one head that follows from the form's construction.
     *
     * @param symmetric whether tokens see each other in the same way, and there is one pair of queries and keys
     */
    default LogTransitions.Stationary stationary(int head, HeadScores inputs, boolean symmetric) {
        return LogTransitions.Stationary.UNKNOWN;
    }

    /** Whether rows are normalised of a symmetric kernel, so that detailed balance holds. */
    default boolean isReversible() {
        return false;
    }

    /** The alpha of one head's kernel. */
    default double alpha(int head) {
        return 0;
    }

    @Override
    RealHead head(HeadScores inputs, int head);

    @Override
    default boolean isComplex() {
        return false;
    }

    @Override
    default boolean hasConjugate() {
        return false;
    }

    @Override
    default double growth() {
        return 1;
    }

    @Override
    default void requireMeasurable(HeadScores inputs, int head) {
        kernel(head, inputs, normalised());
    }
}
