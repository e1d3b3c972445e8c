package dev.gatun.cli;

import dev.gatun.Heads;
import dev.gatun.MagneticOperator;
import dev.gatun.Operator;
import dev.gatun.OperatorSums;

/** What the real operators and the complex one have in common. */
interface NamedOperator {

    /** {@code out = P v}. */
    void apply(Heads v, Heads out);

    /** Writes P itself. */
    void matrix(Heads out);

    /** What the entries of one head add up to. */
    OperatorSums sums(int head);

    static NamedOperator of(Operator operator) {
        return new NamedOperator() {
            @Override
            public void apply(Heads v, Heads out) {
                operator.apply(v, out);
            }

            @Override
            public void matrix(Heads out) {
                operator.matrix(out);
            }

            @Override
            public OperatorSums sums(int head) {
                return operator.sums(head);
            }
        };
    }

    static NamedOperator of(MagneticOperator operator) {
        return new NamedOperator() {
            @Override
            public void apply(Heads v, Heads out) {
                operator.apply(v, out);
            }

            @Override
            public void matrix(Heads out) {
                operator.matrix(out);
            }

            @Override
            public OperatorSums sums(int head) {
                return operator.sums(head);
            }
        };
    }
}
