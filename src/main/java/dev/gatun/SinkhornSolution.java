package dev.gatun;

import dev.gatun.internal.sinkhorn.Solution;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.internal.sinkhorn.trace.TracedStep;
import dev.gatun.internal.view.Copies;
import java.util.List;
import java.util.Locale;

/**
 * The potentials u and v of the coupling {@code Pi_ij = exp(z_ij + u_i + v_j)} of one head, and the errors of its marginals. Immutable;
 * arrays are copies.
 *
 * <p>Potentials are in natural units. Those of enforced marginals are free up to a constant, and the mean of v is 0. Those of soft
 * marginals are not: {@code u_i = rho_1 / (rho_1 + eps) (log mu_i - log sum_j exp(z_ij + v_j))}, and v likewise, with the entropy
 * relative to the kernel. They grow like rho if the totals differ. The operator and the figures are computed from potentials without
 * this common shift, so they are accurate for any rho.
 *
 * <p>Errors are those of the float32 entries of the coupling, summed in float64: the largest {@code |sum / target - 1|} over positive
 * targets, and the sum of {@code |sum - target|} (L1), in units of mass. Targets are the marginals or, for soft marginals, the sums
 * {@code mu_i exp(-eps u_i / rho_1)} and {@code nu_j exp(-eps v_j / rho_2)} of the potentials; with the entropy relative to the
 * marginals, {@code u_i - log mu_i} and {@code v_j - log nu_j} take the place of {@code u_i} and {@code v_j}.
 *
 * @param status        the end of the solve
 * @param iterations    passes over the whole kernel, each a computation of it or a read of its stored entries; the pass that measures
 *                      the result is not counted
 * @param rowError      the largest relative error of a row sum
 * @param columnError   the largest relative error of a column sum
 * @param rowErrorL1    the L1 error of the row sums
 * @param columnErrorL1 the L1 error of the column sums
 * @param contraction   the factor by which the last iteration changed the error of the column sums; NaN after a single one
 * @param u             row potentials, N of them; minus infinity if the target is 0, NaN if there is no coupling
 * @param v             column potentials, M of them, likewise; the mean of the finite ones is 0 if marginals are enforced
 * @param relaxation    the over-relaxation parameter omega, 1 for none
 * @param newtonSteps   the number of Newton steps on the dual
 * @param reason        why the solve did not converge, in one sentence; empty if it did
 * @param trace         the steps of the solve, in order, if {@link Sinkhorn#withTrace()} asked for them and there is a coupling; otherwise
 *                      empty
 */
public record SinkhornSolution(SinkhornStatus status, int iterations, double rowError, double columnError,
                               double rowErrorL1, double columnErrorL1, double contraction,
                               double[] u, double[] v, double relaxation, int newtonSteps,
                               String reason, List<Step> trace) implements Convergence {

    /**
     * A step of a solve.
     *
     * @param iteration the passes over the whole kernel up to the end of the step, from 1
     * @param kind      what the solver did
     * @param error     the largest {@code |sum / target - 1|} of the column sums after the step, with the rows fitted; NaN if a sum has
     *                  left the range of floating point. Totals of enforced marginals that differ by less than the tolerance are made
     *                  equal for all steps but the result
     */
    public record Step(int iteration, Kind kind, double error) {

        /**
         * What a solver does in a step. Steps up to {@link #NEWTON_SHORTENED} each end with a pass that fits the rows and sums the
         * columns. The next three happen within such a step, follow it in the trace, and have its iteration and error.
         */
        public enum Kind {
            /** The rows are fitted to the column potentials that the solve starts at. */
            START,
            /**
             * As {@link #START}, at a fraction of the inverse temperature, for a head on which Newton steps do not converge. The errors
             * up to the next such step or start are of the coupling at that fraction.
             */
            CONTINUATION,
            /** As {@link #START}, in float64 on logarithms, with a kernel that is computed in every pass. */
            LOG_DOMAIN,
            /** The columns are fitted to their targets, and then the rows. */
            PLAIN,
            /** As {@link #PLAIN}, with over-relaxation: a momentum of the column potentials. */
            OVER_RELAXED,
            /** Both potentials of a symmetric kernel become their mean, and the rows are fitted. */
            AVERAGED,
            /** A Newton step on the dual, of bounded length, whose equations are solved by conjugate gradients, one pass a product. */
            NEWTON,
            /** A Newton step likewise, whose equations are eliminated. */
            NEWTON_ELIMINATED,
            /** A Newton step likewise for a symmetric kernel, on one potential for rows and columns, by conjugate gradients. */
            NEWTON_SYMMETRIC,
            /** The last Newton step is shortened, because neither the dual nor the error has decreased enough. */
            NEWTON_SHORTENED,
            /** Scalings are absorbed into the potentials, and the stored entries are computed again. */
            ABSORPTION,
            /** Columns whose sums have underflowed are fitted on logarithms. */
            UNDERFLOW,
            /** From here on sums are in float64, or the kernel is, because potentials are too far apart for float32. */
            FLOAT64,
            /** The last step sums the entries of the coupling that is returned: {@link SinkhornSolution#columnError()}. */
            RESULT;

            private static Kind of(StepKind kind) {
                return switch (kind) {
                    case START -> START;
                    case CONTINUATION -> CONTINUATION;
                    case LOG_DOMAIN -> LOG_DOMAIN;
                    case PLAIN -> PLAIN;
                    case OVER_RELAXED -> OVER_RELAXED;
                    case AVERAGED -> AVERAGED;
                    case NEWTON -> NEWTON;
                    case NEWTON_ELIMINATED -> NEWTON_ELIMINATED;
                    case NEWTON_SYMMETRIC -> NEWTON_SYMMETRIC;
                    case NEWTON_SHORTENED -> NEWTON_SHORTENED;
                    case ABSORPTION -> ABSORPTION;
                    case UNDERFLOW -> UNDERFLOW;
                    case FLOAT64 -> FLOAT64;
                    case RESULT -> RESULT;
                };
            }

            /**
             * The name in lower case with hyphens, as the command line prints it.
             *
             * @return for example {@code over-relaxed}
             */
            public String label() {
                return name().toLowerCase(Locale.ROOT).replace('_', '-');
            }
        }

        private static Step of(TracedStep step) {
            return new Step(step.iteration(), Kind.of(step.kind()), step.error());
        }
    }

    /** Copies the potentials and the trace. */
    public SinkhornSolution {
        trace = List.copyOf(trace);
        u = Copies.of(u);
        v = Copies.of(v);
    }

    /**
     * The row potentials, in natural units.
     *
     * @return a copy; minus infinity if the target is 0, NaN if there is no coupling
     */
    @Override
    public double[] u() {
        return Copies.of(u);
    }

    /**
     * The column potentials, in natural units.
     *
     * @return a copy; minus infinity if the target is 0, NaN if there is no coupling
     */
    @Override
    public double[] v() {
        return Copies.of(v);
    }

    static SinkhornSolution of(Solution found) {
        return new SinkhornSolution(SinkhornStatus.of(found.outcome()), found.iterations(), found.rowError(), found.columnError(),
                found.rowErrorL1(), found.columnErrorL1(), found.contraction(), found.u(), found.v(), found.relaxation(),
                found.newtonSteps(), found.reason(), found.trace().stream().map(Step::of).toList());
    }
}
