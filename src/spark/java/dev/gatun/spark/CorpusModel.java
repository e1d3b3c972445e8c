package dev.gatun.spark;

import dev.gatun.ElementType;
import dev.gatun.Workers;
import dev.gatun.encoder.EncoderOptions;
import dev.gatun.encoder.InputKind;
import dev.gatun.encoder.Pooling;
import dev.gatun.encoder.Regimes;
import java.io.Serial;
import java.io.Serializable;
import java.util.Objects;

/**
 * A trained encoder as tasks of a cluster use it: where its files are, and how it is to run. Each executor loads it once. Immutable.
 *
 * <p>An absolute path is the same file or folder on every executor, on a file system that they share. A relative path is among the files
 * that {@code spark-submit} sends with the application: with {@code --archives minilm.zip#minilm}, the model is
 * {@code minilm/all-minilm-l6-v2.onnx}. What {@code SparkContext.addFile} adds later does not reach the jobs of DataFrames unless
 * {@code spark.sql.artifact.isolation.enabled} is false.
 */
public final class CorpusModel implements Serializable {

    @Serial
    private static final long serialVersionUID = 1;

    private final String path;
    private final ElementType weights;
    private final Pooling pooling;
    private final Boolean normalisation;
    private final InputKind kind;
    private final String regimes;
    private final boolean truncation;

    private CorpusModel(String path, ElementType weights, Pooling pooling, Boolean normalisation, InputKind kind, String regimes,
                        boolean truncation) {
        this.path = path;
        this.weights = weights;
        this.pooling = pooling;
        this.normalisation = normalisation;
        this.kind = kind;
        this.regimes = regimes;
        this.truncation = truncation;
    }

    /**
     * A model with the default options of {@link EncoderOptions#defaults()}.
     *
     * @param path an {@code .onnx} file with its tokenizer beside it, or a folder, as {@link dev.gatun.encoder.EncoderModel#load} takes it
     * @return the model
     */
    public static CorpusModel at(String path) {
        return new CorpusModel(Objects.requireNonNull(path, "the path of a model is null"), ElementType.FLOAT32, null, null,
                InputKind.PLAIN, Regimes.none().toString(), false);
    }

    /**
     * Stores weights as float32 or bfloat16, as in {@link EncoderOptions#withWeights}.
     *
     * @param newWeights the type of weights
     * @return a new model
     * @throws IllegalArgumentException if it is another type
     */
    public CorpusModel withWeights(ElementType newWeights) {
        EncoderOptions.defaults().withWeights(newWeights);
        return new CorpusModel(path, newWeights, pooling, normalisation, kind, regimes, truncation);
    }

    /**
     * Sets the pooling, which the files of the model say otherwise.
     *
     * @param newPooling the pooling
     * @return a new model
     */
    public CorpusModel withPooling(Pooling newPooling) {
        return new CorpusModel(path, weights, Objects.requireNonNull(newPooling, "the pooling is null"), normalisation, kind, regimes,
                truncation);
    }

    /**
     * Sets whether embeddings have length 1, which the files of the model say otherwise.
     *
     * @param normalised whether they do
     * @return a new model
     */
    public CorpusModel withNormalisation(boolean normalised) {
        return new CorpusModel(path, weights, pooling, normalised, kind, regimes, truncation);
    }

    /**
     * Says what texts are to a search: a model with prefixes puts the one of this kind before each text.
     *
     * @param newKind the kind
     * @return a new model
     */
    public CorpusModel withKind(InputKind newKind) {
        return new CorpusModel(path, weights, pooling, normalisation, Objects.requireNonNull(newKind, "the kind of texts is null"),
                regimes, truncation);
    }

    /**
     * Runs other operators in place of attention in some heads.
     *
     * @param newRegimes the operators by layer and head
     * @return a new model
     */
    public CorpusModel withRegimes(Regimes newRegimes) {
        return new CorpusModel(path, weights, pooling, normalisation, kind,
                Objects.requireNonNull(newRegimes, "the regimes are null").toString(), truncation);
    }

    /**
     * Cuts texts that have more tokens than the model takes. Without this they are rows with an error.
     *
     * @return a new model
     */
    public CorpusModel withTruncation() {
        return new CorpusModel(path, weights, pooling, normalisation, kind, regimes, true);
    }

    String path() {
        return path;
    }

    InputKind kind() {
        return kind;
    }

    /** The options of the encoder of an executor, whose tasks share it. */
    EncoderOptions options() {
        EncoderOptions options = EncoderOptions.defaults().withWeights(weights).withRegimes(Regimes.parse(regimes))
                .withWorkers(Workers.caller());
        options = pooling == null ? options : options.withPooling(pooling);
        options = normalisation == null ? options : options.withNormalisation(normalisation);
        return truncation ? options.withTruncation() : options;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CorpusModel model && path.equals(model.path) && weights == model.weights && pooling == model.pooling
                && Objects.equals(normalisation, model.normalisation) && kind == model.kind && regimes.equals(model.regimes)
                && truncation == model.truncation;
    }

    @Override
    public int hashCode() {
        return Objects.hash(path, weights, pooling, normalisation, kind, regimes, truncation);
    }

    @Override
    public String toString() {
        return "%s (%s weights, regimes %s%s)".formatted(path, weights, regimes, truncation ? ", long texts cut" : "");
    }
}
