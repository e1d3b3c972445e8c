package dev.gatun;

import dev.gatun.internal.operator.DrivenForm;
import dev.gatun.internal.operator.RealForm;
import dev.gatun.internal.operator.RealHead;
import dev.gatun.internal.sinkhorn.Bridge;
import dev.gatun.internal.sinkhorn.BridgeSolver;
import dev.gatun.internal.sinkhorn.BridgeTask;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.Normalised;
import java.util.Arrays;

/**
 * A real normalised exponential of scores, {@code P_ij = exp(z_ij + u_i + v_j)}: its product with values streamed in
 * {@code O(N d)} memory, its matrix when asked for, its Markov chain and the bridges of that chain. Made by {@link Scores}.
 */
public final class Operator extends KernelOperator {

    private final RealForm form;

    Operator(Scores scores, RealForm form) {
        super(scores, form);
        this.form = form;
    }

    @Override
    public Operator withWorkers(Workers newWorkers) {
        return new Operator(scores.withWorkers(newWorkers), form);
    }

    /** With {@code potential} added to each head's columns, in units of log 2, and its rows normalised anew. */
    Operator driven(double[][] potential) {
        return new Operator(scores, DrivenForm.of(form, potential));
    }

    /**
     * The Schroedinger bridge of this chain over some steps: of all chains that take the row marginals to the column marginals
     * in {@code steps} steps the one nearest to it (Schroedinger 1931),
     * {@code phi^_0 (P^T phi_T) = mu} and {@code ((P')^T phi^_0) phi_T = nu}, entry by entry. No power of P is formed. Over
     * one step this is the static bridge. There is none where the chain leads from a row with mass to no column with mass, or
     * to a column with mass from no row with mass.
     *
     * @param steps   T, at least 1
     * @param options tolerance, iterations, whether plain, and the marginals mu at time 0 and nu at time T; a bridge keeps no
     *                kernel and begins anew
     * @return a solution for each head, converged or not
     * @throws IllegalArgumentException if the operator's rows are not normalised, N and M differ, or over more steps than one
     *                                  those of a packed sequence, marginals are relaxed, or scores are too large
     */
    public BridgeResult bridge(int steps, Sinkhorn options) {
        Checks.positive(steps, "steps");
        if (form.normalised() == Normalised.COLUMNS) {
            throw new IllegalArgumentException("a bridge needs a chain whose rows sum to 1; the columns of %s do"
                    .formatted(form.label()));
        }
        inputs.requireSelfScores("a bridge");
        if (steps > 1) {
            inputs.requireChain("a bridge over %s steps".formatted(steps));
        }
        if (options.isRelaxed()) {
            throw new IllegalArgumentException("a bridge enforces its marginals; relaxed ones are for Scores.sinkhorn");
        }
        int count = scores.count();
        options.requireFitting(count, rows(), columns());
        Bridge[] bridges = new Bridge[count];
        HeadLoop.run(scores.workers().crew(), count, (index, memory) -> {
            RealHead head = form.head(inputs.head(index), index);
            BridgeSolver solver = new BridgeSolver(head.mask(), steps, options.options(), options.rowMarginals(index, count, rows()),
                    options.columnMarginals(index, count, rows(), columns()));
            return new BridgeTask(solver, head::chain, form.source(index), index, bridges);
        });
        return new BridgeResult(this, steps, Arrays.stream(bridges).map(BridgeSolution::of).toList());
    }

    /**
     * {@code P other}, not formed: other is applied first.
     *
     * @param other the operator that is applied first
     * @return the product
     */
    public OperatorProduct times(Operator other) {
        return OperatorProduct.of(this, other);
    }

    /**
     * {@code P^n}, not formed: n steps of the chain. Takes the memory of three results, whatever n is.
     *
     * @param n the power, at least 1
     * @return the power
     * @throws IllegalArgumentException if n is below 1, N and M differ, or the scores are across two sequences
     */
    public OperatorProduct power(int n) {
        if (n > 1) {
            inputs.requireSelfScores("a power");
        }
        return OperatorProduct.power(this, n);
    }

    /**
     * The Markov chain of head {@code index}. That of a column-stochastic operator runs along its columns: it is the chain of the
     * transpose. The rows of a coupling are made to sum to 1, whatever its marginals.
     *
     * @param index the head, in {@code 0 .. count - 1}
     * @return the chain, of queries and keys as they are now
     * @throws IllegalArgumentException if N and M differ, a sequence has other queries than keys, or a token sees nothing
     */
    public Transitions transitions(int index) {
        Checks.index(index, scores.count(), "head");
        requireOneHead();
        inputs.requireChain("a Markov chain");
        return new Transitions(form.head(inputs.head(index), index).transitions(inputs.symmetric(), pieces()));
    }

    /** Checks the memory that a product writes to. */
    void requireOutput(Heads v, Heads out) {
        inputs.requireOutput(TensorView.of(out), v.columns());
        Checks.distinct(out.view(), v.view(), "v");
    }

    /** Checks that writing to {@code out} changes nothing that the operator is made of. */
    void requireApart(Heads out) {
        inputs.requireApart(out.view());
    }
}
