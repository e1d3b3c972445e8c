package dev.gatun.laws;

import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Laws of operators whose rows are normalised: attention, and with another {@link LogKernel} the backward message and diffusion.
 */
public interface RowStochasticLaws extends LawSuite {

    /** Sums. */
    Law UNIT_ROWS = new Law("rows sum to 1", "sum_j P_ij = 1", "softmax normalises: Bridle 1990; arXiv 2604.09560, section 2");

    /** Signs. */
    Law NO_NEGATIVE_WEIGHT = new Law("no weight is negative", "P_ij >= 0", "exponentials are positive");

    /** The definition, by its matrix. */
    Law SOFTMAX = new Law("weights are the softmax of the log-kernel", "P_ij = exp(z_ij) / sum_k exp(z_ik)",
            "Vaswani et al. 2017, equation 1; arXiv 2604.09560, section 2");

    /** The definition, by its products. */
    Law MEANS = new Law("results are weighted means", "O_ic = sum_j P_ij V_jc", "Vaswani et al. 2017, equation 1");

    /** Convexity. */
    Law BETWEEN = new Law("results lie between the values", "min_j V_jc <= O_ic <= max_j V_jc over the visible keys j",
            "rows of P are probabilities");

    /** Linearity. */
    Law LINEAR = new Law("results are linear in the values", "P (2 V - W) = 2 P V - P W", "P is a matrix");

    /** Streamed and materialised. */
    Law STREAMED = new Law("the result is the matrix times the values", "apply(V) = matrix() V", "P is a matrix");

    /** Equivariance. */
    Law ORDER = new Law("the order of tokens does not matter", "P(order of Q, order of K) = order of P(Q, K)",
            "z_ij depends on tokens i and j alone");

    /** Queries on their own. */
    Law ALONE = new Law("each query is by itself", "row i of P(Q, K) = P(q_i, K)", "softmax is taken row by row");

    /** The mask in time. */
    Law FUTURE = new Law("the future is not seen", "P_ij = 0 for j > i", "exp(-infinity) = 0; Vaswani et al. 2017, section 3.2.3");

    /** The mask of pairs. */
    Law HIDDEN = new Law("hidden keys get no weight", "P_ij = 0 where key j is hidden from query i", "exp(-infinity) = 0");

    /** The mask that hides everything. */
    Law EMPTY = new Law("a query that sees no key has a result of zeros", "O_i = 0 where every P_ij = 0", "an empty sum is 0");

    /** Infinite temperature. */
    Law HEAT = new Law("heat makes uniform", "beta -> 0: P_ij -> 1 / (number of visible keys)", "exp(0) = 1");

    /** Temperature zero. */
    Law COLD = new Law("cold picks the greatest", "beta -> infinity: P_ij -> 1 at the greatest z_ij of row i", "softmax tends to argmax");

    /** Sums of thousands. */
    Law LONG_ROWS = new Law("long rows keep their mass", "O = (M - 1) exp(-17) / (1 + (M - 1) exp(-17)), M in the thousands",
            "blocked summation: Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 4");

