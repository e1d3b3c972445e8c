package dev.gatun.cli.operator;

import dev.gatun.Heads;
import dev.gatun.KernelOperator;
import dev.gatun.OperatorSums;
import dev.gatun.Workers;
import dev.gatun.hopfield.Circulation;

/** The operators of the library, and circulation, which may blend results. */
public sealed interface NamedOperator {

    /** {@code out = P v}, or the blend that circulation makes of it. */
    void apply(Heads v, Heads out);

    /** The same operator with its work shared among {@code workers}. */
    NamedOperator withWorkers(Workers workers);

    /** The operator P itself. */
    KernelOperator kernel();

    /** Writes the entries of P. */
    default void matrix(Heads out) {
        kernel().matrix(out);
    }

    /** The row and column sums of P for one head. */
    default OperatorSums sums(int head) {
        return kernel().sums(head);
    }

    /** An operator that is applied as it is. */
    record Plain(KernelOperator kernel) implements NamedOperator {
        @Override
        public void apply(Heads v, Heads out) {
            kernel.apply(v, out);
        }

        @Override
        public NamedOperator withWorkers(Workers workers) {
            return new Plain(kernel.withWorkers(workers));
        }
    }

    /** Circulation. Its operator has no blend, which no matrix could do. */
    record Blended(Circulation circulation) implements NamedOperator {
        @Override
        public void apply(Heads v, Heads out) {
            circulation.apply(v, out);
        }

        @Override
        public NamedOperator withWorkers(Workers workers) {
            return new Blended(circulation.withWorkers(workers));
        }

        @Override
        public KernelOperator kernel() {
            return circulation.operator();
        }
    }
}
