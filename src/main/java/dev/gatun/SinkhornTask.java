package dev.gatun;

import dev.gatun.kernel.Normalised;
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
    private final SinkhornSolution[] solutions;
    private SinkhornSolution solution;

    private SinkhornTask(Scores scores, Divergence divergence, Sinkhorn options, int head, Queue<HeadSolver> idle,
                         SinkhornSolution[] solutions) {
        this.inputs = scores.copiedHead(head);
        this.divergence = divergence;
        this.options = options;
        this.mu = options.rowMarginals(head, scores.count(), scores.rows());
        this.nu = options.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
        this.earlier = options.start(head, scores.count(), scores.columns());
        this.head = head;
        this.idle = idle;
        this.solutions = solutions;
    }

    /** Solves every head. */
    static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options) {
        int count = scores.count();
        options.requireFitting(count, scores.rows(), scores.columns());
        Queue<HeadSolver> idle = new ConcurrentLinkedQueue<>();
        SinkhornSolution[] solutions = new SinkhornSolution[count];
        HeadLoop.run(scores.workers(), count,
                head -> new SinkhornTask(scores, divergence, options, head, idle, solutions));
        return new SinkhornResult(scores, divergence, options, Arrays.asList(solutions));
    }

    /** With a solver that another head has left, where there is one. */
    @Override
    public void compute(HeadLoop.Pieces pieces) {
        if (options.isRelaxed()) {
            solution = new RelaxedSolver(inputs.of(divergence, Normalised.BOTH), options, mu, nu, pieces).solve();
            return;
        }
        HeadSolver left = idle.poll();
        HeadSolver solver = left == null ? new HeadSolver(inputs, divergence, options) : left;
        HeadSolution found = new HeadSolution(mu.length, nu.length);
        solver.solve(inputs, mu, nu, Support.of(inputs.mask(divergence), mu, nu),
                Support.why(inputs.mask(divergence), mu, nu), earlier, found,
                pieces);
        solution = found.solution();
        idle.add(solver);
    }

    @Override
    public void finish() {
        solutions[head] = solution;
    }
}