    /** {@link #UNIT_ROWS}. */
    @Property(tries = 100)
    @Label("rows sum to 1")
    default void rowsSumToOne(@ForAll("heads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[][] sums = UNIT_ROWS.result(operator(), head.withUnitValues());
        for (int i = 0; i < sums.length; i++) {
            int row = i;
            UNIT_ROWS.near(seesSome(head, i) ? 1 : 0, sums[i][0], z.unitError(i), head, () -> "the sum of row " + row);
        }
    }

    /** {@link #NO_NEGATIVE_WEIGHT}. */
    @Property(tries = 50)
    @Label("no weight is negative")
    default void noWeightIsNegative(@ForAll("heads") Head head) {
        Numerators.requireNoneNegative(NO_NEGATIVE_WEIGHT, NO_NEGATIVE_WEIGHT.matrix(operator(), head), head);
    }

    /** {@link #SOFTMAX}. */
    @Property(tries = 100)
    @Label("weights are the softmax of the log-kernel")
    default void weightsAreTheSoftmax(@ForAll("heads") Head head) {
        SOFTMAX.near(LogKernel.of(this, head).softmaxOfRows(), SOFTMAX.matrix(operator(), head), head, "P");
    }

    /** {@link #MEANS}. */
    @Property(tries = 100)
    @Label("results are weighted means")
    default void resultsAreWeightedMeans(@ForAll("heads") Head head) {
        Bounded means = LogKernel.of(this, head).softmaxOfRows().times(Numerators.values(head));
        MEANS.near(means, MEANS.result(operator(), head), head, "O");
    }

    /** {@link #BETWEEN}. */
    @Property(tries = 50)
    @Label("results lie between the values")
    default void resultsLieBetweenTheValues(@ForAll("heads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[][] v = Numerators.values(head);
        double[][] out = BETWEEN.result(operator(), head);
        for (int i = 0; i < out.length; i++) {
            int row = i;
            int[] seen = IntStream.range(0, v.length).filter(j -> head.visible(row, j)).toArray();
            for (int c = 0; c < out[i].length && seen.length > 0; c++) {
                int column = c;
                double least = IntStream.of(seen).mapToDouble(j -> v[j][column]).min().orElseThrow();
                double greatest = IntStream.of(seen).mapToDouble(j -> v[j][column]).max().orElseThrow();
                double slack = z.unitError(i) * Math.max(Math.abs(least), Math.abs(greatest));
                double result = out[i][c];
                BETWEEN.holds(result >= least - slack && result <= greatest + slack, head,
                        () -> "O[%d, %d] is %s and should be from %s to %s".formatted(row, column, result, least, greatest));
            }
        }
    }

    /** {@link #LINEAR}, W being the values in the opposite order. */
    @Property(tries = 50)
    @Label("results are linear in the values")
    default void resultsAreLinear(@ForAll("heads") Head head) {
        Numerators.requireLinear(LINEAR, operator(), head, LogKernel.of(this, head).softmaxOfRows());
    }

    /** {@link #STREAMED}. */
    @Property(tries = 50)
    @Needs(Capability.MATRIX)
    @Label("the result is the matrix times the values")
    default void resultsAreTheMatrixTimesTheValues(@ForAll("heads") Head head) {
        Numerators.requireStreamed(STREAMED, operator(), head, LogKernel.of(this, head).softmaxOfRows());
    }

    /** {@link #ORDER}. */
    @Property(tries = 50)
    @Label("the order of tokens does not matter")
    default void orderOfTokensDoesNotMatter(@ForAll("squareHeads") Head head) {
        Numerators.requireEquivariant(ORDER, operator(), head, LogKernel.of(this, head).softmaxOfRows());
    }

    /** {@link #ALONE}. */
    @Property(tries = 50)
    @Needs(Capability.OTHER_KEYS)
    @Label("each query is by itself")
    default void eachQueryIsByItself(@ForAll("heads") Head masked) {
        Head head = masked.withoutMask();
        Bounded means = LogKernel.of(this, head).softmaxOfRows().times(Numerators.values(head));
        double[][] together = ALONE.result(operator(), head);
        for (int i = 0; i < together.length; i += 1 + i / 2) {
            double[] alone = ALONE.result(operator(), head.chosen(new int[] {i}, Orders.given(head.columns())))[0];
            for (int c = 0; c < alone.length; c++) {
                int row = i;
                ALONE.near(together[i][c], alone[c], 2 * means.error(i, c), head, () -> "the result of query " + row + " alone");
            }
        }
    }

    /** {@link #FUTURE}. */
    @Property(tries = 50)
    @Needs(Capability.CAUSAL_MASK)
    @Label("the future is not seen")
    default void theFutureIsNotSeen(@ForAll("squareHeads") Head head) {
        Head causal = head.withCausalMask();
        Numerators.requireHidden(FUTURE, FUTURE.matrix(operator(), causal), causal);
    }

    /** {@link #HIDDEN}. */
    @Property(tries = 50)
    @Needs(Capability.PAIR_MASK)
    @Label("hidden keys get no weight")
    default void hiddenKeysGetNoWeight(@ForAll("heads") Head head) {
        Numerators.requireHidden(HIDDEN, HIDDEN.matrix(operator(), head), head);
    }

    /** {@link #EMPTY}. */
    @Property(tries = 50)
    @Needs(Capability.EMPTY_ROWS)
    @Label("a query that sees no key has a result of zeros")
    default void queriesThatSeeNothingGiveZeros(@ForAll("heads") Head some) {
        boolean[] none = new boolean[some.rows() * some.columns()];
        for (int pair = some.columns(); pair < none.length; pair++) {
            none[pair] = some.visible(pair / some.columns(), pair % some.columns());
        }
        Head head = some.withoutMask().withPairMask(none);
        for (double entry : EMPTY.result(operator(), head)[0]) {
            EMPTY.holds(entry == 0, head, () -> "query 0 sees nothing, and its result has an entry of " + entry);
        }
    }

    /** {@link #HEAT}. */
    @Property(tries = 50)
    @Needs(Capability.TEMPERATURE)
    @Label("heat makes uniform")
    default void heatMakesUniform(@ForAll("heads") Head head) {
        Head hot = head.withBeta(1e-30);
        Bounded uniform = LogKernel.of(this, hot);
        double[][] p = HEAT.matrix(operator(), hot);
        for (int i = 0; i < p.length; i++) {
            int row = i;
            long seen = IntStream.range(0, head.columns()).filter(j -> head.visible(row, j)).count();
            for (int j = 0; j < p[i].length; j++) {
                int column = j;
                double expected = head.visible(i, j) ? 1.0 / seen : 0;
                HEAT.near(expected, p[i][j], uniform.unitError(i) * expected, hot, () -> "P[%d, %d]".formatted(row, column));
            }
        }
    }

    /** {@link #COLD}, in rows that have a greatest. */
    @Property(tries = 50)
    @Needs(Capability.TEMPERATURE)
    @Label("cold picks the greatest")
    default void coldPicksTheGreatest(@ForAll("squareHeads") Head some) {
        double range = LogKernel.of(this, some.withBeta(1)).range();
        Assume.that(range > 1e-20);
        Head head = some.withBeta(1000 / range);
        Bounded z = LogKernel.of(this, head);
        double[][] p = COLD.matrix(operator(), head);
        for (int i = 0; i < p.length; i++) {
            double lead = Numerators.lead(z.values()[i]) - 2 * Numerators.greatest(z.errors()[i]);
            if (lead > 30) {
                int row = i;
                int greatest = Numerators.greatestPlace(z.values()[i]);
                double bound = p.length * Math.exp(-lead) + z.unitError(i);
                COLD.near(1, p[i][greatest], bound, head, () -> "P[%d, %d]".formatted(row, greatest));
            }
        }
    }

    /** {@link #LONG_ROWS} of scores, whichever key is the heavy one. */
    @Property(tries = 6)
    @Needs(Capability.LONG_SUMS)
    @Label("long rows keep their mass")
    default void longRowsKeepTheirMass(@ForAll @IntRange(min = 4096, max = 8192) int keys, @ForAll boolean first) {
        int heavy = first ? 0 : keys / 3;
        Head head = HeadArbitrary.longRow(operator().capabilities().contains(Capability.OTHER_KEYS) ? 1 : keys, keys, heavy);
        double weight = (head.columns() - 1) * Math.exp(-17);
        double light = weight / (1 + weight);
        double units = 512 + head.columns() / 512.0 + 4 * 17;
        LONG_ROWS.near(light, LONG_ROWS.result(operator(), head)[0][0], units * operator().unitRoundoff() * light,
                "a query and %d keys, key %d of score 0 and the others of -17".formatted(keys, heavy), () -> "the mass of the light keys");
    }

    private static boolean seesSome(Head head, int query) {
        return IntStream.range(0, head.columns()).anyMatch(key -> head.visible(query, key));
    }
}
