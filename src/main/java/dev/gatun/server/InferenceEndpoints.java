package dev.gatun.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.gatun.server.Refusal.Reason;
import dev.gatun.server.TextService.TextSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The part of the interface of text-embeddings-inference that concerns embeddings. */
final class InferenceEndpoints {

    private static final String TEXTS = "inputs";
    private static final String SENTENCES = "inputs.sentences";

    /** Special tokens around a text. */
    private static final int SPECIAL_TOKENS = 2;

    /** Bytes of a token in an answer, besides those of its text. */
    private static final int BYTES_PER_TOKEN = 80;
    private static final int BYTES_PER_COSINE = 16;

    private final ServedEncoder encoder;
    private final ServerOptions options;
    private final TextService service;

    InferenceEndpoints(ServedEncoder encoder, ServerOptions options, TextService service) {
        this.encoder = encoder;
        this.options = options;
        this.service = service;
    }

    /** The members of a request that count. */
    private static final class Request implements RequestBody.Members {

        private TextInputs texts;
        private List<String> strings;
        private String source;
        private Boolean truncate;
        private boolean keepEnd;
        private String prompt;
        private boolean normalise = true;
        private boolean specialTokens = true;
        private Integer dimensions;

        /** Reads the members of {@code /embed}. */
        @Override
        public boolean read(String name, RequestBody body) throws IOException {
            switch (name) {
                case TEXTS -> texts = body.texts();
                case "normalize" -> normalise = body.truth();
                case "dimensions" -> dimensions = body.positive();
                default -> {
                    return readParameter(name, body);
                }
            }
            return true;
        }

        private boolean readParameter(String name, RequestBody body) throws IOException {
            switch (name) {
                case "truncate" -> truncate = body.truth();
                case "truncation_direction" -> keepEnd = isLeft(body.string());
                case "prompt_name" -> prompt = body.string();
                default -> {
                    return false;
                }
            }
            return true;
        }

        private boolean readTokenize(String name, RequestBody body) throws IOException {
            switch (name) {
                case TEXTS -> strings = body.strings();
                case "add_special_tokens" -> specialTokens = body.truth();
                case "prompt_name" -> prompt = body.string();
                default -> {
                    return false;
                }
            }
            return true;
        }

        private boolean readSimilarity(String name, RequestBody body) throws IOException {
            return switch (name) {
                case TEXTS -> body.object(this::readSentences);
                case "parameters" -> body.object(this::readParameter);
                default -> false;
            };
        }

        private boolean readSentences(String name, RequestBody body) throws IOException {
            switch (name) {
                case "source_sentence" -> source = body.string();
                case "sentences" -> strings = body.strings();
                default -> {
                    return false;
                }
            }
            return true;
        }

        private static boolean isLeft(String direction) {
            return switch (direction) {
                case "left", "Left" -> true;
                case "right", "Right" -> false;
                default -> throw new Refusal(Reason.INVALID, "`truncation_direction` must be 'left' or 'right'",
                        "truncation_direction");
            };
        }

        private TextSettings settings(String parameter) {
            return new TextSettings(truncate, keepEnd, prompt, parameter);
        }
    }

    /** {@code POST /embed}. */
    byte[] embed(byte[] body, MemoryLimit.Share memory) {
        Request request = new Request();
        RequestBody.read(body, options.maxTexts(), request);
        requirePresent(request.texts, TEXTS);
        Dimensions dimensions = new Dimensions(request.dimensions, request.normalise, encoder);
        int expected = Answers.expectedBytes(request.texts.texts().size(), dimensions.count());
        memory.take(expected);
        float[][] rows = dimensions.apply(service.embed(request.texts, request.settings(TEXTS)).rows(), encoder);
        return Answers.bytes(expected, json -> {
            json.writeStartArray();
            for (float[] row : rows) {
                Answers.floats(json, row);
            }
            json.writeEndArray();
        });
    }

