package dev.gatun;

import dev.gatun.internal.operator.AlternatingProducts;
import dev.gatun.internal.view.Checks;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * A product of operators, {@code P_1 P_2 ... P_n}, applied without forming any of them. Row-stochastic operators make a
 * row-stochastic product, and bistochastic ones a bistochastic product (lemma B.5 of arXiv 2604.09560). Made by
 * {@link Operator#times} and {@link Operator#power}.
 */
public final class OperatorProduct {

    private final List<Factor> factors;

    /** An operator, so many times. */
    private record Factor(Operator operator, int times) {
    }

    private OperatorProduct(List<Factor> factors) {
        this.factors = List.copyOf(factors);
    }

    /**
     * {@code P_1 P_2}: the second is applied first.
     *
     * @throws IllegalArgumentException if the two do not go together
     */
    static OperatorProduct of(Operator one, Operator other) {
        return power(one, 1).times(other);
    }

    /**
     * {@code P^n}.
     *
     * @throws IllegalArgumentException if n is below 1, or above 1 and N and M differ
     */
    static OperatorProduct power(Operator operator, int n) {
        Checks.positive(n, "the power");
        if (n > 1) {
            requireNeighbours(operator, operator);
        }
        return new OperatorProduct(List.of(new Factor(operator, n)));
    }

    private static void requireNeighbours(Operator left, Operator right) {
        if (left.columns() != right.rows() || left.count() != right.count()) {
            throw new IllegalArgumentException("an operator of %s columns and %s heads, times one of %s rows and %s heads"
                    .formatted(left.columns(), left.count(), right.rows(), right.count()));
        }
    }

    /**
     * This product times {@code other}, which is applied first.
     *
     * @param other the operator that is applied first
     * @return the product
     * @throws IllegalArgumentException if the two do not go together
     */
    public OperatorProduct times(Operator other) {
        requireNeighbours(factors.getLast().operator, other);
        List<Factor> all = new ArrayList<>(factors);
        all.add(new Factor(other, 1));
        return new OperatorProduct(all);
    }

    /** {@return the number of rows, N} */
    public int rows() {
        return factors.getFirst().operator.rows();
    }

    /** {@return the number of columns, M} */
    public int columns() {
        return factors.getLast().operator.columns();
    }

    /**
     * One head: see {@link #apply(Heads, Heads)}.
     *
     * @param v   values {@code (M, C)}
     * @param out {@code (N, C)}
     */
    public void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * {@code out = P_1 (P_2 (... v))}, factor after factor, each result rounded to float32. Takes the memory of three results,
     * however many factors there are.
     *
     * <p>A power costs its number of applications, up to the first result that was there before: from there on results repeat,
     * and the rest is skipped without changing a bit. In float32 most chains come to rest, or to a short cycle, once they have
     * forgotten where they began. From the 16th application of an operator on, interruption of the calling thread stops a power.
     *
     * @param v   values {@code (..., G, M, C)}, G dividing the heads of the queries
     * @param out {@code (..., H, N, C)}, written whole; shares no entry with an input
     * @throws IllegalArgumentException as {@link Operator#apply(Heads, Heads)} does; then nothing has been written
     * @throws CancellationException    if the calling thread was interrupted, which it stays; then nothing has been written
     */
    public void apply(Heads v, Heads out) {
        Checks.given(v, "v");
        factors.getFirst().operator.requireOutput(v, out);
        factors.forEach(factor -> factor.operator.requireApart(out));
        try (Arena arena = Arena.ofShared()) {
            AlternatingProducts between = new AlternatingProducts(arena, maxRows(), v.view(), out.view());
            for (Factor factor : factors.reversed()) {
                between.apply(factor.operator::apply, factor.operator.rows(),
                        factor == factors.getFirst() ? factor.times - 1 : factor.times);
            }
            factors.getFirst().operator.apply(between.current(), out.view());
        }
    }

    private int maxRows() {
        return factors.stream().mapToInt(factor -> factor.operator.rows()).max().orElseThrow();
    }
}
