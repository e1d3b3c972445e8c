package dev.gatun;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.sinkhorn.HeadSolver;
import dev.gatun.internal.sinkhorn.Outcome;
import dev.gatun.internal.sinkhorn.SolveBuffer;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import dev.gatun.kernel.coupling.RowGroups;
import java.lang.foreign.Arena;

/**
 * Sinkhorn for servers: scales {@code exp(-beta d_ij)} of a {@link Divergence} d to given row and column sums. A plan is created once
 * for a shape and solves for other queries and keys at each call.
 *
 * <p>Solutions are those of {@link Scores#sinkhorn(Divergence, Sinkhorn)} to the last bit, for any number of workers.
 *
 * <p>Workers compute whole heads, or share the rows of one head after the other if there are fewer heads than workers and these have more
 * than 256 rows. The plan owns its scratch memory: for each worker that computes heads the kernel of one head, within the memory that its
 * options allow, and the packed queries and keys of one head. The memory of the caller is used during a call only: the plan keeps no
 * reference to it after the call, apart from the scores that it was created with.
 *
 * <p>A call that uses only the calling thread allocates nothing on the heap once its code is compiled and every kind of head has been
 * met, unless masses so far apart are given that they are solved for by their logarithms
 * ({@link Sinkhorn#withMarginals(double[], double[])}). With more threads the executor allocates what it needs to accept a task. A plan
 * takes no locks. It runs one call at a time and refuses a second one meanwhile, so each thread needs its own plan.
 */
public final class SinkhornPlan {

    private final Scores scores;
    private final Worker[] workers;
    private final SharedWork work;
    private final SolveBuffer[] found;
    private final HeadSolution[] solutions;
    private final HeadMarginals[] marginals;
    private final Call call = new Call();
    private final CallGuard guard = new CallGuard();

    /** The queries and keys of the call that is running. */
    private final class Call {
        private final Piece solving = this::solve;
        private TensorView q;
        private TensorView k;
        private boolean fromLast;

        /** Solves all heads; {@link #release} must follow, whether it returns or throws. */
        void run(TensorView newQ, TensorView newK, boolean newFromLast) {
            q = newQ;
            k = newK;
            fromLast = newFromLast;
            check();
            try {
                solveAll();
            } catch (Throwable failed) {
                for (SolveBuffer solution : found) {
                    solution.clear();
                }
                throw failed;
            }
        }

        /** Drops every reference to the memory of the call. */
        void release() {
            q = null;
            k = null;
        }

        private void check() {
            float largestQ = require(q, scores.queries().view(), "q");
            float largestK = require(k, scores.keys().view(), "k");
            boolean measurable = scores.inputs().measurable(Math.max(largestQ, largestK));
            for (int head = 0; !measurable && head < solutions.length; head++) {
                workers[0].requireMeasurable(q, k, head);
            }
        }

        private void solveAll() {
            if (workers.length > 1 && q.openToAll() && k.openToAll()) {
                work.run(solutions.length, solving);
                return;
            }
            for (int head = 0; head < solutions.length; head++) {
                solve(head, 0);
            }
        }

        private void solve(int head, int worker) {
            SolveBuffer last = found[head];
            boolean warm = fromLast && last.outcome() != Outcome.INFEASIBLE;
            Worker own = workers[worker];
            own.take(q, k, head);
            own.solver.solve(own.inputs, marginals[head], warm ? own.copy(last.v()) : null, last, own.pieces);
        }
    }

    /** The scratch memory in which one worker solves heads. */
    private static final class Worker {
        private final HeadScores inputs;
        private final HeadSolver solver;
        private final double[] earlier;
        private final HeadLoop.Pieces pieces;

        /** @param crew shares the rows of each head */
        Worker(HeadScores inputs, Divergence divergence, Sinkhorn options, Crew crew) {
            this.inputs = inputs;
            this.pieces = new HeadLoop.Pieces(crew);
            this.solver = new HeadSolver(inputs, divergence.direction(), options.options(), false, Arena.ofAuto());
            this.earlier = new double[inputs.columns()];
        }

        /** A copy of column potentials from which a solve begins. */
        double[] copy(double[] from) {
            System.arraycopy(from, 0, earlier, 0, earlier.length);
            return earlier;
        }

        void requireMeasurable(TensorView q, TensorView k, int head) {
            take(q, k, head);
            solver.requireMeasurable(inputs);
        }

        private void take(TensorView q, TensorView k, int head) {
            q.copyTo(head, inputs.q());
            k.copyTo(k.grouped(head, q.heads()), inputs.k());
        }
    }

