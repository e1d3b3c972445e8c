package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("any-width")
class InferenceEndpointsTest {

    private static RunningServer running;

    @BeforeAll
    static void start() {
        running = new RunningServer(options -> options.withMaxTexts(5));
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void embed() {
        assertRows(accepted("/embed", "{\"inputs\": \"water\"}"), List.of("water"));
        assertRows(accepted("/embed", "{\"inputs\": [\"water\", \"gate\"], \"normalize\": true}"), List.of("water", "gate"));
        assertRows(accepted("/embed", "{\"inputs\": " + Arrays.toString(running.encoder.encode("ship")) + "}"), List.of("ship"));
        assertRows(accepted("/embed", "{\"inputs\": \"water\", \"prompt_name\": \"query\"}"), List.of("q: water"));
        assertEquals(3, accepted("/embed", "{\"inputs\": \"water\", \"dimensions\": 3}").get(0).size());
        float[] raw = running.encoder.rawRow("water");
        assertArrayEquals(raw, Json.floats(accepted("/embed", "{\"inputs\": \"water\", \"normalize\": false}").get(0)));
        assertArrayEquals(Arrays.copyOf(raw, 3), Json.floats(accepted("/embed",
                "{\"inputs\": \"water\", \"normalize\": false, \"dimensions\": 3}").get(0)));
    }

    @Test
    void longTextsAreCutWhereAsked() {
        String text = "ab".repeat(CodePointEncoder.MAX_TOKENS);
        String room = "ab".repeat(CodePointEncoder.MAX_TOKENS / 2 - 1);
        String body = "{\"inputs\": \"" + text + "\", \"truncate\": true";
        assertRows(accepted("/embed", body + "}"), List.of(room));
        assertRows(accepted("/embed", body + ", \"truncation_direction\": \"left\"}"), List.of(room));
        assertRows(accepted("/embed", "{\"truncate\": true, \"inputs\": \"" + text + "c\", \"truncation_direction\": \"Left\"}"),
                List.of((room + "c").substring(1)));
        String huge = "x".repeat(100_000);
        assertRows(accepted("/embed", "{\"truncate\": true, \"inputs\": \"" + huge + "\"}"), List.of("x".repeat(62)));
        assertFault("/embed", "{\"inputs\": \"" + huge + "\"}", 422, "100000 characters");
        assertFault("/embed", body.replace("true", "false") + "}", 422, "a text has 130 tokens; the model takes 64 at most");
    }

    @Test
    void tokenize() {
        JsonNode tokens = accepted("/tokenize", "{\"inputs\": \"aé\uD83D\uDEA2b\"}").get(0);
        assertToken(tokens.get(0), CodePointEncoder.BEGIN, "[CLS]", true, null, null);
        assertToken(tokens.get(1), 'a', "a", false, 0, 1);
        assertToken(tokens.get(2), 'é', "é", false, 1, 3);
        assertToken(tokens.get(3), 0x1F6A2, "\uD83D\uDEA2", false, 3, 7);
        assertToken(tokens.get(4), 'b', "b", false, 7, 8);
        assertToken(tokens.get(5), CodePointEncoder.END, "[SEP]", true, null, null);
        JsonNode plain = accepted("/tokenize", "{\"inputs\": [\"a\", \"bc\"], \"add_special_tokens\": false}");
        assertEquals(1, plain.get(0).size());
        assertEquals(2, plain.get(1).size());
    }

    /** An answer has many times the bytes of its text. */
    @Test
    void tokenizeHasLimits() {
        assertFault("/tokenize", "{\"inputs\": \"" + "!".repeat(250 * CodePointEncoder.MAX_TOKENS + 1) + "\"}", 422, "16001 characters");
        try (RunningServer narrow = new RunningServer(options -> options.withMaxQueue(100, 10))) {
            String text = "!".repeat(48);
            HttpResponse<String> answer = narrow.post("/tokenize", "{\"inputs\": [\"" + text + "\", \"" + text + "!\"]}");
            assertEquals(413, answer.statusCode());
            assertTrue(answer.body().contains("more than 100 tokens"), answer.body());
            assertEquals(200, narrow.post("/tokenize", "{\"inputs\": [\"" + text + "\", \"" + text + "\"]}").statusCode());
        }
    }

    private static void assertToken(JsonNode token, int id, String text, boolean special, Integer start, Integer stop) {
        assertEquals(id, token.get("id").asInt());
        assertEquals(text, token.get("text").asText());
        assertEquals(special, token.get("special").asBoolean());
        assertEquals(start, start == null ? token.get("start").numberValue() : (Integer) token.get("start").asInt());
        assertEquals(stop, stop == null ? token.get("stop").numberValue() : (Integer) token.get("stop").asInt());
    }

    @Test
    void similarity() {
        JsonNode cosines = accepted("/similarity", "{\"inputs\": {\"source_sentence\": \"water\","
                + " \"sentences\": [\"water\", \"gate\"]}, \"parameters\": {\"truncate\": true}}");
        assertEquals(2, cosines.size());
        assertEquals(1, cosines.get(0).asDouble(), 1e-6);
        float[] water = running.encoder.row("water");
        float[] gate = running.encoder.row("gate");
        double product = 0;
        for (int i = 0; i < water.length; i++) {
            product += (double) water[i] * gate[i];
        }
        assertEquals(product, cosines.get(1).asDouble(), 1e-6);
    }

    @Test
    void info() {
        JsonNode info = Json.of(running.get("/info"));
        assertEquals("code-points", info.get("model_id").asText());
        assertEquals("float32", info.get("model_dtype").asText());
        assertEquals("mean", info.get("model_type").get("embedding").get("pooling").asText());
        assertEquals(CodePointEncoder.MAX_TOKENS, info.get("max_input_length").asInt());
        assertEquals(5, info.get("max_client_batch_size").asInt());
        assertEquals(false, info.get("auto_truncate").asBoolean());
    }

    @Test
    void health() {
        HttpResponse<String> answer = running.get("/health");
        assertEquals(200, answer.statusCode());
        assertEquals("", answer.body());
    }

    @Test
    void metrics() {
        double before = running.metric("te_request_success{method=\"batch\"}");
        double tokens = running.metric("gatun_tokens_total");
        double sizes = running.metric("te_request_input_length_count");
        double refused = running.metric("gatun_http_requests_total{path=\"/embed\",status=\"422\"}");
        accepted("/embed", "{\"inputs\": [\"water\", \"gate\"]}");
        assertFault("/embed", "{\"inputs\": 1}", 422, "`inputs` must be");
        assertEquals(before + 1, running.metric("te_request_success{method=\"batch\"}"));
        assertEquals(tokens + 13, running.metric("gatun_tokens_total"));
        assertEquals(sizes + 2, running.metric("te_request_input_length_count"));
        assertEquals(refused + 1, running.metric("gatun_http_requests_total{path=\"/embed\",status=\"422\"}"));
        assertEquals(running.metric("te_request_duration_count"), running.metric("te_request_duration_bucket{le=\"+Inf\"}"));
        assertEquals(0, running.metric("te_queue_size"));
        assertTrue(running.metric("te_batch_next_tokens_sum") >= 13);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            /embed      | {"inputs": ["a", "b", "c", "d", "e", "f"]}         | 413 | `inputs` has more than 5 texts       | Validation
            /embed      | {"inputs": []}                                     | 400 | `inputs` cannot be empty             | Empty
            /embed      | {"inputs": ""}                                     | 400 | `inputs` cannot be empty             | Empty
            /embed      | {"input": "a"}                                     | 422 | `inputs` is missing                  | Validation
            /embed      | {"inputs": "a", "truncate": "yes"}                 | 422 | `truncate` must be true or false     | Validation
            /embed      | {"inputs": "a", "truncation_direction": "up"}      | 422 | `truncation_direction` must be       | Validation
            /embed      | {"inputs": "a", "dimensions": 9}                   | 422 | `dimensions` is 9                    | Validation
            /embed      | {"inputs": "a", "normalize": 1}                    | 422 | `normalize` must be true or false    | Validation
            /embed      | {"inputs": [7]}                                    | 424 | the encoder failed                   | Backend
            /embed      | {"inputs": [1114111]}                              | 424 | a component of the embedding is not finite | Backend
            /embed      | {"inputs": "a", "inputs": "b"}                     | 422 | `inputs` is there twice              | Validation
            /embed      | {"inputs": ["a", "b\\ud800"]}                      | 400 | `inputs` has half of a surrogate pair | Validation
            /tokenize   | {"inputs": "\\udc00"}                              | 400 | `inputs` has half of a surrogate pair | Validation
            /similarity | {"inputs": {"sentences": ["a"], "sentences": []}}  | 422 | `inputs.sentences` is there twice    | Validation
            /embed      | {"inputs": [                                       | 400 | not valid JSON                       | Validation
            /embed      | 5                                                  | 422 | the body must be a JSON object       | Validation
            /tokenize   | {"inputs": [1]}                                    | 422 | must be a string or a list of strings | Validation
            /tokenize   | {"inputs": ["a", ""]}                              | 400 | `inputs` cannot be empty             | Empty
            /tokenize   | {"inputs": "a", "prompt_name": "x"}                | 422 | no prefix 'x'                        | Validation
            /similarity | {"inputs": "a"}                                    | 422 | `inputs` must be an object           | Validation
            /similarity | {"inputs": {"source_sentence": "a"}}               | 422 | `inputs.sentences` is missing        | Validation
            /similarity | {"inputs": {"sentences": ["a"]}}                   | 422 | `inputs.source_sentence` is missing  | Validation
            /similarity | {"inputs": {"source_sentence": 1}}                 | 422 | `inputs.source_sentence` must be a string | Validation
            /similarity | {"inputs": {"source_sentence": "a", "sentences": []}} | 400 | `inputs.sentences` cannot be empty | Empty
            """)
    void faults(String path, String body, int status, String message, String type) {
        assertEquals(type, assertFault(path, body, status, message).get("error_type").asText());
    }

    @Test
    void whatIsNotDeclaredJsonIsRefused() {
        HttpResponse<String> form = running.send(running.request("/embed").header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("{\"inputs\": \"a\"}")));
        assertEquals(415, form.statusCode());
        assertEquals(200, running.send(running.request("/embed").header("Content-Type", "Application/JSON; charset=utf-8")
                .header("Content-Encoding", "identity").POST(HttpRequest.BodyPublishers.ofString("{\"inputs\": \"a\"}"))).statusCode());
        assertEquals(400, running.send(running.request("/embed").header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.noBody())).statusCode());
    }

    private static JsonNode assertFault(String path, String body, int status, String message) {
        HttpResponse<String> answer = running.post(path, body);
        assertTrue(Json.of(answer).get("error").asText().contains(message), answer.body());
        assertEquals(status, answer.statusCode());
        return Json.of(answer);
    }

    private static JsonNode accepted(String path, String body) {
        HttpResponse<String> answer = running.post(path, body);
        assertEquals(200, answer.statusCode(), answer.body());
        return Json.of(answer);
    }

    private static void assertRows(JsonNode answer, List<String> texts) {
        assertEquals(texts.size(), answer.size());
        for (int i = 0; i < texts.size(); i++) {
            assertArrayEquals(running.encoder.row(texts.get(i)), Json.floats(answer.get(i)));
        }
    }
}
