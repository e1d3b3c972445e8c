package dev.gatun;

import dev.gatun.kernel.LogKernel;
import dev.gatun.kernel.Normalised;
import dev.gatun.kernel.SinkhornPass;
import java.util.Arrays;
import java.util.Locale;

/**
 * Finds the potentials of one head: Sinkhorn's alternate fitting of rows and columns (Sinkhorn 1964; equations B2 to B4 of
 * arXiv 2604.09560), and what is faster once its rate is known.
 *
 * <p>Every pass fits the rows exactly and sums the columns on the way, so the columns' error is that of the very plan it
 * stands for. A few plain iterations measure the rate of contraction. Where over-relaxation at that rate is soon done it is
 * used, as a momentum of the column potentials; elsewhere, or where it does not keep its word, Newton steps on the dual
 * are. Inside, potentials are in units of log 2.
 */
final class SinkhornSolver {

    /** Plain iterations before the rate is measured. */
    private static final int PLAIN_ITERATIONS = 3;

    /** Iterations that over-relaxation is used for, as foreseen, and how many it may really take. */
    private static final int RELAXED_ITERATIONS = 6;
    private static final int MOST_RELAXED = 2 * RELAXED_ITERATIONS;

    /** Errors beyond which a rate says nothing of the end yet. */
    private static final double SMALL_ERROR = 0.3;

    /** The largest change of a potential in a Newton step, in natural units. */
    private static final double LONGEST_STEP = 3;

    /** What a step at least gains of what the gradient promises, and by what it is shortened where it does not. */
    private static final double LEAST_GAIN = 1e-4;
    private static final double SHORTENING = 0.3;
    private static final double SHORTEST = 1e-4;

    /** Newton steps without a smaller error before plain iterations are left to do what they can. */
    private static final int PATIENCE = 30;

    /** What sums in single precision may hide of an error: the goal is that much nearer. */
    private static final double GOAL = 0.95;

    /** Changes of the dual that are rounding, relative to the mass. */
    private static final double DUAL_ROUNDING = 1e-7;

    private static final double LOG_TWO = Math.log(2);

    private final SinkhornEngine engine;
    private final double tolerance;
    private final int allowed;
    private final boolean accelerated;
    private final Support support;
    private final double[] mu;
    private final double[] nu;
    private final double[] u;
    private final double[] v;
    private final double[] sums;
    private final double[] factors;
    private double error = Double.NaN;
    private double previousError = Double.NaN;
    private double relaxation = 1;
    private int newtonSteps;

