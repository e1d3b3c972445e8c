package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of couplings {@code P_ij = exp(z_ij + u_i + v_j)}, whose rows and columns are both normalised (Sinkhorn 1964). Sums are accurate to
 * the suite's {@link LawSuite#tolerance}. A solver that reports that it did not converge throws {@link Declined}.
 */
public interface BistochasticLaws extends LawSuite {

    /** Sums of rows. */
    Law COUPLING_ROWS = new Law("rows of a coupling sum to their masses", "sum_j P_ij = mu_i", "Sinkhorn 1964; arXiv 2604.09560, B2-B4");

    /** Sums of columns. */
    Law COUPLING_COLUMNS = new Law("columns of a coupling sum to their masses", "sum_i P_ij = nu_j",
            "Sinkhorn 1964; arXiv 2604.09560, B2-B4");

    /** Signs. */
    Law NO_NEGATIVE_ENTRY = new Law("no entry of a coupling is negative", "P_ij >= 0", "exponentials are positive");

    /** The kernel, with the potentials eliminated. */
    Law CROSS_RATIOS = new Law("cross-ratios of a coupling are those of its kernel",
            "log(P_ij P_kl / (P_il P_kj)) = z_ij + z_kl - z_il - z_kj", "P_ij = exp(z_ij + u_i + v_j): Schroedinger 1931");

    /** Masses of zero. */
    Law ZERO_MASSES = new Law("rows and columns without mass are 0", "P_ij = 0 where mu_i = 0 or nu_j = 0",
            "a sum of what is not negative is 0 only if all is");

    /** Products. */
    Law COUPLED_VALUES = new Law("results are the coupling times the values", "apply(V) = matrix() V", "P is a matrix");

    /** Convergence. */
    Law CONVERGES = new Law("a solve of mild scores converges", "a positive kernel has a coupling, approached linearly",
            "Sinkhorn 1964; Franklin and Lorenz 1989");

    /**
     * Tests {@link #COUPLING_ROWS}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 60)
    @Label("rows of a coupling sum to their masses")
    default void rowsSumToTheirMasses(@ForAll("heads") Head head) {
        double[][] p = COUPLING_ROWS.matrix(operator(), head);
        double[] mu = head.rowMasses();
        double slack = tolerance() + solutionError(head);
        for (int i = 0; i < p.length; i++) {
            int row = i;
            COUPLING_ROWS.near(mu[i], Arrays.stream(p[i]).sum(), slack * mu[i], head, () -> "the sum of row " + row);
        }
    }

    /**
     * Tests {@link #COUPLING_COLUMNS}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 60)
    @Label("columns of a coupling sum to their masses")
    default void columnsSumToTheirMasses(@ForAll("heads") Head head) {
        double[][] p = Bounded.transposed(COUPLING_COLUMNS.matrix(operator(), head));
        double[] nu = head.columnMasses();
        double slack = tolerance() + solutionError(head);
        for (int j = 0; j < p.length; j++) {
            int column = j;
            COUPLING_COLUMNS.near(nu[j], Arrays.stream(p[j]).sum(), slack * nu[j], head, () -> "the sum of column " + column);
        }
    }

    /**
     * Tests {@link #NO_NEGATIVE_ENTRY}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 30)
    @Label("no entry of a coupling is negative")
    default void noEntryIsNegative(@ForAll("heads") Head head) {
        MatrixChecks.requireNonNegative(NO_NEGATIVE_ENTRY, NO_NEGATIVE_ENTRY.matrix(operator(), head), head);
    }

    /**
     * Tests {@link #CROSS_RATIOS} of neighbours, of which all others are products.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 60)
    @Label("cross-ratios of a coupling are those of its kernel")
    default void crossRatiosAreThoseOfTheKernel(@ForAll("mildHeads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[][] p = CROSS_RATIOS.matrix(operator(), head);
        double solution = 4 * solutionError(head);
        for (int i = 0; i + 1 < p.length; i++) {
            for (int j = 0; j + 1 < p[i].length; j++) {
                int row = i;
                int column = j;
                double expected = z.value(i, j) + z.value(i + 1, j + 1) - z.value(i, j + 1) - z.value(i + 1, j);
                double actual = Math.log(p[i][j] / p[i][j + 1]) + Math.log(p[i + 1][j + 1] / p[i + 1][j]);
                double bound = z.error(i, j) + z.error(i + 1, j + 1) + z.error(i, j + 1) + z.error(i + 1, j)
                        + solution;
                CROSS_RATIOS.near(expected, actual, bound, head, () -> "the cross-ratio of rows %d and %d and columns %d and %d"
                        .formatted(row, row + 1, column, column + 1));
            }
        }
    }

    /**
     * Tests {@link #ZERO_MASSES}.
     *
     * @param head a head of any kind that the operator supports
     */
    @Property(tries = 40)
    @Needs(Capability.MARGINALS)
    @Label("rows and columns without mass are 0")
    default void rowsAndColumnsWithoutMassAreZero(@ForAll("heads") Head head) {
        double[][] p = ZERO_MASSES.matrix(operator(), head);
        double[] mu = head.rowMasses();
        double[] nu = head.columnMasses();
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < p[i].length; j++) {
                int row = i;
                int column = j;
                double entry = p[i][j];
                ZERO_MASSES.holds(entry == 0 || mu[i] > 0 && nu[j] > 0, head,
                        () -> "P[%d, %d] is %s".formatted(row, column, entry));
            }
        }
    }

    /**
     * Tests {@link #COUPLED_VALUES}.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 30)
    @Needs(Capability.MATRIX)
    @Label("results are the coupling times the values")
    default void resultsAreTheCouplingTimesTheValues(@ForAll("mildHeads") Head head) {
        double[][] p = COUPLED_VALUES.matrix(operator(), head);
        double slack = 2 * solutionError(head) + 2 * LogKernel.of(this, head).maxError();
        Bounded coupling = new Bounded(p, new double[p.length][p.length], operator().unitRoundoff());
        double[][] expected = coupling.times(head.valueRows()).values();
        double[][] actual = COUPLED_VALUES.result(operator(), head);
        for (int i = 0; i < p.length; i++) {
            double[] sizes = coupling.meanSizes(i, head.valueRows());
            for (int c = 0; c < sizes.length; c++) {
                int row = i;
                int column = c;
                COUPLED_VALUES.near(expected[i][c], actual[i][c], slack * sizes[c] + Bounded.FLUSHED, head,
                        () -> "O[%d, %d]".formatted(row, column));
            }
        }
    }

    /**
     * Tests {@link #CONVERGES}.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 40)
    @Label("a solve of mild scores converges")
    default void solvesOfMildScoresConverge(@ForAll("mildHeads") Head head) {
        try {
            CONVERGES.result(operator(), head);
        } catch (Declined declined) {
            CONVERGES.holds(false, head, declined::getMessage);
        }
    }

    /**
     * The relative error of an entry and of a sum, without those of the tolerance and of the scores. Potentials are as large as the range
     * of the log-kernel, and the exponent is a sum of three terms.
     */
    private double solutionError(Head head) {
        Bounded z = LogKernel.of(this, head);
        return z.sumError() + 12 * z.roundoff() * (1 + z.range());
    }
}