    /** {@code POST /similarity}: the cosines of one sentence with others. */
    byte[] similarity(byte[] body, MemoryLimit.Share memory) {
        Request request = new Request();
        RequestBody.read(body, options.maxTexts() - 1, request::readSimilarity);
        requirePresent(request.source, "inputs.source_sentence");
        requirePresent(request.strings, SENTENCES);
        if (request.strings.isEmpty()) {
            throw new Refusal(Reason.EMPTY, "`" + SENTENCES + "` cannot be empty", SENTENCES);
        }
        List<Object> texts = new ArrayList<>();
        texts.add(request.source);
        texts.addAll(request.strings);
        memory.take((long) Float.BYTES * texts.size() * encoder.dimension());
        float[][] rows = service.embed(new TextInputs(texts, false), request.settings(TEXTS)).rows();
        return Answers.bytes(BYTES_PER_COSINE * rows.length, json -> {
            json.writeStartArray();
            for (int i = 1; i < rows.length; i++) {
                json.writeNumber((float) cosine(rows[0], rows[i]));
            }
            json.writeEndArray();
        });
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            first += (double) a[i] * a[i];
            second += (double) b[i] * b[i];
        }
        return first == 0 || second == 0 ? 0 : product / Math.sqrt(first * second);
    }

    /** {@code POST /tokenize}. Places of tokens count bytes of UTF-8. */
    byte[] tokenize(byte[] body, MemoryLimit.Share memory) {
        Request request = new Request();
        RequestBody.read(body, options.maxTexts(), request::readTokenize);
        requirePresent(request.strings, TEXTS);
        if (request.strings.isEmpty() || request.strings.contains("")) {
            throw new Refusal(Reason.EMPTY, "`" + TEXTS + "` cannot be empty", TEXTS);
        }
        String prefix = service.prefix(request.prompt);
        long chars = 0;
        for (String text : request.strings) {
            service.requireTokenizable(prefix.length() + text.length(), TEXTS);
            chars += prefix.length() + text.length() + SPECIAL_TOKENS;
        }
        // A text has no more tokens than chars, besides the special ones.
        memory.take(BYTES_PER_TOKEN * Math.min(chars, options.maxQueuedTokens()) + body.length);
        return Answers.bytes(1024, json -> {
            long tokens = 0;
            json.writeStartArray();
            for (String text : request.strings) {
                List<ServedToken> all = encoder.tokenize(prefix + text);
                tokens += all.size();
                if (tokens > options.maxQueuedTokens()) {
                    throw new Refusal(Reason.TOO_MANY, "more than " + options.maxQueuedTokens() + " tokens, the most of a request", TEXTS);
                }
                tokens(json, prefix + text, all, request.specialTokens);
            }
            json.writeEndArray();
        });
    }

    private static void tokens(JsonGenerator json, String text, List<ServedToken> all, boolean specialTokens) throws IOException {
        int chars = 0;
        int bytes = 0;
        json.writeStartArray();
        for (ServedToken token : all) {
            if (token.special()) {
                if (specialTokens) {
                    token(json, token, token.text(), null, null);
                }
                continue;
            }
            int begin = bytes + utf8Bytes(text, chars, token.begin());
            int end = begin + utf8Bytes(text, token.begin(), token.end());
            token(json, token, text.substring(token.begin(), token.end()), begin, end);
            chars = token.end();
            bytes = end;
        }
        json.writeEndArray();
    }

    private static void token(JsonGenerator json, ServedToken token, String text, Integer begin, Integer end) throws IOException {
        json.writeStartObject();
        json.writeNumberField("id", token.id());
        json.writeStringField("text", text);
        json.writeBooleanField("special", token.special());
        place(json, "start", begin);
        place(json, "stop", end);
        json.writeEndObject();
    }

    private static void place(JsonGenerator json, String name, Integer place) throws IOException {
        if (place == null) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, place);
        }
    }

    /** The number of bytes of a part of a text in UTF-8; negative if the part runs backward. */
    private static int utf8Bytes(String text, int begin, int end) {
        if (end < begin) {
            return -utf8Bytes(text, end, begin);
        }
        int bytes = 0;
        for (int i = begin; i < end; i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes;
    }

    /** {@code GET /info}. */
    byte[] info() {
        return Answers.bytes(512, json -> {
            json.writeStartObject();
            json.writeStringField("model_id", encoder.name());
            json.writeNullField("model_sha");
            json.writeStringField("model_dtype", encoder.weights());
            json.writeStringField("served_model_name", encoder.name());
            json.writeObjectFieldStart("model_type");
            json.writeObjectFieldStart("embedding");
            json.writeStringField("pooling", encoder.pooling());
            json.writeEndObject();
            json.writeEndObject();
            json.writeNumberField("max_concurrent_requests", options.maxQueuedTexts());
            json.writeNumberField("max_input_length", encoder.maxTokens());
            json.writeNumberField("max_batch_tokens", options.maxBatchTokens());
            json.writeNumberField("max_batch_requests", options.maxBatchTexts());
            json.writeNumberField("max_client_batch_size", options.maxTexts());
            json.writeBooleanField("auto_truncate", options.truncates());
            json.writeNumberField("tokenization_workers", Runtime.getRuntime().availableProcessors());
            json.writeStringField("version", "gatun");
            json.writeNullField("sha");
            json.writeNullField("docker_label");
            json.writeEndObject();
        });
    }

    private static void requirePresent(Object value, String name) {
        if (value == null) {
            throw new Refusal(Reason.INVALID, "`" + name + "` is missing", name);
        }
    }
}
