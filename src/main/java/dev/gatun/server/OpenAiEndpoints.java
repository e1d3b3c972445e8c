package dev.gatun.server;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.gatun.server.Refusal.Reason;
import dev.gatun.server.TextService.Embedded;
import dev.gatun.server.TextService.TextSettings;
import java.io.IOException;

/** The part of OpenAI's interface that concerns embeddings. */
final class OpenAiEndpoints {

    private static final String TEXTS = "input";
    private final ServedEncoder encoder;
    private final ServerOptions options;
    private final TextService service;
    private final long created = System.currentTimeMillis() / 1000;

    OpenAiEndpoints(ServedEncoder encoder, ServerOptions options, TextService service) {
        this.encoder = encoder;
        this.options = options;
        this.service = service;
    }

    /** The members of a request that count. */
    private static final class Request implements RequestBody.Members {

        private TextInputs texts;
        private boolean base64;
        private Integer dimensions;
        private String prompt;

        @Override
        public boolean read(String name, RequestBody body) throws IOException {
            switch (name) {
                case TEXTS -> texts = body.texts();
                case "encoding_format" -> base64 = isBase64(body.string());
                case "dimensions" -> dimensions = body.positive();
                case "prompt_name" -> prompt = body.string();
                case "model", "user" -> body.string();
                default -> {
                    return false;
                }
            }
            return true;
        }

        private static boolean isBase64(String format) {
            return switch (format) {
                case "float" -> false;
                case "base64" -> true;
                default -> throw new Refusal(Reason.INVALID, "`encoding_format` must be 'float' or 'base64'", "encoding_format");
            };
        }
    }

    /** {@code POST /v1/embeddings}. */
    byte[] embeddings(byte[] body, MemoryLimit.Share memory) {
        Request request = new Request();
        RequestBody.read(body, options.maxTexts(), request);
        if (request.texts == null) {
            throw new Refusal(Reason.INVALID, "`input` is missing", TEXTS);
        }
        Dimensions dimensions = new Dimensions(request.dimensions, true, encoder);
        int expected = Answers.expectedBytes(request.texts.texts().size(), dimensions.count());
        memory.take(expected);
        Embedded embedded = service.embed(request.texts, new TextSettings(null, false, request.prompt, TEXTS));
        float[][] rows = dimensions.apply(embedded.rows(), encoder);
        return Answers.bytes(expected, json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (int i = 0; i < rows.length; i++) {
                embedding(json, i, rows[i], request.base64);
            }
            json.writeEndArray();
            json.writeStringField("model", encoder.name());
            json.writeObjectFieldStart("usage");
            json.writeNumberField("prompt_tokens", embedded.tokens());
            json.writeNumberField("total_tokens", embedded.tokens());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void embedding(JsonGenerator json, int index, float[] row, boolean base64) throws IOException {
        json.writeStartObject();
        json.writeStringField("object", "embedding");
        json.writeNumberField("index", index);
        json.writeFieldName("embedding");
        if (base64) {
            json.writeString(Answers.base64(row));
        } else {
            Answers.floats(json, row);
        }
        json.writeEndObject();
    }

    /** {@code GET /v1/models}. */
    byte[] models() {
        return Answers.bytes(256, json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            model(json);
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    /** {@code GET /v1/models/NAME}. */
    byte[] model(String name) {
        if (!name.equals(encoder.name())) {
            throw new Refusal(Reason.NOT_FOUND, "there is no model '" + name + "'; there is '" + encoder.name() + "'", "model");
        }
        return Answers.bytes(256, this::model);
    }

    private void model(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", encoder.name());
        json.writeStringField("object", "model");
        json.writeNumberField("created", created);
        json.writeStringField("owned_by", "gatun");
        json.writeEndObject();
    }
}
