package dev.gatun.laws;

import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * Laws of operators whose rows sum to 1, {@code P_ij = exp(z_ij) / sum_k exp(z_ik)}: attention, and with another {@link LogKernel} the
 * backward message and diffusion.
 */
public interface RowStochasticLaws extends LawSuite {

    /** Sums. */
    Law UNIT_ROWS = new Law("rows sum to 1", "sum_j P_ij = 1", "softmax normalises: Bridle 1990; arXiv 2604.09560, section 2");

    /** Signs. */
    Law NO_NEGATIVE_PROBABILITY = new Law("no probability is negative", "P_ij >= 0", "exponentials are positive");

    /** The definition, by its matrix. */
    Law SOFTMAX = new Law("probabilities are the softmax of the log-kernel", "P_ij = exp(z_ij) / sum_k exp(z_ik)",
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
    Law ALONE = new Law("each query is independent of the others", "row i of P(Q, K) = P(q_i, K)", "softmax is taken row by row");

    /** The mask in time. */
    Law CAUSAL = new Law("keys after the query are not seen", "P_ij = 0 for j > i",
            "exp(-infinity) = 0; Vaswani et al. 2017, section 3.2.3");

    /** The mask of pairs. */
    Law HIDDEN = new Law("hidden keys get no probability", "P_ij = 0 where key j is hidden from query i", "exp(-infinity) = 0");

    /** The mask that hides everything. */
    Law EMPTY = new Law("a query that sees no key returns zeros", "O_i = 0 where every P_ij = 0", "an empty sum is 0");

    /** Infinite temperature. */
    Law HIGH_TEMPERATURE = new Law("high temperature makes uniform", "beta -> 0: P_ij -> 1 / (number of visible keys)",
            "exp(0) = 1");

    /** Temperature zero. */
    Law LOW_TEMPERATURE = new Law("low temperature selects the largest", "beta -> infinity: P_ij -> 1 at the largest z_ij of row i",
            "softmax tends to argmax");

    /** Sums of thousands. */
    Law LONG_ROWS = new Law("long rows keep their mass", "O = (M - 1) exp(-17) / (1 + (M - 1) exp(-17)), M in the thousands",
            "blocked summation: Higham, Accuracy and Stability of Numerical Algorithms, 2002, chapter 4");

    /**
     * Tests {@link #UNIT_ROWS}.
     *
     * @param head a head of any kind that the operator supports
     */
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

    /**
     * Tests {@link #NO_NEGATIVE_PROBABILITY}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("no probability is negative")
    default void noProbabilityIsNegative(@ForAll("heads") Head head) {
        MatrixChecks.requireNonNegative(NO_NEGATIVE_PROBABILITY, NO_NEGATIVE_PROBABILITY.matrix(operator(), head), head);
    }

    /**
     * Tests {@link #SOFTMAX}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 100)
    @Label("probabilities are the softmax of the log-kernel")
    default void probabilitiesAreTheSoftmax(@ForAll("heads") Head head) {
        SOFTMAX.near(LogKernel.of(this, head).softmaxOfRows(), SOFTMAX.matrix(operator(), head), head, "P");
    }

    /**
     * Tests {@link #MEANS}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 100)
    @Label("results are weighted means")
    default void resultsAreWeightedMeans(@ForAll("heads") Head head) {
        Bounded means = LogKernel.of(this, head).softmaxOfRows().times(head.valueRows());
        MEANS.near(means, MEANS.result(operator(), head), head, "O");
    }

    /**
     * Tests {@link #BETWEEN}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("results lie between the values")
    default void resultsLieBetweenTheValues(@ForAll("heads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[][] v = head.valueRows();
        double[][] out = BETWEEN.result(operator(), head);
        for (int i = 0; i < out.length; i++) {
            int row = i;
            int[] seen = IntStream.range(0, v.length).filter(j -> head.visible(row, j)).toArray();
            for (int c = 0; c < out[i].length && seen.length > 0; c++) {
                int column = c;
                double min = IntStream.of(seen).mapToDouble(j -> v[j][column]).min().orElseThrow();
                double max = IntStream.of(seen).mapToDouble(j -> v[j][column]).max().orElseThrow();
                double slack = z.unitError(i) * Math.max(Math.abs(min), Math.abs(max));
                double result = out[i][c];
                BETWEEN.holds(result >= min - slack && result <= max + slack, head,
                        () -> "O[%d, %d] is %s and should be from %s to %s".formatted(row, column, result, min, max));
            }
        }
    }

    /**
     * Tests {@link #LINEAR}, W being the values in the opposite order.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("results are linear in the values")
    default void resultsAreLinear(@ForAll("heads") Head head) {
        MatrixChecks.requireLinear(LINEAR, operator(), head, LogKernel.of(this, head).softmaxOfRows());
    }

    /**
     * Tests {@link #STREAMED}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Needs(Capability.MATRIX)
    @Label("the result is the matrix times the values")
    default void resultsAreTheMatrixTimesTheValues(@ForAll("heads") Head head) {
        MatrixChecks.requireStreamed(STREAMED, operator(), head, LogKernel.of(this, head).softmaxOfRows());
    }

    /**
     * Tests {@link #ORDER}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 50)
    @Label("the order of tokens does not matter")
    default void orderOfTokensDoesNotMatter(@ForAll("squareHeads") Head head) {
        MatrixChecks.requireEquivariant(ORDER, operator(), head, LogKernel.of(this, head).softmaxOfRows());
    }

    /**
     * Tests {@link #ALONE}.
     *
     * @param masked a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Needs(Capability.OTHER_KEYS)
    @Label("each query is independent of the others")
    default void eachQueryIsIndependent(@ForAll("heads") Head masked) {
        Head head = masked.withoutMask();
        Bounded means = LogKernel.of(this, head).softmaxOfRows().times(head.valueRows());
        double[][] together = ALONE.result(operator(), head);
        for (int i = 0; i < together.length; i += 1 + i / 2) {
            double[] alone = ALONE.result(operator(), head.chosen(new int[] {i}, Orders.given(head.columns())))[0];
            for (int c = 0; c < alone.length; c++) {
                int row = i;
                ALONE.near(together[i][c], alone[c], 2 * means.error(i, c), head, () -> "the result of query " + row + " alone");
            }
        }
    }

    /**
     * Tests {@link #CAUSAL}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 50)
    @Needs(Capability.CAUSAL_MASK)
    @Label("keys after the query are not seen")
    default void keysAfterTheQueryAreNotSeen(@ForAll("squareHeads") Head head) {
        Head causal = head.withCausalMask();
        MatrixChecks.requireHidden(CAUSAL, CAUSAL.matrix(operator(), causal), causal);
    }

    /**
     * Tests {@link #HIDDEN}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Needs(Capability.PAIR_MASK)
    @Label("hidden keys get no probability")
    default void hiddenKeysGetNoProbability(@ForAll("heads") Head head) {
        MatrixChecks.requireHidden(HIDDEN, HIDDEN.matrix(operator(), head), head);
    }

    /**
     * Tests {@link #EMPTY}.
     *
     * @param some a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Needs(Capability.EMPTY_ROWS)
    @Label("a query that sees no key returns zeros")
    default void queriesThatSeeNoKeyReturnZeros(@ForAll("heads") Head some) {
        boolean[] none = new boolean[some.rows() * some.columns()];
        for (int pair = some.columns(); pair < none.length; pair++) {
            none[pair] = some.visible(pair / some.columns(), pair % some.columns());
        }
        Head head = some.withoutMask().withPairMask(none);
        for (double entry : EMPTY.result(operator(), head)[0]) {
            EMPTY.holds(entry == 0, head, () -> "query 0 sees no key, and its result has an entry of " + entry);
        }
    }

    /**
     * Tests {@link #HIGH_TEMPERATURE}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Needs(Capability.TEMPERATURE)
    @Label("high temperature makes uniform")
    default void highTemperatureMakesUniform(@ForAll("heads") Head head) {
        Head hot = head.withBeta(1e-30);
        Bounded uniform = LogKernel.of(this, hot);
        double[][] p = HIGH_TEMPERATURE.matrix(operator(), hot);
        for (int i = 0; i < p.length; i++) {
            int row = i;
            long seen = IntStream.range(0, head.columns()).filter(j -> head.visible(row, j)).count();
            for (int j = 0; j < p[i].length; j++) {
                int column = j;
                double expected = head.visible(i, j) ? 1.0 / seen : 0;
                HIGH_TEMPERATURE.near(expected, p[i][j], uniform.unitError(i) * expected, hot, () -> "P[%d, %d]".formatted(row, column));
            }
        }
    }

    /**
     * Tests {@link #LOW_TEMPERATURE}, in rows with a largest score.
     *
     * @param some a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 50)
    @Needs(Capability.TEMPERATURE)
    @Label("low temperature selects the largest")
    default void lowTemperatureSelectsTheLargest(@ForAll("squareHeads") Head some) {
        Bounded unit = LogKernel.of(this, some.withBeta(1));
        double range = unit.range();
        // Within its rounding errors a log-kernel has no largest entry: scores that cancel would be multiplied by 1e19.
        Assume.that(range > 1e-20 && range > 2 * unit.maxError());
        Head head = some.withBeta(1000 / range);
        Bounded z = LogKernel.of(this, head);
        double[][] p = LOW_TEMPERATURE.matrix(operator(), head);
        for (int i = 0; i < p.length; i++) {
            double lead = Bounded.lead(z.values()[i]) - 2 * Bounded.max(z.errors()[i]);
            if (lead > 30) {
                int row = i;
                int largest = Bounded.argMax(z.values()[i]);
                double bound = p.length * Math.exp(-lead) + z.unitError(i);
                LOW_TEMPERATURE.near(1, p[i][largest], bound, head, () -> "P[%d, %d]".formatted(row, largest));
            }
        }
    }

    /**
     * Tests {@link #LONG_ROWS} of scores, whichever key is the heavy one.
     *
     * @param keys the number of keys M
     * @param first whether the heavy key is the first one
     */
    @Property(tries = 6)
    @Needs(Capability.LONG_SUMS)
    @Label("long rows keep their mass")
    default void longRowsKeepTheirMass(@ForAll @IntRange(min = 4096, max = 8192) int keys, @ForAll boolean first) {
        int heavy = first ? 0 : keys / 3;
        Head head = HeadArbitrary.longRow(operator().capabilities().contains(Capability.OTHER_KEYS) ? 1 : keys, keys, heavy);
        double lightSum = (head.columns() - 1) * Math.exp(-17);
        double light = lightSum / (1 + lightSum);
        double units = 512 + head.columns() / 512.0 + 4 * 17;
        LONG_ROWS.near(light, LONG_ROWS.result(operator(), head)[0][0], units * operator().unitRoundoff() * light,
                "a query and %d keys, key %d of score 0 and the others of -17".formatted(keys, heavy), () -> "the mass of the light keys");
    }

    private static boolean seesSome(Head head, int query) {
        return IntStream.range(0, head.columns()).anyMatch(key -> head.visible(query, key));
    }
}
