package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Embeds the texts of all requests in ragged batches. A batch takes all that waits, in the order of arrival, up to a number of tokens:
 * a lone request runs at once, and while the encoder is busy the next batch gathers.
 */
final class TextBatcher implements AutoCloseable {

    /** The waiting sequence of a request. */
    private record Waiting(PendingTexts texts, int index) {

        void fail(Throwable cause) {
            texts.fail(cause);
        }

        int tokens() {
            return texts.sequence(index).length;
        }
    }

    private final ServedEncoder encoder;
    private final ServerOptions options;
    private final ServerMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final List<Thread> workers = new ArrayList<>();

    /** The sequences that workers embed. */
    private final Set<Waiting> running = new HashSet<>();
    private long queuedTokens;
    private boolean stopping;

    TextBatcher(ServedEncoder encoder, ServerOptions options, ServerMetrics metrics) {
        this.encoder = encoder;
        this.options = options;
        this.metrics = metrics;
        for (int i = 0; i < options.batchers(); i++) {
            workers.add(Thread.ofPlatform().daemon().name("gatun-batch-" + i).start(this::work));
        }
    }

    /**
     * Queues all sequences of a request, or none.
     *
     * @throws Refusal if there is no room for them, or the server stops
     */
    void submit(PendingTexts texts) {
        if (texts.count() > options.maxQueuedTexts() || texts.tokens() > options.maxQueuedTokens()) {
            throw new Refusal(Reason.TOO_MANY, String.format(Locale.ROOT, "%s texts of %s tokens; a request has %s of %s at most",
                    texts.count(), texts.tokens(), options.maxQueuedTexts(), options.maxQueuedTokens()));
        }
        lock.lock();
        try {
            if (stopping) {
                throw new Refusal(Reason.STOPPING, "the server stops");
            }
            if (queue.size() + texts.count() > options.maxQueuedTexts()
                    || queuedTokens + texts.tokens() > options.maxQueuedTokens()) {
                throw new Refusal(Reason.OVERLOADED, "Model is overloaded");
            }
            for (int i = 0; i < texts.count(); i++) {
                queue.add(new Waiting(texts, i));
            }
            queuedTokens += texts.tokens();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The number of sequences that wait. */
    int queuedTexts() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    /** The number of tokens that wait. */
    long queuedTokens() {
        lock.lock();
        try {
            return queuedTokens;
        } finally {
            lock.unlock();
        }
    }

    /** Refuses further requests, and those that wait or run: nobody waits for their embeddings any longer. */
    void refuseAll() {
        lock.lock();
        try {
            stopping = true;
            Refusal refusal = new Refusal(Reason.STOPPING, "the server stops");
            queue.forEach(waiting -> waiting.fail(refusal));
            running.forEach(waiting -> waiting.fail(refusal));
            queue.clear();
            queuedTokens = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Refuses all requests and ends the workers.
     *
     * @param nanos how long to wait for batches that run
     */
    void close(long nanos) {
        refuseAll();
        long end = System.nanoTime() + nanos;
        boolean interrupted = false;
        for (Thread worker : workers) {
            try {
                worker.join(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
            } catch (InterruptedException stop) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        close(0);
    }

    private void work() {
        List<Waiting> batch = new ArrayList<>();
        while (take(batch)) {
            embedAll(batch);
            done(batch);
        }
    }

    /** Embeds a batch. If that fails, each text runs alone, so that only those at fault fail. */
    private void embedAll(List<Waiting> batch) {
        try {
            embed(batch);
        } catch (Throwable failure) {
            if (batch.size() == 1) {
                batch.getFirst().fail(failure);
                return;
            }
            for (Waiting waiting : batch) {
                if (!waiting.texts.isOver()) {
                    embedAll(List.of(waiting));
                }
            }
        }
    }

    private void done(List<Waiting> batch) {
        lock.lock();
        try {
            batch.forEach(running::remove);
        } finally {
            lock.unlock();
        }
        batch.clear();
    }

    /** Waits for sequences and moves those of the next batch; false if the server stops. */
    private boolean take(List<Waiting> batch) {
        lock.lock();
        try {
            while (batch.isEmpty()) {
                while (queue.isEmpty()) {
                    if (stopping) {
                        return false;
                    }
                    changed.awaitUninterruptibly();
                }
                move(batch);
            }
            if (!queue.isEmpty()) {
                changed.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void move(List<Waiting> batch) {
        long tokens = 0;
        for (Waiting next = queue.peek(); next != null; next = queue.peek()) {
            if (next.texts.isOver()) {
                queuedTokens -= queue.remove().tokens();
                continue;
            }
            tokens += next.tokens();
            if (!batch.isEmpty() && (tokens > options.maxBatchTokens() || batch.size() == options.maxBatchTexts())) {
                return;
            }
            batch.add(queue.remove());
            running.add(next);
            queuedTokens -= next.tokens();
        }
    }

    private void embed(List<Waiting> batch) {
        int[] offsets = new int[batch.size() + 1];
        for (int i = 0; i < batch.size(); i++) {
            offsets[i + 1] = offsets[i] + batch.get(i).tokens();
            batch.get(i).texts.begin();
        }
        int[] ids = new int[offsets[batch.size()]];
        for (int i = 0; i < batch.size(); i++) {
            System.arraycopy(batch.get(i).texts.sequence(batch.get(i).index), 0, ids, offsets[i], offsets[i + 1] - offsets[i]);
        }
        metrics.batch(batch.size(), ids.length);
        float[][] rows = encoder.embed(ids, offsets);
        boolean[] finite = new boolean[batch.size()];
        for (int i = 0; i < batch.size(); i++) {
            finite[i] = isFinite(rows[i]);
        }
        for (int i = 0; i < batch.size(); i++) {
            if (finite[i]) {
                batch.get(i).texts.complete(batch.get(i).index, rows[i]);
            } else {
                batch.get(i).fail(new IllegalStateException("a component of the embedding is not finite"));
            }
        }
    }

    /** JSON has no other numbers. */
    private static boolean isFinite(float[] row) {
        for (float component : row) {
            if (!Float.isFinite(component)) {
                return false;
            }
        }
        return true;
    }
}
