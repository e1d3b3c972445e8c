package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/** Laws of products {@code P_1 P_2} of operators: their rows or columns sum to 1 if those of the factors do. */
public interface ClosureLaws extends LawSuite {

    /** The sums that are 1. */
    enum Sums {
        /** Of rows. */
        ROWS,
        /** Of columns. */
        COLUMNS,
        /** Of both. */
        BOTH
    }

    /** Sums. */
    Law SUMS_OF_PRODUCTS = new Law("products sum to 1 where their factors do", "P_1 P_2 1 = 1 or 1' P_1 P_2 = 1'",
            "P 1 = 1 or 1' P = 1', twice; arXiv 2604.09560, lemma B.5");

    /** Signs. */
    Law SIGN_OF_PRODUCTS = new Law("products have no negative entry", "(P_1 P_2)_ij >= 0", "sums of products of what is not negative");

    /** Composition. */
    Law COMPOSED = new Law("applying twice is applying the product", "P_1 (P_2 V) = (P_1 P_2) V", "products of matrices are associative");

    /**
     * The sums that the operator normalises to 1.
     *
     * @return rows, columns or both; rows by default
     */
    default Sums sums() {
        return Sums.ROWS;
    }

    /**
     * Tests {@link #SUMS_OF_PRODUCTS}, of rows and of columns as {@link #sums} says.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 60)
    @Label("products sum to 1 where their factors do")
    default void productsSumToOneWhereTheirFactorsDo(@ForAll("squareHeads") Head head) {
        double[][] product = product(SUMS_OF_PRODUCTS, head);
        if (sums() != Sums.COLUMNS) {
            requireUnits(product, unitError(head, false), head, "row");
        }
        if (sums() != Sums.ROWS) {
            requireUnits(Bounded.transposed(product), unitError(head, true), head, "column");
        }
    }

    private static void requireUnits(double[][] rows, double bound, Head head, String what) {
        for (int i = 0; i < rows.length; i++) {
            int row = i;
            SUMS_OF_PRODUCTS.near(1, Arrays.stream(rows[i]).sum(), bound, head, () -> "the sum of " + what + " " + row);
        }
    }

    /**
     * Tests {@link #SIGN_OF_PRODUCTS}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 30)
    @Label("products have no negative entry")
    default void productsHaveNoNegativeEntry(@ForAll("squareHeads") Head head) {
        MatrixChecks.requireNonNegative(SIGN_OF_PRODUCTS, product(SIGN_OF_PRODUCTS, head), head);
    }

    /**
     * Tests {@link #COMPOSED}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 60)
    @Label("applying twice is applying the product")
    default void applyingTwiceIsApplyingTheProduct(@ForAll("squareHeads") Head head) {
        double[][] product = product(COMPOSED, head);
        double[][] v = head.valueRows();
        double[][] twice = COMPOSED.result(operator(), head.withValues(COMPOSED.applied(operator(), other(head))));
        double bound = Math.expm1(2 * (entryError(head) + entryError(other(head))));
        double flushed = flushed(v);
        for (int i = 0; i < product.length; i++) {
            for (int c = 0; c < v[0].length; c++) {
                double expected = 0;
                double size = 0;
                for (int j = 0; j < v.length; j++) {
                    expected += product[i][j] * v[j][c];
                    size += product[i][j] * Math.abs(v[j][c]);
                }
                int row = i;
                int column = c;
                COMPOSED.near(expected, twice[i][c], bound * size + flushed, head,
                        () -> "(P_1 P_2 V)[%d, %d]".formatted(row, column));
            }
        }
    }

    private double[][] product(Law law, Head head) {
        float[] right = law.sized(operator().matrix(other(head)), head.rows(), head.columns(), head);
        return Law.rows(law.applied(operator(), head.withValues(right)), head.columns());
    }

    /** Another operator: the queries in the opposite order. */
    private static Head other(Head head) {
        return head.withQueries(Head.chosen(head.queries(), head.d(), Orders.reversed(head.rows())));
    }

    /** The error of the sums of a product of two factors. */
    private double unitError(Head head, boolean columns) {
        double sum = 0;
        for (Head each : new Head[] {head, other(head)}) {
            Bounded z = columns ? LogKernel.of(this, each).transposed() : LogKernel.of(this, each);
            double max = 0;
            for (int i = 0; i < z.rows(); i++) {
                max = Math.max(max, z.unitError(i));
            }
            sum += max + tolerance() + 12 * (tolerance() > 0 ? z.roundoff() * (1 + z.range()) : 0);
        }
        return Math.expm1(sum);
    }

    /** The relative error of an entry, which may differ between products and matrix. */
    private double entryError(Head head) {
        Bounded z = LogKernel.of(this, head);
        return 2 * z.maxError() + z.sumError() + 4 * z.roundoff() * (1 + z.range());
    }

    private static double flushed(double[][] v) {
        return Bounded.FLUSHED * v.length * (1 + Arrays.stream(v).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0));
    }
}
