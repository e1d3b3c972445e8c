package dev.gatun.attention;

import dev.gatun.Workers;
import dev.gatun.internal.attention.Settings;
import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.Crew;
import dev.gatun.kernel.LogTwo;
import java.util.Objects;

/**
 * The options of a plan: scale, inverse temperature, masks, biases and workers. Immutable: each method returns new options.
 *
 * <p>A plan computes {@code softmax_j(beta z_ij)} over the visible keys, where {@code z_ij} is the score
 * {@code s_ij = scale <q_i, k_j>}, capped if a soft cap is given, plus the biases. Biases, slopes and sinks are in the units of the
 * scores. Query i stands at position {@code i + M - N} among the keys, so that the last query stands at the last key.
 */
public final class AttentionOptions {

    private static final AttentionOptions DEFAULTS =
            new AttentionOptions(Double.NaN, 1, Window.NONE, Additions.NONE, Workers.caller());

    private final double scale;
    private final double beta;
    private final Window window;
    private final Additions additions;
    private final Workers workers;

    /** The number of keys before and after its own position that a query sees. */
    private record Window(int before, int after) {
        private static final Window NONE = new Window(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /** Changes to the scores of a head: by constants of the options, and by the bias and the mask of a call. */
    private record Additions(double cap, double[] slopes, boolean symmetric, double[] sinks, boolean biased, boolean biasCapped,
                             boolean masked) {
        private static final Additions NONE =
                new Additions(Double.POSITIVE_INFINITY, null, false, null, false, false, false);

        Additions withCap(double newCap) {
            return new Additions(newCap, slopes, symmetric, sinks, biased, biasCapped, masked);
        }

        Additions withSlopes(double[] newSlopes, boolean nowSymmetric) {
            return new Additions(cap, newSlopes, nowSymmetric, sinks, biased, biasCapped, masked);
        }

        Additions withSinks(double[] newSinks) {
            return new Additions(cap, slopes, symmetric, newSinks, biased, biasCapped, masked);
        }

        Additions withBias(boolean nowCapped) {
            return new Additions(cap, slopes, symmetric, sinks, true, nowCapped, masked);
        }

        Additions withMask() {
            return new Additions(cap, slopes, symmetric, sinks, biased, biasCapped, true);
        }
    }

    private AttentionOptions(double scale, double beta, Window window, Additions additions, Workers workers) {
        this.scale = scale;
        this.beta = beta;
        this.window = window;
        this.additions = additions;
        this.workers = workers;
    }

    private AttentionOptions with(Window newWindow) {
        return new AttentionOptions(scale, beta, newWindow, additions, workers);
    }

    private AttentionOptions with(Additions newAdditions) {
        return new AttentionOptions(scale, beta, window, newAdditions, workers);
    }

    /**
     * The defaults: scale {@code 1 / sqrt(d)}, beta 1, no mask, no bias, and work on the calling thread only.
     *
     * @return the defaults
     */
    public static AttentionOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the scale of the scores, {@code s_ij = scale <q_i, k_j>}.
     *
     * @param newScale positive and finite
     * @return new options
     * @throws IllegalArgumentException if it is not
     */
    public AttentionOptions withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        return new AttentionOptions(newScale, beta, window, additions, workers);
    }

    /**
     * Sets the inverse temperature beta.
     *
     * @param newBeta positive and finite
     * @return new options
     * @throws IllegalArgumentException if it is not
     */
    public AttentionOptions withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new AttentionOptions(scale, newBeta, window, additions, workers);
    }

    /**
     * Hides keys that follow a query: query i sees keys {@code 0 .. i + M - N}, so that the last query sees all keys.
     *
     * @return new options
     */
    public AttentionOptions withCausalMask() {
        return with(new Window(window.before, 0));
    }

    /**
     * Sets a sliding window: query i sees the key at its own position, {@code i + M - N}, up to {@code before} keys that precede
     * it and, unless the causal mask hides them, up to {@code after} keys that follow it.
     *
     * @param before the number of keys before the query's position
     * @param after  the number of keys after the query's position
     * @return new options
     * @throws IllegalArgumentException if a number is negative
     */
    public AttentionOptions withWindow(int before, int after) {
        if (before < 0 || after < 0) {
            throw new IllegalArgumentException("a window must not be negative: %s before, %s after"
                    .formatted(before, after));
        }
        return with(new Window(before, Math.min(window.after, after)));
    }

    /**
     * Adds a bias that is linear in the distance (ALiBi) to the scores of each head h: {@code slope_h (j - (i + M - N))}. Under the
     * causal mask a positive slope favours near keys. Replaces slopes of {@link #withSymmetricDistanceSlopes}.
     *
     * @param newSlopes one for each head of queries, finite, for instance those of {@link #alibiSlopes}
     * @return new options
     * @throws IllegalArgumentException if a slope is not finite
     */
    public AttentionOptions withDistanceSlopes(double... newSlopes) {
        return with(additions.withSlopes(finite(newSlopes, "slope"), false));
    }

