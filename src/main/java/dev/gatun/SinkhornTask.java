package dev.gatun;

import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.Normalised;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The Sinkhorn solve of one head: its support first, then its potentials.
 *
 * <p>Where Newton steps do not get there, as for scores of thousands that make a plan all but a permutation, the head is
 * heated up: potentials are followed from a small inverse temperature to that asked for, doubling it each time.
 */
final class SinkhornTask implements HeadLoop.Task {

    /** Newton steps and passes of a solve that is tried at once, and steps of one whose potentials are followed. */
    private static final int STEPS_AT_ONCE = 40;
    private static final int PASSES_AT_ONCE = 600;
    private static final int STEPS_ON_THE_WAY = 100;
    private static final int STEPS_TO_THE_END = 1000;

    /** The range of the log-kernel to begin with, in units of log 2, and the error that will do on the way. */
    private static final double FIRST_RANGE = 32;
    private static final double LOOSE = 1e-2;

    private final HeadScores inputs;
    private final Divergence divergence;
    private final Sinkhorn options;
    private final double[] mu;
    private final double[] nu;
    private final double[] earlier;
    private final boolean symmetric;
    private final int head;
    private final SinkhornSolution[] solutions;
    private SinkhornSolution solution;
    private boolean precise;

    SinkhornTask(Scores scores, Divergence divergence, Sinkhorn options, int head, SinkhornSolution[] solutions) {
        this.inputs = scores.head(head);
        this.divergence = divergence;
        this.options = options;
        this.mu = options.rowMarginals(head, scores.count(), scores.rows());
        this.nu = options.columnMarginals(head, scores.count(), scores.rows(), scores.columns());
        this.earlier = options.start(head, scores.count(), scores.columns());
        this.symmetric = divergence == Divergence.SYMMETRIC && options.symmetricMarginals()
                && inputs.band().everything() && inputs.sharedBackward();
        this.head = head;
        this.solutions = solutions;
    }

    /** Solves every head. */
    static SinkhornResult solve(Scores scores, Divergence divergence, Sinkhorn options) {
        int count = scores.count();
        for (int head = 0; head < count; head++) {
            options.rowMarginals(head, count, scores.rows());
            options.columnMarginals(head, count, scores.rows(), scores.columns());
            options.start(head, count, scores.columns());
        }
        SinkhornSolution[] solutions = new SinkhornSolution[count];
        HeadLoop.run(scores.workers(), count, head -> new SinkhornTask(scores, divergence, options, head, solutions));
        return new SinkhornResult(scores, divergence, options.tolerance(), Arrays.asList(solutions));
    }

    @Override
    public void compute(HeadLoop.Pieces pieces) {
        if (options.isRelaxed()) {
            solution = new RelaxedSolver(inputs.of(divergence, Normalised.BOTH), options, mu, nu, pieces).solve();
            return;
        }
        Support support = Support.of(inputs.band(), mu, nu);
        if (support == Support.NONE) {
            solution = infeasible();
            return;
        }
        solution = solve(inputs, earlier(), options.tolerance(), STEPS_AT_ONCE, support, pieces);
        if (solution.status() == SinkhornStatus.STALLED && remaining() > 0) {
            solution = follow(support, pieces);
        }
        if (symmetric && solution.status() == SinkhornStatus.CONVERGED) {
            solution = symmetric();
        } else if (precise) {
            solution = measured(solution.u(), solution.v());
        }
    }

    /** Potentials of an earlier result, in units of log 2; null where there are none. */
    private double[] earlier() {
        if (earlier == null || Arrays.stream(earlier).anyMatch(Double::isNaN)) {
            return null;
        }
        double[] v = Potentials.inLogTwo(earlier);
        double mean = Potentials.mean(v);
        for (int j = 0; j < v.length; j++) {
            v[j] = nu[j] == 0 ? Double.NEGATIVE_INFINITY : Double.isFinite(v[j]) ? v[j] : mean;
        }
        return v;
    }

    /** Solves at ever larger inverse temperatures, each time from what the last one makes of potentials at twice its own. */
    private SinkhornSolution follow(Support support, HeadLoop.Pieces pieces) {
        double part = Math.min(1, FIRST_RANGE / inputs.range(divergence));
        double[] v = null;
        while (part < 1 && remaining() > 0) {
            solution = solve(inputs.tempered(part), v, LOOSE, STEPS_ON_THE_WAY, support, pieces);
            double next = Math.min(1, 2 * part);
            double growth = next / part;
            v = Arrays.stream(Potentials.inLogTwo(solution.v())).map(p -> growth * p).toArray();
            part = next;
        }
        return solve(inputs, v, options.tolerance(), STEPS_TO_THE_END, support, pieces);
    }

