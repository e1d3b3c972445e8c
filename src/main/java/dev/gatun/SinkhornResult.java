package dev.gatun;

import dev.gatun.internal.operator.CouplingForm;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.Normalised;
import java.util.List;

/** The Sinkhorn solutions of all heads, the operator that they make, and what it costs. Immutable. */
public final class SinkhornResult {

    private final Scores scores;
    private final Divergence divergence;
    private final List<SinkhornSolution> heads;
    private final Sinkhorn options;
    private final List<HeadCoupling> couplings;

    SinkhornResult(Scores scores, Divergence divergence, Sinkhorn options, List<HeadCoupling> couplings) {
        this.scores = scores;
        this.divergence = divergence;
        this.options = options;
        this.couplings = List.copyOf(couplings);
        this.heads = couplings.stream().map(coupling -> SinkhornSolution.of(coupling.solution())).toList();
    }

    /** The row potentials, in natural units, that the coupling of a head is made of. */
    double[] u(int head) {
        return couplings.get(head).u();
    }

    /** The column potentials likewise. */
    double[] v(int head) {
        return couplings.get(head).v();
    }

    /** One solution a head, the head varying fastest. */
    public List<SinkhornSolution> heads() {
        return heads;
    }

    /** Whether every head converged. */
    public boolean converged() {
        return heads.stream().allMatch(head -> head.status() == SinkhornStatus.CONVERGED);
    }

    /**
     * This result, if every head converged.
     *
     * @throws IllegalStateException if one did not; the message names it and says why
     */
    public SinkhornResult requireConverged() {
        Convergence.requireConverged(heads);
        return this;
    }

    /**
     * What the coupling of head {@code index} costs, term by term, in float64. One pass over the kernel at every call, of the
     * queries and keys as they are in memory then; no strip of it is kept.
     *
     * @param index 0 to {@code heads().size() - 1}
     * @throws IndexOutOfBoundsException if there is no such head
     * @throws IllegalStateException     if the head has no coupling
     */
    public TransportFigures figures(int index) {
        Checks.index(index, heads.size(), "head");
        Convergence.requireFeasible(heads, index);
        int count = heads.size();
        return new FigureSums(scores.inputs().head(index).of(divergence.direction(), Normalised.BOTH),
                options.rowMarginals(index, count, scores.rows()),
                options.columnMarginals(index, count, scores.rows(), scores.columns()), u(index), v(index),
                new HeadLoop.Pieces(scores.workers().crew())).figures(options, scores.inputs().beta());
    }

    /**
     * The plans as an operator, as near to their marginals as the solve came: see {@link #requireConverged()}.
     *
     * @throws IllegalStateException if a head has no plan at all
     */
    public Operator operator() {
        for (int h = 0; h < heads.size(); h++) {
            Convergence.requireFeasible(heads, h);
        }
        return new Operator(scores, new CouplingForm(divergence.direction(), couplings,
                options.symmetricMarginals() && !options.isRelaxed()));
    }
}
