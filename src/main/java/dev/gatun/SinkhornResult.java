package dev.gatun;

import java.util.List;

/** The Sinkhorn solutions of all heads, and the operator that they make. */
public final class SinkhornResult {

    private final Scores scores;
    private final Divergence divergence;
    private final List<SinkhornSolution> heads;
    private final Sinkhorn options;

    SinkhornResult(Scores scores, Divergence divergence, Sinkhorn options, List<SinkhornSolution> heads) {
        this.scores = scores;
        this.divergence = divergence;
        this.options = options;
        this.heads = List.copyOf(heads);
    }

    /** What was asked for. */
    double tolerance() {
        return options.tolerance();
    }

    /** Whether the sums of a head's coupling lie outside of the ordinary range. */
    boolean wide(int head) {
        if (options.symmetricMarginals() && !options.isRelaxed()) {
            return false;
        }
        SinkhornSolution solution = heads.get(head);
        return wide(options.rowMarginals(head, heads.size(), scores.rows()), solution.u(), options.rowRelaxation())
                || wide(options.columnMarginals(head, heads.size(), scores.rows(), scores.columns()), solution.v(),
                        options.columnRelaxation());
    }

    /** A relaxation makes sums of masses, {@code mass exp(-potential / relaxation)}. */
    private static boolean wide(double[] masses, double[] potential, double relaxation) {
        if (relaxation == Double.POSITIVE_INFINITY) {
            return HeadMarginals.wide(masses);
        }
        double[] sums = masses.clone();
        for (int i = 0; i < sums.length; i++) {
            sums[i] *= potential[i] > Double.NEGATIVE_INFINITY ? Math.exp(-potential[i] / relaxation) : 0;
        }
        return HeadMarginals.wide(sums);
    }

    /** Whether the plan of a head has row and column sums that are all the same, within the tolerance. */
    boolean bistochastic(int head) {
        return options.symmetricMarginals() && !options.isRelaxed() && heads.get(head).status() == SinkhornStatus.CONVERGED;
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
        Solved.requireConverged(heads);
        return this;
    }

    /**
     * What the plan of head {@code index} costs, {@code sum_ij Pi_ij (-z_ij)}: beta times the divergence, as it is on average
     * over the plan. Streamed; reads every entry twice.
     *
     * @throws IllegalStateException if the head has no plan
     */
    public double cost(int index) {
        Checks.index(index, heads.size(), "head");
        Solved.requireFeasible(heads, index);
        SinkhornSolution solution = heads.get(index);
        return Scaling.ofPotentials(scores.head(index), divergence, solution.u(), solution.v(), tolerance(), wide(index))
                .cost(new HeadLoop.Pieces(scores.workers()));
    }

    /**
     * The plans as an operator, as near to their marginals as the solve came: see {@link #requireConverged()}.
     *
     * @throws IllegalStateException if a head has no plan at all
     */
    public Operator operator() {
        for (int h = 0; h < heads.size(); h++) {
            Solved.requireFeasible(heads, h);
        }
        return Operator.bistochastic(scores, divergence, this);
    }
}
