package dev.gatun;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
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
        if (threads == 1) {
            for (int index = 0; index < count; index++) {
                piece.run(index, 0);
            }
            return;
        }
        new Job(piece, 0).run(count);
    }

    /**
     * Work to be done over and over: a run of it allocates nothing but what the executor does to take a task, and helpers
     * linger in case that another run follows.
     */
    Job job(Piece piece) {
        return new Job(piece, Job.SPIN_NANOS);
    }

    /**
     * Pieces handed out one at a time, in order. A helper that comes too late finds none and leaves, or it joins the next
     * run. Where one run is to follow another it lingers for a while once it is done, so that nobody has to be woken.
     */
    final class Job {

        /** How long to look out for the last pieces, or for the next run, before going to sleep: waking takes as long. */
        private static final long SPIN_NANOS = 50_000;

        /** What {@link #next} is between two runs. */
        private static final int NONE = Integer.MAX_VALUE / 2;

        private final Piece piece;
        private final long lingering;
        private final Helper[] helpers = new Helper[threads - 1];
        private final AtomicInteger next = new AtomicInteger(NONE);
        private final AtomicInteger done = new AtomicInteger();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile int count;
        private volatile Thread caller;

        private Job(Piece piece, long lingering) {
            this.piece = piece;
            this.lingering = lingering;
            for (int h = 0; h < helpers.length; h++) {
                helpers[h] = new Helper(h + 1);
            }
        }

        /** One worker's place. */
        private final class Helper implements Runnable {
            private final int worker;
            private final AtomicBoolean present = new AtomicBoolean();

            Helper(int worker) {
                this.worker = worker;
            }

            /** Looks once more after leaving: a run that began just before has counted on this helper. */
            @Override
            public void run() {
                while (present.compareAndSet(false, true)) {
                    do {
                        drain(worker);
                    } while (linger());
                    present.set(false);
                    if (next.get() >= count) {
                        return;
                    }
                }
            }

            /** Whether another run has begun. */
            private boolean linger() {
                long start = System.nanoTime();
                while (next.get() >= count) {
                    if (System.nanoTime() - start >= lingering) {
                        return false;
                    }
                    Thread.onSpinWait();
                }
                return true;
            }
        }

        /** Runs pieces {@code 0 .. count - 1}, and returns when all are done; throws what the first failed one threw. */
        void run(int pieces) {
            failure.set(null);
            done.set(0);
            count = pieces;
            caller = Thread.currentThread();
            next.set(0);
            for (int h = 0; h < Math.min(helpers.length, pieces - 1); h++) {
                if (!helpers[h].present.get()) {
                    call(helpers[h]);
                }
            }
            drain(0);
            await();
            next.set(NONE);
            caller = null;
            raise();
        }

        /** What the executor throws is thrown by the run, once those who have begun are done. */
        private void call(Helper helper) {
            try {
                executor.execute(helper);
            } catch (RuntimeException | Error refused) {
                failure.compareAndSet(null, refused);
            }
        }

        /** Whether the run has failed: pieces that have not begun are not done any more. */
        boolean failed() {
            return failure.get() != null;
        }

        private void drain(int worker) {
            for (int index = next.getAndIncrement(); index < count; index = next.getAndIncrement()) {
                try {
                    if (!failed()) {
                        piece.run(index, worker);
                    }
                } catch (Throwable thrown) {
                    failure.compareAndSet(null, thrown);
                } finally {
                    Thread waiting = caller;
                    if (done.incrementAndGet() == count) {
                        LockSupport.unpark(waiting);
                    }
                }
            }
        }

        private void await() {
            boolean interrupted = false;
            long start = System.nanoTime();
            while (done.get() < count) {
                if (System.nanoTime() - start < SPIN_NANOS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted();
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }

        private void raise() {
            switch (failure.get()) {
                case null -> { }
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case Throwable checked -> throw new IllegalStateException(checked);
            }
        }
    }
}
