package dev.gatun.internal.work;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Work to be done over and over by a calling thread and its helpers: a run of it allocates nothing but what the executor
 * does to take a task.
 *
 * <p>Pieces are handed out one at a time. Each worker has a stretch of them that it takes first, and then helps others
 * with theirs: so the same pieces mostly come to the same worker, run after run, whose caches hold what they need, and
 * workers seldom write to the same cache line. A helper that comes too late finds none and leaves, or it joins the next run.
 * Where one run is to follow another it lingers for a while once it is done, so that nobody has to be woken.
 *
 * <p>What is handed out together is a round. Its number is part of every ticket, so that nobody takes one of a round that he
 * does not know of.
 */
public final class SharedWork {

    /** How long to look out for the last pieces, or for the next run, before going to sleep: waking takes as long. */
    public static final long SPIN_NANOS = 50_000;

    /** Longs from one worker's tickets to the next, two cache lines. */
    private static final int APART = 16;

    /** Where a round's number begins, above its count of pieces or the number of a ticket. */
    private static final int ROUND = Integer.SIZE;

    private final Executor executor;
    private final int threads;
    private final long lingering;
    private final HelpingWorker[] helpers;
    private final AtomicLongArray tickets;
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private Piece piece;
    private Piece next;
    private int following;
    private volatile long state;
    private volatile Thread sleeper;

    /** @param lingering how long helpers look out for another run, in nanoseconds */
    SharedWork(Executor executor, int threads, long lingering) {
        this.executor = executor;
        this.threads = threads;
        this.lingering = lingering;
        this.tickets = new AtomicLongArray((threads + 1) * APART);
        this.helpers = new HelpingWorker[threads - 1];
        for (int h = 0; h < helpers.length; h++) {
            helpers[h] = new HelpingWorker(h + 1);
        }
    }

    /** One worker's place. */
    private final class HelpingWorker implements Runnable {
        private final int worker;
        private final AtomicBoolean called = new AtomicBoolean();

        HelpingWorker(int worker) {
            this.worker = worker;
        }

        /** Looks once more after leaving: a run that began just before has counted on this helper. */
        @Override
        public void run() {
            long seen;
            do {
                do {
                    seen = drain(worker);
                } while (linger(seen));
                called.set(false);
            } while (state != seen && called.compareAndSet(false, true));
        }

        /** Whether another round has begun. */
        private boolean linger(long seen) {
            long start = System.nanoTime();
            while (state == seen) {
                if (System.nanoTime() - start >= lingering) {
                    return false;
                }
                Thread.onSpinWait();
            }
            return true;
        }
    }

    /** Runs pieces {@code 0 .. count - 1}, and returns when all are done; throws what the first failed one threw. */
    public void run(int count, Piece each) {
        run(count, each, 0, null);
    }

    /** As above, and then {@code after} pieces of another kind: when all the others are done, unless one has failed. */
    public void run(int before, Piece each, int after, Piece eachAfter) {
        next = eachAfter;
        following = after;
        if (before > 0) {
            open(before, each);
        } else {
            proceed();
        }
        while (count(state) > 0) {
            callHelpers(count(state));
            await(drain(0));
        }
        piece = null;
        next = null;
        raise(failure.getAndSet(null));
    }

    /** Begins the next round; an empty one ends a run. */
    private void open(int count, Piece each) {
        piece = each;
        done.setPlain(0);
        long round = (state >>> ROUND) + 1 << ROUND;
        state = round | count;
        for (int worker = 0; count > 0 && worker < threads; worker++) {
            tickets.set(at(worker), round);
        }
    }

    private static int count(long state) {
        return (int) state;
    }

    private static int at(int worker) {
        return (worker + 1) * APART;
    }

    /** An executor that rejects one helper is not asked for more in this round: the caller does their share. */
    private void callHelpers(int pieces) {
        for (int h = 0; h < Math.min(helpers.length, pieces - 1); h++) {
            if (!helpers[h].called.get() && !call(helpers[h])) {
                return;
            }
        }
    }

    /**
     * Gives a helper to the executor; false if it rejects it, as one that is full or shut down does. Anything else that
     * it throws is thrown by the run, once those who have begun are done.
     */
    private boolean call(HelpingWorker helper) {
        if (helper.called.compareAndSet(false, true)) {
            try {
                executor.execute(helper);
            } catch (RejectedExecutionException busy) {
                helper.called.set(false);
                return false;
            } catch (RuntimeException | Error failed) {
                helper.called.set(false);
                failure.compareAndSet(null, failed);
            }
        }
        return true;
    }

    private boolean failed() {
        return failure.get() != null;
    }

    /** Does what pieces there are to take in the round under way, and returns what {@link #state} it found. */
    private long drain(int worker) {
        long seen = state;
        int pieces = 0;
        for (int index = take(worker, seen); index >= 0; index = take(worker, seen)) {
            attempt(index, worker);
            pieces++;
        }
        if (pieces > 0 && done.addAndGet(pieces) == count(seen)) {
            proceed();
        }
        return seen;
    }

    private void attempt(int index, int worker) {
        try {
            if (!failed()) {
                piece.run(index, worker);
            }
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
        }
    }

    /** To the pieces that follow, or to the end. */
    private void proceed() {
        int count = failed() ? 0 : following;
        following = 0;
        open(count, next);
        Thread waiting = sleeper;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /** A piece of the round, the worker's own first, or -1 where none is left or the round is over. */
    private int take(int worker, long round) {
        int count = count(round);
        for (int w = worker; count > 0 && w < worker + threads; w++) {
            int from = w % threads;
            int start = (int) ((long) from * count / threads);
            int end = (int) ((from + 1L) * count / threads);
            int ticket = ticket(at(from), round, end - start);
            if (ticket >= 0) {
                return start + ticket;
            }
        }
        return -1;
    }

    /**
     * The next ticket of a worker's, or -1. It is taken only if it is still what was seen, for a worker may be held up here
     * until another round has begun, whose ticket would be lost.
     */
    private int ticket(int at, long round, int count) {
        while (true) {
            long ticket = tickets.get(at);
            if (ticket >>> ROUND != round >>> ROUND) {
                if (state != round) {
                    return -1;
                }
                Thread.onSpinWait();
            } else if ((int) ticket >= count) {
                return -1;
            } else if (tickets.compareAndSet(at, ticket, ticket + 1)) {
                return (int) ticket;
            }
        }
    }

    /** Waits while {@link #state} is as it was seen. */
    private void await(long seen) {
        boolean interrupted = false;
        long start = System.nanoTime();
        while (state == seen && count(seen) > 0) {
            if (System.nanoTime() - start < SPIN_NANOS) {
                Thread.onSpinWait();
                continue;
            }
            sleeper = Thread.currentThread();
            if (state == seen) {
                LockSupport.park(this);
            }
            sleeper = null;
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void raise(Throwable thrown) {
        switch (thrown) {
            case null -> { }
            case RuntimeException unchecked -> throw unchecked;
            case Error error -> throw error;
            case Throwable checked -> throw new IllegalStateException(checked);
        }
    }
}
