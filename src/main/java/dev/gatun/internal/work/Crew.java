package dev.gatun.internal.work;

import dev.gatun.internal.view.Keyhole;
import java.util.concurrent.Executor;

/**
 * The calling thread and tasks of an executor that help it.
 *
 * @param executor where helpers come from; null where the calling thread works alone
 * @param threads  how many threads take part
 */
public record Crew(Executor executor, int threads) {

    /** The crew behind {@code dev.gatun.Workers}. */
    public static final Keyhole<Crew> OF_WORKERS = new Keyhole<>();

    /** The calling thread alone. */
    public static final Crew CALLER = new Crew(null, 1);

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
    public SharedWork shared() {
        return new SharedWork(executor, threads, SharedWork.SPIN_NANOS);
    }
}
