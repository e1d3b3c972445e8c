package dev.gatun.langchain4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.MiniLmFiles;
import dev.gatun.encoder.TextEncoder;
import dev.gatun.encoder.TokenBatch;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.listener.EmbeddingModelResponseContext;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.spi.model.embedding.EmbeddingModelFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("any-width")
class GatunEmbeddingModelTest {

    private static final String QUERY_PREFIX = "query: ";
    private static final String PASSAGE_PREFIX = "passage: ";

    @TempDir
    private static Path folder;

    private static Path file;
    private static TextEncoder encoder;
    private static EmbeddingModel model;

    @BeforeAll
    static void load() {
        file = MiniLmFiles.copy(folder);
        encoder = TextEncoder.open(file, EncoderOptions.defaults().withPrefixes(QUERY_PREFIX, PASSAGE_PREFIX));
        model = GatunEmbeddingModel.builder().encoder(encoder).build();
    }

    @AfterAll
    static void close() {
        encoder.close();
    }

    @Test
    void embeddingsAreThoseOfTheEncoder() {
        List<TextSegment> texts = List.of(TextSegment.from("A lake that joins two oceans."), TextSegment.from("rain"),
                TextSegment.from("lock ".repeat(100)));
        Response<List<Embedding>> answer = model.embedAll(texts);
        for (int i = 0; i < texts.size(); i++) {
            assertArrayEquals(encoder.embed(texts.get(i).text()), answer.content().get(i).vector());
        }
        assertEquals(7 + 1 + 100, answer.tokenUsage().inputTokenCount());
        assertArrayEquals(encoder.embed("rain"), model.embed("rain").content().vector());
        assertEquals(384, model.dimension());
        assertEquals("all-minilm-l6-v2", model.modelName());
    }

