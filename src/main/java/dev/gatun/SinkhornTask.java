package dev.gatun;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.sinkhorn.HeadSolver;
import dev.gatun.internal.sinkhorn.SolveOptions;
import dev.gatun.internal.sinkhorn.relaxed.RelaxedHead;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.HeadMemory;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The Sinkhorn solve of one head. */
final class SinkhornTask implements HeadLoop.Task {

    private final HeadScores inputs;
    private final Solvers solvers;
    private final double[] mu;
    private final double[] nu;
    private final double[] start;
    private final int head;
    private final HeadCoupling[] couplings;
    private final double beta;
    private HeadCoupling coupling;

    /** The solvers of heads of one shape, each used by one head after the other. */
    private record Solvers(Direction direction, Sinkhorn sinkhorn, SolveOptions options, Arena arena, Queue<HeadSolver> idle) {

        HeadSolver take(HeadScores like) {
            HeadSolver free = idle.poll();
            return free == null ? new HeadSolver(like, direction, options, arena) : free;
        }
    }

    private SinkhornTask(Scores scores, Solvers solvers, int head, HeadCoupling[] couplings) {
        Sinkhorn sinkhorn = solvers.sinkhorn;
        this.inputs = scores.inputs().uncheckedHead(head, new HeadMemory(), scores.workers().crew());
        this.solvers = solvers;
        this.mu = sinkhorn.rowMarginals(head, scores.count(), scores.rows());
        this.nu = sinkhorn.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
        this.start = sinkhorn.start(head, scores.count(), scores.columns());
        this.head = head;
        this.couplings = couplings;
        this.beta = scores.inputs().beta();
    }

    /** Solves every head. */
    static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options) {
        options.requireFitting(scores.count(), scores.rows(), scores.columns());
        if (scores.workers().threads() > 1) {
            return solve(scores, divergence, options, Arena.ofAuto());
        }
        // Memory freed at once is still in a near cache when the next solve allocates it.
        try (Arena arena = Arena.ofConfined()) {
            return solve(scores, divergence, options, arena);
        }
    }

    private static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options, Arena arena) {
        Solvers solvers = new Solvers(divergence.direction(), options, options.options(), arena, new ConcurrentLinkedQueue<>());
        HeadCoupling[] couplings = new HeadCoupling[scores.count()];
        scores.inputs().run((head, memory) -> new SinkhornTask(scores, solvers, head, couplings), scores.workers().crew());
        return new SinkhornResult(scores, divergence, options, Arrays.asList(couplings));
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        if (solvers.sinkhorn.isRelaxed()) {
            coupling = new RelaxedHead(inputs, solvers.direction, solvers.options, mu, nu, pieces).solve(beta, start);
            return;
        }
        HeadSolver solver = solvers.take(inputs);
        coupling = solver.solve(inputs, mu, nu, start, pieces);
        solvers.idle.add(solver);
    }

    @Override
    public void finish() {
        couplings[head] = coupling;
    }
}
