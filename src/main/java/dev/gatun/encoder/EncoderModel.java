package dev.gatun.encoder;

import dev.gatun.ElementType;
import dev.gatun.Workers;
import dev.gatun.internal.encoder.EncoderWeights;
import dev.gatun.internal.encoder.HeadOperation;
import dev.gatun.internal.encoder.HeadOperations;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.view.VectorApi;
import dev.gatun.io.TensorFileException;
import java.nio.file.Path;

/**
 * A trained text encoder of the BERT family: its weights, packed for the kernels, its tokenizer and its config. Immutable; any number of
 * threads may use it, each with an {@link EncoderPlan} of its own or together through a {@link TextEncoder}.
 *
 * <p>Weights take the memory of their file in float32, and half of it in bfloat16. Models that share them, such as
 * {@link #withRegimes}, take none.
 */
public final class EncoderModel {

    private final String name;
    private final EncoderConfig config;
    private final EncoderWeights weights;
    private final Tokenizer tokenizer;
    private final EncoderOptions options;

    private EncoderModel(String name, EncoderConfig config, EncoderWeights weights, Tokenizer tokenizer, EncoderOptions options) {
        this.name = name;
        this.config = config;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.options = options;
        options.regimes().requireWithin(config);
    }

    /**
     * Loads a model with the default options.
     *
     * @param path an {@code .onnx} file with {@code tokenizer.json} or {@code vocab.txt} beside it, or a folder with
     *             {@code model.safetensors} and {@code config.json} and one of these
     * @return the model
     * @throws TensorFileException   if a file cannot be read, or is not such a model; the message names it and the fault
     * @throws IllegalStateException if the JVM has no vectors for the kernels
     */
    public static EncoderModel load(Path path) {
        return load(path, EncoderOptions.defaults());
    }

    /**
     * Loads a model. A thread of its own reads the tokenizer and a share of the weights meanwhile: see
     * {@link EncoderOptions#withoutOwnThreads}.
     *
     * @param path    as in {@link #load(Path)}
     * @param options how weights are stored, what replaces the files' settings, regimes and workers
     * @return the model
     * @throws TensorFileException      likewise
     * @throws IllegalArgumentException if the regimes name a layer or a head that the model does not have
     * @throws IllegalStateException    likewise
     * @throws OutOfMemoryError         if there is not enough memory for the weights; the message names the model
     */
    public static EncoderModel load(Path path, EncoderOptions options) {
        Checks.given(path, "the path of a model");
        Checks.given(options, "the options");
        VectorApi.require();
        return ModelFiles.load(path, options);
    }

    /** A model of given weights. */
    static EncoderModel of(String name, EncoderConfig config, EncoderWeights weights, Tokenizer tokenizer, EncoderOptions options) {
        return new EncoderModel(name, options.over(config), weights, tokenizer, options);
    }

    /**
     * The model with other operators in place of attention. Both share their weights.
     *
     * @param regimes the operators by layer and head
     * @return a model
     * @throws IllegalArgumentException if a layer or a head does not exist
     */
    public EncoderModel withRegimes(Regimes regimes) {
        return new EncoderModel(name, config, weights, tokenizer, options.withRegimes(regimes));
    }

    /**
     * The model with embeddings that are divided by their length, or not. Both share their weights.
     *
     * @param normalised whether they are
     * @return a model
     */
    public EncoderModel withNormalisation(boolean normalised) {
        EncoderOptions changed = options.withNormalisation(normalised);
        return new EncoderModel(name, changed.over(config), weights, tokenizer, changed);
    }

    /**
     * The model with other threads that share the work of a call. Both share their weights.
     *
     * @param workers the threads
     * @return a model
     */
    public EncoderModel withWorkers(Workers workers) {
        return new EncoderModel(name, config, weights, tokenizer, options.withWorkers(workers));
    }

    /** {@return the name of the model: that of its file or folder} */
    public String name() {
        return name;
    }

    /** {@return its sizes, pooling and prefixes} */
    public EncoderConfig config() {
        return config;
    }

    /** {@return its tokenizer} */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** {@return how its weights are stored} */
    public ElementType weightType() {
        return options.weights();
    }

    /** {@return the operators by layer and head} */
    public Regimes regimes() {
        return options.regimes();
    }

    /** {@return the threads that share the work of a call} */
    public Workers workers() {
        return options.workers();
    }

    EncoderOptions options() {
        return options;
    }

    EncoderWeights weights() {
        return weights;
    }

    /** What the heads do in place of attention. */
    HeadOperations operations() {
        HeadOperation[] operations = new HeadOperation[config.layers() * config.heads()];
        double[] betas = new double[operations.length];
        for (int index = 0; index < operations.length; index++) {
            HeadRegime regime = options.regimes().regime(index / config.heads(), index % config.heads());
            operations[index] = regime.isAttention() ? null : regime::apply;
            betas[index] = regime.beta();
        }
        int heads = config.heads();
        return new HeadOperations() {
            @Override
            public HeadOperation operation(int layer, int head) {
                return operations[layer * heads + head];
            }

            @Override
            public double beta(int layer, int head) {
                return betas[layer * heads + head];
            }
        };
    }

    @Override
    public String toString() {
        return "%s of %s layers, %s heads, %s components".formatted(name, config.layers(), config.heads(), config.hidden());
    }
}