    @Test
    void manyTextsThatNoBatchHolds() {
        List<TextSegment> texts = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            texts.add(TextSegment.from("gate ".repeat(400) + i));
        }
        List<Embedding> answer = model.embedAll(texts).content();
        for (int i = 0; i < texts.size(); i += 5) {
            assertArrayEquals(encoder.embed(texts.get(i).text()), answer.get(i).vector());
        }
    }

    @Test
    void inputTypesHavePrefixes() {
        EmbeddingRequest.Builder request = EmbeddingRequest.builder().input("canal");
        assertArrayEquals(encoder.embed("canal", InputKind.QUERY),
                model.embed(request.inputType(EmbeddingInputType.QUERY).build()).embeddings().getFirst().vector());
        assertArrayEquals(encoder.embed(PASSAGE_PREFIX + "canal"),
                model.embed(request.inputType(EmbeddingInputType.DOCUMENT).build()).embeddings().getFirst().vector());
        EmbeddingModel ofQueries = GatunEmbeddingModel.builder().encoder(encoder).inputType(EmbeddingInputType.QUERY).modelName("q").build();
        assertArrayEquals(encoder.embed("canal", InputKind.QUERY), ofQueries.embed("canal").content().vector());
        assertEquals("q", ofQueries.embed(EmbeddingRequest.builder().input("canal").build()).modelName());
    }

    @Test
    void dimensions() {
        float[] whole = encoder.embed("canal");
        float[] cut = model.embed(EmbeddingRequest.builder().input("canal").dimensions(64).build()).embeddings().getFirst().vector();
        double length = Math.sqrt(dot(Arrays.copyOf(whole, 64), Arrays.copyOf(whole, 64)));
        assertEquals(64, cut.length);
        for (int i = 0; i < cut.length; i++) {
            assertEquals(whole[i] / length, cut[i], 1e-6);
        }
        for (int wrong : new int[] {0, -1, 385}) {
            EmbeddingRequest request = EmbeddingRequest.builder().input("canal").dimensions(wrong).build();
            assertThrows(IllegalArgumentException.class, () -> model.embed(request));
        }
        EmbeddingRequest other = EmbeddingRequest.builder().input("canal").modelName("other").build();
        assertThrows(UnsupportedFeatureException.class, () -> model.embed(other));
    }

    @Test
    void longTextsAreSplitBetweenWords() {
        // Pieces: 'lock' and '##keeper' ... of which no part begins with an inner piece.
        String text = "lake " + "lockkeepers ".repeat(200);
        int tokens = encoder.tokenizer().tokenize(text).count() - 2;
        Response<Embedding> answer = model.embed(text);
        assertEquals(tokens, answer.tokenUsage().inputTokenCount());
        TextParts parts = new TextParts(encoder.tokenizer().tokenize(text), 0, encoder.maxTokens(), LongTexts.SPLIT);
        assertTrue(parts.parts().size() > tokens / 510, parts::toString);
        double[] sum = new double[model.dimension()];
        TextEncoder raw = TextEncoder.of(encoder.model().withNormalisation(false));
        for (int[] part : parts.parts()) {
            assertTrue(part.length <= encoder.maxTokens());
            assertTrue(!encoder.tokenizer().token(part[1]).startsWith("##"), parts::toString);
            float[] row = raw.embed(TokenBatch.of(part))[0];
            for (int i = 0; i < sum.length; i++) {
                sum[i] += (double) (part.length - 2) * row[i];
            }
        }
        double length = Math.sqrt(Arrays.stream(sum).map(x -> x * x).sum());
        for (int i = 0; i < sum.length; i++) {
            assertEquals(sum[i] / length, answer.content().vector()[i], 1e-6);
        }
    }

    /** A model that was trained with prefixes expects one before each passage. */
    @Test
    void eachPartOfALongTextHasThePrefix() {
        String text = "ship ".repeat(1200);
        TextParts parts = new TextParts(encoder.tokenizer().tokenize(PASSAGE_PREFIX + text), PASSAGE_PREFIX.length(), encoder.maxTokens(),
                LongTexts.SPLIT);
        assertEquals(3, parts.parts().size());
        int[] prefix = encoder.tokenizer().tokenize(PASSAGE_PREFIX).ids();
        for (int[] part : parts.parts()) {
            assertArrayEquals(Arrays.copyOf(prefix, prefix.length - 1), Arrays.copyOf(part, prefix.length - 1), parts::toString);
        }
        assertEquals(1200 + 3 * (prefix.length - 2), parts.tokens());
        float[] equalParts = parts.mean(new float[][] {{1, 4}, {1, 4}, {1, 5}}, 0);
        assertEquals(1, equalParts[0]);
        assertEquals((4 * 508 * 2 + 5 * 184) / 1200.0, equalParts[1], 1e-6);
        EmbeddingRequest request = EmbeddingRequest.builder().input(text).inputType(EmbeddingInputType.DOCUMENT).build();
        assertEquals(parts.tokens(), model.embed(request).tokenUsage().inputTokenCount());
        assertThrows(IllegalArgumentException.class, () -> new TextParts(encoder.tokenizer().tokenize("a b c d e"), 7, 5, LongTexts.SPLIT));
    }

    @Test
    void emptyTextsAndNoTexts() {
        assertEquals(List.of(), model.embedAll(List.of()).content());
        EmbeddingResponse empty = model.embed(EmbeddingRequest.builder().input(" ").build());
        assertArrayEquals(encoder.embed(" "), empty.embeddings().getFirst().vector());
        assertEquals(0, empty.tokenUsage().inputTokenCount());
    }

    @Test
    void whatIsNoTextIsRefused() {
        EmbeddingRequest image = EmbeddingRequest.builder().input(ImageContent.from("http://127.0.0.1/lake.png")).build();
        assertThrows(UnsupportedFeatureException.class, () -> model.embed(image));
        assertThrows(NullPointerException.class, () -> GatunEmbeddingModel.builder().longTexts(null));
        assertThrows(NullPointerException.class, () -> GatunEmbeddingModel.builder().options(null));
    }

    /** A word without an end to split at. */
    @Test
    void aLongWordIsSplitWhereItMust() {
        String word = "ab".repeat(49);
        String text = (word + "-").repeat(40).replace("-", "");
        assertEquals(1, encoder.tokenizer().tokenize(text).count() - 2);
        TextParts parts = new TextParts(encoder.tokenizer().tokenize("a " + word), 0, 10, LongTexts.SPLIT);
        assertTrue(parts.parts().size() > 3, parts::toString);
        assertEquals(encoder.tokenizer().tokenize("a " + word).count() - 2, parts.tokens());
    }

    @Test
    void longTextsAreCutOrRefusedWhereAsked() {
        String text = "ship ".repeat(600);
        EmbeddingModel cuts = GatunEmbeddingModel.builder().encoder(encoder).longTexts(LongTexts.CUT).build();
        assertArrayEquals(encoder.embed("ship ".repeat(510)), cuts.embed(text).content().vector());
        EmbeddingModel refuses = GatunEmbeddingModel.builder().encoder(encoder).longTexts(LongTexts.REFUSE).build();
        IllegalArgumentException fault = assertThrows(IllegalArgumentException.class, () -> refuses.embed(text));
        assertTrue(fault.getMessage().contains("602 tokens"), fault.getMessage());
    }

    /** What follows token 126 counts: LangChain4j's own class leaves it out. */
    @Test
    void theEndOfALongTextCounts() {
        String text = "water ".repeat(200);
        assertTrue(dot(model.embed(text).content().vector(), model.embed(text + "mortgage dentist").content().vector()) < 0.999);
    }

    @Test
    void listenersAndAsynchronousRequests() {
        List<Integer> told = new ArrayList<>();
        EmbeddingModel listened = GatunEmbeddingModel.builder().encoder(encoder).listeners(List.of(new EmbeddingModelListener() {
            @Override
            public void onResponse(EmbeddingModelResponseContext context) {
                told.add(context.response().tokenUsage().inputTokenCount());
            }
        })).executor(Runnable::run).build();
        EmbeddingResponse answer = listened.embedAsync(EmbeddingRequest.builder().inputs("canal", "gate").build()).join();
        assertEquals(2, answer.embeddings().size());
        assertEquals(List.of(2), told);
        assertEquals(1, model.embedAsync(EmbeddingRequest.builder().input("canal").build()).join().tokenUsage().inputTokenCount());
    }

    @Test
    void aModelOfFiles() {
        try (GatunEmbeddingModel ofFiles = GatunEmbeddingModel.builder().model(file).threads(2).build()) {
            assertArrayEquals(encoder.embed("canal"), ofFiles.embed("canal").content().vector());
        }
        try (GatunEmbeddingModel ofJar = GatunEmbeddingModel.builder().resource("all-minilm-l6-v2").threads(1).build()) {
            assertArrayEquals(encoder.embed("canal"), ofJar.embed("canal").content().vector());
            assertEquals("all-minilm-l6-v2", ofJar.modelName());
        }
        RuntimeException nowhere = assertThrows(RuntimeException.class, () -> GatunEmbeddingModel.builder().resource("none").build());
        assertTrue(nowhere.getMessage().contains("none.onnx: is not on the class path"), nowhere.getMessage());
        assertThrows(IllegalStateException.class, () -> GatunEmbeddingModel.builder().build());
        assertThrows(IllegalStateException.class, () -> GatunEmbeddingModel.builder().model(file).encoder(encoder).build());
        assertThrows(IllegalArgumentException.class, () -> GatunEmbeddingModel.builder().threads(0));
        RuntimeException absent = assertThrows(RuntimeException.class,
                () -> GatunEmbeddingModel.builder().model(folder.resolve("none.onnx")).build());
        assertTrue(absent.getMessage().contains("none.onnx"), absent.getMessage());
    }

    @Test
    void aModelInAFolderOfTheClassPath(@TempDir Path root) throws Exception {
        MiniLmFiles.copy(Files.createDirectory(root.resolve("models")));
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {root.toUri().toURL()}, before)) {
            Thread.currentThread().setContextClassLoader(loader);
            try (GatunEmbeddingModel found = GatunEmbeddingModel.builder().resource("models/all-minilm-l6-v2").threads(1).build()) {
                assertEquals("all-minilm-l6-v2", found.modelName());
            }
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void theFactoryIsFound() {
        EmbeddingModelFactory factory = ServiceLoader.load(EmbeddingModelFactory.class).stream().map(ServiceLoader.Provider::get)
                .filter(found -> found instanceof GatunEmbeddingModelFactory).findFirst().orElseThrow();
        System.clearProperty(GatunEmbeddingModelFactory.PROPERTY);
        assertTrue(assertThrows(IllegalStateException.class, factory::create).getMessage().contains("gatun.model"));
        System.setProperty(GatunEmbeddingModelFactory.PROPERTY, file.toString());
        try (GatunEmbeddingModel made = assertInstanceOf(GatunEmbeddingModel.class, factory.create())) {
            assertArrayEquals(encoder.embed("canal"), made.embed("canal").content().vector());
            assertNotEquals(0, made.embed("gate").content().vector()[0]);
        } finally {
            System.clearProperty(GatunEmbeddingModelFactory.PROPERTY);
        }
    }

    private static double dot(float[] a, float[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
        }
        return product;
    }
}
