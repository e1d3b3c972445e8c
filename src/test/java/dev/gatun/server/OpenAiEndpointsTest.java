package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("any-width")
class OpenAiEndpointsTest {

    private static final String PATH = "/v1/embeddings";

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
    void aText() {
        JsonNode answer = accepted("{\"input\": \"water\", \"model\": \"any\", \"user\": \"me\", \"more\": {\"is\": [\"ignored\"]}}");
        assertEquals("list", answer.get("object").asText());
        assertEquals("code-points", answer.get("model").asText());
        assertEquals("embedding", answer.get("data").get(0).get("object").asText());
        assertEquals(0, answer.get("data").get(0).get("index").asInt());
        assertRows(answer, List.of("water"));
        assertEquals(7, answer.get("usage").get("prompt_tokens").asInt());
        assertEquals(7, answer.get("usage").get("total_tokens").asInt());
    }

    @Test
    void textsInTheirOrder() {
        List<String> texts = List.of("a", "the lock", "ü\uD83D\uDEA2", " ", "a");
        JsonNode answer = accepted("{\"input\": [" + String.join(", ", texts.stream().map(Json::quote).toList()) + "]}");
        assertRows(answer, texts);
        for (int i = 0; i < texts.size(); i++) {
            assertEquals(i, answer.get("data").get(i).get("index").asInt());
        }
    }

    @Test
    void tokenIds() {
        String ids = Arrays.toString(running.encoder.encode("ship"));
        assertRows(accepted("{\"input\": " + ids + "}"), List.of("ship"));
        assertRows(accepted("{\"input\": [" + ids + ", \"gate\", " + ids + "]}"), List.of("ship", "gate", "ship"));
    }

    @Test
    void base64() {
        JsonNode answer = accepted("{\"input\": [\"canal\"], \"encoding_format\": \"base64\"}");
        byte[] bytes = Base64.getDecoder().decode(answer.get("data").get(0).get("embedding").asText());
        float[] row = new float[CodePointEncoder.DIMENSION];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(row);
        assertEquals(row.length * Float.BYTES, bytes.length);
        assertArrayEquals(running.encoder.row("canal"), row);
    }

    @Test
    void fewerDimensionsOfUnitLength() {
        float[] whole = running.encoder.rawRow("canal");
        double length = Math.sqrt((double) whole[0] * whole[0] + (double) whole[1] * whole[1] + (double) whole[2] * whole[2]);
        float[] cut = Json.floats(accepted("{\"input\": \"canal\", \"dimensions\": 3}").get("data").get(0).get("embedding"));
        assertEquals(3, cut.length);
        for (int i = 0; i < cut.length; i++) {
            assertEquals((float) (whole[i] / length), cut[i], Math.ulp(cut[i]));
        }
        assertRows(accepted("{\"input\": \"canal\", \"dimensions\": 8}"), List.of("canal"));
    }

    @Test
    void aPrefix() {
        assertRows(accepted("{\"input\": \"canal\", \"prompt_name\": \"query\"}"), List.of("q: canal"));
    }

