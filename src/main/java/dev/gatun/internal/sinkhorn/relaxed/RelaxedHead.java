package dev.gatun.internal.sinkhorn.relaxed;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.Numbers;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.sinkhorn.HeadCoupling;
import dev.gatun.internal.sinkhorn.Outcome;
import dev.gatun.internal.sinkhorn.Solution;
import dev.gatun.internal.sinkhorn.SolveOptions;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.Normalised;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/**
 * Solves a head with soft marginals, and measures the coupling that is returned. If the rounding of a float32 log-kernel makes its
 * entries miss the tolerance, the coupling is one of the float64 log-kernel.
 */
public final class RelaxedHead {

    /** The accuracy that asks for a float64 log-kernel. */
    private static final double FLOAT64_ACCURACY = Double.MIN_VALUE;

    private final HeadScores inputs;
    private final Direction divergence;
    private final SolveOptions options;
    private final double[] mu;
    private final double[] nu;
    private final HeadLoop.Pieces pieces;

    /** A solve of the head {@code inputs} for row masses {@code mu} and column masses {@code nu}. */
    public RelaxedHead(HeadScores inputs, Direction divergence, SolveOptions options, double[] mu, double[] nu, HeadLoop.Pieces pieces) {
        this.inputs = inputs;
        this.divergence = divergence;
        this.options = options;
        this.mu = mu;
        this.nu = nu;
        this.pieces = pieces;
    }

    /**
     * Solves the head.
     *
     * @param beta  {@code 1 / eps}
     * @param start column potentials to start at, in natural units; null for none
     */
    public HeadCoupling solve(double beta, double[] start) {
        SoftMarginal rows = SoftMarginal.of(options.rowRelaxation(), beta, mu, options.ofMarginals());
        SoftMarginal columns = SoftMarginal.of(options.columnRelaxation(), beta, nu, options.ofMarginals());
        RelaxedSolver solver = new RelaxedSolver(inputs.of(divergence, Normalised.BOTH),
                new KernelSource.OfDivergence(divergence), options, rows, columns, start, pieces);
        solver.solve();
        String obstruction = obstruction(solver.dual(), rows, columns);
        if (!obstruction.isEmpty()) {
            return infeasible(obstruction);
        }
        double[] rowTargets = powers(solver.dual().logRowSums());
        double[] columnTargets = powers(solver.dual().logTargets());
        boolean beyondFloat32 = HeadMarginals.beyondFloat32(rowTargets) || HeadMarginals.beyondFloat32(columnTargets);
        HeadCoupling coupling = measured(solver, rowTargets, columnTargets, options.tolerance(), beyondFloat32);
        boolean rounded = solver.error() <= options.tolerance() && coupling.solution().outcome() != Outcome.CONVERGED;
        return rounded && !beyondFloat32 ? measured(solver, rowTargets, columnTargets, FLOAT64_ACCURACY, false) : coupling;
    }

    /** Why enforced sums cannot be met; empty if they can. */
    private String obstruction(RelaxedDual dual, SoftMarginal rows, SoftMarginal columns) {
        for (int i = 0; i < mu.length && rows.enforced(); i++) {
            if (mu[i] > 0 && !dual.connectsRow(i)) {
                return "row %s has a mass of %s but sees no column with mass".formatted(i, mu[i]);
            }
        }
        for (int j = 0; j < nu.length && columns.enforced(); j++) {
            if (nu[j] > 0 && !dual.connectsColumn(j)) {
                return "column %s has a mass of %s but no row with mass sees it".formatted(j, nu[j]);
            }
        }
        return "";
    }

    private HeadCoupling infeasible(String reason) {
        double[] u = new double[mu.length];
        double[] v = new double[nu.length];
        Arrays.fill(u, Double.NaN);
        Arrays.fill(v, Double.NaN);
        return new HeadCoupling(new Solution(Outcome.INFEASIBLE, 0, Double.NaN, Double.NaN, Double.NaN,
                Double.NaN, Double.NaN, u, v, 1, 0, reason, List.of()), u, v, options.tolerance(), false);
    }

    /** The coupling, with the errors of the entries of an operator of that accuracy relative to the targets of the potentials. */
    private HeadCoupling measured(RelaxedSolver solver, double[] rowTargets, double[] columnTargets, double accuracy,
                                  boolean beyondFloat32) {
        double[] u = Potentials.natural(solver.dual().u(), 0);
        double[] v = Potentials.natural(solver.dual().v(), 0);
        double[] rowSums = new double[u.length];
        double[] columnSums = new double[v.length];
        new Scaling.Source(divergence, new Numbers(u), new Numbers(v), accuracy, beyondFloat32).sums(inputs, pieces, rowSums, columnSums);
        double rowError = relativeError(rowSums, rowTargets);
        double columnError = relativeError(columnSums, columnTargets);
        boolean solved = solver.error() <= options.tolerance();
        boolean converged = solved && Math.max(rowError, columnError) <= options.tolerance();
        String reason = converged ? ""
                : !solved ? stalled(solver.error(), solver.passes())
                : rowError > columnError ? rounded("row", rowSums, rowTargets) : rounded("column", columnSums, columnTargets);
        Solution solution = new Solution(converged ? Outcome.CONVERGED : Outcome.STALLED,
                solver.passes(), rowError, columnError, absoluteError(rowSums, rowTargets), absoluteError(columnSums, columnTargets),
                solver.contraction(), shifted(u, solver.dual()::rowShift), shifted(v, j -> -solver.dual().columnShift(j)), 1,
                solver.newtonSteps(), reason, solver.trace(columnError));
        return new HeadCoupling(solution, u, v, accuracy, beyondFloat32);
    }

    private static String stalled(double error, int iterations) {
        return String.format(Locale.ROOT, "a marginal is still off by %.2g after %d iterations", error, iterations);
    }

    private static double[] powers(double[] logarithms) {
        return Arrays.stream(logarithms).map(LogTwo::exp2).toArray();
    }

    private static double[] shifted(double[] potential, IntToDoubleFunction shift) {
        double[] shifted = new double[potential.length];
        Arrays.setAll(shifted, i -> potential[i] + shift.applyAsDouble(i) * LogTwo.VALUE);
        return shifted;
    }

    private static double relativeError(double[] sums, double[] targets) {
        return relativeError(sums, targets, worst(sums, targets));
    }

    /** {@code |sum / target - 1|}; infinite for a sum beyond float32. */
    private static double relativeError(double[] sums, double[] targets, int i) {
        double error = targets[i] > 0 ? Math.abs(sums[i] / targets[i] - 1) : 0;
        return Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
    }

    private static int worst(double[] sums, double[] targets) {
        int worst = 0;
        for (int i = 1; i < sums.length; i++) {
            worst = relativeError(sums, targets, i) > relativeError(sums, targets, worst) ? i : worst;
        }
        return worst;
    }

    /** Names the row or column with the largest relative error, which is rounding. */
    private static String rounded(String side, double[] sums, double[] targets) {
        int worst = worst(sums, targets);
        return String.format(Locale.ROOT, "%s %d must sum to %.3g and is off by %.2g of it, because its entries are rounded to float32",
                side, worst, targets[worst], relativeError(sums, targets, worst));
    }

    private static double absoluteError(double[] sums, double[] targets) {
        double total = 0;
        for (int i = 0; i < sums.length; i++) {
            total += Math.abs(sums[i] - targets[i]);
        }
        return total;
    }
}
