package dev.gatun.hopfield;

import dev.gatun.Heads;
import dev.gatun.Matrix;
import dev.gatun.Operator;
import dev.gatun.Scores;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Objects;

/**
 * Attention with its circulation turned, and blended with attention as it was (H. Cho et al., arXiv 2605.27476).
 *
 * <p>Logits {@code (1+c)/2 Q K^T + (1-c)/2 K Q^T} keep the symmetric part of the scores and multiply their skew part by c. With
 * {@code H_c} what is retrieved by them, {@code H_1} by attention, a row of the blend is that of
 * {@code H' = H_1 + b (H_c - H_1)}, entries that float32 cannot hold taken as 0, times {@code |H_c| / |H'|}, but no less than 1/4
 * and no more than 4; a row of zeros stays one. At c = 1 the result is that of {@link Scores#attention()} whatever b is, and at
 * b = 1 that of {@link Scores#circulation(double)}, both to the last bit.
 *
 * <p>A head may go by how symmetric its own scores are, {@code eta} of scores as given, neither centred nor masked (see
 * {@link Scores#eta(int)}): in its circulation by an {@link Adaptation}, in its blend by {@code b_eff = b (1 - eta)}.
 *
 * <p>A {@code Circulation} is a description: it reads when it is applied, and does not change.
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
     * Circulation c of all heads, with b = 1.
     *
     * @throws IllegalArgumentException if there are not as many queries as keys, or c is not finite
     */
    public static Circulation of(Scores scores, double c) {
        scores.circulation(c);
        return new Circulation(scores, c, 1, null, false);
    }

    /** With the blend b, any finite number. */
    public Circulation withBlend(double newBlend) {
        if (!Double.isFinite(newBlend)) {
            throw new IllegalArgumentException("blend must be finite, not " + newBlend);
        }
        return new Circulation(scores, c, newBlend, adaptation, blendAdapts);
    }

    /** With a circulation that follows each head's eta. */
    public Circulation adaptive(Adaptation newAdaptation) {
        return new Circulation(scores, c, blend, newAdaptation, blendAdapts);
    }

    /** With a blend that follows each head's eta, {@code b_eff = b (1 - eta)}. */
    public Circulation withAdaptiveBlend() {
        return new Circulation(scores, c, blend, adaptation, true);
    }

    /**
     * What takes values to {@code H_c}: the operator of each head's circulation, without a blend, which acts on results and is no
     * operator. Follows eta as it is now.
     */
    public Operator operator() {
        return operator(eta());
    }

    /** One head: see {@link #apply(Heads, Heads)}. */
    public void apply(Matrix v, Matrix out) {
        apply(Heads.of(v), Heads.of(out));
    }

    /**
     * Retrieves and blends, head by head, no matrix of N x N entries stored.
     *
     * @param v   values {@code (..., G, N, C)}, G dividing the heads of the queries
     * @param out {@code (..., H, N, C)}, written whole; shares no entry with an input
     * @throws IllegalArgumentException as {@link Operator#apply(Heads, Heads)} does; then nothing has been written
     */
    public void apply(Heads v, Heads out) {
        Objects.requireNonNull(v, "v is null");
        Objects.requireNonNull(out, "out is null");
        double[] eta = eta();
        double[] turns = turns(eta);
        double[] blends = blends(eta);
        Operator turned = operator(eta);
        if (Arrays.stream(turns).allMatch(turn -> turn == 1) || Arrays.stream(blends).allMatch(b -> b == 1)) {
            turned.apply(v, out);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Heads attended = Heads.allocate(arena, out.shapeWith(scores.rows(), v.columns()));
            scores.attention().apply(v, attended);
            turned.apply(v, out);
            for (int head = 0; head < turns.length; head++) {
                if (turns[head] != 1 && blends[head] != 1) {
                    Blend.rows(attended.matrix(head), out.matrix(head), blends[head]);
                }
            }
        }
    }

    /** Each head's eta; null where nothing follows it. */
    private double[] eta() {
        if (adaptation == null && !blendAdapts) {
            return null;
        }
        double[] eta = new double[scores.count()];
        Arrays.setAll(eta, scores::eta);
        return eta;
    }

    private Operator operator(double[] eta) {
        return scores.circulation(turns(eta));
    }

    /** The circulation of each head. */
    private double[] turns(double[] eta) {
        double[] turns = new double[scores.count()];
        Arrays.setAll(turns, head -> adaptation == null ? c : adaptation.circulation(c, eta[head]));
        return turns;
    }

    /** The blend of each head. */
    private double[] blends(double[] eta) {
        double[] blends = new double[scores.count()];
        Arrays.setAll(blends, head -> blendAdapts ? blend * (1 - eta[head]) : blend);
        return blends;
    }
}
