package dev.gatun.internal.sinkhorn;

import dev.gatun.internal.head.Direction;
import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.head.KernelSource;
import dev.gatun.internal.head.Numbers;
import dev.gatun.internal.head.Potentials;
import dev.gatun.internal.head.Scaling;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.marginals.Support;
import dev.gatun.internal.rows.KernelChoice;
import dev.gatun.internal.sinkhorn.trace.StepKind;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.LogKernelBuilder;
import dev.gatun.kernel.pack.Normalised;
import java.lang.foreign.Arena;

/**
 * Solves heads of one shape, one after the other, in memory that is allocated once.
 *
 * <p>A head on which Newton steps do not converge, as with scores of thousands that make the coupling nearly a permutation, is solved
 * by continuation in the inverse temperature: from a small one to the one asked for, doubled at each step.
 *
 * <p>Errors and status are those of the float32 entries of an operator with the potentials, summed in float64. Marginals beyond the
 * range of float32 are solved for in the log domain, in memory allocated for each solve.
 */
public final class HeadSolver {

    /** The range of the log-kernel at the first inverse temperature of a continuation, in units of log 2. */
    private static final double FIRST_RANGE = 32;

    /** The tolerance of a continuation before its last step. */
    private static final double CONTINUATION_TOLERANCE = 1e-2;

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
    private final SolveRequest request = new SolveRequest();
    private HeadScores inputs;
    private HeadLoop.Pieces pieces;
    private SolveBuffer solution;
    private HeadMarginals marginals;

    /**
     * @param like     inputs of the shape and the mask of all heads
     * @param streamed whether no entries are stored, whatever the memory, as other machines compute them
     * @param arena    memory of a stored kernel
     */
    public HeadSolver(HeadScores like, Direction divergence, SolveOptions options, boolean streamed, Arena arena) {
        this.divergence = divergence;
        this.options = options;
        this.mu = new double[like.rows()];
        this.nu = new double[like.columns()];
        this.potential = new double[nu.length];
        this.u = new double[mu.length];
        this.rowSums = new double[mu.length];
        this.columnSums = new double[nu.length];
        this.builder = like.builder(divergence);
        this.engine = !streamed && options.stores(mu.length, nu.length)
                ? new AbsorbedEngine(arena, mu, nu, options.bfloat16(), () -> builder.build(Normalised.BOTH))
                : new StreamedEngine(mu, nu, () -> builder.build(Normalised.BOTH));
        this.solver = new SinkhornSolver(engine, options.accelerated());
    }

    /**
     * Solves a head.
     *
     * @param rows    row marginals, N of them
     * @param columns column marginals, M of them
     * @param start   column potentials to start at, in natural units; null for none
     */
    public HeadCoupling solve(HeadScores head, double[] rows, double[] columns, double[] start, HeadLoop.Pieces workers) {
        SolveBuffer out = new SolveBuffer(mu.length, nu.length, options.traced());
        HeadMarginals asked = HeadMarginals.of(head.mask(divergence), 1, rows, columns, options.tolerance());
        solve(head, asked, start, out, workers);
        return new HeadCoupling(out.solution(), out.u(), out.v(), options.tolerance(), asked.beyondFloat32());
    }

    /**
     * Solves a head. Nothing is allocated, unless the marginals are beyond the range of float32.
     *
     * @param asked its marginals
     * @param start column potentials to start at, in natural units; null for none
     * @param out   receives the solution
     */
    public void solve(HeadScores head, HeadMarginals asked, double[] start, SolveBuffer out, HeadLoop.Pieces workers) {
        inputs = head;
        pieces = workers;
        solution = out;
        marginals = asked;
        System.arraycopy(asked.rowTargets(), 0, mu, 0, mu.length);
        System.arraycopy(asked.columnTargets(), 0, nu, 0, nu.length);
        boolean started = takeStart(start);
        request.of(symmetric(), asked.why());
        solution.clear();
        if (asked.support() == Support.NONE) {
            solution.endInfeasible(asked.why());
        } else if (asked.beyondFloat32()) {
            solveInLogDomain(started);
        } else {
            solveKernel(started);
        }
    }

    private void solveKernel(boolean started) {
        solve(1, started, tolerance(), Phase.DIRECT);
        if (solution.outcome() == Outcome.STALLED && remaining() > 0 && solution.hasPotentials()) {
            continueInBeta();
        }
        if (!solution.hasPotentials()) {
            solveInLogDomain(false);
        } else if (solution.outcome() == Outcome.CONVERGED && request.symmetric()) {
            average();
        } else if (engine.measureLastFit(rowSums, columnSums)) {
            end();
        } else {
            measure(solution.u(), solution.v());
        }
    }

    /** The tolerance of a solve for the targets, which differ from the marginals by their imbalance. */
    private double tolerance() {
        return options.tolerance() - marginals.imbalance();
    }

