package dev.gatun;

import dev.gatun.internal.head.ScoreInputs;
import dev.gatun.internal.operator.CouplingForm;
import dev.gatun.internal.operator.CouplingTask;
import dev.gatun.internal.sinkhorn.CouplingSums;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import dev.gatun.kernel.pack.Normalised;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;

/**
 * The solutions of a Sinkhorn solve of all heads, their couplings {@code exp(z_ij + u_i + v_j)} as an operator, and the transport figures
 * of each. Immutable.
 */
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

    /** Solves every head. */
    static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options) {
        options.requireFitting(scores.count(), scores.rows(), scores.columns());
        if (scores.workers().crew().machines() != null && scores.count() > 1) {
            throw new IllegalArgumentException("a kernel that machines share must be of one head, not of " + scores.count());
        }
        if (scores.workers().threads() > 1) {
            return solve(scores, divergence, options, Arena.ofAuto());
        }
        // Memory freed at once is still in a near cache when the next solve allocates it.
        try (Arena arena = Arena.ofConfined()) {
            return solve(scores, divergence, options, arena);
        }
    }

    private static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options, Arena arena) {
        CouplingTask.Solvers solvers = new CouplingTask.Solvers(divergence.direction(), options.options(), arena);
        ScoreInputs inputs = scores.inputs();
        Crew crew = scores.workers().crew();
        HeadCoupling[] couplings = new HeadCoupling[scores.count()];
        inputs.run((head, memory) -> new CouplingTask(inputs.uncheckedHead(head, new HeadMemory(), crew), inputs.beta(),
                options.marginals(head, scores), solvers, head, couplings), crew);
        return new SinkhornResult(scores, divergence, options, Arrays.asList(couplings));
    }

    /** The row potentials of the coupling of a head, in natural units. */
    double[] u(int head) {
        return couplings.get(head).u();
    }

    /** The column potentials likewise. */
    double[] v(int head) {
        return couplings.get(head).v();
    }

    /**
     * The solutions of all heads, the head varying fastest.
     *
     * @return an immutable list
     */
    public List<SinkhornSolution> heads() {
        return heads;
    }

    /**
     * Whether every head converged.
     *
     * @return false if one did not; its solution has the reason
     */
    public boolean converged() {
        return heads.stream().allMatch(head -> head.status() == SinkhornStatus.CONVERGED);
    }

    /**
     * This result, if every head converged.
     *
     * @return this
     * @throws IllegalStateException if one did not; the message names it and says why
     */
    public SinkhornResult requireConverged() {
        Convergence.requireConverged(heads);
        return this;
    }

    /**
     * The transport figures of the coupling of head {@code index}, in float64. Every call takes one pass over the kernel of the queries
     * and keys that are in memory then, and stores none of it.
     *
     * @param index 0 to {@code heads().size() - 1}
     * @return the figures
     * @throws IndexOutOfBoundsException if there is no such head
     * @throws IllegalStateException     if the head is infeasible
     */
    public TransportFigures figures(int index) {
        Checks.index(index, heads.size(), "head");
        Convergence.requireFeasible(heads, index);
        int count = heads.size();
        return TransportFigures.of(new CouplingSums(scores.inputs().head(index).of(divergence.direction(), Normalised.BOTH),
                options.rowMarginals(index, count, scores.rows()),
                options.columnMarginals(index, count, scores.rows(), scores.columns()), u(index), v(index),
                new HeadLoop.Pieces(scores.workers().crew())).figures(options.options(), scores.inputs().beta()));
    }

    /**
     * The couplings as an operator. Its marginals have the errors of the solutions, which may not have converged: see
     * {@link #requireConverged()}.
     *
     * @return the operator
     * @throws IllegalStateException if a head has no coupling
     */
    public Operator operator() {
        for (int h = 0; h < heads.size(); h++) {
            Convergence.requireFeasible(heads, h);
        }
        return new Operator(scores, new CouplingForm(divergence.direction(), couplings,
                options.symmetricMarginals() && !options.isRelaxed()));
    }
}
