package dev.gatun.laws;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of plans, whose rows and columns are both normalised: {@code exp(z_ij + u_i + v_j)} after Sinkhorn. Sums are right to the
 * suite's {@link LawSuite#tolerance}; a solver that finds that it did not get there throws {@link Declined}.
 */
public interface BistochasticLaws extends LawSuite {

    /** Sums of rows. */
    Law PLAN_ROWS = new Law("rows of a plan meet their masses", "sum_j P_ij = mu_i", "Sinkhorn 1964; arXiv 2604.09560, B2-B4");

    /** Sums of columns. */
    Law PLAN_COLUMNS = new Law("columns of a plan meet their masses", "sum_i P_ij = nu_j",
            "Sinkhorn 1964; arXiv 2604.09560, B2-B4");

    /** Signs. */
    Law NO_NEGATIVE_FLOW = new Law("no entry of a plan is negative", "P_ij >= 0", "exponentials are positive");

    /** The kernel, with the potentials eliminated. */
    Law CROSS_RATIOS = new Law("cross-ratios of a plan are those of its kernel",
            "log(P_ij P_kl / (P_il P_kj)) = z_ij + z_kl - z_il - z_kj", "P_ij = exp(z_ij + u_i + v_j): Schroedinger 1931");

    /** Masses of zero. */
    Law ZERO_MASSES = new Law("where there is no mass there is no plan", "P_ij = 0 where mu_i = 0 or nu_j = 0",
            "a sum of what is not negative is 0 only if all is");

    /** Products. */
    Law TRANSPORTED = new Law("results are the plan times the values", "apply(V) = matrix() V", "P is a matrix");

    /** Convergence. */
    Law CONVERGES = new Law("a plan of mild scores is found", "a positive kernel has a plan, approached linearly",
            "Sinkhorn 1964; Franklin and Lorenz 1989");

    /** {@link #PLAN_ROWS}. */
    @Property(tries = 60)
    @Label("rows of a plan meet their masses")
    default void rowsMeetTheirMasses(@ForAll("heads") Head head) {
        double[][] p = PLAN_ROWS.matrix(operator(), head);
        double[] mu = head.rowMasses();
        double slack = tolerance() + solutionError(head);
        for (int i = 0; i < p.length; i++) {
            int row = i;
            PLAN_ROWS.near(mu[i], Arrays.stream(p[i]).sum(), slack * mu[i], head, () -> "the sum of row " + row);
        }
    }

    /** {@link #PLAN_COLUMNS}. */
    @Property(tries = 60)
    @Label("columns of a plan meet their masses")
    default void columnsMeetTheirMasses(@ForAll("heads") Head head) {
        double[][] p = Bounded.transposed(PLAN_COLUMNS.matrix(operator(), head));
        double[] nu = head.columnMasses();
        double slack = tolerance() + solutionError(head);
        for (int j = 0; j < p.length; j++) {
            int column = j;
            PLAN_COLUMNS.near(nu[j], Arrays.stream(p[j]).sum(), slack * nu[j], head, () -> "the sum of column " + column);
        }
    }

    /** {@link #NO_NEGATIVE_FLOW}. */
    @Property(tries = 30)
    @Label("no entry of a plan is negative")
    default void noEntryIsNegative(@ForAll("heads") Head head) {
        Numerators.requireNoneNegative(NO_NEGATIVE_FLOW, NO_NEGATIVE_FLOW.matrix(operator(), head), head);
    }

    /** {@link #CROSS_RATIOS} of neighbours, of which all others are products. */
    @Property(tries = 60)
    @Label("cross-ratios of a plan are those of its kernel")
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

    /** {@link #ZERO_MASSES}. */
    @Property(tries = 40)
    @Needs(Capability.MARGINALS)
    @Label("where there is no mass there is no plan")
    default void whereThereIsNoMassThereIsNoPlan(@ForAll("heads") Head head) {
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

    /** {@link #TRANSPORTED}. */
    @Property(tries = 30)
    @Needs(Capability.MATRIX)
    @Label("results are the plan times the values")
    default void resultsAreThePlanTimesTheValues(@ForAll("mildHeads") Head head) {
        double[][] p = TRANSPORTED.matrix(operator(), head);
        double slack = 2 * solutionError(head) + 2 * Numerators.greatestError(LogKernel.of(this, head));
        Bounded plan = new Bounded(p, new double[p.length][p.length], operator().unitRoundoff());
        double[][] expected = plan.times(Numerators.values(head)).values();
        double[][] actual = TRANSPORTED.result(operator(), head);
        for (int i = 0; i < p.length; i++) {
            double[] sizes = plan.meanSizes(i, Numerators.values(head));
            for (int c = 0; c < sizes.length; c++) {
                int row = i;
                int column = c;
                TRANSPORTED.near(expected[i][c], actual[i][c], slack * sizes[c] + Bounded.FLUSHED, head,
                        () -> "O[%d, %d]".formatted(row, column));
            }
        }
    }

    /** {@link #CONVERGES}. */
    @Property(tries = 40)
    @Label("a plan of mild scores is found")
    default void plansOfMildScoresAreFound(@ForAll("mildHeads") Head head) {
        try {
            CONVERGES.result(operator(), head);
        } catch (Declined declined) {
            CONVERGES.holds(false, head, declined::getMessage);
        }
    }

    /**
     * The relative error of an entry, and of a sum of them, beside those of the tolerance and of the scores: potentials are as large as
     * the range of the log-kernel, and what is exponentiated is a sum of three.
     */
    private double solutionError(Head head) {
        Bounded z = LogKernel.of(this, head);
        return z.sumError() + 12 * z.roundoff() * (1 + z.range());
    }
}
