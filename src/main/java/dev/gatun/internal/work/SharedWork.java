package dev.gatun.internal.work;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Work that a calling thread and its helpers share, run after run. A run allocates only what the executor needs to accept a task, and
 * keeps no reference to its pieces when it is over.
 *
 * <p>Pieces are handed out one at a time, by tickets. Each worker has a range of pieces that it takes first, and takes pieces of the
 * others when its own are gone. So the same pieces mostly go to the same worker in every run, whose caches hold their memory, and
 * workers seldom write to the same cache line. A helper that starts too late finds no piece and ends, or joins the next run. After a run
 * a helper waits for a while for the next one, so that no thread has to be woken.
 *
 * <p>The pieces that are handed out together are a round. A ticket contains the number of its round, so a worker cannot take a ticket of
 * a round that it has not seen.
 */
public final class SharedWork {

    /** How long to spin for the last pieces or the next run before sleeping: about the time that waking a thread takes. */
    public static final long SPIN_NANOS = 50_000;

    /** Longs from the tickets of one worker to those of the next: two cache lines. */
    private static final int APART = 16;

    /** The first bit of the number of a round, above its count of pieces or the number of a ticket. */
    private static final int ROUND = Integer.SIZE;

    private final Executor executor;
    private final int threads;
    private final long lingering;
    private final HelpingWorker[] helpers;
    private final AtomicLongArray tickets;
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Piece[] pair = new Piece[2];
    private final int[] pairCounts = new int[2];
    private Piece piece;
    private Piece[] rounds;
    private int[] counts;
    private int next;
    private int end;
    private volatile long state;
    private volatile Thread sleeper;

    /** @param lingering how long helpers wait for another run, in nanoseconds */
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

    /** A helper: takes pieces as the worker of its number. */
    private final class HelpingWorker implements Runnable {
        private final int worker;
        private final AtomicBoolean called = new AtomicBoolean();

        HelpingWorker(int worker) {
            this.worker = worker;
        }

        /** Checks for a round once more at the end: a run that began just before relies on this helper. */
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

    /** Runs pieces {@code 0 .. count - 1}, and returns when all have ended; throws the exception of the first piece that failed. */
    public void run(int count, Piece each) {
        run(count, each, 0, null);
    }

    /** Runs {@code before} pieces and, when all of them have ended and none has failed, {@code after} pieces of another kind. */
    public void run(int before, Piece each, int after, Piece eachAfter) {
        pair[0] = each;
        pairCounts[0] = before;
        pair[1] = eachAfter;
        pairCounts[1] = after;
        try {
            run(0, 2, pairCounts, pair);
        } finally {
            pair[0] = null;
            pair[1] = null;
        }
    }

    /**
     * Runs rounds {@code first .. last - 1} one after the other: round r has {@code newCounts[r]} pieces, possibly none, of
     * {@code each[r]}. A round begins when all pieces of the round before have ended, and if none has failed. The thread that ends a round
     * begins the next one.
     */
    public void run(int first, int last, int[] newCounts, Piece[] each) {
        rounds = each;
        counts = newCounts;
        next = first;
        end = last;
        proceed();
        while (count(state) > 0) {
            callHelpers(count(state));
            await(drain(0));
        }
        piece = null;
        rounds = null;
        counts = null;
        raise(failure.getAndSet(null));
    }

    /** Begins the next round; an empty round ends the run. */
    private void open(int count, Piece each) {
        piece = each;
        done.setPlain(0);
        long round = (state >>> ROUND) + 1 << ROUND;
        state = round | count;
        for (int worker = 0; count > 0 && worker < threads; worker++) {
            tickets.set(at(worker), round);
        }
    }

    /**
     * A permutation of {@code 0 .. count - 1}, the number of pieces of a run: {@code index} counts pieces as workers take them, and the
     * result as they are dealt to the workers in turn. Where the latter are in the order of their cost, each worker takes its own in this
     * order, and all workers have about as much to do.
     */
    public int dealt(int index, int count) {
        int worker = 0;
        while (start(worker + 1, count) <= index) {
            worker++;
        }
        int turn = index - start(worker, count);
        int turns = count / threads;
        return turn < turns ? turn * threads + worker : turns * threads + start(worker, count) - worker * turns;
    }

    /** The first of the pieces that a worker takes first. */
    private int start(int worker, int count) {
        return (int) ((long) worker * count / threads);
    }

    private static int count(long state) {
        return (int) state;
    }

    private static int at(int worker) {
        return (worker + 1) * APART;
    }

    /** Calls helpers until the executor rejects one: the caller then takes the pieces of the others in this round. */
    private void callHelpers(int pieces) {
        for (int h = 0; h < Math.min(helpers.length, pieces - 1); h++) {
            if (!helpers[h].called.get() && !call(helpers[h])) {
                return;
            }
        }
    }

    /**
     * Gives a helper to the executor; false if the executor rejects it because it is full or shut down. Any other exception of the
     * executor is thrown by the run when all pieces have ended.
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

    /** Runs pieces of the current round until none is left, and returns the {@link #state} that it began with. */
    private long drain(int worker) {
        long seen = state;
        int pieces = 0;
        for (int index = take(worker, seen); index >= 0; index = take(worker, seen)) {
            runPiece(index, worker);
            pieces++;
        }
        if (pieces > 0 && done.addAndGet(pieces) == count(seen)) {
            proceed();
        }
        return seen;
    }

    private void runPiece(int index, int worker) {
        try {
            if (!failed()) {
                piece.run(index, worker);
            }
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
        }
    }

    /** Begins the next round that has pieces, or ends the run. */
    private void proceed() {
        while (next < end && counts[next] == 0) {
            next++;
        }
        if (next == end || failed()) {
            open(0, null);
        } else {
            int round = next++;
            open(counts[round], rounds[round]);
        }
        Thread waiting = sleeper;
        if (waiting != null) {
            LockSupport.unpark(waiting);
        }
    }

    /** Takes a piece of the round, of the worker's own range first; -1 if none is left or the round is over. */
    private int take(int worker, long round) {
        int count = count(round);
        for (int w = worker; count > 0 && w < worker + threads; w++) {
            int from = w % threads;
            int start = start(from, count);
            int end = start(from + 1, count);
            int ticket = ticket(at(from), round, end - start);
            if (ticket >= 0) {
                return start + ticket;
            }
        }
        return -1;
    }

    /**
     * Takes the next ticket of a worker; -1 if none is left. It is taken by a compare-and-set, since a thread may be delayed here until
     * another round has begun, whose ticket would be lost.
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

    /** Waits until {@link #state} is no longer {@code seen}. */
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
