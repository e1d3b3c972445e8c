package dev.gatun.internal.work;

import dev.gatun.internal.view.Keyhole;
import java.util.concurrent.Executor;

/**
 * The calling thread and the helpers that share its work, which are tasks of an executor.
 *
 * @param executor runs the helpers; null if the calling thread works alone
 * @param threads  the number of threads, the calling thread included
 * @param machines other machines, which share the passes over the rows of a head; null if there are none
 */
public record Crew(Executor executor, int threads, Machines machines) {

    /** The crew behind {@code dev.gatun.Workers}. */
    public static final Keyhole<Crew> OF_WORKERS = new Keyhole<>();

    /** The calling thread alone. */
    public static final Crew CALLER = new Crew(null, 1);

    /** Threads of this machine alone. */
    public Crew(Executor executor, int threads) {
        this(executor, threads, null);
    }

    /** Runs pieces {@code 0 .. count - 1} and returns when all have ended; throws the exception of the first piece that failed. */
    public void run(int count, Piece piece) {
        if (threads == 1) {
            for (int index = 0; index < count; index++) {
                piece.run(index, 0);
            }
            return;
        }
        new SharedWork(executor, threads, 0).run(count, piece);
    }

    /** Shared work that runs many times: helpers wait for a while after a run, as another may follow. */
    public SharedWork shared() {
        return new SharedWork(executor, threads, SharedWork.SPIN_NANOS);
    }
}
