package dev.gatun.cli;

import dev.gatun.Workers;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The calling thread and its helpers, until closed. */
final class Team implements AutoCloseable {

    private final ExecutorService helpers;
    private final Workers workers;

    private Team(ExecutorService helpers, Workers workers) {
        this.helpers = helpers;
        this.workers = workers;
    }

    /** The calling thread and {@code threads - 1} more. */
    static Team of(int threads) {
        if (threads == 1) {
            return new Team(null, Workers.caller());
        }
        ExecutorService helpers = Executors.newFixedThreadPool(threads - 1,
                Thread.ofPlatform().name("gatun-", 1).daemon().factory());
        return new Team(helpers, Workers.of(helpers, threads));
    }

    Workers workers() {
        return workers;
    }

    /** Does not wait: after a fault the results of running tasks are not needed. */
    @Override
    public void close() {
        if (helpers != null) {
            helpers.shutdownNow();
        }
    }
}
