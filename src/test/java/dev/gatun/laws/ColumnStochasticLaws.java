package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of operators whose columns are normalised: each key shares itself out among the queries. With the {@link LogKernel}
 * SCORES this is the competition of slots for inputs (Locatello et al. 2020) and, transposed, A<-; with FORWARD it is A>-.
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
    Law SHARED_VALUES = new Law("results are what is shared out", "O_ic = sum_j P_ij V_jc", "P is a matrix");

    /** Conservation. */
    Law CONSERVED = new Law("values are shared out whole", "sum_i O_ic = sum_j V_jc over the keys that some query sees",
            "1' P = 1', times V");

    /** Linearity. */
    Law LINEAR_SHARES = new Law("shares are linear in the values", "P (2 V - W) = 2 P V - P W", "P is a matrix");

    /** Streamed and materialised. */
    Law STREAMED_SHARES = new Law("what is shared out is the matrix times the values", "apply(V) = matrix() V", "P is a matrix");

    /** Equivariance. */
    Law ORDER_OF_SHARES = new Law("the order of those who share does not matter", "P(order of Q, order of K) = order of P(Q, K)",
            "z_ij depends on tokens i and j alone");

    /** The mask in time. */
    Law NO_SHARE_OF_THE_FUTURE = new Law("nothing is had of the future", "P_ij = 0 for j > i", "exp(-infinity) = 0");

    /** {@link #UNIT_COLUMNS}. */
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

    /** {@link #NO_NEGATIVE_SHARE}. */
    @Property(tries = 50)
    @Label("no share is negative")
    default void noShareIsNegative(@ForAll("heads") Head head) {
        Numerators.requireNoneNegative(NO_NEGATIVE_SHARE, NO_NEGATIVE_SHARE.matrix(operator(), head), head);
    }

    /** {@link #COLUMN_SOFTMAX}. */
    @Property(tries = 100)
    @Label("shares are the softmax of columns")
    default void sharesAreTheSoftmaxOfColumns(@ForAll("heads") Head head) {
        COLUMN_SOFTMAX.near(LogKernel.of(this, head).softmaxOfColumns(), COLUMN_SOFTMAX.matrix(operator(), head), head, "P");
    }

    /** {@link #SHARED_VALUES}. */
    @Property(tries = 100)
    @Label("results are what is shared out")
    default void resultsAreWhatIsSharedOut(@ForAll("heads") Head head) {
        Bounded shared = LogKernel.of(this, head).softmaxOfColumns().times(Numerators.values(head));
        SHARED_VALUES.near(shared, SHARED_VALUES.result(operator(), head), head, "O");
    }

    /** {@link #CONSERVED}. */
    @Property(tries = 50)
    @Label("values are shared out whole")
    default void valuesAreSharedOutWhole(@ForAll("heads") Head head) {
        Bounded z = LogKernel.of(this, head).transposed();
        double[][] v = Numerators.values(head);
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

    /** {@link #LINEAR_SHARES}. */
    @Property(tries = 50)
    @Label("shares are linear in the values")
    default void sharesAreLinear(@ForAll("heads") Head head) {
        Numerators.requireLinear(LINEAR_SHARES, operator(), head, LogKernel.of(this, head).softmaxOfColumns());
    }

    /** {@link #STREAMED_SHARES}. */
    @Property(tries = 50)
    @Needs(Capability.MATRIX)
    @Label("what is shared out is the matrix times the values")
    default void sharesAreTheMatrixTimesTheValues(@ForAll("heads") Head head) {
        Numerators.requireStreamed(STREAMED_SHARES, operator(), head, LogKernel.of(this, head).softmaxOfColumns());
    }

    /** {@link #ORDER_OF_SHARES}. */
    @Property(tries = 50)
    @Label("the order of those who share does not matter")
    default void orderOfThoseWhoShareDoesNotMatter(@ForAll("squareHeads") Head head) {
        Numerators.requireEquivariant(ORDER_OF_SHARES, operator(), head, LogKernel.of(this, head).softmaxOfColumns());
    }

    /** {@link #NO_SHARE_OF_THE_FUTURE}. */
    @Property(tries = 50)
    @Needs(Capability.CAUSAL_MASK)
    @Label("nothing is had of the future")
    default void nothingIsHadOfTheFuture(@ForAll("squareHeads") Head head) {
        Head causal = head.withCausalMask();
        Numerators.requireHidden(NO_SHARE_OF_THE_FUTURE, NO_SHARE_OF_THE_FUTURE.matrix(operator(), causal), causal);
    }

    private static boolean isSeen(Bounded transposed, int key) {
        return Arrays.stream(transposed.values()[key]).anyMatch(z -> z > Double.NEGATIVE_INFINITY);
    }
}
