package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of operators whose columns sum to 1, {@code P_ij = exp(z_ij) / sum_k exp(z_kj)}: each key is shared among the queries. With
 * {@link LogKernel#SCORES} this is slot attention (Locatello et al. 2020) and, transposed, {@code A<-}; with {@link LogKernel#FORWARD} it
 * is {@code A>-}.
 */
public interface ColumnStochasticLaws extends LawSuite {

    /** Sums. */
    Law UNIT_COLUMNS = new Law("columns sum to 1", "sum_i P_ij = 1", "arXiv 2604.09560, section 2");

    /** Signs. */
    Law NO_NEGATIVE_SHARE = new Law("no share is negative", "P_ij >= 0", "exponentials are positive");

    /** The definition, by its matrix. */
    Law COLUMN_SOFTMAX = new Law("shares are the softmax of columns", "P_ij = exp(z_ij) / sum_k exp(z_kj)",
            "arXiv 2604.09560, section 2");

    /** The definition, by its products. */
    Law SHARED_VALUES = new Law("results are sums of shares", "O_ic = sum_j P_ij V_jc", "P is a matrix");

    /** Conservation. */
    Law CONSERVED = new Law("values are conserved", "sum_i O_ic = sum_j V_jc over the keys that some query sees",
            "1' P = 1', times V");

    /** Linearity. */
    Law LINEAR_SHARES = new Law("shares are linear in the values", "P (2 V - W) = 2 P V - P W", "P is a matrix");

    /** Streamed and materialised. */
    Law STREAMED_SHARES = new Law("shared results are the matrix times the values", "apply(V) = matrix() V", "P is a matrix");

    /** Equivariance. */
    Law ORDER_OF_SHARES = new Law("the order of tokens does not change shares", "P(order of Q, order of K) = order of P(Q, K)",
            "z_ij depends on tokens i and j alone");

    /** The mask in time. */
    Law CAUSAL_SHARES = new Law("keys after the query give no share", "P_ij = 0 for j > i", "exp(-infinity) = 0");

    /**
     * Tests {@link #UNIT_COLUMNS}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 100)
    @Label("columns sum to 1")
    default void columnsSumToOne(@ForAll("heads") Head head) {
        Bounded z = LogKernel.of(this, head).transposed();
        double[][] p = Bounded.transposed(UNIT_COLUMNS.matrix(operator(), head));
        for (int j = 0; j < p.length; j++) {
            int column = j;
            double mass = isSeen(z, j) ? 1 : 0;
            UNIT_COLUMNS.near(mass, Arrays.stream(p[j]).sum(), z.unitError(j), head, () -> "the sum of column " + column);
        }
    }

    /**
     * Tests {@link #NO_NEGATIVE_SHARE}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("no share is negative")
    default void noShareIsNegative(@ForAll("heads") Head head) {
        MatrixChecks.requireNonNegative(NO_NEGATIVE_SHARE, NO_NEGATIVE_SHARE.matrix(operator(), head), head);
    }

    /**
     * Tests {@link #COLUMN_SOFTMAX}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 100)
    @Label("shares are the softmax of columns")
    default void sharesAreTheSoftmaxOfColumns(@ForAll("heads") Head head) {
        COLUMN_SOFTMAX.near(LogKernel.of(this, head).softmaxOfColumns(), COLUMN_SOFTMAX.matrix(operator(), head), head, "P");
    }

    /**
     * Tests {@link #SHARED_VALUES}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 100)
    @Label("results are sums of shares")
    default void resultsAreSumsOfShares(@ForAll("heads") Head head) {
        Bounded shared = LogKernel.of(this, head).softmaxOfColumns().times(head.valueRows());
        SHARED_VALUES.near(shared, SHARED_VALUES.result(operator(), head), head, "O");
    }

    /**
     * Tests {@link #CONSERVED}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("values are conserved")
    default void valuesAreConserved(@ForAll("heads") Head head) {
        Bounded z = LogKernel.of(this, head).transposed();
        double[][] v = head.valueRows();
        double[][] out = CONSERVED.result(operator(), head);
        double rounding = z.transposed().sumError();
        for (int c = 0; c < head.valueColumns(); c++) {
            int column = c;
            double whole = 0;
            double bound = Bounded.FLUSHED;
            for (int j = 0; j < v.length; j++) {
                whole += isSeen(z, j) ? v[j][c] : 0;
                bound += (z.unitError(j) + rounding) * Math.abs(v[j][c]);
            }
            CONSERVED.near(whole, Arrays.stream(out).mapToDouble(row -> row[column]).sum(), bound, head,
                    () -> "the sum of column " + column + " of the result");
        }
    }

    /**
     * Tests {@link #LINEAR_SHARES}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Label("shares are linear in the values")
    default void sharesAreLinear(@ForAll("heads") Head head) {
        MatrixChecks.requireLinear(LINEAR_SHARES, operator(), head, LogKernel.of(this, head).softmaxOfColumns());
    }

    /**
     * Tests {@link #STREAMED_SHARES}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 50)
    @Needs(Capability.MATRIX)
    @Label("shared results are the matrix times the values")
    default void sharesAreTheMatrixTimesTheValues(@ForAll("heads") Head head) {
        MatrixChecks.requireStreamed(STREAMED_SHARES, operator(), head, LogKernel.of(this, head).softmaxOfColumns());
    }

    /**
     * Tests {@link #ORDER_OF_SHARES}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 50)
    @Label("the order of tokens does not change shares")
    default void orderOfTokensDoesNotChangeShares(@ForAll("squareHeads") Head head) {
        MatrixChecks.requireEquivariant(ORDER_OF_SHARES, operator(), head, LogKernel.of(this, head).softmaxOfColumns());
    }

    /**
     * Tests {@link #CAUSAL_SHARES}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 50)
    @Needs(Capability.CAUSAL_MASK)
    @Label("keys after the query give no share")
    default void keysAfterTheQueryGiveNoShare(@ForAll("squareHeads") Head head) {
        Head causal = head.withCausalMask();
        MatrixChecks.requireHidden(CAUSAL_SHARES, CAUSAL_SHARES.matrix(operator(), causal), causal);
    }

    private static boolean isSeen(Bounded transposed, int key) {
        return Arrays.stream(transposed.values()[key]).anyMatch(z -> z > Double.NEGATIVE_INFINITY);
    }
}
