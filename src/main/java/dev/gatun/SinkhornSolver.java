package dev.gatun;

import dev.gatun.kernel.BlockPass;
import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.Normalised;
import dev.gatun.kernel.SinkhornPass;
import java.util.Arrays;
import java.util.Locale;

/**
 * Sinkhorn in the log domain, one head: alternate fitting of rows and columns, a full iteration for one pass over the
 * scores (Sinkhorn 1964; equations B2 to B4 of arXiv 2604.09560).
 *
 * <p>A pass fits the rows exactly and sums the columns on the way, so the columns' error is that of the very plan it
 * returns. A symmetric kernel has one potential: {@code u <- (u + Tu) / 2} converges where plain alternation of one
 * potential oscillates. Inside, potentials are in units of log 2.
 */
final class SinkhornSolver {

    /** Errors kept to measure the contraction. */
    private static final int MEMORY = 8;

    /** Column sums below this have lost entries to underflow, and are formed again in the log domain. */
    private static final double UNDERFLOW = 1e-30;

    private static final double LOG_TWO = Math.log(2);

    private final LogKernel kernel;
    private final double tolerance;
    private final int maxIterations;
    private final double[] mu;
    private final double[] nu;
    private final double[] logMu;
    private final double[] logNu;
    private final double[] u;
    private final double[] v;
    private final double[] sums;
    private final double[] errors = new double[MEMORY];
    private final SinkhornPass pass;
    private int iterations;

    private SinkhornSolver(LogKernel kernel, Sinkhorn options, double[] mu, double[] nu) {
        this.kernel = kernel;
        this.tolerance = options.tolerance();
        this.maxIterations = options.maxIterations();
        this.mu = mu;
        this.nu = nu;
        this.logMu = logTwo(mu);
        this.logNu = logTwo(nu);
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.sums = new double[nu.length];
        this.pass = new SinkhornPass(kernel);
    }

