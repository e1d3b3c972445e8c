package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.Mask;
import java.util.Arrays;
import java.util.function.Function;

/** Solves for the Schroedinger bridge of one head. */
public final class BridgeSolver {

    private final Mask mask;
    private final int steps;
    private final SolveOptions options;
    private final double[] mu;
    private final double[] nu;

    /**
     * @param mask the pairs that the chain may step along
     * @param mu   the marginal at time 0
     * @param nu   the marginal after {@code steps} steps
     */
    public BridgeSolver(Mask mask, int steps, SolveOptions options, double[] mu, double[] nu) {
        this.mask = mask;
        this.steps = steps;
        this.options = options;
        this.mu = mu;
        this.nu = nu;
    }

    /**
     * Solves.
     *
     * @param reference computes the chain, with its log-kernel in float64; called only if a bridge may exist
     * @param source    says which log-kernel that is
     */
    public Bridge solve(Function<HeadLoop.Pieces, Scaling> reference, KernelSource source, HeadLoop.Pieces pieces) {
        HeadMarginals marginals = HeadMarginals.of(mask, steps, mu, nu, options.tolerance());
        if (marginals.support() == Support.NONE) {
            return infeasible(marginals.why());
        }
        Scaling chain = reference.apply(pieces);
        ChainEngine engine = new ChainEngine(new Chain(chain, source, pieces), steps, marginals.rowTargets(), marginals.columnTargets());
        double[] start = new double[nu.length];
        Arrays.setAll(start, j -> nu[j] > 0 ? 0 : Double.NEGATIVE_INFINITY);
        boolean excludesColumns = excludesColumns(chain);
        String unreachable = excludesColumns ? engine.unreachable(start) : "";
        if (!unreachable.isEmpty()) {
            return infeasible(unreachable);
        }
        String obstruction = excludesColumns && steps > 1 && mask.zeroDiagonal() ? "" : marginals.why();
        SolveBuffer ends = new SolveBuffer(mu.length, nu.length, false);
        new SinkhornSolver(engine, options.accelerated()).solve(start, new SolveRequest().of(false, obstruction)
                .within(options.tolerance() - marginals.imbalance(), options.maxIterations(), Phase.ONLY), ends);
        return bridge(ends, engine, marginals, obstruction);
    }

    /** Whether the chain never leads to some columns, so that its mask has more visible pairs than the chain. */
    private static boolean excludesColumns(Scaling chain) {
        return chain.v() != null && Arrays.stream(chain.v()).anyMatch(v -> v == Double.NEGATIVE_INFINITY);
    }

    private Bridge bridge(SolveBuffer ends, ChainEngine engine, HeadMarginals asked, String obstruction) {
        double[] v = new double[nu.length];
        engine.potentials(new double[mu.length], v);
        double mean = Potentials.mean(v);
        double[][] phi = engine.phi(-mean);
        double[][] phiHat = engine.phiHat(mean);
        double[][] marginals = new double[steps + 1][mu.length];
        for (int t = 0; t <= steps; t++) {
            for (int i = 0; i < mu.length; i++) {
                marginals[t][i] = StrictMath.exp(phi[t][i] + phiHat[t][i]);
            }
        }
        ends.end(marginals[0], marginals[steps], asked, options.tolerance(), obstruction, false);
        return new Bridge(ends.outcome(), ends.iterations(), ends.rowError(), ends.columnError(), phi, phiHat, marginals, ends.reason());
    }

    private Bridge infeasible(String obstruction) {
        double[][] undefined = new double[steps + 1][mu.length];
        for (double[] row : undefined) {
            Arrays.fill(row, Double.NaN);
        }
        return new Bridge(Outcome.INFEASIBLE, 0, Double.NaN, Double.NaN, undefined, undefined, undefined, obstruction);
    }
}
