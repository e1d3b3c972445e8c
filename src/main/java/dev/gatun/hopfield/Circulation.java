package dev.gatun.hopfield;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import dev.gatun.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;

/**
 * Attention with the logits {@code (1+c)/2 Q K^T + (1-c)/2 K Q^T}, whose skew part is that of the scores times c, blended with attention
 * itself (H. Cho et al., arXiv 2605.27476).
 *
 * <p>H_c is the result of these logits and H_1 that of attention. A row of the blend is {@code H' = H_1 + b (H_c - H_1)}, with 0 for
 * entries beyond the range of float32, times {@code |H_c| / |H'|} clamped to [1/4, 4]. A row of zeros stays zero. At c = 1 the result is
 * that of {@link Scores#attention()} for every b, and at b = 1 that of {@link Scores#circulation(double)}, both to the last bit.
 *
 * <p>The circulation and the blend of a head can follow the symmetry {@link Scores#eta(int)} of its scores, neither centred nor masked:
 * the circulation by an {@link Adaptation}, the blend by {@code b_eff = b (1 - eta)}.
 *
 * <p>A {@code Circulation} is an immutable description: it reads queries, keys and values when it is applied.
 */
public final class Circulation {

    private final Scores scores;
    private final double c;
    private final double blend;
    private final Adaptation adaptation;
    private final boolean blendAdapts;

    private Circulation(Scores scores, double c, double blend, Adaptation adaptation, boolean blendAdapts) {
        this.scores = scores;
        this.c = c;
        this.blend = blend;
        this.adaptation = adaptation;
        this.blendAdapts = blendAdapts;
    }

    /**
     * The circulation c of all heads, with the blend 1.
     *
     * @param scores the scores within a sequence, N = M
     * @param c      the factor of the skew part, finite
     * @return the circulation
     * @throws IllegalArgumentException if there are not as many queries as keys, or c is not finite
     */
    public static Circulation of(Scores scores, double c) {
        scores.circulation(c);
        return new Circulation(scores, c, 1, null, false);
    }

    /**
     * Sets the blend b.
     *
     * @param newBlend any finite number, 1 by default
     * @return the circulation with this blend
     * @throws IllegalArgumentException if the blend is not finite
     */
    public Circulation withBlend(double newBlend) {
        if (!Double.isFinite(newBlend)) {
            throw new IllegalArgumentException("blend must be finite, not " + newBlend);
        }
        return new Circulation(scores, c, newBlend, adaptation, blendAdapts);
    }

    /**
     * Lets the circulation of each head follow its eta.
     *
     * @param newAdaptation how
     * @return the circulation with this adaptation
     */
    public Circulation adaptive(Adaptation newAdaptation) {
        return new Circulation(scores, c, blend, newAdaptation, blendAdapts);
    }

    /**
     * Lets the blend of each head follow its eta, {@code b_eff = b (1 - eta)}.
     *
     * @return the circulation with this blend
     */
    public Circulation withAdaptiveBlend() {
        return new Circulation(scores, c, blend, adaptation, true);
    }

    /**
     * Shares the work among {@code newWorkers}; results stay the same to the last bit.
     *
     * @param newWorkers who does the work
     * @return the circulation with them
     */
    public Circulation withWorkers(Workers newWorkers) {
        return new Circulation(scores.withWorkers(newWorkers), c, blend, adaptation, blendAdapts);
    }

    /**
     * The operator that maps values to H_c, with the eta of the queries and keys as they are now. A blend acts on results and is not part
     * of an operator.
     *
     * @return the operator
     */
    public Operator operator() {
        return operator(eta());
    }

    /**
     * Computes the blended result of one head: see {@link #apply(Heads, Heads)}.
     *
     * @param v   values {@code (N, C)}
     * @param out the result {@code (N, C)}
     * @throws IllegalArgumentException as {@link Operator#apply(Heads, Heads)} does; then nothing has been written
     */
    public void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * Computes the blended result of each head. No matrix of N x N entries is stored.
     *
     * @param v   values {@code (..., G, N, C)}, where G divides the number H of query heads
     * @param out the result {@code (..., H, N, C)}, all of whose entries are written; it must not overlap an input
     * @throws IllegalArgumentException as {@link Operator#apply(Heads, Heads)} does; then nothing has been written
     */
    public void apply(Heads v, Heads out) {
        Objects.requireNonNull(v, "v is null");
        Objects.requireNonNull(out, "out is null");
        double[] eta = eta();
        double[] circulations = circulations(eta);
        double[] blends = blends(eta);
        Operator circulated = operator(eta);
        if (Arrays.stream(circulations).allMatch(each -> each == 1) || Arrays.stream(blends).allMatch(b -> b == 1)) {
            circulated.apply(v, out);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Heads attended = Heads.allocate(arena, out.shapeWith(scores.rows(), v.columns()));
            scores.attention().apply(v, attended);
            circulated.apply(v, out);
            for (int head = 0; head < circulations.length; head++) {
                if (circulations[head] != 1 && blends[head] != 1) {
                    Blend.rows(attended.matrix(head), out.matrix(head), blends[head]);
                }
            }
        }
    }

    /** The eta of each head; null if neither circulation nor blend follows it. */
    private double[] eta() {
        if (adaptation == null && !blendAdapts) {
            return null;
        }
        double[] eta = new double[scores.count()];
        Arrays.setAll(eta, scores::eta);
        return eta;
    }

    private Operator operator(double[] eta) {
        return scores.circulation(circulations(eta));
    }

    /** The circulation of each head. */
    private double[] circulations(double[] eta) {
        double[] circulations = new double[scores.count()];
        Arrays.setAll(circulations, head -> adaptation == null ? c : adaptation.circulation(c, eta[head]));
        return circulations;
    }

    /** The blend of each head. */
    private double[] blends(double[] eta) {
        double[] blends = new double[scores.count()];
        Arrays.setAll(blends, head -> blendAdapts ? blend * (1 - eta[head]) : blend);
        return blends;
    }
}
