package dev.gatun.langchain4j;

import dev.gatun.encoder.EmbeddingVectors;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.TextEncoder;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInput;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import dev.langchain4j.model.embedding.request.EmbeddingParameter;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * An embedding model of LangChain4j that runs a {@link TextEncoder} in this JVM. Any number of threads may use it.
 *
 * <p>The input type of a request puts the model's prefix of queries or of passages before its texts, for models such as e5 that have
 * them. The number of dimensions of a request keeps the first components, of unit length again. The token usage counts tokens without
 * {@code [CLS]} and {@code [SEP]}.
 *
 * <p>The texts of a request are computed together, without padding. A text of more tokens than the model takes is split, cut or refused,
 * as {@link LongTexts} says.
 */
public final class GatunEmbeddingModel implements EmbeddingModel, AutoCloseable {

    private final TextEncoder encoder;
    private final boolean normalised;
    private final String name;
    private final LongTexts longTexts;
    private final EmbeddingRequestParameters defaults;
    private final List<EmbeddingModelListener> listeners;
    private final Executor executor;
    private final Runnable release;

    GatunEmbeddingModel(TextEncoder encoder, GatunEmbeddingModelBuilder builder, Runnable release) {
        this.encoder = TextEncoder.of(encoder.model().withNormalisation(false));
        this.normalised = encoder.model().config().normalised();
        this.name = builder.modelName() == null ? encoder.name() : builder.modelName();
        this.longTexts = builder.longTexts();
        this.defaults = EmbeddingRequestParameters.builder().inputType(builder.inputType()).build();
        this.listeners = List.copyOf(builder.listeners());
        this.executor = builder.executor();
        this.release = release;
    }

    /** {@return a builder, which needs a model} */
    public static GatunEmbeddingModelBuilder builder() {
        return new GatunEmbeddingModelBuilder();
    }

    @Override
    public EmbeddingResponse doEmbed(EmbeddingRequest request) {
        String prefix = encoder.model().config().prefix(kind(request.inputType()));
        Integer dimensions = request.dimensions();
        if (dimensions != null && (dimensions < 1 || dimensions > dimension())) {
            throw new IllegalArgumentException("embeddings of %s have 1 to %s dimensions, not %s".formatted(name, dimension(), dimensions));
        }
        List<TextParts> texts = new ArrayList<>(request.inputs().size());
        List<int[]> parts = new ArrayList<>();
        int tokens = 0;
        for (EmbeddingInput input : request.inputs()) {
            TextParts text = new TextParts(encoder.tokenizer().tokenize(prefix + input.text()), prefix.length(), encoder.maxTokens(),
                    longTexts);
            texts.add(text);
            parts.addAll(text.parts());
            tokens += text.tokens();
        }
        return EmbeddingResponse.builder().embeddings(embeddings(texts, encoder.embedTokens(parts), dimensions)).modelName(name)
                .tokenUsage(new TokenUsage(tokens)).build();
    }

    private static InputKind kind(EmbeddingInputType type) {
        return type == null ? InputKind.PLAIN : type == EmbeddingInputType.QUERY ? InputKind.QUERY : InputKind.PASSAGE;
    }

    private List<Embedding> embeddings(List<TextParts> texts, float[][] rows, Integer dimensions) {
        List<Embedding> embeddings = new ArrayList<>(texts.size());
        int from = 0;
        for (TextParts text : texts) {
            float[] row = text.mean(rows, from);
            from += text.parts().size();
            row = dimensions == null ? row : EmbeddingVectors.truncate(row, dimensions);
            if (normalised) {
                EmbeddingVectors.normalise(row);
            }
            embeddings.add(Embedding.from(row));
        }
        return embeddings;
    }

    @Override
    public CompletableFuture<EmbeddingResponse> doEmbedAsync(EmbeddingRequest request) {
        return executor == null ? CompletableFuture.supplyAsync(() -> doEmbed(request))
                : CompletableFuture.supplyAsync(() -> doEmbed(request), executor);
    }

    @Override
    public EmbeddingRequestParameters defaultRequestParameters() {
        return defaults;
    }

    @Override
    public Set<EmbeddingParameter<?>> supportedParameters() {
        return Set.of(EmbeddingRequestParameters.INPUT_TYPE, EmbeddingRequestParameters.DIMENSIONS);
    }

    @Override
    public List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    @Override
    public int dimension() {
        return encoder.dimension();
    }

    @Override
    public String modelName() {
        return name;
    }

    /** Releases the memory of plans, and the threads that the builder was asked for. */
    @Override
    public void close() {
        encoder.close();
        release.run();
    }
}
