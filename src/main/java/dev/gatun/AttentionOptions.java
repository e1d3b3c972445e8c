package dev.gatun;

import dev.gatun.kernel.Band;
import java.util.Arrays;
import java.util.Objects;

/** What a plan of attention is to do: scale, inverse temperature, masks, biases and workers. Immutable. */
public final class AttentionOptions {

    private static final AttentionOptions DEFAULTS = new AttentionOptions(Double.NaN, 1, Mask.NONE, null, Workers.caller());

    private final double scale;
    private final double beta;
    private final Mask mask;
    private final double[] slopes;
    private final Workers workers;

    /** How far a query sees, ahead of its own key and behind it. */
    private record Mask(int before, int after) {
        private static final Mask NONE = new Mask(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    private AttentionOptions(double scale, double beta, Mask mask, double[] slopes, Workers workers) {
        this.scale = scale;
        this.beta = beta;
        this.mask = mask;
        this.slopes = slopes;
        this.workers = workers;
    }

    /** Scale {@code 1 / sqrt(d)}, beta 1, no mask, the calling thread alone. */
    public static AttentionOptions defaults() {
        return DEFAULTS;
    }

    /** With {@code s_ij = scale <q_i, k_j>}. */
    public AttentionOptions withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        return new AttentionOptions(newScale, beta, mask, slopes, workers);
    }

    /** With the inverse temperature {@code newBeta}. */
    public AttentionOptions withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new AttentionOptions(scale, newBeta, mask, slopes, workers);
    }

    /** With the causal mask: query i sees keys up to {@code i + M - N}, so that the last one sees all. */
    public AttentionOptions withCausalMask() {
        return new AttentionOptions(scale, beta, new Mask(mask.before, 0), slopes, workers);
    }

    /**
     * With a sliding window: query i sees its own key, {@code i + M - N}, up to {@code before} keys ahead of it and, unless
     * the causal mask hides them, up to {@code after} behind it.
     */
    public AttentionOptions withWindow(int before, int after) {
        if (before < 0 || after < 0) {
            throw new IllegalArgumentException("a window must not be negative: %d before, %d after"
                    .formatted(before, after));
        }
        return new AttentionOptions(scale, beta, new Mask(before, Math.min(mask.after, after)), slopes, workers);
    }

    /**
     * With a linear bias by distance (ALiBi): {@code slope_h * (j - (i + M - N))} is added to the scores of head h, before
     * beta. Under the causal mask a positive slope favours near keys.
     *
     * @param newSlopes one for each head of queries
     */
    public AttentionOptions withDistanceSlopes(double... newSlopes) {
        for (double slope : newSlopes) {
            Checks.finite(slope, "slope");
        }
        return new AttentionOptions(scale, beta, mask, newSlopes.clone(), workers);
    }

    /** With work shared among {@code newWorkers}; results stay the same to the last bit. */
    public AttentionOptions withWorkers(Workers newWorkers) {
        return new AttentionOptions(scale, beta, mask, slopes, Objects.requireNonNull(newWorkers));
    }

    /** {@code beta tau / log 2} for vectors of {@code d} components. */
    double weight(int d) {
        return beta * (Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale) / Math.log(2);
    }

    /** What a call of {@code queries} and {@code keys} shows of them. */
    Band band(int queries, int keys) {
        return mask.equals(Mask.NONE) ? Band.ALL : Band.window(queries, keys, mask.before, mask.after);
    }

    /** {@code beta slope / log 2} for each of {@code heads} heads; null for none. */
    double[] slopes(int heads) {
        if (slopes == null) {
            return null;
        }
        Checks.size(slopes.length, heads, "slopes");
        return Arrays.stream(slopes).map(slope -> beta * slope / Math.log(2)).toArray();
    }

    Workers workers() {
        return workers;
    }
}
