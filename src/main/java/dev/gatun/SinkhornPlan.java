package dev.gatun;

import dev.gatun.internal.head.HeadScores;
import dev.gatun.internal.marginals.HeadMarginals;
import dev.gatun.internal.sinkhorn.SolveBuffer;
import dev.gatun.internal.sinkhorn.HeadSolver;
import dev.gatun.internal.sinkhorn.Outcome;
import dev.gatun.internal.view.CallGuard;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.Allocation;
import dev.gatun.internal.view.TensorView;
import dev.gatun.internal.work.Crew;
import dev.gatun.internal.work.HeadLoop;
import dev.gatun.internal.work.Piece;
import dev.gatun.internal.work.SharedWork;
import java.lang.foreign.Arena;

/**
 * Sinkhorn for servers: made once, solved for other queries and keys at each call.
 *
 * <p>The plan owns all scratch: for each worker the kernel of one head, within the memory that its options allow, and what
 * one head's queries and keys take packed. A call that uses only the calling thread allocates nothing on the heap once its code
 * is compiled and every kind of head has been met, unless its masses are solved for by their logarithms
 * ({@link Sinkhorn#withMarginals(double[], double[])}); with more workers the executor allocates what it needs to take a task.
 * It takes no locks. Solutions are those of {@link Scores#sinkhorn(Divergence, Sinkhorn)} to the last bit. One plan is for
 * one call at a time, and refuses a second one meanwhile: threads that call at once have a plan each.
 */
public final class SinkhornPlan {

    private final Scores scores;
    private final Worker[] workers;
    private final SharedWork work;
    private final SolveBuffer[] found;
    private final HeadSolution[] solutions;
    private final HeadMarginals[] marginals;
    private final Piece piece = this::solve;
    private final CallGuard guard = new CallGuard();
    private TensorView q;
    private TensorView k;
    private boolean warm;

    /** What one worker solves heads with. */
    private static final class Worker {
        private final HeadScores inputs;
        private final HeadSolver solver;
        private final double[] earlier;
        private final HeadLoop.Pieces pieces = new HeadLoop.Pieces(Crew.CALLER);

        Worker(HeadScores inputs, Divergence divergence, Sinkhorn options) {
            this.inputs = inputs;
            this.solver = new HeadSolver(inputs, divergence.direction(), options.options(), Arena.ofAuto());
            this.earlier = new double[inputs.columns()];
        }

        /** A copy of column potentials to begin at. */
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
        this.scores = scores;
        this.q = scores.queries().view();
        this.k = scores.keys().view();
        this.workers = new Worker[Math.min(scores.workers().threads(), count)];
        this.work = workers.length == 1 ? null : scores.workers().crew().shared();
        for (int w = 0; w < workers.length; w++) {
            workers[w] = new Worker(scores.inputs().head(0), divergence, options);
        }
        this.found = new SolveBuffer[count];
        this.solutions = new HeadSolution[count];
        this.marginals = new HeadMarginals[count];
        for (int head = 0; head < count; head++) {
            found[head] = new SolveBuffer(scores.rows(), scores.columns());
            solutions[head] = new HeadSolution(found[head]);
            marginals[head] = HeadMarginals.of(scores.inputs().mask(), 1, options.rowMarginals(head, count, scores.rows()),
                    options.columnMarginals(head, count, scores.rows(), scores.columns()), options.tolerance());
        }
    }

    /**
     * Makes a plan.
     *
     * @param scores  queries and keys of the shape that all calls have, with their scale, temperature, mask and workers
     * @param options as for {@link Scores#sinkhorn(Divergence, Sinkhorn)}; marginals are the same at every call
     * @throws IllegalArgumentException if there are no such divergences or marginals of these scores, if marginals are
     *                                  relaxed, if the scores have a bias or are given by their entries, or if the backward
     *                                  divergence has its own queries and keys
     * @throws OutOfMemoryError         if there is no room for the plan; the message says for which
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
        return Allocation.of(() -> new SinkhornPlan(scores, divergence, options),
                "a plan of Sinkhorn, %s heads of %s x %s".formatted(scores.count(), scores.rows(), scores.columns()));
    }

    /** The number of heads in all. */
    public int count() {
        return solutions.length;
    }

    /** What was found for head {@code index} in {@code 0 .. count() - 1} by the last call; the same object at every call. */
    public HeadSolution head(int index) {
        Checks.index(index, solutions.length, "head");
        return solutions[index];
    }

    /** Whether the last call found a plan for every head. */
    public boolean converged() {
        for (HeadSolution solution : solutions) {
            if (solution.status() != SinkhornStatus.CONVERGED) {
                return false;
            }
        }
        return true;
    }

    /** Solves for the queries and keys that the plan was made with, as they are in memory now. */
    public void solve() {
        solve(scores.queries(), scores.keys());
    }

    /**
     * Solves for other queries and keys.
     *
     * @param newQ of the shape of those that the plan was made with
     * @param newK likewise
     * @throws IllegalArgumentException if a shape is another, an entry is not finite, or scores are too large to be told
     *                                  apart; the solutions are then as they were. What stops a solve once it has begun, as
     *                                  want of memory does, leaves none
     * @throws IllegalStateException    if another call of this plan is under way, or memory is closed
     */
    public void solve(Heads newQ, Heads newK) {
        run(newQ, newK, false);
    }

    /** Solves for the queries and keys that the plan was made with, beginning where the last call ended. */
    public void follow() {
        follow(scores.queries(), scores.keys());
    }

    /**
     * As {@link #solve(Heads, Heads)}, beginning where the last call ended: a few passes do where queries and keys have changed
     * little. A head that had no plan begins anew.
     */
    public void follow(Heads newQ, Heads newK) {
        run(newQ, newK, true);
    }

    private void run(Heads newQ, Heads newK, boolean fromLast) {
        guard.enter();
        try {
            runAlone(Heads.view(newQ), Heads.view(newK), fromLast);
        } finally {
            guard.leave();
        }
    }

    private void runAlone(TensorView newQ, TensorView newK, boolean fromLast) {
        float largestQ = require(newQ, scores.queries().view(), "q");
        float largestK = require(newK, scores.keys().view(), "k");
        for (int head = 0; !scores.inputs().measurable(Math.max(largestQ, largestK)) && head < solutions.length; head++) {
            workers[0].requireMeasurable(newQ, newK, head);
        }
        q = newQ;
        k = newK;
        warm = fromLast;
        try {
            solveAll();
        } catch (Throwable failed) {
            for (SolveBuffer solution : found) {
                solution.begin();
            }
            throw failed;
        }
    }

    private void solveAll() {
        if (work != null && q.openToAll() && k.openToAll()) {
            work.run(solutions.length, piece);
            return;
        }
        for (int head = 0; head < solutions.length; head++) {
            solve(head, 0);
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

    private void solve(int head, int worker) {
        SolveBuffer last = found[head];
        boolean begun = warm && last.outcome() != Outcome.INFEASIBLE;
        Worker own = workers[worker];
        own.take(q, k, head);
        own.solver.solve(own.inputs, marginals[head], begun ? own.copy(last.v) : null, last, own.pieces);
    }
}
