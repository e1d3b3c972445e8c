package dev.gatun.encoder;

import dev.gatun.ElementType;
import dev.gatun.Workers;
import dev.gatun.internal.view.Checks;

/**
 * How an encoder is loaded and run. Immutable: each method returns new options.
 *
 * <p>What is not set is as the model's files say; where they say nothing, embeddings are means of length 1.
 */
public final class EncoderOptions {

    private static final EncoderOptions DEFAULTS =
            new EncoderOptions(ElementType.FLOAT32, null, null, null, null, Regimes.none(), Workers.caller(), false, true);

    private final ElementType weights;
    private final Pooling pooling;
    private final Boolean normalisation;
    private final String queryPrefix;
    private final String passagePrefix;
    private final Regimes regimes;
    private final Workers workers;
    private final boolean truncation;
    private final boolean ownThreads;

    private EncoderOptions(ElementType weights, Pooling pooling, Boolean normalisation, String queryPrefix, String passagePrefix,
                           Regimes regimes, Workers workers, boolean truncation, boolean ownThreads) {
        this.weights = weights;
        this.pooling = pooling;
        this.normalisation = normalisation;
        this.queryPrefix = queryPrefix;
        this.passagePrefix = passagePrefix;
        this.regimes = regimes;
        this.workers = workers;
        this.truncation = truncation;
        this.ownThreads = ownThreads;
    }

    /**
     * The defaults: float32 weights, plain attention in every head, work on the calling thread only, and no text cut short.
     *
     * @return the defaults
     */
    public static EncoderOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how weights are stored. bfloat16 takes half of the memory, and up to half of the time for short texts; cosines of embeddings
     * with those of float32 weights are 0.9999 or more.
     *
     * @param newWeights {@link ElementType#FLOAT32} or {@link ElementType#BFLOAT16}
     * @return new options
     * @throws IllegalArgumentException if it is another type
     */
    public EncoderOptions withWeights(ElementType newWeights) {
        Checks.given(newWeights, "the type of weights");
        if (newWeights != ElementType.FLOAT32 && newWeights != ElementType.BFLOAT16) {
            throw new IllegalArgumentException("weights are stored as float32 or bfloat16, not as %s".formatted(newWeights));
        }
        return new EncoderOptions(newWeights, pooling, normalisation, queryPrefix, passagePrefix, regimes, workers, truncation, ownThreads);
    }

    /**
     * Sets how hidden states become embeddings.
     *
     * @param newPooling the pooling
     * @return new options
     */
    public EncoderOptions withPooling(Pooling newPooling) {
        Checks.given(newPooling, "the pooling");
        return new EncoderOptions(weights, newPooling, normalisation, queryPrefix, passagePrefix, regimes, workers, truncation, ownThreads);
    }

    /**
     * Sets whether embeddings are divided by their length.
     *
     * @param normalised whether they are
     * @return new options
     */
    public EncoderOptions withNormalisation(boolean normalised) {
        return new EncoderOptions(weights, pooling, normalised, queryPrefix, passagePrefix, regimes, workers, truncation, ownThreads);
    }

    /**
     * Sets what is put before texts of the kinds {@link InputKind#QUERY} and {@link InputKind#PASSAGE}.
     *
     * @param newQueryPrefix   before a query, may be empty
     * @param newPassagePrefix before a passage, may be empty
     * @return new options
     */
    public EncoderOptions withPrefixes(String newQueryPrefix, String newPassagePrefix) {
        Checks.given(newQueryPrefix, "the prefix of queries");
        Checks.given(newPassagePrefix, "the prefix of passages");
        return new EncoderOptions(weights, pooling, normalisation, newQueryPrefix, newPassagePrefix, regimes, workers,
                truncation, ownThreads);
    }

    /**
     * Sets the operators that take the place of attention.
     *
     * @param newRegimes the operators by layer and head
     * @return new options
     */
    public EncoderOptions withRegimes(Regimes newRegimes) {
        Checks.given(newRegimes, "the regimes");
        return new EncoderOptions(weights, pooling, normalisation, queryPrefix, passagePrefix, newRegimes, workers, truncation, ownThreads);
    }

    /**
     * Shares the work of each call among threads. Results stay the same to the last bit.
     *
     * @param newWorkers the threads
     * @return new options
     */
    public EncoderOptions withWorkers(Workers newWorkers) {
        Checks.given(newWorkers, "the workers");
        return new EncoderOptions(weights, pooling, normalisation, queryPrefix, passagePrefix, regimes, newWorkers, truncation, ownThreads);
    }

    /**
     * Lets a {@link TextEncoder} cut texts that have more tokens than the model has positions; it refuses them otherwise.
     *
     * @return new options
     */
    public EncoderOptions withTruncation() {
        return new EncoderOptions(weights, pooling, normalisation, queryPrefix, passagePrefix, regimes, workers, true, ownThreads);
    }

    /**
     * Lets the library start no thread of its own. By default it starts two, both daemons. {@code gatun-loader} reads the tokenizer and a
     * share of the weights while a model is loaded, and ends with that. {@code gatun-compilation} has the lowest priority; it begins after
     * the first call of the virtual machine and runs the kernels on a tiny model until they are compiled, for ten seconds at most. Without
     * the former, loading is the work of the calling thread alone. Without the latter, kernels are compiled by use: the calls after the
     * eighth are slow for a while. Results are the same.
     *
     * @return new options
     */
    public EncoderOptions withoutOwnThreads() {
        return new EncoderOptions(weights, pooling, normalisation, queryPrefix, passagePrefix, regimes, workers, truncation, false);
    }

    /** {@return how weights are stored} */
    public ElementType weights() {
        return weights;
    }

    /** {@return the pooling, or null if the model's files decide} */
    public Pooling pooling() {
        return pooling;
    }

    /** {@return the operators by layer and head} */
    public Regimes regimes() {
        return regimes;
    }

    /** {@return the threads that share the work of a call} */
    public Workers workers() {
        return workers;
    }

    /** {@return whether texts that are too long are cut} */
    public boolean truncation() {
        return truncation;
    }

    /** {@return whether the library may start threads of its own} */
    public boolean ownThreads() {
        return ownThreads;
    }

    /** The config with what is set here in place of what the files say. */
    EncoderConfig over(EncoderConfig files) {
        return new EncoderConfig(files.layers(), files.heads(), files.hidden(), files.intermediate(), files.vocabulary(),
                files.positions(), files.types(), files.epsilon(), pooling == null ? files.pooling() : pooling,
                normalisation == null ? files.normalised() : normalisation,
                queryPrefix == null ? files.queryPrefix() : queryPrefix,
                passagePrefix == null ? files.passagePrefix() : passagePrefix);
    }
}
