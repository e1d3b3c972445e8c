package dev.gatun;

import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The Sinkhorn solve of one head. */
final class SinkhornTask implements HeadLoop.Task {

    private final HeadScores inputs;
    private final Divergence divergence;
    private final Sinkhorn options;
    private final double[] mu;
    private final double[] nu;
    private final double[] earlier;
    private final int head;
    private final Queue<HeadSolver> idle;
    private final HeadCoupling[] couplings;
    private final double beta;
    private HeadCoupling coupling;

    private SinkhornTask(Scores scores, Divergence divergence, Sinkhorn options, int head, Queue<HeadSolver> idle,
                         HeadCoupling[] couplings) {
        this.inputs = scores.uncheckedHead(head);
        this.divergence = divergence;
        this.options = options;
        this.mu = options.rowMarginals(head, scores.count(), scores.rows());
        this.nu = options.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
        this.earlier = options.start(head, scores.count(), scores.columns());
        this.head = head;
        this.idle = idle;
        this.couplings = couplings;
        this.beta = scores.beta();
    }

    /** Solves every head. */
    static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options) {
        int count = scores.count();
        options.requireFitting(count, scores.rows(), scores.columns());
        Queue<HeadSolver> idle = new ConcurrentLinkedQueue<>();
        HeadCoupling[] couplings = new HeadCoupling[count];
        scores.run((head, room) -> new SinkhornTask(scores, divergence, options, head, idle, couplings));
        return new SinkhornResult(scores, divergence, options, Arrays.asList(couplings));
    }

    /** With a solver that another head has left, where there is one. */
    @Override
    public void compute(HeadLoop.Pieces pieces) {
        if (options.isRelaxed()) {
            coupling = new RelaxedHead(inputs, divergence, options, mu, nu, pieces).solve(beta, earlier);
            return;
        }
        HeadSolver left = idle.poll();
        HeadSolver solver = left == null ? new HeadSolver(inputs, divergence, options) : left;
        HeadSolution found = new HeadSolution(mu.length, nu.length);
        HeadMarginals marginals = HeadMarginals.of(inputs.mask(divergence), 1, mu, nu, options.tolerance());
        solver.solve(inputs, marginals, earlier, found, pieces);
        coupling = new HeadCoupling(found.solution(), found.u, found.v, options.tolerance(), marginals.wide());
        idle.add(solver);
    }

    @Override
    public void finish() {
        couplings[head] = coupling;
    }
}