    /**
     * Adds a bias that is linear in the distance to either side (ALiBi for encoders) to the scores of each head h:
     * {@code -slope_h |j - (i + M - N)|}. A positive slope favours near keys. Replaces slopes of {@link #withDistanceSlopes}, which
     * give the same result under the causal mask.
     *
     * @param newSlopes one for each head of queries, finite, for instance those of {@link #alibiSlopes}
     * @return new options
     * @throws IllegalArgumentException if a slope is not finite
     */
    public AttentionOptions withSymmetricDistanceSlopes(double... newSlopes) {
        return with(additions.withSlopes(finite(newSlopes, "slope"), true));
    }

    /**
     * The slopes of ALiBi for n heads: {@code 2^(-8 k / n)} for k = 1 to n if n is a power of two. Otherwise the slopes for the next
     * lower power of two, followed by every other slope, from the first on, for twice that power, as in the authors' program. Source:
     * O. Press, N. A. Smith, M. Lewis, <i>Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation</i>
     * (arXiv 2108.12409).
     *
     * @param heads the number of heads, n
     * @return a slope for each head
     * @throws IllegalArgumentException if {@code heads} is below 1
     */
    public static double[] alibiSlopes(int heads) {
        Checks.positive(heads, "heads");
        int lower = Integer.highestOneBit(heads);
        double[] slopes = new double[heads];
        for (int h = 0; h < heads; h++) {
            slopes[h] = h < lower ? LogTwo.exp2(-8.0 * (h + 1) / lower) : LogTwo.exp2(-4.0 * (2 * (h - lower) + 1) / lower);
        }
        return slopes;
    }

    private static double[] finite(double[] values, String name) {
        for (double value : values) {
            Checks.finite(value, name);
        }
        return values.clone();
    }

    /**
     * Caps the scores softly: {@code cap tanh(s_ij / cap)} replaces {@code s_ij}, before biases, masks and beta. Biases by distance
     * and sinks are not capped.
     *
     * @param cap positive; infinity, or a cap so large that it changes no score in float64, has no effect
     * @return new options
     * @throws IllegalArgumentException if it is not positive
     */
    public AttentionOptions withSoftCap(double cap) {
        if (!(cap > 0)) {
            throw new IllegalArgumentException("soft cap must be positive, not " + cap);
        }
        return with(additions.withCap(cap));
    }

    /**
     * Adds an attention sink to each head h: {@code exp(beta sink_h)} is added to every row sum before the division, as by a key that
     * all queries see and whose value is zero. Logarithms of row sums include it, so a query that sees no key has a row of zeros and
     * the logarithm {@code beta sink_h}.
     *
     * @param newSinks one for each head of queries, finite, in the units of the scores
     * @return new options
     * @throws IllegalArgumentException if a sink is not finite
     */
    public AttentionOptions withSinks(double... newSinks) {
        return with(additions.withSinks(finite(newSinks, "sink")));
    }

    /**
     * Adds a bias to the scores, {@code (B, H, N, M)}, which each call provides: see
     * {@link AttentionPlan#run(Heads, Heads, Heads, Heads, AttentionMask, Heads, Heads)}.
     *
     * @return new options
     */
    public AttentionOptions withBias() {
        return with(additions.withBias(false));
    }

    /**
     * Adds the bias of {@link #withBias()} before the soft cap: {@code cap tanh((s_ij + bias_ij) / cap)}. An entry that hides its pair
     * still does. Any other entry, however low, is capped with the score.
     *
     * @return new options
     */
    public AttentionOptions withBiasBeforeSoftCap() {
        return with(additions.withBias(true));
    }

    /**
     * Hides pairs by a mask, {@code (B, H, N, M)}, which each call provides, in addition to the causal mask and the window: see
     * {@link AttentionPlan#run(Heads, Heads, Heads, Heads, AttentionMask, Heads, Heads)}.
     *
     * @return new options
     */
    public AttentionOptions withMask() {
        return with(additions.withMask());
    }

    /**
     * Shares the work among threads. Results stay the same to the last bit.
     *
     * @param newWorkers the threads
     * @return new options
     */
    public AttentionOptions withWorkers(Workers newWorkers) {
        return new AttentionOptions(scale, beta, window, additions, Objects.requireNonNull(newWorkers));
    }

    /** The options as the internals know them. */
    Settings settings() {
        return new Settings(scale, beta, window.before, window.after, additions.cap, additions.slopes, additions.symmetric,
                additions.sinks, additions.biased, additions.biasCapped, additions.masked, Crew.OF_WORKERS.look(workers));
    }
}
