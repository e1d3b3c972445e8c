package dev.gatun;

import dev.gatun.internal.view.Checks;
import java.util.concurrent.Executor;

/**
 * Who does the work: the calling thread alone, or it and threads of a caller's executor.
 *
 * <p>Work is cut into pieces whose results do not depend on who does them, so every result is bitwise the same for any
 * number of workers. The calling thread always takes part, so work gets done even when the executor is busy, full or shut
 * down: whatever it rejects or never begins, the calling thread does.
 */
public final class Workers {

    /** Each worker owns scratch: more threads than any machine has are a mistake. */
    private static final int MAX_THREADS = 4096;

    private static final Workers CALLER = new Workers(null, 1);

    private final Executor executor;
    private final int threads;

    private Workers(Executor executor, int threads) {
        this.executor = executor;
        this.threads = threads;
    }

    /** The calling thread alone. */
    public static Workers caller() {
        return CALLER;
    }

    /**
     * The calling thread and {@code threads - 1} tasks of {@code executor}. A task that the executor rejects
     * ({@link java.util.concurrent.RejectedExecutionException}), or takes and never begins, leaves its share to the others.
     *
     * @param threads 1 to {@value #MAX_THREADS}
     * @throws IllegalArgumentException if {@code threads} is not
     * @throws NullPointerException     if {@code executor} is null
     */
    public static Workers of(Executor executor, int threads) {
        Checks.given(executor, "the executor");
        Checks.positive(threads, "threads");
        if (threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be at most " + MAX_THREADS + ", not " + threads);
        }
        return threads == 1 ? CALLER : new Workers(executor, threads);
    }

    /** How many threads take part. */
    public int threads() {
        return threads;
    }

    /** One piece of work. */
    @FunctionalInterface
    public interface Piece {
        /**
         * Does piece {@code index} as worker {@code worker}; no two pieces run at once as the same worker.
         */
        void run(int index, int worker);
    }

    /** Runs pieces {@code 0 .. count - 1} and returns when all are done; throws what the first failed one threw. */
    public void run(int count, Piece piece) {
        if (threads == 1) {
            for (int index = 0; index < count; index++) {
                piece.run(index, 0);
            }
            return;
        }
        new SharedWork(executor, threads, 0).run(count, piece);
    }

    /** Work to be done over and over; helpers linger in case that another run follows. */
    SharedWork shared() {
        return new SharedWork(executor, threads, SharedWork.SPIN_NANOS);
    }
}
