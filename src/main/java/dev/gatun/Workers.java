package dev.gatun;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.Crew;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Who does the work: the calling thread alone, it and threads of a caller's executor, or it and other machines.
 *
 * <p>Work is cut into pieces whose results do not depend on who does them, so every result is bitwise the same for any
 * number of workers. The calling thread always takes part, so work gets done even when the executor is busy, full or shut
 * down: whatever it rejects or never begins, the calling thread does.
 */
public final class Workers {

    /** Each worker owns scratch: more threads than any machine has are a mistake. */
    private static final int MAX_THREADS = 4096;

    private static final Workers CALLER = new Workers(Crew.CALLER);

    static {
        Crew.OF_WORKERS.cut(workers -> ((Workers) workers).crew);
    }

    private final Crew crew;

    private Workers(Crew crew) {
        this.crew = crew;
    }

    /** {@return the calling thread alone} */
    public static Workers caller() {
        return CALLER;
    }

    /**
     * The calling thread and {@code threads - 1} tasks of {@code executor}. A task that the executor rejects
     * ({@link java.util.concurrent.RejectedExecutionException}), or takes and never begins, leaves its share to the others.
     *
     * @param executor runs what the calling thread shares out
     * @param threads  1 to {@value #MAX_THREADS}
     * @return the workers
     * @throws IllegalArgumentException if {@code threads} is not
     * @throws NullPointerException     if {@code executor} is null
     */
    public static Workers of(Executor executor, int threads) {
        Checks.given(executor, "the executor");
        Checks.positive(threads, "threads");
        if (threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be at most " + MAX_THREADS + ", not " + threads);
        }
        return threads == 1 ? CALLER : new Workers(new Crew(executor, threads));
    }

    /**
     * The calling thread, and other machines that compute the rows of a head: in a Sinkhorn solve, in a Schroedinger bridge, and in
     * {@code apply} of every operator. Also in steps and row sums of {@link Transitions} of more than 1024 tokens, and with them in their
     * stationary distribution of more than 2048; in products of a {@link Conjugate} of as many tokens, and with them in spectra and maps.
     * Everything else is the work of the calling thread. Results stay the same to the last bit, of a Sinkhorn solve those of one that
     * stores no entries.
     *
     * @param machines run what the calling thread sends
     * @return the workers
     * @throws NullPointerException if {@code machines} is null
     */
    public static Workers on(Machines machines) {
        Checks.given(machines, "the machines");
        return new Workers(new Crew(null, 1, machines::run));
    }

    /**
     * Other machines. Each has the scores too, and a {@link dev.gatun.cluster.RowWorker} of them that runs what it is sent. Requests and
     * results are serialized objects, which whoever carries them must take from trusted machines alone.
     */
    @FunctionalInterface
    public interface Machines {
        /**
         * Has the parts of a pass computed, each once, by {@link dev.gatun.cluster.RowWorker#run} on any machine.
         *
         * @param request what each of them needs beside the scores; its text says what it does
         * @param parts   the number of parts; fewer, larger tasks take consecutive ones
         * @return what the workers returned, in any order
         */
        List<Serializable> run(Serializable request, int parts);
    }

    /** {@return how many threads take part} */
    public int threads() {
        return crew.threads();
    }

    /** One piece of work. */
    @FunctionalInterface
    public interface Piece {
        /**
         * Does piece {@code index} as worker {@code worker}; no two pieces run at once as the same worker.
         *
         * @param index  the piece
         * @param worker the thread, in {@code 0 .. threads() - 1}
         */
        void run(int index, int worker);
    }

    /**
     * Runs pieces {@code 0 .. count - 1} and returns when all are done; throws what the first failed one threw.
     *
     * @param count how many pieces
     * @param piece one piece of the work
     */
    public void run(int count, Piece piece) {
        crew.run(count, piece::run);
    }

    Crew crew() {
        return crew;
    }
}
