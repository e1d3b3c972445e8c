package dev.gatun.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.langchain4j.GatunEmbeddingModel;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import dev.langchain4j.store.embedding.CosineSimilarity;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our embedding model beside LangChain4j's own class for ONNX files. */
@Tag("any-width")
class OnnxClassTest {

    private static final List<String> TEXTS = List.of("A lake that joins two oceans.", "rain", "Ships rise to the lake, 26 m above the sea.",
            "Crème brûlée in Ōsaka", "lock ".repeat(120));

    @Test
    void sameEmbeddings(@TempDir Path folder) {
        EmbeddingModel theirs = new AllMiniLmL6V2EmbeddingModel();
        try (GatunEmbeddingModel ours = GatunEmbeddingModel.builder().model(MiniLmFiles.copy(folder)).build()) {
            List<TextSegment> texts = TEXTS.stream().map(TextSegment::from).toList();
            List<Embedding> expected = theirs.embedAll(texts).content();
            List<Embedding> actual = ours.embedAll(texts).content();
            for (int i = 0; i < TEXTS.size(); i++) {
                assertTrue(CosineSimilarity.between(expected.get(i), actual.get(i)) >= 0.9999999, TEXTS.get(i));
            }
            assertEquals(theirs.embedAll(texts).tokenUsage().inputTokenCount(), ours.embedAll(texts).tokenUsage().inputTokenCount());
            assertEquals(theirs.dimension(), ours.dimension());

            // Of a text of 200 words theirs embeds the first 126 tokens.
            String text = "water ".repeat(200);
            assertEquals(126, theirs.embedAll(List.of(TextSegment.from(text))).tokenUsage().inputTokenCount());
            assertEquals(200, ours.embedAll(List.of(TextSegment.from(text))).tokenUsage().inputTokenCount());
        }
    }
}
