package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import java.lang.foreign.Arena;

/**
 * Solves heads of one shape, one after the other, in memory that is made once.
 *
 * <p>Where Newton steps do not get there, as for scores of thousands that make a plan all but a permutation, the head is
 * heated up: potentials are followed from a small inverse temperature to that asked for, doubling it each time.
 *
 * <p>Errors and status are those of the entries that an operator with the potentials has, summed in double precision. Masses
 * that lie far apart are solved for by their logarithms, in memory made for each solve.
 */
public final class HeadSolver {

    /** The range of the log-kernel to begin with, in units of log 2, and the error that will do on the way. */
    private static final double FIRST_RANGE = 32;
    private static final double LOOSE = 1e-2;

    private static final double LOG_TWO = Math.log(2);

    private final Direction divergence;
    private final SolveOptions options;
    private final double[] mu;
    private final double[] nu;
    private final double[] potential;
    private final double[] u;
    private final double[] rowSums;
    private final double[] columnSums;
    private final LogKernelBuilder builder;
    private final KernelEngine engine;
    private final SinkhornSolver solver;
    private HeadScores inputs;
    private HeadLoop.Pieces pieces;
    private SolveBuffer solution;
    private HeadMarginals marginals;

    /**
     * @param like  inputs of the shape and the band that all have
     * @param arena where a kept kernel lies
     */
    public HeadSolver(HeadScores like, Direction divergence, SolveOptions options, Arena arena) {
        this.divergence = divergence;
        this.options = options;
        this.mu = new double[like.rows()];
        this.nu = new double[like.columns()];
        this.potential = new double[nu.length];
        this.u = new double[mu.length];
        this.rowSums = new double[mu.length];
        this.columnSums = new double[nu.length];
        this.builder = like.builder(divergence);
        this.engine = options.stores(mu.length, nu.length)
                ? new AbsorbedEngine(arena, mu, nu, options.bfloat16(), () -> builder.build(Normalised.BOTH))
                : new StreamedEngine(mu, nu, () -> builder.build(Normalised.BOTH));
        this.solver = new SinkhornSolver(engine, options.accelerated());
    }

    /**
     * Solves a head.
     *
     * @param asked   its marginals
     * @param earlier column potentials to begin at, in natural units; null for none
     */
    public void solve(HeadScores head, HeadMarginals asked, double[] earlier, SolveBuffer out, HeadLoop.Pieces sharedOut) {
        inputs = head;
        pieces = sharedOut;
        solution = out;
        marginals = asked;
        System.arraycopy(asked.rowTargets(), 0, mu, 0, mu.length);
        System.arraycopy(asked.columnTargets(), 0, nu, 0, nu.length);
        boolean warm = take(earlier);
        solution.begin();
        if (asked.support() == Support.NONE) {
            solution.infeasible(asked.why());
        } else if (asked.beyondFloat32()) {
            solveByLogarithms(warm);
        } else {
            solveInRange(warm);
        }
    }

    private void solveInRange(boolean warm) {
        solve(1, warm, tolerance(), Phase.AT_ONCE);
        if (solution.outcome() == Outcome.STALLED && remaining() > 0 && solution.definite()) {
            follow();
        }
        if (!solution.definite()) {
            solveByLogarithms(false);
        } else if (solution.outcome() == Outcome.CONVERGED && symmetric()) {
            average();
        } else if (engine.measureLast(rowSums, columnSums)) {
            measured();
        } else {
            measure(solution.u, solution.v);
        }
    }

    /** What is left of the tolerance beside the difference of the totals. */
    private double tolerance() {
        return options.tolerance() - marginals.imbalance();
    }

    /** In double precision: for masses far apart, and where the entries of a whole column have vanished from a kept kernel. */
    private void solveByLogarithms(boolean warm) {
        LogKernel kernel = inputs.of(divergence, Normalised.BOTH);
        Scaling unscaled = new Scaling(kernel, new double[mu.length], null, null, true);
        ChainEngine chain = new ChainEngine(new Chain(unscaled, pieces), 1, mu, nu);
        if (!warm) {
            leaveProducts(kernel);
        }
        new SinkhornSolver(chain, options.accelerated()).solve(potential, tolerance(), Math.max(remaining(), 1),
                Phase.ALL_THE_WAY, false, marginals.why(), solution);
        if (marginals.beyondFloat32()) {
            Scaling.ofPotentials(inputs, divergence, solution.u, solution.v, options.tolerance(), true)
                    .sums(pieces, rowSums, columnSums);
            measured();
        } else {
            measure(solution.u, solution.v);
        }
    }

