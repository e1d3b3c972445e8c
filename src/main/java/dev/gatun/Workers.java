package dev.gatun;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Who does the work: the calling thread alone, or it and threads of a caller's executor.
 *
 * <p>Work is cut into pieces whose results do not depend on who does them, so every result is bitwise the same for any
 * number of workers. The calling thread always takes part, so work gets done even when the executor is busy.
 */
public final class Workers {

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
     * The calling thread and {@code threads - 1} tasks of {@code executor}.
     *
     * @throws IllegalArgumentException if {@code threads} is below 1
     */
    public static Workers of(Executor executor, int threads) {
        Checks.positive(threads, "threads");
        return threads == 1 ? CALLER : new Workers(executor, threads);
    }

    /** How many threads take part. */
    public int threads() {
        return threads;
    }

    /** One piece of work. */
    @FunctionalInterface
    interface Piece {
        /**
         * Does piece {@code index} as worker {@code worker}; no two pieces run at once as the same worker.
         */
        void run(int index, int worker);
    }

    /** Runs pieces {@code 0 .. count - 1} and returns when all are done; throws what the first failed one threw. */
    void run(int count, Piece piece) {
        int helpers = Math.min(threads, count) - 1;
        if (helpers < 1) {
            for (int index = 0; index < count; index++) {
                piece.run(index, 0);
            }
            return;
        }
        Job job = new Job(count, piece, Thread.currentThread());
        for (int worker = 1; worker <= helpers; worker++) {
            int number = worker;
            executor.execute(() -> job.drain(number));
        }
        job.drain(0);
        job.await();
    }

    /** Pieces handed out one at a time; a helper that comes too late finds none and leaves. */
    private static final class Job {
        private final int count;
        private final Piece piece;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Job(int count, Piece piece, Thread caller) {
            this.count = count;
            this.piece = piece;
            this.caller = caller;
        }

        void drain(int worker) {
            for (int index = next.getAndIncrement(); index < count; index = next.getAndIncrement()) {
                try {
                    piece.run(index, worker);
                } catch (Throwable thrown) {
                    failure.compareAndSet(null, thrown);
                } finally {
                    if (done.incrementAndGet() == count) {
                        LockSupport.unpark(caller);
                    }
                }
            }
        }

        void await() {
            boolean interrupted = false;
            while (done.get() < count) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            switch (failure.get()) {
                case null -> { }
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case Throwable checked -> throw new IllegalStateException(checked);
            }
        }
    }
}
