package dev.gatun.langchain4j;

import dev.gatun.Workers;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.TextEncoder;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingInputType;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/** Builds an embedding model of a file or of an encoder that is there already. */
public final class GatunEmbeddingModelBuilder {

    private Path path;
    private String resource;
    private TextEncoder encoder;
    private EncoderOptions options = EncoderOptions.defaults();
    private Integer threads;
    private String modelName;
    private LongTexts longTexts = LongTexts.SPLIT;
    private EmbeddingInputType inputType;
    private List<EmbeddingModelListener> listeners = List.of();
    private Executor executor;

    GatunEmbeddingModelBuilder() {
    }

    /**
     * The model's files.
     *
     * @param file an {@code .onnx} file with its tokenizer beside it, or a folder, as {@link TextEncoder#open(Path)} takes it
     * @return this builder
     */
    public GatunEmbeddingModelBuilder model(Path file) {
        this.path = file;
        return this;
    }

    /**
     * The model's files on the class path, {@code NAME.onnx} and {@code NAME-tokenizer.json}, as the jars with models of LangChain4j hold
     * them.
     *
     * @param name the name of the model, such as {@code all-minilm-l6-v2}, behind the folders that it lies in, such as {@code models/}
     * @return this builder
     */
    public GatunEmbeddingModelBuilder resource(String name) {
        this.resource = name;
        return this;
    }

    /**
     * An encoder in place of the model's files. Whoever opened it closes it.
     *
     * @param opened the encoder
     * @return this builder
     */
    public GatunEmbeddingModelBuilder encoder(TextEncoder opened) {
        this.encoder = opened;
        return this;
    }

    /**
     * How the model is loaded, for {@link #model} and {@link #resource}.
     *
     * @param loading the options
     * @return this builder
     */
    public GatunEmbeddingModelBuilder options(EncoderOptions loading) {
        this.options = Objects.requireNonNull(loading, "the options");
        return this;
    }

    /**
     * The number of threads that share the work of a request, for {@link #model} and {@link #resource}: all processors unless it is
     * set. Embeddings do not depend on it.
     *
     * @param number at least 1
     * @return this builder
     */
    public GatunEmbeddingModelBuilder threads(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + number);
        }
        this.threads = number;
        return this;
    }

    /**
     * The name of the model in answers: that of its file unless it is set.
     *
     * @param name the name
     * @return this builder
     */
    public GatunEmbeddingModelBuilder modelName(String name) {
        this.modelName = name;
        return this;
    }

    /**
     * What becomes of texts of more tokens than the model takes: they are split unless it is set.
     *
     * @param treatment the treatment
     * @return this builder
     */
    public GatunEmbeddingModelBuilder longTexts(LongTexts treatment) {
        this.longTexts = Objects.requireNonNull(treatment, "the treatment of long texts");
        return this;
    }

    /**
     * The input type of requests that do not state one: none unless it is set, and then texts get no prefix.
     *
     * @param type query or document
     * @return this builder
     */
    public GatunEmbeddingModelBuilder inputType(EmbeddingInputType type) {
        this.inputType = type;
        return this;
    }

    /**
     * The listeners that are told of each request.
     *
     * @param told the listeners
     * @return this builder
     */
    public GatunEmbeddingModelBuilder listeners(List<EmbeddingModelListener> told) {
        this.listeners = List.copyOf(told);
        return this;
    }

    /**
     * What runs asynchronous requests: the common pool unless it is set.
     *
     * @param running the executor
     * @return this builder
     */
    public GatunEmbeddingModelBuilder executor(Executor running) {
        this.executor = running;
        return this;
    }

    /**
     * Loads the model.
     *
     * @return the embedding model
     * @throws IllegalStateException            unless a model's files, their name on the class path or an encoder were given
     * @throws dev.gatun.io.TensorFileException if the files cannot be read, or are no such model; the message names the file and the
     *                                          fault
     */
    public GatunEmbeddingModel build() {
        if (Stream.of(path, resource, encoder).filter(Objects::nonNull).count() != 1) {
            throw new IllegalStateException("which model? Give its files, its name on the class path, or an encoder, one of them");
        }
        if (encoder != null) {
            return new GatunEmbeddingModel(encoder, this, () -> { });
        }
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        if (workers == 1) {
            return new GatunEmbeddingModel(open(options), this, () -> { });
        }
        ExecutorService helpers = Executors.newFixedThreadPool(workers - 1,
                Thread.ofPlatform().daemon().name("gatun-embedding-", 1).factory());
        try {
            return new GatunEmbeddingModel(open(options.withWorkers(Workers.of(helpers, workers))), this, helpers::shutdown);
        } catch (RuntimeException | Error failure) {
            helpers.shutdown();
            throw failure;
        }
    }

    private TextEncoder open(EncoderOptions loading) {
        return path != null ? TextEncoder.open(path, loading) : ClassPathModel.open(resource, loading);
    }

    String modelName() {
        return modelName;
    }

    LongTexts longTexts() {
        return longTexts;
    }

    EmbeddingInputType inputType() {
        return inputType;
    }

    List<EmbeddingModelListener> listeners() {
        return listeners;
    }

    Executor executor() {
        return executor;
    }
}
