package dev.gatun.laws;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;

/**
 * Laws of operators in detailed balance, {@code pi_i P_ij = pi_j P_ji} with {@code pi_i = sum_j W_ij / sum W}: diffusion with any
 * {@link LawSuite#alpha}.
 */
public interface ReversibilityLaws extends LawSuite {

    /** Detailed balance. */
    Law DETAILED_BALANCE = new Law("flows balance in pairs", "pi_i P_ij = pi_j P_ji, pi_i = sum_j W_ij / sum W",
            "arXiv 2604.09560, section 3; Coifman and Lafon 2006");

    /** Cycles. */
    Law CYCLES = new Law("cycles are equally probable in both directions", "P_ij P_jk P_ki = P_ik P_kj P_ji",
            "Kolmogorov 1936; Kelly 1979, section 1.5");

    /** The stationary distribution. */
    Law STATIONARY_MEAN = new Law("the stationary mean is conserved", "sum_i pi_i O_ic = sum_j pi_j V_jc", "pi P = pi, times V");

    /** Self-adjointness. */
    Law SELF_ADJOINT = new Law("the operator is its own adjoint", "<f, P g>_pi = <P f, g>_pi", "detailed balance");

    @Override
    default LogKernel logKernel() {
        return LogKernel.SYMMETRIC;
    }

    /**
     * Tests {@link #DETAILED_BALANCE}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 100)
    @Label("flows balance in pairs")
    default void flowsBalanceInPairs(@ForAll("squareHeads") Head head) {
        Bounded z = LogKernel.of(this, head);
        Bounded expected = z.softmaxOfRows();
        double[] pi = z.stationary();
        double[][] p = DETAILED_BALANCE.matrix(operator(), head);
        for (int i = 0; i < p.length; i++) {
            for (int j = 0; j < i; j++) {
                int row = i;
                int column = j;
                double bound = pi[i] * expected.error(i, j) + pi[j] * expected.error(j, i);
                DETAILED_BALANCE.near(pi[j] * p[j][i], pi[i] * p[i][j], bound, head,
                        () -> "the flow from token %d to token %d".formatted(row, column));
            }
        }
    }

    /**
     * Tests {@link #CYCLES}, of any three tokens in a row and the first.
     *
     * @param head a square head with scores of a few units, without mask and masses
     */
    @Property(tries = 100)
    @Label("cycles are equally probable in both directions")
    default void cyclesAreEquallyProbableInBothDirections(@ForAll("mildHeads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[][] p = CYCLES.matrix(operator(), head);
        double bound = 6 * z.maxError() + 24 * z.roundoff() * (2 + z.range());
        for (int j = 1; j + 1 < p.length; j++) {
            int second = j;
            double forward = Math.log(p[0][j]) + Math.log(p[j][j + 1]) + Math.log(p[j + 1][0]);
            double backward = Math.log(p[0][j + 1]) + Math.log(p[j + 1][j]) + Math.log(p[j][0]);
            CYCLES.near(backward, forward, bound, head,
                    () -> "the log-probability of the cycle from 0 by %d and %d to 0".formatted(second, second + 1));
        }
    }

    /**
     * Tests {@link #STATIONARY_MEAN}.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 60)
    @Label("the stationary mean is conserved")
    default void theStationaryMeanIsConserved(@ForAll("squareHeads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[] pi = z.stationary();
        double[][] v = head.valueRows();
        Bounded means = z.softmaxOfRows().times(v);
        double[][] out = STATIONARY_MEAN.result(operator(), head);
        for (int c = 0; c < head.valueColumns(); c++) {
            double before = 0;
            double after = 0;
            double bound = 0;
            for (int i = 0; i < pi.length; i++) {
                before += pi[i] * v[i][c];
                after += pi[i] * out[i][c];
                bound += pi[i] * means.error(i, c);
            }
            int column = c;
            STATIONARY_MEAN.near(before, after, bound, head, () -> "the mean of column %d of the result".formatted(column));
        }
    }

    /**
     * Tests {@link #SELF_ADJOINT}, f and g being the values and the same in the opposite order.
     *
     * @param head a head with as many keys as queries, without mask and masses
     */
    @Property(tries = 60)
    @Label("the operator is its own adjoint")
    default void theOperatorIsItsOwnAdjoint(@ForAll("squareHeads") Head head) {
        Bounded z = LogKernel.of(this, head);
        double[] pi = z.stationary();
        Head reversed = head.withValues(Head.chosen(head.values(), head.valueColumns(), Orders.reversed(head.rows())));
        double[][] f = head.valueRows();
        double[][] g = reversed.valueRows();
        double[][] pf = SELF_ADJOINT.result(operator(), head);
        double[][] pg = SELF_ADJOINT.result(operator(), reversed);
        Bounded ofF = z.softmaxOfRows().times(f);
        Bounded ofG = z.softmaxOfRows().times(g);
        for (int c = 0; c < head.valueColumns(); c++) {
            double left = 0;
            double right = 0;
            double bound = 0;
            for (int i = 0; i < pi.length; i++) {
                left += pi[i] * f[i][c] * pg[i][c];
                right += pi[i] * pf[i][c] * g[i][c];
                bound += pi[i] * (Math.abs(f[i][c]) * ofG.error(i, c) + Math.abs(g[i][c]) * ofF.error(i, c));
            }
            int column = c;
            SELF_ADJOINT.near(left, right, bound, head, () -> "<P f, g> of column %d".formatted(column));
        }
    }
}
