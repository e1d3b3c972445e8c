package dev.gatun.internal.attention;

import dev.gatun.internal.view.Checks;
import dev.gatun.internal.work.Crew;
import dev.gatun.kernel.LogTwo;
import dev.gatun.kernel.pack.Band;
import dev.gatun.kernel.pack.LogKernel;
import dev.gatun.kernel.pack.PairBias;
import java.util.Arrays;

/**
 * The options of a plan, in the units of the kernels.
 *
 * @param scale      of the scores; NaN for {@code 1 / sqrt(d)}
 * @param beta       the inverse temperature
 * @param before     keys before its own position that a query sees
 * @param after      keys after it
 * @param cap        of the scores; infinite for none
 * @param rawSlopes  a slope for each head; null for none
 * @param symmetric  whether slopes fall to either side
 * @param rawSinks   a sink for each head; null for none
 * @param biased     whether a call has a bias
 * @param biasCapped whether it is added before the cap
 * @param masked     whether a call has a mask
 * @param crew       the threads that share the work
 */
public record Settings(double scale, double beta, int before, int after, double cap, double[] rawSlopes, boolean symmetric,
                       double[] rawSinks, boolean biased, boolean biasCapped, boolean masked, Crew crew) {

    private static final int FAR = Integer.MAX_VALUE;

    /** {@code beta scale / log 2} for vectors of {@code d} components. */
    public double weight(int d) {
        return LogTwo.fromNatural(beta * (Double.isNaN(scale) ? 1 / Math.sqrt(d) : scale));
    }

    /** {@code beta / log 2}. */
    public double biasWeight() {
        return LogTwo.fromNatural(beta);
    }

    /**
     * {@code beta cap / log 2}; infinite for no cap, and for a cap of {@code 2^27} times {@link LogKernel#MAX_RANGE} or more, which
     * changes a score by less than its rounding to float64, as {@code cap tanh(z / cap) = z (1 - (z / cap)^2 / 3 + ...)}.
     */
    public double softCap() {
        double inBits = LogTwo.fromNatural(beta * cap);
        return inBits < 0x1p27 * LogKernel.MAX_RANGE ? Math.max(inBits, Double.MIN_NORMAL) : Double.POSITIVE_INFINITY;
    }

    /** Whether the bias of a call is capped with the scores. */
    public boolean capsBias() {
        return biasCapped && softCap() < Double.POSITIVE_INFINITY;
    }

    /** Scratch that reads the bias and the mask of a head; null if a call has neither. */
    public PairBias pairs() {
        return biased || masked ? new PairBias(biasWeight()) : null;
    }

    /** The pairs that the causal mask and the window show. */
    public Band band(int queries, int keys) {
        return before == FAR && after == FAR ? Band.ALL : Band.window(queries, keys, before, after);
    }

    /** Places a band of {@link #band} for other numbers of queries and keys. */
    public void place(Band band, int queries, int keys) {
        if (band != Band.ALL) {
            band.place(queries, keys, before, after);
        }
    }

    /** {@code beta slope / log 2} of either kind of slopes for each of {@code heads} heads; null for none. */
    public double[] distanceSlopes(int heads) {
        return ofHeads(rawSlopes, heads, "slopes");
    }

    /** {@code beta slope / log 2} of slopes that rise along the keys, for each of {@code heads} heads; null for none. */
    public double[] slopes(int heads) {
        return symmetric ? null : ofHeads(rawSlopes, heads, "slopes");
    }

    /** {@code beta slope / log 2} of slopes that fall to either side, for each of {@code heads} heads; null for none. */
    public double[] symmetricSlopes(int heads) {
        return symmetric ? ofHeads(rawSlopes, heads, "slopes") : null;
    }

    /** {@code beta sink / log 2} for each of {@code heads} heads; null for none. */
    public double[] sinks(int heads) {
        return ofHeads(rawSinks, heads, "sinks");
    }

    private double[] ofHeads(double[] scores, int heads, String name) {
        if (scores == null) {
            return null;
        }
        Checks.size(scores.length, heads, name);
        for (double score : scores) {
            Checks.finite(beta * score, "beta times each of the " + name);
        }
        return Arrays.stream(scores).map(score -> LogTwo.fromNatural(beta * score)).toArray();
    }
}
