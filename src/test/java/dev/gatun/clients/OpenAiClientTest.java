package dev.gatun.clients;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.server.EmbeddingServer;
import dev.gatun.server.ServedEncoder;
import dev.gatun.server.ServerOptions;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's client library for Java reads the server's answers unmodified. */
@Tag("any-width")
class OpenAiClientTest {

    private static final List<String> TEXTS = List.of("A lake that joins two oceans.", "rain", "Ships rise \uD83D\uDEA2 to the lake.");

    @TempDir
    private static Path folder;

    private static TextEncoder encoder;
    private static EmbeddingServer server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        encoder = TextEncoder.open(MiniLmFiles.copy(folder));
        server = EmbeddingServer.start(ServedEncoder.of(encoder), ServerOptions.usual().withPort(0));
        client = OpenAIOkHttpClient.builder().baseUrl("http://127.0.0.1:" + server.address().getPort() + "/v1").apiKey("none").maxRetries(0)
                .build();
    }

    @AfterAll
    static void stop() {
        server.close();
        encoder.close();
    }

    @Test
    void embeddings() {
        for (EmbeddingCreateParams.EncodingFormat format : List.of(EmbeddingCreateParams.EncodingFormat.FLOAT,
                EmbeddingCreateParams.EncodingFormat.BASE64)) {
            CreateEmbeddingResponse answer = client.embeddings().create(EmbeddingCreateParams.builder().model("all-minilm-l6-v2")
                    .inputOfArrayOfStrings(TEXTS).encodingFormat(format).build());
            answer.validate();
            assertEquals(TEXTS.size(), answer.data().size());
            for (int i = 0; i < TEXTS.size(); i++) {
                assertEquals(i, answer.data().get(i).index());
                assertArrayEquals(encoder.embed(TEXTS.get(i)), floats(answer.data().get(i).embedding()));
            }
            assertEquals("all-minilm-l6-v2", answer.model());
            assertEquals(TEXTS.stream().mapToInt(text -> encoder.tokenizer().tokenize(text).count()).sum(), answer.usage().promptTokens());
        }
    }

    @Test
    void whatTheClientAsksForByItself() {
        CreateEmbeddingResponse answer = client.embeddings().create(EmbeddingCreateParams.builder().model("any").input("rain").build());
        assertArrayEquals(encoder.embed("rain"), floats(answer.data().getFirst().embedding()));
        answer = client.embeddings().create(EmbeddingCreateParams.builder().model("any").input("rain").dimensions(16).build());
        assertEquals(16, answer.data().getFirst().embedding().size());
        answer = client.embeddings().create(EmbeddingCreateParams.builder().model("any")
                .inputOfArrayOfTokens(List.of(101L, 4542L, 102L)).build());
        assertArrayEquals(encoder.embed("rain"), floats(answer.data().getFirst().embedding()));
    }

    @Test
    void models() {
        assertEquals("all-minilm-l6-v2", client.models().list().data().getFirst().id());
        assertEquals("gatun", client.models().retrieve("all-minilm-l6-v2").ownedBy());
    }

    @Test
    void faults() {
        EmbeddingCreateParams tooLong = EmbeddingCreateParams.builder().model("any").input("ship ".repeat(600)).build();
        BadRequestException fault = assertThrows(BadRequestException.class, () -> client.embeddings().create(tooLong));
        assertTrue(fault.getMessage().contains("a text has 602 tokens; the model takes 512 at most"), fault.getMessage());
        assertEquals("context_length_exceeded", fault.code().orElseThrow());
        assertEquals("input", fault.param().orElseThrow());
    }

    private static float[] floats(List<Float> components) {
        float[] row = new float[components.size()];
        for (int i = 0; i < row.length; i++) {
            row[i] = components.get(i);
        }
        return row;
    }
}