    @Test
    void models() {
        JsonNode models = Json.of(running.get("/v1/models"));
        assertEquals("code-points", models.get("data").get(0).get("id").asText());
        assertEquals("model", Json.of(running.get("/v1/models/code-points")).get("object").asText());
        HttpResponse<String> absent = running.get("/v1/models/other");
        assertEquals(404, absent.statusCode());
        assertEquals("model", Json.of(absent).get("error").get("param").asText());
        assertTrue(running.get("/v1/models/some/other").body().contains("there is no model 'some/other'"));
        assertEquals(405, running.post("/v1/models/code-points", "{}").statusCode());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {                                                         | 400 | the body is not valid JSON
            {"input": "a"} {}                                         | 400 | the body must end after
            ["a"]                                                     | 400 | the body must be a JSON object
            {"input": "a}                                             | 400 | not valid JSON
            {"model": "a"}                                            | 400 | `input` is missing
            {"input": null}                                           | 400 | `input` is missing
            {"input": 5}                                              | 400 | `input` must be a string, a list of token ids, or
            {"input": {"a": 1}}                                       | 400 | `input` must be
            {"input": ["a", 1]}                                       | 400 | `input` must be
            {"input": [1, "a"]}                                       | 400 | `input` must be
            {"input": [1.5]}                                          | 400 | `input` must be
            {"input": [99999999999]}                                  | 400 | `input` must be
            {"input": [[[1]]]}                                        | 400 | `input` must be
            {"input": []}                                             | 400 | `input` cannot be empty
            {"input": ""}                                             | 400 | `input` cannot be empty
            {"input": ["a", ""]}                                      | 400 | `input` cannot be empty
            {"input": [[]]}                                           | 400 | `input` cannot be empty
            {"input": [-1]}                                           | 400 | token id -1 is not one of the 1114112
            {"input": [1114112]}                                      | 400 | token id 1114112
            {"input": ["a", "b", "c", "d", "e", "f"]}                 | 400 | `input` has more than 5 texts
            {"input": "a", "encoding_format": "hex"}                  | 400 | `encoding_format` must be 'float' or 'base64'
            {"input": "a", "dimensions": 0}                           | 400 | `dimensions` must be a positive integer
            {"input": "a", "dimensions": 9}                           | 400 | `dimensions` is 9; embeddings of the model have 8
            {"input": "a", "dimensions": 1e1}                         | 400 | `dimensions` must be a positive integer
            {"input": "a", "model": "b", "model": "c"}                | 400 | `model` is there twice
            {"input": "a\\ud83d"}                                     | 400 | `input` has half of a surrogate pair
            {"input": "a", "prompt_name": "passage"}                  | 400 | the model has no prefix 'passage'; it has [query]
            {"input": [5], "prompt_name": "query"}                    | 400 | a prefix goes before texts
            {"input": [[7]]}                                          | 500 | the encoder failed
            """)
    void faults(String body, int status, String message) {
        HttpResponse<String> answer = running.post(PATH, body);
        JsonNode error = Json.of(answer).get("error");
        assertTrue(error.get("message").asText().contains(message), answer.body());
        assertEquals(status, answer.statusCode());
        assertEquals(status == 500 ? "server_error" : "invalid_request_error", error.get("type").asText());
        assertTrue(error.has("param"), answer.body());
        assertTrue(error.has("code"), answer.body());
    }

    @Test
    void aTextThatIsTooLong() {
        String longest = "x".repeat(CodePointEncoder.MAX_TOKENS - 2);
        assertRows(accepted("{\"input\": \"" + longest + "\"}"), List.of(longest));
        HttpResponse<String> answer = running.post(PATH, "{\"input\": \"" + longest + "x\"}");
        assertEquals(400, answer.statusCode());
        assertEquals("context_length_exceeded", Json.of(answer).get("error").get("code").asText());
        assertTrue(answer.body().contains("a text has 65 tokens; the model takes 64 at most"), answer.body());
    }

    @Test
    void anythingElseIsRefusedInTheSameForm() {
        HttpResponse<String> method = running.get(PATH);
        assertEquals(405, method.statusCode());
        assertEquals("POST", method.headers().firstValue("Allow").orElseThrow());
        assertEquals("invalid_request_error", Json.of(method).get("error").get("type").asText());
        HttpResponse<String> path = running.post("/v1/chat/completions", "{}");
        assertEquals(404, path.statusCode());
        assertFalse(Json.of(path).get("error").get("message").asText().isEmpty());
    }

    private static JsonNode accepted(String body) {
        HttpResponse<String> answer = running.post(PATH, body);
        assertEquals(200, answer.statusCode(), answer.body());
        assertEquals("application/json", answer.headers().firstValue("Content-Type").orElseThrow());
        return Json.of(answer);
    }

    private static void assertRows(JsonNode answer, List<String> texts) {
        assertEquals(texts.size(), answer.get("data").size());
        for (int i = 0; i < texts.size(); i++) {
            assertArrayEquals(running.encoder.row(texts.get(i)), Json.floats(answer.get("data").get(i).get("embedding")));
        }
    }
}
