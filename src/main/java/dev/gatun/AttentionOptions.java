package dev.gatun;

import java.util.Objects;

/** What a plan of attention is to do: scale, inverse temperature, mask and workers. Immutable. */
public final class AttentionOptions {

    private static final AttentionOptions DEFAULTS = new AttentionOptions(Double.NaN, 1, false, Workers.caller());

    private final double scale;
    private final double beta;
    private final boolean causal;
    private final Workers workers;

    private AttentionOptions(double scale, double beta, boolean causal, Workers workers) {
        this.scale = scale;
        this.beta = beta;
        this.causal = causal;
        this.workers = workers;
    }

    /** Scale {@code 1 / sqrt(d)}, beta 1, no mask, the calling thread alone. */
    public static AttentionOptions defaults() {
        return DEFAULTS;
    }

    /** With {@code s_ij = scale <q_i, k_j>}. */
    public AttentionOptions withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        return new AttentionOptions(newScale, beta, causal, workers);
    }

    /** With the inverse temperature {@code newBeta}. */
    public AttentionOptions withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new AttentionOptions(scale, newBeta, causal, workers);
    }

    /** With the causal mask: query i sees keys up to {@code i + M - N}, so that the last one sees all. */
    public AttentionOptions withCausalMask() {
        return new AttentionOptions(scale, beta, true, workers);
    }

    /** With work shared among {@code newWorkers}; results stay the same to the last bit. */
    public AttentionOptions withWorkers(Workers newWorkers) {
        return new AttentionOptions(scale, beta, causal, Objects.requireNonNull(newWorkers));
    }

    /** {@code beta tau / log 2} for vectors of {@code d} components. */
    double weight(int d) {
        return beta * (Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale) / Math.log(2);
    }

    boolean causal() {
        return causal;
    }

    Workers workers() {
        return workers;
    }
}
