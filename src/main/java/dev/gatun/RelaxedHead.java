package dev.gatun;

import dev.gatun.kernel.Normalised;
import java.util.Arrays;
import java.util.Locale;

/** Solves a head with relaxed marginals, and measures the coupling that is returned. */
final class RelaxedHead {

    private static final double LOG_TWO = Math.log(2);

    private RelaxedHead() {
    }

    /**
     * Solves a head.
     *
     * @param beta  {@code 1 / eps}
     * @param start column potentials to begin at, in natural units; null for none
     */
    static HeadCoupling solve(HeadScores inputs, Divergence divergence, Sinkhorn options, double beta, double[] mu,
                                 double[] nu, double[] start, HeadLoop.Pieces pieces) {
        SoftMarginal rows = SoftMarginal.of(options.rowRelaxation(), beta, mu, options.reference());
        SoftMarginal columns = SoftMarginal.of(options.columnRelaxation(), beta, nu, options.reference());
        RelaxedSolver solver = new RelaxedSolver(inputs.of(divergence, Normalised.BOTH), options, rows, columns, start, pieces);
        solver.solve();
        RelaxedDual dual = solver.dual();
        String stranded = stranded(dual, rows, columns, mu, nu);
        double[] u = Potentials.natural(dual.u(), 0);
        double[] v = Potentials.natural(dual.v(), 0);
        if (!stranded.isEmpty()) {
            return infeasible(stranded, u, v);
        }
        double[] rowSums = new double[mu.length];
        double[] columnSums = new double[nu.length];
        Scaling.ofPotentials(inputs, divergence, u, v, options.tolerance()).sum(pieces, rowSums, columnSums);
        return new HeadCoupling(solution(solver, options, rowSums, columnSums), u, v);
    }

    /** Why sums that are enforced cannot be had; empty where they can. */
    private static String stranded(RelaxedDual dual, SoftMarginal rows, SoftMarginal columns, double[] mu, double[] nu) {
        for (int i = 0; i < mu.length && rows.enforced(); i++) {
            if (mu[i] > 0 && !dual.liveRow(i)) {
                return "row %d has a mass of %s but sees no column with mass".formatted(i, mu[i]);
            }
        }
        for (int j = 0; j < nu.length && columns.enforced(); j++) {
            if (nu[j] > 0 && !dual.live(j)) {
                return "column %d has a mass of %s but no row with mass sees it".formatted(j, nu[j]);
            }
        }
        return "";
    }

    private static HeadCoupling infeasible(String reason, double[] u, double[] v) {
        Arrays.fill(u, Double.NaN);
        Arrays.fill(v, Double.NaN);
        return new HeadCoupling(new SinkhornSolution(SinkhornStatus.INFEASIBLE, 0, Double.NaN, Double.NaN, Double.NaN,
                Double.NaN, Double.NaN, u, v, 1, 0, reason), u, v);
    }

    /** The solution as the float entries have it: rows and columns against the sums that their potentials ask for. */
    private static SinkhornSolution solution(RelaxedSolver solver, Sinkhorn options, double[] rowSums, double[] columnSums) {
        RelaxedDual dual = solver.dual();
        double[] rowTargets = powers(dual.logRowSums());
        double[] columnTargets = powers(dual.logTargets());
        double rowError = relativeError(rowSums, rowTargets);
        double columnError = relativeError(columnSums, columnTargets);
        boolean converged = solver.error() <= options.tolerance() && Math.max(rowError, columnError) <= options.tolerance();
        String reason = converged ? ""
                : !(solver.error() <= options.tolerance()) ? SinkhornSolution.stalled(solver.error(), solver.passes())
                : rowError > columnError ? rounded("row", rowSums, rowTargets) : rounded("column", columnSums, columnTargets);
        double[] u = new double[rowSums.length];
        double[] v = new double[columnSums.length];
        Arrays.setAll(u, i -> dual.u()[i] * LOG_TWO + dual.rowShift(i) * LOG_TWO);
        Arrays.setAll(v, j -> dual.v()[j] * LOG_TWO - dual.columnShift(j) * LOG_TWO);
        return new SinkhornSolution(converged ? SinkhornStatus.CONVERGED : SinkhornStatus.STALLED, solver.passes(), rowError,
                columnError, absoluteError(rowSums, rowTargets),
                absoluteError(columnSums, columnTargets), solver.contraction(), u, v, 1, solver.newtonSteps(),
                reason);
    }

    private static double[] powers(double[] logarithms) {
        return Arrays.stream(logarithms).map(logarithm -> Math.pow(2, logarithm)).toArray();
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

    /** Names the sum that float32 entries miss by the largest part. */
    private static String rounded(String side, double[] sums, double[] targets) {
        int worst = worst(sums, targets);
        return String.format(Locale.ROOT, "%s %d must sum to %.3g and is off by %.2g of it, for its entries are rounded to float32",
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
