package dev.gatun.server;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** The token sequences of a request, and their embeddings once all are done. */
final class PendingTexts {

    private final int[][] sequences;
    private final long tokens;
    private final float[][] rows;
    private final AtomicInteger missing;
    private final CompletableFuture<float[][]> embeddings = new CompletableFuture<>();
    private final long submitted = System.nanoTime();
    private volatile long begun;

    PendingTexts(int[][] sequences) {
        this.sequences = sequences;
        long sum = 0;
        for (int[] sequence : sequences) {
            sum += sequence.length;
        }
        this.tokens = sum;
        this.rows = new float[sequences.length][];
        this.missing = new AtomicInteger(sequences.length);
    }

    int count() {
        return sequences.length;
    }

    long tokens() {
        return tokens;
    }

    int[] sequence(int index) {
        return sequences[index];
    }

    /** The embeddings, in the order of the sequences. */
    CompletableFuture<float[][]> embeddings() {
        return embeddings;
    }

    /** Nobody waits any longer: sequences that no batch has are not computed. */
    void abandon() {
        embeddings.cancel(false);
    }

    /** Whether nobody waits, or a sequence has failed. */
    boolean isOver() {
        return embeddings.isDone();
    }

    /** A batch with the first of the sequences begins. */
    void begin() {
        if (begun == 0) {
            begun = System.nanoTime();
        }
    }

    void complete(int index, float[] row) {
        rows[index] = row;
        if (missing.decrementAndGet() == 0) {
            embeddings.complete(rows);
        }
    }

    void fail(Throwable cause) {
        embeddings.completeExceptionally(cause);
    }

    long queueNanos() {
        return begun - submitted;
    }

    long inferenceNanos() {
        return System.nanoTime() - begun;
    }
}
