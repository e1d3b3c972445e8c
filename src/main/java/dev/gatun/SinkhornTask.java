package dev.gatun;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.sinkhorn.SolveBuffer;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.sinkhorn.HeadSolver;
import dev.gatun.internal.sinkhorn.RelaxedHead;
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
    private final double[] earlier;
    private final int head;
    private final HeadCoupling[] couplings;
    private final double beta;
    private HeadCoupling coupling;

    /** Solvers of heads of one shape, and those of them that a head has left. */
    private record Solvers(Divergence divergence, Sinkhorn options, Arena arena, Queue<HeadSolver> idle) {

        HeadSolver take(HeadScores like) {
            HeadSolver left = idle.poll();
            return left == null ? new HeadSolver(like, divergence.direction(), options.options(), arena) : left;
        }
    }

    private SinkhornTask(Scores scores, Solvers solvers, int head, HeadCoupling[] couplings) {
        Sinkhorn options = solvers.options;
        this.inputs = scores.inputs().uncheckedHead(head, new HeadMemory(), scores.workers().crew());
        this.solvers = solvers;
        this.mu = options.rowMarginals(head, scores.count(), scores.rows());
        this.nu = options.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
        this.earlier = options.start(head, scores.count(), scores.columns());
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
        // What one solve leaves at once is still in a near cache when the next one takes it.
        try (Arena arena = Arena.ofConfined()) {
            return solve(scores, divergence, options, arena);
        }
    }

    private static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options, Arena arena) {
        Solvers solvers = new Solvers(divergence, options, arena, new ConcurrentLinkedQueue<>());
        HeadCoupling[] couplings = new HeadCoupling[scores.count()];
        scores.inputs().run((head, memory) -> new SinkhornTask(scores, solvers, head, couplings), scores.workers().crew());
        return new SinkhornResult(scores, divergence, options, Arrays.asList(couplings));
    }

    /** With a solver that another head has left, where there is one. */
    @Override
    public void compute(HeadLoop.Pieces pieces) {
        Direction direction = solvers.divergence.direction();
        Sinkhorn options = solvers.options;
        if (options.isRelaxed()) {
            coupling = new RelaxedHead(inputs, direction, options.options(), mu, nu, pieces).solve(beta, earlier);
            return;
        }
        HeadSolver solver = solvers.take(inputs);
        SolveBuffer found = new SolveBuffer(mu.length, nu.length);
        HeadMarginals marginals = HeadMarginals.of(inputs.mask(direction), 1, mu, nu, options.tolerance());
        solver.solve(inputs, marginals, earlier, found, pieces);
        coupling = new HeadCoupling(found.solution(), found.u, found.v, options.tolerance(), marginals.wide());
        solvers.idle.add(solver);
    }

    @Override
    public void finish() {
        couplings[head] = coupling;
    }
}
