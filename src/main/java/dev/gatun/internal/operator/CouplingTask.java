package dev.gatun.internal.operator;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.sinkhorn.HeadSolver;
import dev.gatun.internal.sinkhorn.SolveOptions;
import dev.gatun.internal.sinkhorn.relaxed.RelaxedHead;
import dev.gatun.internal.work.HeadLoop;
import java.lang.foreign.Arena;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The Sinkhorn solve of one head. */
public final class CouplingTask implements HeadLoop.Task {

    private final HeadScores inputs;
    private final double beta;
    private final Marginals marginals;
    private final Solvers solvers;
    private final int head;
    private final HeadCoupling[] couplings;
    private HeadCoupling coupling;

    /**
     * The problem of one head beside its scores.
     *
     * @param mu    row marginals
     * @param nu    column marginals
     * @param start column potentials to begin at, in natural units; null for none
     */
    public record Marginals(double[] mu, double[] nu, double[] start) {
    }

    /** The solvers of heads of one shape, each used by one head after the other. */
    public record Solvers(Direction direction, SolveOptions options, Arena arena, Queue<HeadSolver> idle) {

        /** Without solvers yet; the kernels that they store are in {@code arena}. */
        public Solvers(Direction direction, SolveOptions options, Arena arena) {
            this(direction, options, arena, new ConcurrentLinkedQueue<>());
        }

        HeadSolver take(HeadScores like, boolean streamed) {
            HeadSolver free = idle.poll();
            return free == null ? new HeadSolver(like, direction, options, streamed, arena) : free;
        }
    }

    /**
     * @param beta      the inverse temperature of the scores
     * @param couplings receives the coupling at {@code head}
     */
    public CouplingTask(HeadScores inputs, double beta, Marginals marginals, Solvers solvers, int head, HeadCoupling[] couplings) {
        this.inputs = inputs;
        this.beta = beta;
        this.marginals = marginals;
        this.solvers = solvers;
        this.head = head;
        this.couplings = couplings;
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        if (solvers.options.isRelaxed()) {
            coupling = new RelaxedHead(inputs, solvers.direction, solvers.options, marginals.mu, marginals.nu, pieces)
                    .solve(beta, marginals.start);
            return;
        }
        HeadSolver solver = solvers.take(inputs, pieces.machines() != null);
        coupling = solver.solve(inputs, marginals.mu, marginals.nu, marginals.start, pieces);
        solvers.idle.add(solver);
    }

    @Override
    public void finish() {
        couplings[head] = coupling;
    }
}