    private SinkhornPlan(Scores scores, Divergence divergence, Sinkhorn options) {
        int count = scores.count();
        Crew crew = scores.workers().crew();
        boolean sharesHeads = count < crew.threads() && RowGroups.shared(scores.rows());
        this.scores = scores;
        this.workers = new Worker[sharesHeads ? 1 : Math.min(crew.threads(), count)];
        this.work = workers.length == 1 ? null : crew.shared();
        for (int w = 0; w < workers.length; w++) {
            workers[w] = new Worker(scores.inputs().head(0), divergence, options, sharesHeads ? crew : Crew.CALLER);
        }
        this.found = new SolveBuffer[count];
        this.solutions = new HeadSolution[count];
        this.marginals = new HeadMarginals[count];
        for (int head = 0; head < count; head++) {
            found[head] = new SolveBuffer(scores.rows(), scores.columns(), options.options().traced());
            solutions[head] = new HeadSolution(found[head]);
            marginals[head] = HeadMarginals.of(scores.inputs().mask(), 1, options.rowMarginals(head, count, scores.rows()),
                    options.columnMarginals(head, count, scores.rows(), scores.columns()), options.tolerance());
        }
    }

    /**
     * Creates a plan.
     *
     * @param scores     queries and keys of the shape of every call, with their scale, temperature, mask and workers
     * @param divergence the divergence whose kernel is scaled
     * @param options    as for {@link Scores#sinkhorn(Divergence, Sinkhorn)}; marginals are the same at every call
     * @return the plan
     * @throws IllegalArgumentException if the scores have no such divergence, the marginals do not fit them or are relaxed, if the
     *                                  scores have a bias or are given by their entries, if the backward divergence has its own
     *                                  queries and keys, or if the workers are other machines
     * @throws OutOfMemoryError         if there is not enough memory for the plan; the message names the plan
     */
    public static SinkhornPlan of(Scores scores, Divergence divergence, Sinkhorn options) {
        scores.requireDivergence(divergence);
        scores.inputs().requireInnerProducts("a plan of Sinkhorn");
        options.requireFitting(scores.count(), scores.rows(), scores.columns());
        if (options.isRelaxed()) {
            throw new IllegalArgumentException("a plan enforces its marginals; relaxed ones are for Scores.sinkhorn");
        }
        if (!scores.inputs().head(0).sharedBackward()) {
            throw new IllegalArgumentException(
                    "a plan takes queries and keys alone; these scores have others for the backward divergence");
        }
        if (scores.workers().crew().machines() != null) {
            throw new IllegalArgumentException("a plan runs on this machine alone; other machines are for Scores.sinkhorn");
        }
        return Allocation.of(() -> new SinkhornPlan(scores, divergence, options),
                "a plan of Sinkhorn, %s heads of %s x %s".formatted(scores.count(), scores.rows(), scores.columns()));
    }

    /**
     * The number of heads of all batch entries.
     *
     * @return {@code B H}
     */
    public int count() {
        return solutions.length;
    }

    /**
     * The solution of a head by the last call.
     *
     * @param index the head, {@code 0 .. count() - 1}, heads varying fastest
     * @return the same object at every call
     * @throws IndexOutOfBoundsException if there is no such head
     */
    public HeadSolution head(int index) {
        Checks.index(index, solutions.length, "head");
        return solutions[index];
    }

    /**
     * Whether the last call converged for every head.
     *
     * @return false also before the first call
     */
    public boolean converged() {
        for (HeadSolution solution : solutions) {
            if (solution.status() != SinkhornStatus.CONVERGED) {
                return false;
            }
        }
        return true;
    }

    /** Solves for the queries and keys of the scores that the plan was created with, as they are in memory now. */
    public void solve() {
        solve(scores.queries(), scores.keys());
    }

    /**
     * Solves for other queries and keys.
     *
     * @param newQ queries of the shape that the plan was created for
     * @param newK keys of the shape that the plan was created for
     * @throws IllegalArgumentException if a shape is another, an entry is not finite, or {@code beta s_ij} may exceed 1e12 in
     *                                  magnitude; the solutions of the last call remain then. Any other failure, such as a lack of
     *                                  memory, leaves no solutions
     * @throws IllegalStateException    if another call of this plan is running, or memory is closed
     */
    public void solve(Heads newQ, Heads newK) {
        run(newQ, newK, false);
    }

    /**
     * Solves for the queries and keys of the scores that the plan was created with, from the solution of the last call on: see
     * {@link #follow(Heads, Heads)}.
     */
    public void follow() {
        follow(scores.queries(), scores.keys());
    }

    /**
     * Solves for other queries and keys, from the column potentials of the last call on. A few passes suffice where queries and keys
     * have changed little. A head without a coupling at the last call begins anew.
     *
     * @param newQ as in {@link #solve(Heads, Heads)}
     * @param newK likewise
     * @throws IllegalArgumentException as in {@link #solve(Heads, Heads)}
     * @throws IllegalStateException    likewise
     */
    public void follow(Heads newQ, Heads newK) {
        run(newQ, newK, true);
    }

    private void run(Heads newQ, Heads newK, boolean fromLast) {
        guard.enter();
        try {
            call.run(TensorView.of(newQ), TensorView.of(newK), fromLast);
        } finally {
            call.release();
            guard.leave();
        }
    }

    private static float require(TensorView given, TensorView made, String name) {
        Checks.given(given, name);
        if (given.batch() != made.batch() || given.heads() != made.heads() || given.rows() != made.rows()
                || given.columns() != made.columns()) {
            throw new IllegalArgumentException("%s is %s; the plan was made for %s".formatted(name, given, made));
        }
        return Checks.readable(given, name);
    }
}
