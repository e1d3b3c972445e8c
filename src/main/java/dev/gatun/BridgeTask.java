package dev.gatun;

import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.sinkhorn.BridgeSolver;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.Mask;
import java.util.function.Function;

/** The solve of the Schroedinger bridge of one head. */
final class BridgeTask implements HeadLoop.Task {

    private final BridgeSolver solver;
    private final Function<HeadLoop.Pieces, Scaling> reference;
    private final int head;
    private final BridgeSolution[] solutions;
    private BridgeSolution solution;

    /**
     * @param mask      the pairs that the chain may step along
     * @param reference computes the chain, its rows normalised
     * @param solutions receives the solution at {@code head}
     */
    BridgeTask(Scores scores, Mask mask, Function<HeadLoop.Pieces, Scaling> reference, int steps, Sinkhorn options, int head,
               BridgeSolution[] solutions) {
        this.solver = new BridgeSolver(mask, steps, options.options(), options.rowMarginals(head, scores.count(), scores.rows()),
                options.columnMarginals(head, scores.count(), scores.rows(), scores.columns()));
        this.reference = reference;
        this.head = head;
        this.solutions = solutions;
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        solution = BridgeSolution.of(solver.solve(reference, pieces));
    }

    @Override
    public void finish() {
        solutions[head] = solution;
    }
}