    /** @param start column potentials, or null for those that leave the inner products alone */
    private SinkhornSolution solve(HeadScores at, double[] start, double tolerance, int steps, Support support,
                                   HeadLoop.Pieces pieces) {
        LogKernel kernel = at.scaled(divergence, options.tolerance());
        int allowed = steps == STEPS_AT_ONCE && options.accelerated() ? Math.min(remaining(), PASSES_AT_ONCE) : remaining();
        KernelEngine engine = engine(at, kernel, pieces);
        SinkhornSolver solver = new SinkhornSolver(engine, tolerance, Math.max(allowed, 1), steps,
                steps == STEPS_TO_THE_END || !options.accelerated(), options.accelerated(), support);
        SinkhornSolution found = solver.solve(start == null ? start(kernel) : start);
        precise = engine.pass().kernel().precise();
        return solution == null ? found : found.after(solution);
    }

    /** Passes over the kernel that are still allowed. */
    private int remaining() {
        return options.maxIterations() - (solution == null ? 0 : solution.iterations());
    }

    private KernelEngine engine(HeadScores at, LogKernel kernel, HeadLoop.Pieces pieces) {
        Supplier<LogKernel> inDouble = () -> at.of(divergence, Normalised.BOTH);
        return options.keeps(mu.length, nu.length) ? new AbsorbedEngine(kernel, inDouble, mu, nu, pieces)
                : new StreamedEngine(kernel, inDouble, mu, nu, pieces);
    }

    /** Potentials that leave the inner products alone: whatever rows and columns add to them cancels. */
    private double[] start(LogKernel kernel) {
        double[] v = new double[nu.length];
        for (int j = 0; j < v.length; j++) {
            v[j] = nu[j] > 0 ? -kernel.columnOffset(j) : Double.NEGATIVE_INFINITY;
        }
        return v;
    }

    /**
     * With one potential for rows and columns, which a symmetric kernel has: the mean of the two that were found. To
     * first order its error is half of theirs.
     */
    private SinkhornSolution symmetric() {
        double[] potential = new double[nu.length];
        double[] u = solution.u();
        for (int i = 0; i < u.length; i++) {
            potential[i] = (u[i] + solution.v()[i]) / 2;
        }
        double mean = Potentials.mean(potential);
        SinkhornSolution one = measured(Potentials.shifted(potential, mean), Potentials.shifted(potential, -mean));
        return one.status() == SinkhornStatus.CONVERGED ? one : measured(u, solution.v());
    }

    /**
     * With errors as the operator's float entries have them, and the status that they give: in double precision entries are
     * rounded where their exponents are.
     */
    private SinkhornSolution measured(double[] u, double[] v) {
        double[] rowSums = new double[u.length];
        double[] columnSums = new double[v.length];
        Scaling.ofPotentials(inputs, divergence, u, v, options.tolerance()).measure(rowSums, columnSums);
        double rowError = SinkhornSolver.relativeError(rowSums, mu);
        double columnError = SinkhornSolver.relativeError(columnSums, nu);
        boolean met = Math.max(rowError, columnError) <= options.tolerance();
        SinkhornStatus status = solution.status() == SinkhornStatus.CONVERGED && !met ? SinkhornStatus.STALLED
                : solution.status();
        return solution.with(status, rowError, columnError, SinkhornSolver.absoluteError(rowSums, mu),
                SinkhornSolver.absoluteError(columnSums, nu), u, v);
    }

    @Override
    public void finish() {
        solutions[head] = solution;
    }

    private SinkhornSolution infeasible() {
        return new SinkhornSolution(SinkhornStatus.INFEASIBLE, 0, Double.NaN, Double.NaN, Double.NaN, Double.NaN,
                Double.NaN, filled(mu.length), filled(nu.length), Double.NaN, 1, 0, Support.whyNone(mu, nu));
    }

    private static double[] filled(int length) {
        double[] missing = new double[length];
        Arrays.fill(missing, Double.NaN);
        return missing;
    }
}
