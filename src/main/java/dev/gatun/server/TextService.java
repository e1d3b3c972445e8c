package dev.gatun.server;

import dev.gatun.server.Refusal.Reason;
import io.helidon.webserver.CloseConnectionException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Turns the texts of a request into tokens and waits for their embeddings. */
final class TextService {

    /** Chars of a text per token that the model takes: the rest of a longer text is not even looked at. */
    private static final int CHARS_PER_TOKEN = 250;

    /** How long a request waits before it asks whether its client is still there, and between two such questions. */
    private static final long LOOK_NANOS = 100_000_000;

    /** What a request may ask for with its texts; null where it does not say. */
    record TextSettings(Boolean truncate, boolean keepEnd, String prompt, String parameter) {
    }

    /** Embeddings of texts, one row each, and the number of tokens of all. */
    record Embedded(float[][] rows, long tokens) {
    }

    private final ServedEncoder encoder;
    private final ServerOptions options;
    private final ServerMetrics metrics;
    private final TextBatcher batcher;

    TextService(ServedEncoder encoder, ServerOptions options, ServerMetrics metrics, TextBatcher batcher) {
        this.encoder = encoder;
        this.options = options;
        this.metrics = metrics;
        this.batcher = batcher;
    }

    /**
     * The embeddings of texts, in their order.
     *
     * @throws Refusal if a text is not one that the model takes, or there is no room or time for them
     */
    Embedded embed(TextInputs inputs, TextSettings settings) {
        long start = System.nanoTime();
        metrics.accepted(inputs.single());
        PendingTexts pending = new PendingTexts(sequences(inputs.texts(), settings));
        long tokenized = System.nanoTime();
        batcher.submit(pending);
        float[][] rows = await(pending, start + options.requestTime().toNanos());
        metrics.embedded(inputs.single(), pending, tokenized - start, System.nanoTime() - start);
        return new Embedded(rows, pending.tokens());
    }

    private int[][] sequences(List<Object> texts, TextSettings settings) {
        if (texts.isEmpty()) {
            throw empty(settings.parameter);
        }
        String prefix = prefix(settings.prompt);
        int[][] sequences = new int[texts.size()][];
        for (int i = 0; i < sequences.length; i++) {
            sequences[i] = switch (texts.get(i)) {
                case String text -> encode(text, prefix, settings);
                case int[] ids -> check(ids, prefix, settings);
                default -> throw new AssertionError();
            };
        }
        return sequences;
    }

    /**
     * The text that goes before each text.
     *
     * @throws Refusal if the model has no prefix of that name
     */
    String prefix(String name) {
        String wanted = name == null ? options.prompt() : name;
        if (wanted == null) {
            return "";
        }
        String prefix = encoder.prompts().get(wanted);
        if (prefix == null) {
            throw new Refusal(Reason.INVALID, "the model has no prefix '" + wanted + "'; it has " + encoder.prompts().keySet(),
                    "prompt_name");
        }
        return prefix;
    }

    private int[] encode(String text, String prefix, TextSettings settings) {
        if (text.isEmpty()) {
            throw empty(settings.parameter);
        }
        String whole = prefix + text;
        if (truncates(settings)) {
            int limit = maxChars();
            whole = whole.length() <= limit ? whole
                    : settings.keepEnd ? whole.substring(whole.length() - limit) : whole.substring(0, limit);
        } else {
            requireTokenizable(whole.length(), settings.parameter);
        }
        return cut(encoder.encode(whole), settings);
    }

    private int maxChars() {
        return Math.multiplyExact(CHARS_PER_TOKEN, encoder.maxTokens());
    }

    /**
     * Refuses a text that is much longer than any that the model takes.
     *
     * @param chars the length of the text with its prefix
     */
    void requireTokenizable(int chars, String parameter) {
        if (chars > maxChars()) {
            throw new Refusal(Reason.TOO_LONG, String.format(Locale.ROOT, "`%s`: a text has %s characters; %s are the most",
                    parameter, chars, maxChars()), parameter);
        }
    }

    /** Token ids are taken as they are: the special ones are among them. */
    private int[] check(int[] ids, String prefix, TextSettings settings) {
        if (ids.length == 0) {
            throw empty(settings.parameter);
        }
        if (!prefix.isEmpty()) {
            throw new Refusal(Reason.INVALID, "a prefix goes before texts, not before token ids", settings.parameter);
        }
        for (int id : ids) {
            if (id < 0 || id >= encoder.vocabulary()) {
                throw new Refusal(Reason.INVALID, String.format(Locale.ROOT, "`%s`: token id %s is not one of the %s of the model",
                        settings.parameter, id, encoder.vocabulary()), settings.parameter);
            }
        }
        return cut(ids, settings);
    }

    private int[] cut(int[] ids, TextSettings settings) {
        int most = encoder.maxTokens();
        if (ids.length <= most) {
            return ids;
        }
        if (!truncates(settings)) {
            throw new Refusal(Reason.TOO_LONG, String.format(Locale.ROOT, "`%s`: a text has %s tokens; the model takes %s at most",
                    settings.parameter, ids.length, most), settings.parameter);
        }
        int[] kept = Arrays.copyOf(ids, most);
        if (settings.keepEnd) {
            System.arraycopy(ids, ids.length - most + 1, kept, 1, most - 1);
        }
        kept[most - 1] = ids[ids.length - 1];
        return kept;
    }

    private boolean truncates(TextSettings settings) {
        return settings.truncate == null ? options.truncates() : settings.truncate;
    }

    private static Refusal empty(String parameter) {
        return new Refusal(Reason.EMPTY, "`" + parameter + "` cannot be empty", parameter);
    }

    private float[][] await(PendingTexts pending, long end) {
        try {
            while (true) {
                long left = end - System.nanoTime();
                try {
                    return pending.embeddings().get(Math.max(0, Math.min(left, LOOK_NANOS)), TimeUnit.NANOSECONDS);
                } catch (TimeoutException waiting) {
                    requireWorth(pending, left);
                }
            }
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Refusal refusal) {
                throw refusal;
            }
            throw new Refusal(Reason.FAILED, "the encoder failed: " + failure.getCause());
        } catch (InterruptedException stop) {
            pending.abandon();
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the server stops", stop);
        }
    }

    private void requireWorth(PendingTexts pending, long left) {
        if (left <= LOOK_NANOS) {
            pending.abandon();
            throw new Refusal(Reason.LATE, "not embedded within " + options.requestTime().toMillis() + " ms");
        }
        ClientConnection connection = ClientConnection.current();
        if (connection != null && connection.isGone()) {
            pending.abandon();
            metrics.dropped();
            throw new CloseConnectionException("the client has gone");
        }
    }
}
