package dev.gatun;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A product of operators, {@code P_1 P_2 ... P_n}, applied without forming any of them. Row-stochastic operators make a
 * row-stochastic product, and bistochastic ones a bistochastic product (lemma B.5 of arXiv 2604.09560). Made by
 * {@link Operator#times} and {@link Operator#power}.
 */
public final class OperatorProduct {

    private final List<Operator> factors;

    private OperatorProduct(List<Operator> factors) {
        this.factors = List.copyOf(factors);
    }

    /**
     * {@code P_1 P_2 ...}: the last one is applied first.
     *
     * @throws IllegalArgumentException if there is none, or neighbours do not go together
     */
    static OperatorProduct of(List<Operator> factors) {
        if (factors.isEmpty()) {
            throw new IllegalArgumentException("a product needs at least one operator");
        }
        for (int f = 1; f < factors.size(); f++) {
            Operator left = factors.get(f - 1);
            Operator right = factors.get(f);
            if (left.columns() != right.rows() || left.count() != right.count()) {
                throw new IllegalArgumentException("an operator of %s columns and %s heads, times one of %s rows and %s heads"
                        .formatted(left.columns(), left.count(), right.rows(), right.count()));
            }
        }
        return new OperatorProduct(factors);
    }

    /** This product times {@code other}, which is applied first. */
    public OperatorProduct times(Operator other) {
        List<Operator> all = new ArrayList<>(factors);
        all.add(other);
        return of(all);
    }

    /** The number of rows, N. */
    public int rows() {
        return factors.getFirst().rows();
    }

    /** The number of columns, M. */
    public int columns() {
        return factors.getLast().columns();
    }

    /** One head: see {@link #apply(Heads, Heads)}. */
    public void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * {@code out = P_1 (P_2 (... v))}. What lies between is rounded to float32.
     *
     * @param v   values {@code (..., G, M, C)}, G dividing the heads of the queries
     * @param out {@code (..., H, N, C)}, written whole; shares no entry with an input
     * @throws IllegalArgumentException as {@link Operator#apply(Heads, Heads)} does; then nothing has been written
     */
    public void apply(Heads v, Heads out) {
        Checks.given(v, "v");
        factors.getFirst().requireOutput(v, out);
        factors.forEach(factor -> factor.requireApart(out));
        try (Arena arena = Arena.ofShared()) {
            Heads between = v;
            for (int f = factors.size() - 1; f > 0; f--) {
                Heads next = Heads.allocate(arena, out.batch(), out.heads(), factors.get(f).rows(), v.columns());
                factors.get(f).apply(between, next);
                between = next;
            }
            factors.getFirst().apply(between, out);
        }
    }
}
