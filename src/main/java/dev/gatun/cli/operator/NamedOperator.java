package dev.gatun.cli.operator;

import dev.gatun.Heads;
import dev.gatun.MagneticOperator;
import dev.gatun.Operator;
import dev.gatun.OperatorSums;
import dev.gatun.hopfield.Circulation;

/** The real operators, the complex one and circulation under one interface. */
public sealed interface NamedOperator {

    /** {@code out = P v}, or the blend that circulation makes of it. */
    void apply(Heads v, Heads out);

    /** Writes P itself. */
    void matrix(Heads out);

    /** The row and column sums of one head. */
    OperatorSums sums(int head);

    /**
     * The operator with real entries, as a Markov chain is read from it.
     *
     * @throws IllegalStateException if the entries are complex
     */
    Operator real();

    /** An operator with real entries. */
    record Real(Operator real) implements NamedOperator {
        @Override
        public void apply(Heads v, Heads out) {
            real.apply(v, out);
        }

        @Override
        public void matrix(Heads out) {
            real.matrix(out);
        }

        @Override
        public OperatorSums sums(int head) {
            return real.sums(head);
        }
    }

    /** An operator with complex entries. */
    record Complex(MagneticOperator magnetic) implements NamedOperator {
        @Override
        public void apply(Heads v, Heads out) {
            magnetic.apply(v, out);
        }

        @Override
        public void matrix(Heads out) {
            magnetic.matrix(out);
        }

        @Override
        public OperatorSums sums(int head) {
            return magnetic.sums(head);
        }

        @Override
        public Operator real() {
            throw new IllegalStateException("the entries are complex");
        }
    }

    /** Circulation. Its matrix and its sums are those of {@link Circulation#operator()}: a blend of results has none. */
    record Blended(Circulation circulation) implements NamedOperator {
        @Override
        public void apply(Heads v, Heads out) {
            circulation.apply(v, out);
        }

        @Override
        public void matrix(Heads out) {
            real().matrix(out);
        }

        @Override
        public OperatorSums sums(int head) {
            return real().sums(head);
        }

        @Override
        public Operator real() {
            return circulation.operator();
        }
    }
}
