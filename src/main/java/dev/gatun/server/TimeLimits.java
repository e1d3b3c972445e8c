package dev.gatun.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Limits on the time in which a client sends a request or takes its answer. When one is over, the thread of the connection is
 * interrupted, and so the connection is closed.
 */
final class TimeLimits implements AutoCloseable {

    private static final long CHECK_NANOS = 50_000_000;

    private final Set<TimeLimit> running = ConcurrentHashMap.newKeySet();
    private final Thread watch = Thread.ofPlatform().daemon().name("gatun-time-limits").unstarted(this::watch);
    private volatile boolean closed;

    TimeLimits() {
        watch.start();
    }

    /** Begins a limit on the calling thread. */
    TimeLimit begin(long nanos) {
        TimeLimit limit = new TimeLimit(Thread.currentThread(), System.nanoTime() + nanos, running);
        running.add(limit);
        return limit;
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(watch);
    }

    private void watch() {
        while (!closed) {
            LockSupport.parkNanos(CHECK_NANOS);
            long now = System.nanoTime();
            for (TimeLimit limit : running) {
                if (now - limit.end > 0) {
                    limit.expire();
                }
            }
        }
    }

    /** A limit that runs until it is closed. */
    static final class TimeLimit implements AutoCloseable {

        private final Thread thread;
        private final long end;
        private final Set<TimeLimit> running;
        private boolean over;

        private TimeLimit(Thread thread, long end, Set<TimeLimit> running) {
            this.thread = thread;
            this.end = end;
            this.running = running;
        }

        private synchronized void expire() {
            if (!over) {
                thread.interrupt();
                close();
            }
        }

        /** Ends the limit: the thread is not interrupted any more. */
        @Override
        public synchronized void close() {
            over = true;
            running.remove(this);
        }
    }
}
