package dev.gatun.cli;

import dev.gatun.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The calling thread and its helpers, until closed. */
final class Team implements AutoCloseable {

    private final ExecutorService helpers;
    private final Workers workers;
    private final int threads;

    private Team(ExecutorService helpers, Workers workers, int threads) {
        this.helpers = helpers;
        this.workers = workers;
        this.threads = threads;
    }

    /** The calling thread and {@code threads - 1} more. */
    static Team of(int threads) {
        if (threads == 1) {
            return new Team(null, Workers.caller(), 1);
        }
        ExecutorService helpers = Executors.newFixedThreadPool(threads - 1,
                Thread.ofPlatform().name("gatun-", 1).daemon().factory());
        return new Team(helpers, Workers.of(helpers, threads), threads);
    }

    Workers workers() {
        return workers;
    }

    /**
     * Computes things {@code 0 .. count - 1}, each on one thread.
     *
     * @param done receives the number of those that are done
     * @throws RuntimeException that of the first thing that failed
     */
    <T> List<T> all(int count, IntFunction<T> each, IntConsumer done) {
        List<T> results = new ArrayList<>(Collections.nCopies(count, null));
        RuntimeException[] failures = new RuntimeException[count];
        AtomicInteger next = new AtomicInteger();
        AtomicInteger ended = new AtomicInteger();
        Runnable take = () -> {
            for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                try {
                    results.set(i, each.apply(i));
                } catch (RuntimeException failure) {
                    failures[i] = failure;
                    next.set(count);
                }
                synchronized (ended) {
                    done.accept(ended.incrementAndGet());
                }
            }
        };
        List<CompletableFuture<Void>> running = IntStream.range(1, threads)
                .mapToObj(thread -> CompletableFuture.runAsync(take, helpers)).toList();
        try {
            take.run();
        } finally {
            running.forEach(CompletableFuture::join);
        }
        Arrays.stream(failures).filter(Objects::nonNull).findFirst().ifPresent(failure -> {
            throw failure;
        });
        return results;
    }

    /** Does not wait: after a fault the results of running tasks are not needed. */
    @Override
    public void close() {
        if (helpers != null) {
            helpers.shutdownNow();
        }
    }
}
