package dev.gatun.cli.operator;

import dev.gatun.Heads;
import dev.gatun.MagneticOperator;
import dev.gatun.Operator;
import dev.gatun.OperatorSums;
import dev.gatun.hopfield.Circulation;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** What the real operators and the complex one have in common. */
public record NamedOperator(BiConsumer<Heads, Heads> product, Consumer<Heads> writer, IntFunction<OperatorSums> adder) {

    public static NamedOperator of(Operator operator) {
        return new NamedOperator(operator::apply, operator::matrix, operator::sums);
    }

    public static NamedOperator of(MagneticOperator operator) {
        return new NamedOperator(operator::apply, operator::matrix, operator::sums);
    }

    /** Circulation; a matrix and sums are those of its operator, which a blend of results leaves as it is. */
    public static NamedOperator of(Circulation circulation) {
        return new NamedOperator(circulation::apply, out -> circulation.operator().matrix(out),
                head -> circulation.operator().sums(head));
    }

    /** {@code out = P v}, or what is blended of it. */
    public void apply(Heads v, Heads out) {
        product.accept(v, out);
    }

    /** Writes P itself. */
    public void matrix(Heads out) {
        writer.accept(out);
    }

    /** What the entries of one head add up to. */
    public OperatorSums sums(int head) {
        return adder.apply(head);
    }
}
