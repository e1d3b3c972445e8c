package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.work.HeadLoop;
import java.util.function.Function;

/** The solve of the Schroedinger bridge of one head. */
public final class BridgeTask implements HeadLoop.Task {

    private final BridgeSolver solver;
    private final Function<HeadLoop.Pieces, Scaling> reference;
    private final KernelSource source;
    private final int head;
    private final Bridge[] bridges;
    private Bridge bridge;

    /**
     * @param reference computes the chain, its rows normalised
     * @param source    says which log-kernel it has
     * @param bridges   receives the bridge at {@code head}
     */
    public BridgeTask(BridgeSolver solver, Function<HeadLoop.Pieces, Scaling> reference, KernelSource source, int head,
                      Bridge[] bridges) {
        this.solver = solver;
        this.reference = reference;
        this.source = source;
        this.head = head;
        this.bridges = bridges;
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        bridge = solver.solve(reference, source, pieces);
    }

    @Override
    public void finish() {
        bridges[head] = bridge;
    }
}