    /** @throws IllegalArgumentException if scores are too large to be told apart */
    public void requireMeasurable(HeadScores head) {
        LogKernel.requireMeasurable(head.fill(builder, divergence, 1).range(Normalised.BOTH));
    }

    /** A symmetric kernel has a symmetric plan where rows and columns are to have the same sums. */
    private boolean symmetric() {
        return divergence == Direction.SYMMETRIC && options.uniform() && inputs.mask(divergence).symmetric()
                && inputs.sharedBackward();
    }

    /** Whether there are potentials to begin at; columns that have mass now and had none then begin at the mean. */
    private boolean take(double[] earlier) {
        if (earlier == null) {
            return false;
        }
        double mean = Potentials.mean(earlier);
        for (int j = 0; j < potential.length; j++) {
            if (Double.isNaN(earlier[j])) {
                return false;
            }
            double begun = earlier[j] > Double.NEGATIVE_INFINITY ? earlier[j] : mean;
            potential[j] = nu[j] > 0 ? begun / LOG_TWO : Double.NEGATIVE_INFINITY;
        }
        return true;
    }

    /** Solves at ever larger inverse temperatures, each time from what the last one makes of potentials at twice its own. */
    private void follow() {
        double part = Math.min(1, FIRST_RANGE / inputs.fill(builder, divergence, 1).range(Normalised.SCALED));
        boolean first = true;
        while (part < 1 && remaining() > 0) {
            solve(part, !first, LOOSE, Phase.ON_THE_WAY);
            double next = Math.min(1, 2 * part);
            lead(next / part);
            part = next;
            first = false;
        }
        solve(1, !first, tolerance(), Phase.TO_THE_END);
    }

    /** Takes what was found, times {@code growth}, to begin the next solve at. */
    private void lead(double growth) {
        for (int j = 0; j < potential.length; j++) {
            potential[j] = growth * solution.v[j] / LOG_TWO;
        }
    }

    /** @param from whether to begin at {@link #potential} */
    private void solve(double part, boolean from, double tolerance, Phase attempt) {
        LogKernel kernel = inputs.fill(builder, divergence, part).build(HeadScores.scaled(options.tolerance()));
        engine.bind(kernel, pieces);
        if (!from) {
            leaveProducts(kernel);
        }
        Phase own = options.accelerated() ? attempt : Phase.ALL_THE_WAY;
        solver.solve(potential, tolerance, remaining(), own, symmetric(), marginals.why(), solution);
    }

    /** Potentials that leave the inner products alone: whatever rows and columns add to them cancels. */
    private void leaveProducts(LogKernel kernel) {
        for (int j = 0; j < potential.length; j++) {
            potential[j] = nu[j] > 0 ? -kernel.columnOffset(j) : Double.NEGATIVE_INFINITY;
        }
    }

    /** Passes over the kernel that are still allowed. */
    private int remaining() {
        return options.maxIterations() - solution.iterations();
    }

    /**
     * With one potential for rows and columns, which a symmetric kernel has: the mean of the two that were found. To
     * first order its error is half of theirs.
     */
    private void average() {
        for (int i = 0; i < u.length; i++) {
            u[i] = (solution.u[i] + solution.v[i]) / 2;
        }
        double mean = Potentials.mean(u);
        for (int i = 0; i < u.length; i++) {
            potential[i] = u[i] - mean;
            u[i] += mean;
        }
        measure(u, potential);
        if (solution.outcome() == Outcome.CONVERGED) {
            System.arraycopy(u, 0, solution.u, 0, u.length);
            System.arraycopy(potential, 0, solution.v, 0, u.length);
        } else {
            measure(solution.u, solution.v);
        }
    }

    /** Measures the entries that an operator with these potentials has. */
    private void measure(double[] naturalU, double[] naturalV) {
        if (!engine.measureKept(naturalU, naturalV, rowSums, columnSums)) {
            inputs.fill(builder, divergence, 1);
            engine.measure(builder.build(HeadScores.scaled(options.tolerance())), naturalU, naturalV, rowSums, columnSums);
        }
        measured();
    }

    private void measured() {
        solution.measured(rowSums, columnSums, marginals, options.tolerance(), marginals.why(), true);
    }
}
