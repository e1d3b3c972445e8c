package dev.gatun.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** LangChain4j's adapter of OpenAI's interface reads the server's answers unmodified. */
@Tag("any-width")
class OpenAiAdapterTest {

    @Test
    void embeddings() {
        try (RunningServer running = new RunningServer()) {
            EmbeddingModel model = OpenAiEmbeddingModel.builder().baseUrl(running.address() + "/v1").apiKey("none")
                    .modelName("code-points").build();
            List<TextSegment> texts = IntStream.range(0, 100).mapToObj(i -> TextSegment.from("x".repeat(i % 50) + i)).toList();
            Response<List<Embedding>> answer = model.embedAll(texts);
            assertEquals(texts.size(), answer.content().size());
            for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(running.encoder.row(texts.get(i).text()), answer.content().get(i).vector());
            }
            assertEquals(texts.stream().mapToInt(text -> text.text().length() + 2).sum(), answer.tokenUsage().inputTokenCount());
            InvalidRequestException fault = assertThrows(InvalidRequestException.class, () -> model.embed("x".repeat(100)));
            assertTrue(fault.getMessage().contains("a text has 102 tokens"), fault.getMessage());
        }
    }
}
