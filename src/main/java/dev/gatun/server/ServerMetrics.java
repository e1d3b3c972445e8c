package dev.gatun.server;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a server counts, in the text form of Prometheus. Names that begin with {@code te_} are those of text-embeddings-inference.
 */
final class ServerMetrics {

    private static final double FIRST_SECONDS = 1.5e-5;
    private static final double SECONDS_FACTOR = 1.5;
    private static final int SECONDS_BUCKETS = 35;
    private static final int SIZE_BUCKETS = 13;
    private static final int TOKEN_BUCKETS = 21;

    private final Map<String, LongAdder> requests = new ConcurrentSkipListMap<>();
    private final Map<String, LongAdder> counts = new ConcurrentSkipListMap<>();
    private final LongAdder tokens = new LongAdder();
    private final Histogram total = seconds("te_request_duration");
    private final Histogram tokenization = seconds("te_request_tokenization_duration");
    private final Histogram queue = seconds("te_request_queue_duration");
    private final Histogram inference = seconds("te_request_inference_duration");
    private final Histogram lengths = new Histogram("te_request_input_length", Histogram.geometric(1, 2, SIZE_BUCKETS));
    private final Histogram batchTexts = new Histogram("te_batch_next_size", Histogram.geometric(1, 2, SIZE_BUCKETS));
    private final Histogram batchTokens = new Histogram("te_batch_next_tokens", Histogram.geometric(1, 2, TOKEN_BUCKETS));

    private static Histogram seconds(String name) {
        return new Histogram(name, Histogram.geometric(FIRST_SECONDS, SECONDS_FACTOR, SECONDS_BUCKETS));
    }

    /** A request is answered. */
    void answered(String path, int status) {
        increment(requests, "gatun_http_requests_total{path=\"" + path + "\",status=\"" + status + "\"}");
    }

    /** Texts are to be embedded. */
    void accepted(boolean single) {
        increment(counts, "te_request_count{method=\"" + method(single) + "\"}");
    }

    /** Texts have been embedded. */
    void embedded(boolean single, PendingTexts texts, long tokenizationNanos, long totalNanos) {
        increment(counts, "te_request_success{method=\"" + method(single) + "\"}");
        tokens.add(texts.tokens());
        total.record(seconds(totalNanos));
        tokenization.record(seconds(tokenizationNanos));
        queue.record(seconds(texts.queueNanos()));
        inference.record(seconds(texts.inferenceNanos()));
        for (int i = 0; i < texts.count(); i++) {
            lengths.record(texts.sequence(i).length);
        }
    }

    /** A request is refused. */
    void refused(Refusal.Reason reason) {
        failed(switch (reason) {
            case TOO_MANY -> "batch_size";
            case OVERLOADED, LATE, STOPPING -> "overloaded";
            case FAILED -> "inference";
            default -> "validation";
        });
    }

    /** The client of a request has gone. */
    void dropped() {
        failed("dropped");
    }

    private void failed(String reason) {
        increment(counts, "te_request_failure{err=\"" + reason + "\"}");
    }

    /** A batch begins. */
    void batch(int texts, int tokensOfAll) {
        batchTexts.record(texts);
        batchTokens.record(tokensOfAll);
    }

    /** All counts, and the given state of the queue. */
    String text(int queuedTexts, long queuedTokens) {
        StringBuilder text = new StringBuilder();
        write(text, requests);
        write(text, counts);
        text.append("# TYPE gatun_tokens_total counter\ngatun_tokens_total ").append(tokens.sum()).append('\n');
        text.append("# TYPE te_queue_size gauge\nte_queue_size ").append(queuedTexts).append('\n');
        text.append("# TYPE gatun_queue_tokens gauge\ngatun_queue_tokens ").append(queuedTokens).append('\n');
        for (Histogram histogram : List.of(total, tokenization, queue, inference, lengths, batchTexts, batchTokens)) {
            histogram.write(text);
        }
        return text.toString();
    }

    private static void write(StringBuilder text, Map<String, LongAdder> counters) {
        String before = "";
        for (Map.Entry<String, LongAdder> counter : counters.entrySet()) {
            String name = counter.getKey().substring(0, counter.getKey().indexOf('{'));
            if (!name.equals(before)) {
                text.append("# TYPE ").append(name).append(" counter\n");
                before = name;
            }
            text.append(counter.getKey()).append(' ').append(counter.getValue().sum()).append('\n');
        }
    }

    private static void increment(Map<String, LongAdder> counters, String name) {
        counters.computeIfAbsent(name, absent -> new LongAdder()).increment();
    }

    private static String method(boolean single) {
        return single ? "single" : "batch";
    }

    private static double seconds(long nanos) {
        return 1e-9 * nanos;
    }
}