    private SinkhornSolver(SinkhornEngine engine, Sinkhorn options, Support support, double[] mu, double[] nu) {
        this.engine = engine;
        this.tolerance = options.tolerance();
        this.allowed = support == Support.PARTIAL ? 1 : options.maxIterations();
        this.accelerated = options.accelerated();
        this.support = support;
        this.mu = mu;
        this.nu = nu;
        this.u = new double[mu.length];
        this.v = new double[nu.length];
        this.sums = new double[nu.length];
        this.factors = new double[nu.length];
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
        return new SinkhornResult(scores, divergence, options.tolerance(), Arrays.asList(solutions));
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
            LogKernel kernel = inputs.scaled(divergence, options.tolerance());
            SinkhornEngine engine = new AbsorbedEngine(kernel, () -> inputs.of(divergence, Normalised.BOTH), mu, nu, pieces);
            solution = new SinkhornSolver(engine, options, support, mu, nu).solve(start(kernel));
            if (symmetric && solution.status() == SinkhornStatus.CONVERGED) {
                solution = symmetric();
            }
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
            double[] rowSums = new double[u.length];
            double[] columnSums = new double[u.length];
            Scaling.ofPotentials(inputs, divergence, potential, potential, options.tolerance())
                    .measure(rowSums, columnSums);
            double mean = Potentials.mean(potential);
            double[] v = Arrays.stream(potential).map(p -> p - mean).toArray();
            return solution.with(relativeError(rowSums, mu), relativeError(columnSums, nu), absoluteError(rowSums, mu),
                    absoluteError(columnSums, nu), Arrays.stream(potential).map(p -> p + mean).toArray(), v);
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
                    Double.NaN, filled(mu.length), filled(nu.length), 1, 0, reason);
        }

        private static double[] filled(int length) {
            double[] missing = new double[length];
            Arrays.fill(missing, Double.NaN);
            return missing;
        }
    }

    private SinkhornSolution solve(double[] start) {
        engine.start(start);
        fit();
        for (int i = 0; !ended() && (i < PLAIN_ITERATIONS || !accelerated); i++) {
            iterate();
        }
        if (!ended()) {
            relax();
        }
        if (!ended()) {
            newton();
        }
        while (!ended()) {
            iterate();
        }
        return solution();
    }

    private boolean ended() {
        return error <= GOAL * tolerance || engine.sweeps() >= allowed;
    }

    private void fit() {
        previousError = error;
        engine.fit(sums);
        error = relativeError(sums, nu);
    }

    /** Sinkhorn's own: columns to their marginals, then rows. */
    private void iterate() {
        for (int j = 0; j < nu.length; j++) {
            factors[j] = nu[j] > 0 ? nu[j] / sums[j] : 1;
        }
        engine.scale(factors);
        fit();
    }

    /**
     * Over-relaxation in the form of a momentum. With rows fitted, errors of the columns shrink like {@code sigma^2} along
     * the plan's singular vectors; steps of {@code omega^2} with a momentum of {@code (omega - 1)^2} shrink all of them like
     * {@code omega - 1}, where {@code omega = 2 / (1 + sqrt(1 - sigma^2))}.
     */
    private void relax() {
        double rate = error / previousError;
        double root = Math.sqrt(1 - Math.min(rate, 1));
        double omega = 2 / (1 + root);
        double foreseen = Math.log(GOAL * tolerance / error) / Math.log(omega - 1);
        if (!(rate < 1 && error < SMALL_ERROR && foreseen <= RELAXED_ITERATIONS)) {
            return;
        }
        relaxation = omega;
        double[] change = new double[nu.length];
        double least = error;
        for (int i = 0; !ended() && i < MOST_RELAXED && error <= least; i++) {
            least = error;
            for (int j = 0; j < nu.length; j++) {
                double own = nu[j] > 0 ? nu[j] / sums[j] - 1 : 0;
                change[j] = i == 0 ? own : omega * omega * own + (omega - 1) * (omega - 1) * change[j];
                factors[j] = 1 + Math.max(change[j], -SMALL_ERROR);
            }
            engine.scale(factors);
            fit();
        }
    }

    private void newton() {
        NewtonStep step = new NewtonStep(engine, mu, nu);
        double dual = dual();
        double best = error;
        for (int sinceBest = 0; !ended() && sinceBest < PATIENCE; sinceBest++) {
            double accuracy = Math.max(Math.min(0.5, Math.sqrt(error)), 0.3 * tolerance / error);
            dual = follow(step.solve(sums, accuracy), dual);
            newtonSteps++;
            if (error < best) {
                best = error;
                sinceBest = 0;
            }
        }
    }

    /** Goes as far along a step as the dual falls; returns where that has led it. */
    private double follow(double[] step, double dual) {
        double largest = 0;
        double slope = 0;
        for (int j = 0; j < nu.length; j++) {
            largest = Math.max(largest, Math.abs(step[j]));
            slope += (sums[j] - nu[j]) * step[j];
        }
        if (!(largest > 0 && largest < Double.POSITIVE_INFINITY)) {
            iterate();
            return dual();
        }
        double length = Math.min(1, LONGEST_STEP / largest);
        move(step, length);
        double next = dual();
        double rounding = DUAL_ROUNDING * Support.total(mu);
        while (!(next <= dual + LEAST_GAIN * length * slope + rounding) && length > SHORTEST
                && engine.sweeps() < allowed) {
            move(step, (SHORTENING - 1) * length);
            length *= SHORTENING;
            next = dual();
        }
        return next;
    }

    private void move(double[] step, double length) {
        for (int j = 0; j < nu.length; j++) {
            factors[j] = Math.exp(length * step[j]);
        }
        engine.scale(factors);
        fit();
    }

    /** {@code -sum_i mu_i u_i - sum_j nu_j v_j}, which the solution makes least, in natural units. */
    private double dual() {
        engine.potentials(u, v);
        double sum = 0;
        for (int i = 0; i < mu.length; i++) {
            sum -= mu[i] > 0 ? mu[i] * u[i] : 0;
        }
        for (int j = 0; j < nu.length; j++) {
            sum -= nu[j] > 0 ? nu[j] * v[j] : 0;
        }
        return sum * LOG_TWO;
    }

    /** What the plan at hand has reached: its rows are exact but for rounding. */
    private SinkhornSolution solution() {
        engine.potentials(u, v);
        SinkhornStatus status = error <= tolerance ? SinkhornStatus.CONVERGED
                : support == Support.PARTIAL ? SinkhornStatus.SUBLINEAR_LIMIT : SinkhornStatus.STALLED;
        double shift = Potentials.mean(v);
        return new SinkhornSolution(status, engine.sweeps(), 0, error, 0, absoluteError(sums, nu), error / previousError,
                Potentials.natural(u, shift), Potentials.natural(v, -shift), relaxation, newtonSteps, reason(status));
    }

    private String reason(SinkhornStatus status) {
        return switch (status) {
            case STALLED -> String.format(Locale.ROOT, "a marginal is still off by %.2g after %d iterations",
                    error, engine.sweeps());
            case SUBLINEAR_LIMIT ->
                    "some visible entries are zero in every plan, so no finite potentials reach the marginals";
            default -> "";
        };
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
}