    /** Solves every head. */
    static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options) {
        int count = scores.count();
        for (int head = 0; head < count; head++) {
            options.rowMarginals(head, count, scores.rows());
            options.columnMarginals(head, count, scores.rows(), scores.columns());
        }
        SinkhornSolution[] solutions = new SinkhornSolution[count];
        HeadLoop.run(scores.workers(), count, head -> new Task(scores, divergence, options, head, solutions));
        return new SinkhornResult(scores, divergence, Arrays.asList(solutions));
    }

    /** One head's solve. */
    private static final class Task implements HeadLoop.Task {
        private final HeadScores inputs;
        private final Divergence divergence;
        private final Sinkhorn options;
        private final double[] mu;
        private final double[] nu;
        private final boolean symmetric;
        private final int head;
        private final SinkhornSolution[] solutions;
        private SinkhornSolution solution;

        Task(Scores scores, Divergence divergence, Sinkhorn options, int head, SinkhornSolution[] solutions) {
            this.inputs = scores.head(head);
            this.divergence = divergence;
            this.options = options;
            this.mu = options.rowMarginals(head, scores.count(), scores.rows());
            this.nu = options.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
            this.symmetric = divergence == Divergence.SYMMETRIC && options.symmetricMarginals()
                    && inputs.band().everything() && inputs.sharedBackward();
            this.head = head;
            this.solutions = solutions;
        }

        @Override
        public void compute(HeadLoop.Pieces pieces) {
            Support support = Support.of(inputs.band(), mu, nu);
            if (support == Support.NONE) {
                solution = infeasible();
                return;
            }
            SinkhornSolver solver = new SinkhornSolver(inputs.of(divergence, Normalised.BOTH), options, mu, nu);
            solution = symmetric ? solver.symmetric(pieces) : solver.alternating(support, pieces);
        }

        @Override
        public void finish() {
            solutions[head] = solution;
        }

        private SinkhornSolution infeasible() {
            double rows = Support.total(mu);
            double columns = Support.total(nu);
            String reason = Support.sameMass(rows, columns)
                    ? "some rows or columns have mass that the mask leaves no room for"
                    : "rows have a mass of %s and columns of %s".formatted(rows, columns);
            return new SinkhornSolution(SinkhornStatus.INFEASIBLE, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN,
                    Double.NaN, filled(mu.length), filled(nu.length), reason);
        }

        private static double[] filled(int length) {
            double[] missing = new double[length];
            Arrays.fill(missing, Double.NaN);
            return missing;
        }
    }

    private SinkhornSolution alternating(Support support, HeadLoop.Pieces pieces) {
        int allowed = support == Support.PARTIAL ? 1 : maxIterations;
        for (int j = 0; j < v.length; j++) {
            v[j] = nu[j] > 0 ? 0 : Double.NEGATIVE_INFINITY;
        }
        while (true) {
            pass.fitRows(logMu, v, u, sums);
            iterations++;
            double error = relativeError(sums, nu);
            errors[iterations % MEMORY] = error;
            if (error <= tolerance || iterations == allowed) {
                SinkhornSolution solution = solution(support);
                if (solution.status() == SinkhornStatus.CONVERGED || iterations == allowed) {
                    return solution;
                }
            }
            fitColumns(pieces);
        }
    }

    /** {@code v_j += log(nu_j / sum_j)}, from the sums of the pass, or from the log domain where they underflowed. */
    private void fitColumns(HeadLoop.Pieces pieces) {
        double[] logSums = null;
        for (int j = 0; j < v.length; j++) {
            if (nu[j] == 0) {
                continue;
            }
            if (sums[j] < UNDERFLOW * nu[j]) {
                logSums = logSums == null ? Scaling.logSums(kernel.transposed(), u, pieces) : logSums;
                v[j] = logNu[j] - logSums[j];
            } else {
                v[j] += logNu[j] - Math.log(sums[j]) / LOG_TWO;
            }
        }
    }

    private SinkhornSolution symmetric(HeadLoop.Pieces pieces) {
        while (true) {
            BlockPass rows = new BlockPass(kernel, u);
            pieces.each(rows.blocks(), (block, scratch) -> rows.logSums(block, scratch.tile, sums));
            iterations++;
            double error = 0;
            for (int i = 0; i < u.length; i++) {
                error = Math.max(error, Math.abs(Math.expm1((sums[i] + u[i]) * LOG_TWO)));
            }
            errors[iterations % MEMORY] = error;
            if (error <= tolerance || iterations == maxIterations) {
                System.arraycopy(u, 0, v, 0, v.length);
                SinkhornSolution solution = solution(Support.TOTAL);
                if (solution.status() == SinkhornStatus.CONVERGED || iterations == maxIterations) {
                    return solution;
                }
            }
            for (int i = 0; i < u.length; i++) {
                u[i] -= (sums[i] + u[i]) / 2;
            }
        }
    }

    /** What the potentials at hand have reached, measured on the plan's own entries. */
    private SinkhornSolution solution(Support support) {
        double[] rowSums = new double[mu.length];
        double[] columnSums = new double[nu.length];
        pass.sums(u, v, rowSums, columnSums);
        double rowError = relativeError(rowSums, mu);
        double columnError = relativeError(columnSums, nu);
        SinkhornStatus status = Math.max(rowError, columnError) <= tolerance ? SinkhornStatus.CONVERGED
                : support == Support.PARTIAL ? SinkhornStatus.SUBLINEAR_LIMIT : SinkhornStatus.STALLED;
        double shift = meanOfFinite(v);
        return new SinkhornSolution(status, iterations, rowError, columnError, absoluteError(rowSums, mu),
                absoluteError(columnSums, nu), contraction(), natural(u, shift), natural(v, -shift),
                reason(status, Math.max(rowError, columnError)));
    }

    private String reason(SinkhornStatus status, double error) {
        return switch (status) {
            case STALLED -> String.format(Locale.ROOT, "a marginal is still off by %.2g after %d iterations",
                    error, iterations);
            case SUBLINEAR_LIMIT ->
                    "some visible entries are zero in every plan, so no finite potentials reach the marginals";
            default -> "";
        };
    }

    private double contraction() {
        int span = Math.min(iterations, MEMORY) - 1;
        if (span < 1) {
            return Double.NaN;
        }
        double ratio = errors[iterations % MEMORY] / errors[(iterations - span) % MEMORY];
        return Math.pow(ratio, 1.0 / span);
    }

    private static double relativeError(double[] sums, double[] targets) {
        double largest = 0;
        for (int i = 0; i < sums.length; i++) {
            if (targets[i] > 0) {
                largest = Math.max(largest, Math.abs(sums[i] / targets[i] - 1));
            }
        }
        return largest;
    }

    private static double absoluteError(double[] sums, double[] targets) {
        double total = 0;
        for (int i = 0; i < sums.length; i++) {
            total += Math.abs(sums[i] - targets[i]);
        }
        return total;
    }

    private static double meanOfFinite(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).average().orElse(0);
    }

    private static double[] natural(double[] potential, double shift) {
        return Arrays.stream(potential).map(p -> (p + shift) * LOG_TWO).toArray();
    }

    private static double[] logTwo(double[] masses) {
        return Arrays.stream(masses).map(mass -> Math.log(mass) / LOG_TWO).toArray();
    }
}