    /** Solves in float64: marginals beyond the range of float32, and kernels in which all entries of a column underflow. */
    private void solveInLogDomain(boolean started) {
        LogKernel kernel = inputs.of(divergence, Normalised.BOTH);
        Scaling unscaled = new Scaling(kernel, new double[mu.length], null, null, true);
        ChainEngine chain = new ChainEngine(new Chain(unscaled, new KernelSource.OfDivergence(divergence), pieces), 1, mu, nu);
        if (!started) {
            startAtProducts(kernel);
        }
        request.of(false, marginals.why()).within(tolerance(), Math.max(remaining(), 1), Phase.ONLY);
        solution.trace().begin(StepKind.LOG_DOMAIN, solution.iterations());
        new SinkhornSolver(chain, options.accelerated()).solve(potential, request, solution);
        if (marginals.beyondFloat32()) {
            new Scaling.Source(divergence, new Numbers(solution.u()), new Numbers(solution.v()), options.tolerance(), true)
                    .sums(inputs, pieces, rowSums, columnSums);
            end();
        } else {
            measure(solution.u(), solution.v());
        }
    }

    /** @throws IllegalArgumentException if scores are too large for their differences to be exact enough */
    public void requireMeasurable(HeadScores head) {
        LogKernel.requireMeasurable(head.fill(builder, divergence, 1).range(Normalised.BOTH));
    }

    /** Whether the kernel and the marginals are symmetric, so that the coupling is. */
    private boolean symmetric() {
        return divergence == Direction.SYMMETRIC && options.uniform() && inputs.mask(divergence).symmetric()
                && inputs.sharedBackward();
    }

    /** Takes potentials to start at, with their mean for a column that had no mass; false if there are none. */
    private boolean takeStart(double[] start) {
        if (start == null) {
            return false;
        }
        double mean = Potentials.mean(start);
        for (int j = 0; j < potential.length; j++) {
            if (Double.isNaN(start[j])) {
                return false;
            }
            double finite = start[j] > Double.NEGATIVE_INFINITY ? start[j] : mean;
            potential[j] = nu[j] > 0 ? finite / LogTwo.VALUE : Double.NEGATIVE_INFINITY;
        }
        return true;
    }

    /** Solves at increasing fractions of the inverse temperature, each from the potentials that the last solve predicts. */
    private void continueInBeta() {
        double fraction = Math.min(1, FIRST_RANGE / inputs.fill(builder, divergence, 1).range(Normalised.SCALED));
        boolean first = true;
        while (fraction < 1 && remaining() > 0) {
            solve(fraction, !first, CONTINUATION_TOLERANCE, Phase.CONTINUATION);
            double next = Math.min(1, 2 * fraction);
            predict(next / fraction);
            fraction = next;
            first = false;
        }
        solve(1, !first, tolerance(), Phase.CONTINUATION_END);
    }

    /** Starts the next solve at the last potentials times {@code growth}. */
    private void predict(double growth) {
        for (int j = 0; j < potential.length; j++) {
            potential[j] = growth * solution.v(j) / LogTwo.VALUE;
        }
    }

    /**
     * Solves at a fraction of the inverse temperature.
     *
     * @param started whether {@link #potential} has the potentials to start at
     */
    private void solve(double fraction, boolean started, double tolerance, Phase phase) {
        LogKernel kernel = inputs.fill(builder, divergence, fraction).build(HeadScores.scaled(options.tolerance()));
        engine.bind(kernel, choice(fraction), pieces, solution.trace());
        if (!started) {
            startAtProducts(kernel);
        }
        request.within(tolerance, remaining(), options.accelerated() ? phase : Phase.ONLY);
        solution.trace().begin(fraction < 1 ? StepKind.CONTINUATION : StepKind.START, solution.iterations());
        solver.solve(potential, request, solution);
    }

    /** Names a log-kernel to other machines, and allocates for them alone. */
    private KernelChoice choice(double fraction) {
        return pieces.machines() == null ? null : new KernelChoice(divergence, fraction, options.tolerance());
    }

    /** Starts at potentials that cancel the column offsets of the log-kernel, which leaves the inner products. */
    private void startAtProducts(LogKernel kernel) {
        for (int j = 0; j < potential.length; j++) {
            potential[j] = nu[j] > 0 ? -kernel.columnOffset(j) : Double.NEGATIVE_INFINITY;
        }
    }

    /** The passes over the kernel that are left. */
    private int remaining() {
        return options.maxIterations() - solution.iterations();
    }

    /**
     * Replaces both potentials by their mean, as rows and columns of a symmetric kernel have the same potential, if the result still
     * converges. To first order its error is half of theirs.
     */
    private void average() {
        for (int i = 0; i < u.length; i++) {
            u[i] = (solution.u(i) + solution.v(i)) / 2;
        }
        double mean = Potentials.mean(u);
        for (int i = 0; i < u.length; i++) {
            potential[i] = u[i] - mean;
            u[i] += mean;
        }
        measure(u, potential);
        if (solution.outcome() == Outcome.CONVERGED) {
            solution.setPotentials(u, potential);
        } else {
            measure(solution.u(), solution.v());
        }
    }

    /** Sums the entries of an operator with these potentials, and ends the solve by them. */
    private void measure(double[] naturalU, double[] naturalV) {
        if (!engine.measureStored(naturalU, naturalV, rowSums, columnSums)) {
            inputs.fill(builder, divergence, 1);
            engine.measure(builder.build(HeadScores.scaled(options.tolerance())), choice(1), naturalU, naturalV, rowSums, columnSums);
        }
        end();
    }

    private void end() {
        solution.end(rowSums, columnSums, marginals, options.tolerance(), marginals.why(), true);
    }
}
