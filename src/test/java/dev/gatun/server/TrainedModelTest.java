package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.encoder.TextEncoder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.logging.Level;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained model behind the server: each answer, in whatever batch, has the bits of the library's embedding. */
@Tag("any-width")
class TrainedModelTest {

    @Test
    void answersAreEmbeddingsOfTheLibrary(@TempDir Path folder) throws Exception {
        RunningServer.HELIDON.setLevel(Level.OFF);
        try (TextEncoder encoder = TextEncoder.open(MiniLmFiles.copy(folder));
                EmbeddingServer server = EmbeddingServer.start(ServedEncoder.of(encoder), ServerOptions.usual().withPort(0));
                HttpClient client = HttpClient.newHttpClient()) {
            String address = "http://127.0.0.1:" + server.address().getPort();
            List<String> texts = new ArrayList<>();
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String text = "Ship " + i + " passes the locks. ".repeat(1 + i % 5);
                texts.add(text);
                answers.add(client.sendAsync(post(address + "/embed", "{\"inputs\": " + Json.quote(text) + "}"),
                        HttpResponse.BodyHandlers.ofString()));
            }
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(encoder.embed(texts.get(i)), Json.floats(Json.of(answers.get(i).get()).get(0)));
            }
            JsonNode tokens = Json.of(client.send(post(address + "/tokenize", "{\"inputs\": \"Lockkeepers' café\"}"),
                    HttpResponse.BodyHandlers.ofString())).get(0);
            assertEquals("[CLS]", tokens.get(0).get("text").asText());
            assertEquals("Lock", tokens.get(1).get("text").asText());
            assertEquals("café", tokens.get(tokens.size() - 2).get("text").asText());
            assertEquals(18, tokens.get(tokens.size() - 2).get("stop").asInt());
            JsonNode info = Json.of(client.send(HttpRequest.newBuilder(URI.create(address + "/info")).build(),
                    HttpResponse.BodyHandlers.ofString()));
            assertEquals("all-minilm-l6-v2", info.get("model_id").asText());
            assertEquals("mean", info.get("model_type").get("embedding").get("pooling").asText());
            assertEquals("float32", info.get("model_dtype").asText());
            assertEquals(512, info.get("max_input_length").asInt());
        }
    }

    private static HttpRequest post(String address, String body) {
        return HttpRequest.newBuilder(URI.create(address)).header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
    }
}
