package dev.gatun.attention;

import dev.gatun.Workers;
import dev.gatun.internal.view.Checks;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PairBias;
import java.util.Arrays;
import java.util.Objects;

/** The options of a plan: scale, inverse temperature, masks, biases and workers. Immutable. */
public final class AttentionOptions {

    private static final AttentionOptions DEFAULTS =
            new AttentionOptions(Double.NaN, 1, Window.NONE, Additions.NONE, Workers.caller());

    private final double scale;
    private final double beta;
    private final Window window;
    private final Additions additions;
    private final Workers workers;

    /** How many keys a query sees before and after its own position. */
    private record Window(int before, int after) {
        private static final Window NONE = new Window(Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    /** What comes to the scores of a head, and what a call adds to them. */
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

    /** Scale {@code 1 / sqrt(d)}, beta 1, no mask, work on the calling thread only. */
    public static AttentionOptions defaults() {
        return DEFAULTS;
    }

    /** With {@code s_ij = scale <q_i, k_j>}. */
    public AttentionOptions withScale(double newScale) {
        Checks.positiveFinite(newScale, "scale");
        return new AttentionOptions(newScale, beta, window, additions, workers);
    }

    /** With the inverse temperature {@code newBeta}. */
    public AttentionOptions withBeta(double newBeta) {
        Checks.positiveFinite(newBeta, "beta");
        return new AttentionOptions(scale, newBeta, window, additions, workers);
    }

    /** With the causal mask: query i sees keys up to {@code i + M - N}, so that the last one sees all. */
    public AttentionOptions withCausalMask() {
        return with(new Window(window.before, 0));
    }

    /**
     * With a sliding window: query i sees the key at its own position, {@code i + M - N}, up to {@code before} keys that precede
     * it and, unless the causal mask hides them, up to {@code after} keys that follow it.
     */
    public AttentionOptions withWindow(int before, int after) {
        if (before < 0 || after < 0) {
            throw new IllegalArgumentException("a window must not be negative: %s before, %s after"
                    .formatted(before, after));
        }
        return with(new Window(before, Math.min(window.after, after)));
    }

    /**
     * With a linear bias by distance (ALiBi): {@code slope_h * (j - (i + M - N))} is added to the scores of head h, before
     * beta. Under the causal mask a positive slope favours near keys. Takes the place of
     * {@link #withSymmetricDistanceSlopes}.
     *
     * @param newSlopes one for each head of queries, as {@link #alibiSlopes} gives them
     */
    public AttentionOptions withDistanceSlopes(double... newSlopes) {
        return with(additions.withSlopes(finite(newSlopes, "slope"), false));
    }

    /**
     * With a linear bias by distance to either side (ALiBi for encoders): {@code -slope_h * |j - (i + M - N)|} is added to the
     * scores of head h, before beta, so that a positive slope favours near keys. Takes the place of
     * {@link #withDistanceSlopes}, which gives the same under the causal mask.
     *
     * @param newSlopes one for each head of queries, as {@link #alibiSlopes} gives them
     */
    public AttentionOptions withSymmetricDistanceSlopes(double... newSlopes) {
        return with(additions.withSlopes(finite(newSlopes, "slope"), true));
    }

    /**
     * The slopes of ALiBi for any number of heads: {@code 2^(-8 k / n)} for k = 1 to n where the number of heads n is a power of
     * two. Otherwise the slopes for the next lower power of two, then every other one of those for twice as many heads, from
     * the first on, as in the authors' program. Source: O. Press, N. A. Smith, M. Lewis, <i>Train Short, Test Long: Attention
     * with Linear Biases Enables Input Length Extrapolation</i> (arXiv 2108.12409).
     *
     * @throws IllegalArgumentException if {@code heads} is below 1
     */
    public static double[] alibiSlopes(int heads) {
        Checks.positive(heads, "heads");
        int lower = Integer.highestOneBit(heads);
        double[] slopes = new double[heads];
        for (int h = 0; h < heads; h++) {
            slopes[h] = h < lower ? Math.pow(2, -8.0 * (h + 1) / lower) : Math.pow(2, -4.0 * (2 * (h - lower) + 1) / lower);
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
     * With a soft cap of the scores: {@code cap * tanh(s_ij / cap)} takes the place of {@code s_ij}, before biases,
     * masks and beta. Biases by distance and sinks are not capped.
     *
     * @param cap positive; infinity, or one so large that it changes no score to double precision, caps nothing
     */
    public AttentionOptions withSoftCap(double cap) {
        if (!(cap > 0)) {
            throw new IllegalArgumentException("soft cap must be positive, not " + cap);
        }
        return with(additions.withCap(cap));
    }

    /**
     * With attention sinks: {@code exp(beta sink_h)} is added to the sum that each query of head h is divided by, as by
     * a key that all see and whose value is zero. Logarithms of sums include it, so that a query that sees no key gives
     * zeros and {@code beta sink_h}.
     *
     * @param newSinks one for each head of queries, finite: scores, to be multiplied by beta
     */
    public AttentionOptions withSinks(double... newSinks) {
        return with(additions.withSinks(finite(newSinks, "sink")));
    }

    /**
     * With a bias given at each call, {@code (B, H, N, M)}, which is added to the scores before beta: see
     * {@link AttentionPlan#run(Heads, Heads, Heads, Heads, AttentionMask, Heads, Heads)}.
     */
    public AttentionOptions withBias() {
        return with(additions.withBias(false));
    }

    /**
     * As {@link #withBias()}, with the bias added before the soft cap: {@code cap * tanh((s_ij + bias_ij) / cap)}. Entries that
     * mask still do; a low one that does not is capped like any score.
     */
    public AttentionOptions withBiasBeforeSoftCap() {
        return with(additions.withBias(true));
    }

    /** With a mask given at each call, {@code (B, H, N, M)}, beside the causal mask and the window: see as above. */
    public AttentionOptions withMask() {
        return with(additions.withMask());
    }

    /** With work shared among {@code newWorkers}; results stay the same to the last bit. */
    public AttentionOptions withWorkers(Workers newWorkers) {
        return new AttentionOptions(scale, beta, window, additions, Objects.requireNonNull(newWorkers));
    }

    /** {@code beta tau / log 2} for vectors of {@code d} components. */
    double weight(int d) {
        return beta * (Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale) / Math.log(2);
    }

    /** {@code beta / log 2}. */
    double biasWeight() {
        return beta / Math.log(2);
    }

    /**
     * {@code beta cap / log 2}, infinite for none. Scores are at most {@link LogKernel#MAX_RANGE}: a cap {@code 2^27} times
     * that changes them by less than a rounding to double, for {@code cap tanh(z / cap) = z (1 - (z / cap)^2 / 3 + ...)}.
     */
    double softCap() {
        double cap = beta * additions.cap / Math.log(2);
        return cap < 0x1p27 * LogKernel.MAX_RANGE ? Math.max(cap, Double.MIN_NORMAL) : Double.POSITIVE_INFINITY;
    }

    /** Whether a bias is capped with the scores. */
    boolean capsBias() {
        return additions.biasCapped && softCap() < Double.POSITIVE_INFINITY;
    }

    /** Scratch for the bias and the mask of a head; null where a call has neither. */
    PairBias pairs() {
        return additions.biased || additions.masked ? new PairBias(biasWeight()) : null;
    }

    boolean biased() {
        return additions.biased;
    }

    boolean masked() {
        return additions.masked;
    }

    /** Whether there is more to it than what plans of decoding take. */
    boolean beyondDecoding() {
        return additions.cap < Double.POSITIVE_INFINITY || additions.sinks != null || additions.biased
                || additions.masked;
    }

    /** What a call of {@code queries} and {@code keys} shows of them. */
    Band band(int queries, int keys) {
        return window.equals(Window.NONE) ? Band.ALL : Band.window(queries, keys, window.before, window.after);
    }

    /** {@code beta slope / log 2} for each of {@code heads} heads, of {@link #withDistanceSlopes}; null for none. */
    double[] slopes(int heads) {
        return additions.symmetric ? null : ofHeads(additions.slopes, heads, "slopes");
    }

    /** The same of {@link #withSymmetricDistanceSlopes}. */
    double[] symmetricSlopes(int heads) {
        return additions.symmetric ? ofHeads(additions.slopes, heads, "slopes") : null;
    }

    /** {@code beta sink / log 2} for each of {@code heads} heads; null for none. */
    double[] sinks(int heads) {
        return ofHeads(additions.sinks, heads, "sinks");
    }

    private double[] ofHeads(double[] scores, int heads, String name) {
        if (scores == null) {
            return null;
        }
        Checks.size(scores.length, heads, name);
        for (double score : scores) {
            Checks.finite(beta * score, "beta times each of the " + name);
        }
        return Arrays.stream(scores).map(score -> beta * score / Math.log(2)).toArray();
    }

    Workers workers() {
        return workers;
    }
}
