package dev.gatun;

import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.sinkhorn.Phase;
import dev.gatun.internal.sinkhorn.Chain;
import dev.gatun.internal.sinkhorn.ChainEngine;
import dev.gatun.internal.sinkhorn.SolveBuffer;
import dev.gatun.internal.sinkhorn.SinkhornSolver;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.Mask;
import java.util.Arrays;
import java.util.function.Function;

/** The bridge of one head. */
final class BridgeTask implements HeadLoop.Task {

    private final Mask mask;
    private final Function<HeadLoop.Pieces, Scaling> reference;
    private final int steps;
    private final Sinkhorn options;
    private final double[] mu;
    private final double[] nu;
    private final int head;
    private final BridgeSolution[] solutions;
    private BridgeSolution solution;

    /**
     * @param mask      what the chain has visible
     * @param reference the chain, once its rows have been normalised
     */
    BridgeTask(Scores scores, Mask mask, Function<HeadLoop.Pieces, Scaling> reference, int steps, Sinkhorn options, int head,
               BridgeSolution[] solutions) {
        this.mask = mask;
        this.reference = reference;
        this.steps = steps;
        this.options = options;
        this.mu = options.rowMarginals(head, scores.count(), scores.rows());
        this.nu = options.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
        this.head = head;
        this.solutions = solutions;
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        HeadMarginals marginals = HeadMarginals.of(mask, steps, mu, nu, options.tolerance());
        if (marginals.support() == Support.NONE) {
            solution = infeasible(marginals.why());
            return;
        }
        Scaling chain = reference.apply(pieces);
        ChainEngine engine = new ChainEngine(new Chain(chain, pieces), steps, marginals.rowTargets(), marginals.columnTargets());
        double[] start = new double[nu.length];
        Arrays.setAll(start, j -> nu[j] > 0 ? 0 : Double.NEGATIVE_INFINITY);
        boolean forbidding = forbidding(chain);
        String stranded = forbidding ? engine.stranded(start) : "";
        if (!stranded.isEmpty()) {
            solution = infeasible(stranded);
            return;
        }
        String hindrance = forbidding && steps > 1 && mask.zeroDiagonal() ? "" : marginals.why();
        SolveBuffer ends = new SolveBuffer(mu.length, nu.length);
        new SinkhornSolver(engine, options.options().accelerated()).solve(start, options.tolerance() - marginals.imbalance(),
                options.maxIterations(), Phase.ALL_THE_WAY, false, hindrance, ends);
        solution = solution(ends, engine, marginals, hindrance);
    }

    /** Whether the chain never leads to some columns: what its mask lets see each other says too much then. */
    private static boolean forbidding(Scaling chain) {
        return chain.v() != null && Arrays.stream(chain.v()).anyMatch(v -> v == Double.NEGATIVE_INFINITY);
    }

    private BridgeSolution solution(SolveBuffer ends, ChainEngine engine, HeadMarginals asked, String hindrance) {
        double[] v = new double[nu.length];
        engine.potentials(new double[mu.length], v);
        double mean = Potentials.mean(v);
        double[][] phi = engine.phi(-mean);
        double[][] phiHat = engine.phiHat(mean);
        double[][] marginals = new double[steps + 1][mu.length];
        for (int t = 0; t <= steps; t++) {
            for (int i = 0; i < mu.length; i++) {
                marginals[t][i] = Math.exp(phi[t][i] + phiHat[t][i]);
            }
        }
        ends.measured(marginals[0], marginals[steps], asked, options.tolerance(), hindrance, false);
        return new BridgeSolution(SinkhornStatus.of(ends.outcome()), ends.iterations(), ends.rowError(), ends.columnError(), phi, phiHat, marginals,
                ends.reason());
    }

    private BridgeSolution infeasible(String hindrance) {
        double[][] missing = new double[steps + 1][mu.length];
        for (double[] row : missing) {
            Arrays.fill(row, Double.NaN);
        }
        return new BridgeSolution(SinkhornStatus.INFEASIBLE, 0, Double.NaN, Double.NaN, missing, missing, missing,
                hindrance);
    }

    @Override
    public void finish() {
        solutions[head] = solution;
    }
}
