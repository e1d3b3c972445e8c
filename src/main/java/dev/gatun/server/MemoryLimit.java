package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import io.helidon.webserver.CloseConnectionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A limit on the memory of the bodies and answers of all requests together. A request takes memory before it fills it. */
final class MemoryLimit {

    private final Semaphore free;
    private final int total;
    private final long waitNanos;

    /**
     * A limit.
     *
     * @param total     the number of bytes
     * @param waitNanos how long a request waits for memory before it is refused
     */
    MemoryLimit(int total, long waitNanos) {
        this.free = new Semaphore(total);
        this.total = total;
        this.waitNanos = waitNanos;
    }

    /** The memory of a new request, which has none yet. */
    Share share() {
        return new Share();
    }

    /** The number of bytes that no request has taken. */
    int free() {
        return free.availablePermits();
    }

    /** The memory of one request. Used by the thread of its connection alone. */
    final class Share implements AutoCloseable {

        private int taken;

        private Share() {
        }

        /**
         * Takes memory. A request that wants more than all takes all.
         *
         * @throws Refusal if other requests do not give back enough in time
         */
        void take(long bytes) {
            int more = (int) Math.min(bytes, total - taken);
            try {
                if (!free.tryAcquire(more, waitNanos, TimeUnit.NANOSECONDS)) {
                    throw new Refusal(Reason.OVERLOADED, "Model is overloaded");
                }
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
                throw new CloseConnectionException("the client is too slow, or the server stops", stop);
            }
            taken += more;
        }

        @Override
        public void close() {
            free.release(taken);
            taken = 0;
        }
    }
}
